"""What is sent of an event, in three forms: CloudEvents, Docker's notifications, and a sentence for chats.

Pure. Sources: CloudEvents 1.0.2 with its JSON format, in structured mode, and its extension `sequence`; the
notifications of the distribution project; Slack's incoming webhooks. From where somebody came, and with what program,
stays here: it is nothing that a receiver has to know.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moorage.rules.facts import Event
from moorage.rules.webhooks import DOCKER_ACTIONS, PING, Form

CONTENT_TYPES: Mapping[Form, str] = {
    Form.CLOUDEVENTS: "application/cloudevents+json; charset=utf-8",
    Form.DOCKER: "application/vnd.docker.distribution.events.v1+json",
    Form.SLACK: "application/json; charset=utf-8",
}
_TYPE = "moorage."
"""How the type of each of our CloudEvents begins."""


class Content(NamedTuple):
    """What an event's digest names, if it is still here."""

    media_type: str
    size: int


class Scene(NamedTuple):
    """What an event itself does not say: its project's name now, our own address if it is known, and the content."""

    project: str
    base: str = ""
    content: Content | None = None


def body_of(form: Form, number: int, event: Event, scene: Scene) -> str:
    """The event as it is sent; `number` is the event's own."""
    match form:
        case Form.CLOUDEVENTS:
            made = _cloud_event(str(number), f"{number:020}", event, scene)
        case Form.DOCKER:
            made = {"events": [_notification(number, event, scene)]}
        case Form.SLACK:
            made = {"text": _escaped(sentence(event))}
    return json.dumps(made)


def ping_of(form: Form, event: Event, scene: Scene, salt: str) -> str:
    """What tries a webhook; `salt` tells it from other trials. Docker's form has no such action: its list is empty."""
    match form:
        case Form.CLOUDEVENTS:
            made = _cloud_event(f"{PING}-{salt}", None, event, scene)
        case Form.DOCKER:
            made = {"events": []}
        case Form.SLACK:
            made = {"text": _escaped(f"{event.actor} tries this webhook of project {scene.project}: it works")}
    return json.dumps(made)


def _cloud_event(name: str, sequence: str | None, event: Event, scene: Scene) -> dict[str, Any]:
    subject = event.repository + (f":{event.tag}" if event.tag else f"@{event.digest}" if event.digest else "")
    return {
        "specversion": "1.0",
        "id": name,
        "source": f"{scene.base}/api/v1/projects/{scene.project}",
        "type": _TYPE + event.kind,
        "subject": subject,
        "time": _moment(event.at),
        "datacontenttype": "application/json",
        **({} if sequence is None else {"sequence": sequence}),
        "data": {
            "kind": event.kind,
            "project": scene.project,
            "repository": event.repository,
            "tag": event.tag,
            "digest": event.digest,
            "actor": event.actor,
            "actor_kind": event.actor_kind,
            "object": event.object,
            "before": json.loads(event.before) if event.before else None,
            "after": json.loads(event.after) if event.after else None,
        },
    }


def _notification(number: int, event: Event, scene: Scene) -> dict[str, Any]:
    part = "blobs" if event.kind.startswith("blob.") else "manifests"
    reference = event.digest or event.tag
    target: dict[str, Any] = {"repository": event.repository}
    if scene.content is not None:
        target |= {"mediaType": scene.content.media_type, "size": scene.content.size, "length": scene.content.size}
    if event.digest:
        target["digest"] = event.digest
    if event.tag:
        target["tag"] = event.tag
    if scene.base and reference:
        target["url"] = f"{scene.base}/v2/{event.repository}/{part}/{reference}"
    return {
        "id": str(number),
        "timestamp": _moment(event.at),
        "action": DOCKER_ACTIONS[event.kind],
        "target": target,
        "request": {"host": scene.base.partition("://")[2]},
        "actor": {"name": event.actor},
        "source": {},
    }


_SENTENCES = {
    "manifest.pushed": "{who} pushed {what}",
    "manifest.pulled": "{who} pulled {what}",
    "manifest.deleted": "{who} deleted the image {what}",
    "manifest.restored": "{who} brought back the image {what}",
    "manifest.erased": "the deleted image {what} is gone for good",
    "tag.promoted": "{who} moved the tag {what}",
    "tag.restored": "{who} moved the tag back: {what}",
    "image.copied": "{who} copied an image to {what}",
    "image.copied_out": "{who} copied {what} into another project",
    "tag.deleted": "{who} deleted the tag {what}",
    "blob.pushed": "{who} pushed the layer {what}",
    "blob.mounted": "{who} mounted the layer {what}",
    "blob.deleted": "{who} deleted the layer {what}",
    "repository.created": "{who} began the repository {what}",
    "repository.forgotten": "nothing came into the repository {what}, so it is gone",
    "repository.updated": "{who} changed the repository {what}",
    "repository.deleted": "{who} deleted the repository {what} with all its tags",
    "repository.restored": "{who} brought back the repository {what}",
    "repository.erased": "the deleted repository {what} is gone for good",
    "repository.renamed": "{who} renamed a repository to {what}",
    "repository.moved_out": "{who} moved the repository {what} to another project",
    "repository.moved_in": "{who} moved a repository here as {what}",
    "redirect.removed": "{who} ended where the old name {what} leads",
    "redirect.ended": "the old name {what} leads nowhere any more",
    "project.updated": "{who} changed the project {what}",
    "project.renamed": "{who} renamed the project to {what}",
    "quota.changed": "{who} changed the quota of {what}",
    "retention.updated": "{who} changed the rules of retention of {what}",
    "quota.warned": "{what} has come near its quota",
    "job.failed": "a job of {what} has failed and is not tried again",
}


def sentence(event: Event) -> str:
    """What happened, for people."""
    who = event.actor or ("the registry" if event.actor_kind == "machine" else "somebody")
    short = f" ({event.digest[:19]})" if event.digest and event.tag else ""
    what = event.repository + (f":{event.tag}{short}" if event.tag else f"@{event.digest}" if event.digest else "")
    return _SENTENCES.get(event.kind, "{who}: " + event.kind + " {what}").format(who=who, what=what)


def _escaped(text: str) -> str:
    """Slack reads three letters as its own marks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
