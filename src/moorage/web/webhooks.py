"""/projects/{project}/-/webhooks: where events are sent, what became of each, and secrets that are shown once."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import condition
from moorage.rules.deliveries import State
from moorage.rules.webhooks import LOUD, Form, Webhook, masked
from moorage.service.manage_deliveries import ManageDeliveries
from moorage.service.manage_webhooks import ManageWebhooks, Seen
from moorage.web.in_project import InProject
from moorage.web.rendering import answer, render
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go
from moorage.web.webhook_form import NOUNS, filled, read
from moorage.web.within import project_of

_PATH = "/projects/{project}/-/webhooks"
ROWS, HOOKS = 50, 100
OVERLAPS = {"0": 0.0, "3600": 3600.0, "86400": 86_400.0, "604800": 604_800.0}
"""Seconds for which an old secret signs beside the new one, as the form has them."""


def routes(own: InProject, manage: ManageWebhooks, deliveries: ManageDeliveries) -> list[Route]:
    """The list, each webhook with its log, and each delivery."""
    shown = _Page(own, manage, deliveries)
    one = f"{_PATH}/{{webhook}}"
    acts = {
        "": shown.change,
        "/test": shown.test,
        "/rotate": shown.rotate,
        "/enable": shown.enable,
        "/disable": shown.disable,
        "/delete": shown.delete,
    }
    return [
        *screen(own.sign_in, f"{one}/deliveries/{{delivery}}", shown.show_delivery, {"/redeliver": shown.redeliver}),
        *screen(own.sign_in, one, shown.show_one, acts),
        *screen(own.sign_in, _PATH, shown.show, {"": shown.create}),
    ]


@dataclass(frozen=True, slots=True)
class _Page:
    own: InProject
    manage: ManageWebhooks
    deliveries: ManageDeliveries

    async def show(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """All of the project's, and the form of a new one."""
        told = await self.own.told(seen, "webhook:read")
        found = await self.manage.page(seen.who, project_of(seen), after=0, size=HOOKS)
        typed = await seen.form() if refusal is not None else {}
        return answer(
            "webhooks.html",
            refusal,
            **told,
            hooks=[(one.hook, _address(one)) for one in found.items],
            form={**(filled(None) if not typed else {**filled(None), "event-*": "", **typed}), "secret": ""},
            nouns=NOUNS,
            loud=LOUD,
            forms=list(Form),
            open=refusal is not None or not found.items,
        )

    async def show_one(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """One of them, with what was sent."""
        told = await self.own.told(seen, "webhook:read")
        project, number = project_of(seen), seen.number("webhook")
        one = await self.manage.find(seen.who, project, number)
        asked = seen.request.query_params
        state = asked.get("state", "")
        sent = await self.deliveries.page(
            seen.who,
            project,
            number,
            state=State(state) if state in {one.value for one in State} else None,
            before=_number(asked.get("after", "")),
            size=ROWS,
        )
        typed = await seen.form() if refusal is not None else {}
        is_change = "url" in typed
        return answer(
            "webhook.html",
            refusal,
            **told,
            hook=one.hook,
            address=_address(one),
            receiver=_host(one.hook),
            mark=_mark(one.hook),
            sent=sent,
            states=list(State),
            waits=any(delivery.state is State.WAITING for delivery in sent.items),
            form={
                **(filled(None) if is_change else filled(one.hook)),
                **({"event-*": ""} | dict(typed) if is_change else {}),
            },
            nouns=NOUNS,
            loud=LOUD,
            forms=list(Form),
            open=is_change,
        )

    async def show_delivery(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """One delivery, with what is sent."""
        told = await self.own.told(seen, "webhook:read")
        project, number = project_of(seen), seen.number("webhook")
        one = await self.manage.find(seen.who, project, number)
        delivery = await self.deliveries.find(seen.who, project, number, seen.number("delivery"))
        body = json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False)
        return answer(
            "delivery.html", refusal, **told, hook=one.hook, receiver=_host(one.hook), delivery=delivery, body=body
        )

    async def create(self, seen: Visitor, fields: Fields) -> Response:
        """A new one; its secret is shown if we made it."""
        await self.own.require(seen, "webhook:manage")
        wanted = read(fields)
        hook, secret = await self.manage.create(seen.who, project_of(seen), wanted)
        return self._made(seen, hook, secret if wanted.secret is None else None)

    async def change(self, seen: Visitor, fields: Fields) -> Response:
        """What the form says, but for the secret."""
        await self.own.require(seen, "webhook:manage")
        wanted = read(fields)

        def still(now: Webhook) -> None:
            if _mark(now) != fields.get("seen", ""):
                raise condition.changed()

        changes = {
            "url": wanted.url,
            "events": wanted.events,
            "form": wanted.form,
            "repositories": wanted.repositories,
            "tags": wanted.tags,
            "description": wanted.description,
        }
        await self.manage.update(seen.who, project_of(seen), seen.number("webhook"), changes, still)
        return go(after(_base(seen), "saved"))

    async def enable(self, seen: Visitor, _: Fields) -> Response:
        """From now on things are sent."""
        await self.manage.update(seen.who, project_of(seen), seen.number("webhook"), {"disabled": False})
        return go(after(_base(seen), "saved"))

    async def disable(self, seen: Visitor, _: Fields) -> Response:
        """Nothing is sent, and what waits is given up."""
        await self.manage.update(seen.who, project_of(seen), seen.number("webhook"), {"disabled": True})
        return go(after(_base(seen), "saved"))

    async def test(self, seen: Visitor, _: Fields) -> Response:
        """Send a ping."""
        await self.deliveries.ping(seen.who, project_of(seen), seen.number("webhook"))
        return go(after(_base(seen), "sent"))

    async def redeliver(self, seen: Visitor, _: Fields) -> Response:
        """Send it again."""
        number, delivery = seen.number("webhook"), seen.number("delivery")
        await self.deliveries.redeliver(seen.who, project_of(seen), number, delivery)
        return go(after(_base(seen), "sent"))

    async def rotate(self, seen: Visitor, fields: Fields) -> Response:
        """Another secret; the old one signs as well for a while."""
        await self.own.require(seen, "webhook:manage")
        given = fields.get("secret", "").strip() or None
        overlap = OVERLAPS.get(fields.get("overlap", ""))
        if overlap is None:
            raise Refusal(Code.QUERY_INVALID, "choose for how long the old secret signs as well")
        hook, secret = await self.manage.rotate(
            seen.who, project_of(seen), seen.number("webhook"), secret=given, overlap=overlap
        )
        return self._made(seen, hook, secret if given is None else None)

    async def delete(self, seen: Visitor, fields: Fields) -> Response:
        """For good, with its log."""
        await self.own.require(seen, "webhook:manage")
        number = seen.number("webhook")
        one = await self.manage.find(seen.who, project_of(seen), number)
        confirmed(fields, _host(one.hook))
        await self.manage.delete(seen.who, project_of(seen), number)
        return go(after(f"/projects/{project_of(seen)}/-/webhooks", "deleted"))

    def _made(self, seen: Visitor, hook: Webhook, secret: str | None) -> Response:
        """Where it is seen; before that the secret, once, if nobody knows it yet."""
        place = f"/projects/{project_of(seen)}/-/webhooks/{hook.id}"
        if secret is None:
            return go(after(place, "saved"))
        return render("webhook_secret.html", **seen.shown, hook=hook, receiver=_host(hook), secret=secret, place=place)


def _base(seen: Visitor) -> str:
    return f"/projects/{project_of(seen)}/-/webhooks/{seen.number('webhook')}"


def _address(seen: Seen) -> str:
    """As much of it as they may know."""
    return seen.hook.url if seen.whole else masked(seen.hook.url)


def _host(hook: Webhook) -> str:
    return urlsplit(hook.url).netloc


def _mark(hook: Webhook) -> str:
    """Names it as it is: whoever changes it has seen what they change."""
    said = (hook.url, hook.form, hook.events, hook.repositories, hook.tags, hook.description)
    return sha256(repr(said).encode()).hexdigest()[:32]


def _number(text: str) -> int | None:
    if text and not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refusal(Code.QUERY_INVALID, "this list has no such part: go back to its beginning")
    return int(text) if text else None
