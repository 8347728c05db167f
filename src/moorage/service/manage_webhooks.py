"""Owners say where events of their project are sent; who reads its audit sees what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.ports.sealing import Sealing
from moorage.rules import access, names, signatures, webhooks
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.listing import Listed, page_of
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import Action
from moorage.rules.signatures import SECRET_BYTES
from moorage.rules.telling import told
from moorage.rules.webhooks import MOST_HOOKS, STREAM, Form, Webhook
from moorage.service import finding

_STOPPED = "the webhook was disabled"
_EVERYTHING = (Pattern(EVERYTHING),)


class Wanted(NamedTuple):
    """What a webhook shall be; without a `secret` one is made."""

    url: str
    events: tuple[str, ...]
    secret: str | None = None
    form: Form = Form.CLOUDEVENTS
    repositories: tuple[Pattern, ...] = _EVERYTHING
    tags: tuple[Pattern, ...] = _EVERYTHING
    description: str = ""
    disabled: bool = False


class Seen(NamedTuple):
    """A webhook, and whether who asked may know its whole address."""

    hook: Webhook
    whole: bool


@dataclass(frozen=True, slots=True)
class ManageWebhooks:
    """Secrets are shown once, by the verb that takes or draws them."""

    records: Records
    sealing: Sealing
    secrets: Secrets
    clock: Clock

    async def page(self, who: Identity, project: str, *, after: int, size: int) -> Listed[Seen]:
        """The project's, the oldest first."""

        def story(ledger: Ledger) -> Listed[Seen]:
            place = finding.project(ledger, who, project, Action.READ_WEBHOOKS)
            project_id = _id(place)
            return page_of(
                [_seen(who, place, hook) for hook in ledger.webhooks.page(project_id, after=after, limit=size + 1)],
                size,
                lambda seen: str(seen.hook.id),
                lambda most: ledger.webhooks.count(project_id, most=most),
                is_first=not after,
            )

        return await self.records.read(story)

    async def find(self, who: Identity, project: str, number: int) -> Seen:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Seen:
            place = finding.project(ledger, who, project, Action.READ_WEBHOOKS)
            return _seen(who, place, finding.webhook(ledger, place, number))

        return await self.records.read(story)

    async def create(self, who: Identity, project: str, wanted: Wanted) -> tuple[Webhook, str]:
        """The webhook and its secret. It is sent what happens from now on. Raises QUERY_INVALID, CONFLICT."""
        secret = self._secret(wanted.secret)
        names.require_description(wanted.description)

        def story(ledger: Ledger) -> Webhook:
            place = finding.project(ledger, who, project, Action.MANAGE_WEBHOOKS)
            project_id, now = _id(place), self.clock()
            if ledger.webhooks.count(project_id, most=MOST_HOOKS) >= MOST_HOOKS:
                raise Refusal(Code.CONFLICT, f"a project has at most {MOST_HOOKS} webhooks: delete one first")
            hook = Webhook(
                id=0,
                project_id=project_id,
                project=place.project,
                url=wanted.url,
                form=wanted.form,
                events=wanted.events,
                repositories=wanted.repositories,
                tags=wanted.tags,
                description=wanted.description,
                sealed=self.sealing.seal(secret.encode(), signatures.purpose(project_id)),
                previous_sealed=None,
                previous_until=None,
                disabled=wanted.disabled,
                since=ledger.events.newest(),
                failing_since=None,
                created_by=who.name,
                created_at=now,
            )
            webhooks.require_possible(hook)
            made = ledger.webhooks.create(hook)
            _ensure_stream(ledger, now)
            _tell(ledger, "webhook.created", who, now, place, made, after=webhooks.told(made))
            return made

        return await self.records.write(story, by=who), secret

    async def update(
        self, who: Identity, project: str, number: int, wanted: Mapping[str, Any], still: Condition[Webhook] = always
    ) -> Webhook:
        """Change what is given of `url`, `form`, `events`, `repositories`, `tags`, `description`, `disabled`.

        Who is disabled is sent nothing of what happens meanwhile, and what waits is given up.
        """
        names.require_description(wanted.get("description", ""))

        def story(ledger: Ledger) -> Webhook:
            place = finding.project(ledger, who, project, Action.MANAGE_WEBHOOKS)
            was, now = finding.webhook(ledger, place, number), self.clock()
            still(was)
            hook = replace(was, **wanted)
            webhooks.require_possible(hook)
            if was.disabled and not hook.disabled:
                hook = replace(hook, since=ledger.events.newest(), failing_since=None)
            ledger.webhooks.update(hook)
            if hook.disabled:
                ledger.deliveries.stop(hook.id, reason=_STOPPED, now=now)
            _tell(
                ledger,
                "webhook.updated",
                who,
                now,
                place,
                hook,
                before=webhooks.told(was),
                after={**webhooks.told(hook), "url_changed": hook.url != was.url},
            )
            return hook

        return await self.records.write(story, by=who)

    async def rotate(
        self, who: Identity, project: str, number: int, *, secret: str | None, overlap: float
    ) -> tuple[Webhook, str]:
        """Let another secret sign: this one, or one that is made. The old one signs as well for `overlap` seconds."""
        new = self._secret(secret)

        def story(ledger: Ledger) -> Webhook:
            place = finding.project(ledger, who, project, Action.MANAGE_WEBHOOKS)
            was, now = finding.webhook(ledger, place, number), self.clock()
            hook = replace(
                was,
                sealed=self.sealing.seal(new.encode(), signatures.purpose(was.project_id)),
                previous_sealed=was.sealed if overlap else None,
                previous_until=now + overlap if overlap else None,
            )
            ledger.webhooks.update(hook)
            _tell(
                ledger,
                "webhook.rotated",
                who,
                now,
                place,
                hook,
                before={"previous_until": was.previous_until},
                after={"previous_until": hook.previous_until},
            )
            return hook

        return await self.records.write(story, by=who), new

    async def delete(self, who: Identity, project: str, number: int, still: Condition[Webhook] = always) -> None:
        """Forget it, with its log and what waits."""

        def story(ledger: Ledger) -> None:
            place = finding.project(ledger, who, project, Action.MANAGE_WEBHOOKS)
            was = finding.webhook(ledger, place, number)
            still(was)
            ledger.webhooks.delete(was.id)
            _tell(ledger, "webhook.deleted", who, self.clock(), place, was, before=webhooks.told(was))

        await self.records.write(story, by=who)

    def _secret(self, given: str | None) -> str:
        if given is None:
            return signatures.secret_of(self.secrets.random(SECRET_BYTES))
        return signatures.require_secret(given)


def _id(place: Place) -> int:
    assert place.project_id is not None  # noqa: S101 - whoever comes so far asked for a project that is there
    return place.project_id


def _seen(who: Identity, place: Place, hook: Webhook) -> Seen:
    return Seen(hook, bool(access.reasons(who, Action.MANAGE_WEBHOOKS, place)))


def _ensure_stream(ledger: Ledger, now: float) -> None:
    """From the first webhook on events are looked at, by whoever claims that first."""
    if ledger.events.stream(STREAM) is None:
        ledger.events.claim(STREAM, "", now=now, until=0.0)


def _tell(
    ledger: Ledger,
    kind: str,
    who: Identity,
    now: float,
    place: Place,
    hook: Webhook,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    ledger.events.record(told(kind, who, now, place=place, about=webhooks.called(hook), before=before, after=after))
