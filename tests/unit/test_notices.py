"""What is sent of an event, in each form."""

import json
from typing import Any

import pytest

from moorage.rules import notices
from moorage.rules.facts import Event
from moorage.rules.notices import Content, Scene, body_of, ping_of
from moorage.rules.webhooks import KINDS, LOUD, Form

DIGEST = "sha256:" + "a" * 64
PUSHED = Event(
    "manifest.pushed",
    "team/app",
    3,
    "ann",
    1893456000.5,
    tag="1.0",
    digest=DIGEST,
    address="192.0.2.7",
    agent="docker/27",
    request_id="request-1",
    after='{"x": 1}',
)
SCENE = Scene("team", "https://registry.example.com", Content("application/vnd.oci.image.manifest.v1+json", 500))


def told(form: Form, event: Event = PUSHED, scene: Scene = SCENE) -> Any:  # noqa: ANN401 - JSON
    """What is sent."""
    return json.loads(body_of(form, 42, event, scene))


def test_cloudevents() -> None:
    """Structured mode, version 1.0: its required attributes, a subject, a sequence that sorts, and the event."""
    made = told(Form.CLOUDEVENTS)
    assert made.pop("data") == {
        "kind": "manifest.pushed",
        "project": "team",
        "repository": "team/app",
        "tag": "1.0",
        "digest": DIGEST,
        "actor": "ann",
        "actor_kind": "user",
        "object": "",
        "before": None,
        "after": {"x": 1},
    }
    assert made == {
        "specversion": "1.0",
        "id": "42",
        "source": "https://registry.example.com/api/v1/projects/team",
        "type": "moorage.manifest.pushed",
        "subject": "team/app:1.0",
        "time": "2030-01-01T00:00:00.500Z",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000042",
    }
    assert told(Form.CLOUDEVENTS, scene=Scene("team"))["source"] == "/api/v1/projects/team"


def test_dockers_notifications() -> None:
    """The envelope that receivers of the distribution project's registry read."""
    (event,) = told(Form.DOCKER)["events"]
    assert event == {
        "id": "42",
        "timestamp": "2030-01-01T00:00:00.500Z",
        "action": "push",
        "target": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "size": 500,
            "length": 500,
            "digest": DIGEST,
            "repository": "team/app",
            "url": f"https://registry.example.com/v2/team/app/manifests/{DIGEST}",
            "tag": "1.0",
        },
        "request": {"host": "registry.example.com"},
        "actor": {"name": "ann"},
        "source": {},
    }
    (gone,) = told(Form.DOCKER, Event("repository.deleted", "team/app", 3, "ann", 0.0), Scene("team"))["events"]
    assert (gone["action"], gone["target"]) == ("delete", {"repository": "team/app"})


def test_a_sentence() -> None:
    """For people who read a chat; what the chat would read as its own marks is escaped."""
    assert told(Form.SLACK) == {"text": "ann pushed team/app:1.0 (sha256:aaaaaaaaaaaa)"}
    odd = Event("tag.deleted", "team/app", 3, "<!channel> & co", 0.0, tag="1.0")
    assert told(Form.SLACK, odd) == {"text": "&lt;!channel&gt; &amp; co deleted the tag team/app:1.0"}
    assert told(Form.SLACK, Event("redirect.ended", "team/old", 3, "", 0.0, actor_kind="machine")) == {
        "text": "the old name team/old leads nowhere any more"
    }


@pytest.mark.parametrize("form", list(Form))
def test_from_where_somebody_came_is_not_sent(form: Form) -> None:
    """Neither an address nor a program nor a request's id, in any form."""
    body = body_of(form, 42, PUSHED, SCENE)
    assert not [word for word in ("192.0.2.7", "docker/27", "request-1") if word in body]


@pytest.mark.parametrize("kind", [*KINDS, *LOUD])
def test_every_kind_has_a_sentence(kind: str) -> None:
    """Of its own."""
    assert kind not in notices.sentence(Event(kind, "team/app", 3, "ann", 0.0))


@pytest.mark.parametrize("form", list(Form))
def test_pings(form: Form) -> None:
    """A ping is told from others, and a reader of Docker's form finds nothing in it."""
    ping = Event("ping", "team", 3, "ann", 0.0)
    one, other = (json.loads(ping_of(form, ping, SCENE, salt)) for salt in ("a", "b"))
    match form:
        case Form.CLOUDEVENTS:
            assert (one["type"], one["id"], other["id"]) == ("moorage.ping", "ping-a", "ping-b")
        case Form.DOCKER:
            assert one == {"events": []}
        case Form.SLACK:
            assert one == {"text": "ann tries this webhook of project team: it works"}
