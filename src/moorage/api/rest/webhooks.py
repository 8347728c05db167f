"""/projects/{project}/webhooks, and what was sent to them."""

import json
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Path, Query, Request, Response

from moorage.api.rest.asking import LARGEST_ID, InProject, Who, locate, number_after, own_router, patterns_of
from moorage.api.rest.models.webhooks import (
    DeliveryShown,
    DeliveryWhole,
    NewWebhook,
    State,
    WebhookChange,
    WebhookMade,
    WebhookRotation,
    WebhookShown,
)
from moorage.api.rest.paging import Page
from moorage.api.rest.state import Matching
from moorage.rules import deliveries
from moorage.rules.deliveries import Delivery
from moorage.rules.webhooks import Form, Webhook, masked
from moorage.service.manage_deliveries import ManageDeliveries
from moorage.service.manage_webhooks import ManageWebhooks, Seen, Wanted

OfWebhook: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the webhook's id")]
OfDelivery: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the delivery's id")]


def routes(manage: ManageWebhooks, sent: ManageDeliveries) -> APIRouter:
    """Where events of projects are sent, and what became of that."""
    router = own_router(["webhooks"])
    _webhooks(router, manage)
    _deliveries(router, sent)
    return router


def _webhooks(router: APIRouter, manage: ManageWebhooks) -> None:
    @router.get("/projects/{project}/webhooks")
    async def list_webhooks(who: Who, project: InProject, page: Page) -> list[WebhookShown]:
        """The project's webhooks, the oldest first."""
        after = number_after(page.listing.after)
        return page.show(await manage.page(who, project, after=after, size=page.listing.size), _seen)

    @router.post("/projects/{project}/webhooks", status_code=201)
    async def create_webhook(
        who: Who, project: InProject, new: NewWebhook, request: Request, response: Response
    ) -> WebhookMade:
        """Have events sent somewhere, from now on. The secret that signs them is shown this once."""
        hook, secret = await manage.create(who, project, _wanted(new))
        locate(request, response, f"projects/{project}/webhooks/{hook.id}")
        return WebhookMade(**_fields(hook), secret=secret)

    @router.get("/projects/{project}/webhooks/{number}")
    async def get_webhook(who: Who, project: InProject, number: OfWebhook) -> WebhookShown:
        """One webhook."""
        return _seen(await manage.find(who, project, number))

    @router.patch("/projects/{project}/webhooks/{number}")
    async def change_webhook(
        who: Who, project: InProject, number: OfWebhook, change: WebhookChange, match: Matching
    ) -> WebhookShown:
        """Send somewhere else, something else, in another form, or nothing for now."""
        return _shown(await manage.update(who, project, number, _changes(change), match.on(_shown)))

    @router.delete("/projects/{project}/webhooks/{number}", status_code=204)
    async def delete_webhook(who: Who, project: InProject, number: OfWebhook, match: Matching) -> None:
        """Delete it, with its log and with what waits."""
        await manage.delete(who, project, number, match.on(_shown))

    @router.post("/projects/{project}/webhooks/{number}/rotation")
    async def rotate_webhook(who: Who, project: InProject, number: OfWebhook, rotation: WebhookRotation) -> WebhookMade:
        """Let another secret sign, shown this once; the old one signs as well for a while."""
        hook, secret = await manage.rotate(
            who, project, number, secret=rotation.secret, overlap=rotation.overlap_seconds
        )
        return WebhookMade(**_fields(hook), secret=secret)


def _deliveries(router: APIRouter, manage: ManageDeliveries) -> None:
    @router.post("/projects/{project}/webhooks/{number}/test", status_code=201)
    async def test_webhook(
        who: Who, project: InProject, number: OfWebhook, request: Request, response: Response
    ) -> DeliveryShown:
        """Send a ping, which tells of nothing. What became of it is seen among the deliveries."""
        made = await manage.ping(who, project, number)
        locate(request, response, f"projects/{project}/webhooks/{number}/deliveries/{made.id}")
        return DeliveryShown(**_delivery(made))

    @router.get("/projects/{project}/webhooks/{number}/deliveries")
    async def list_deliveries(
        who: Who,
        project: InProject,
        number: OfWebhook,
        page: Page,
        state: Annotated[State | None, Query(description="only those that stand so")] = None,
    ) -> list[DeliveryShown]:
        """What was sent, and what waits, the newest first."""
        before = number_after(page.listing.after) or None
        chosen = None if state is None else deliveries.State(state)
        found = await manage.page(who, project, number, state=chosen, before=before, size=page.listing.size)
        return page.show(found, lambda delivery: DeliveryShown(**_delivery(delivery)))

    @router.get("/projects/{project}/webhooks/{number}/deliveries/{delivery}")
    async def get_delivery(who: Who, project: InProject, number: OfWebhook, delivery: OfDelivery) -> DeliveryWhole:
        """One delivery, with what is sent."""
        found = await manage.find(who, project, number, delivery)
        return DeliveryWhole(**_delivery(found), body=json.loads(found.body))

    @router.post("/projects/{project}/webhooks/{number}/deliveries/{delivery}/redeliver")
    async def redeliver(who: Who, project: InProject, number: OfWebhook, delivery: OfDelivery) -> DeliveryShown:
        """Send it again as it was, beside what else waits: for what was given up, or was lost at the receiver."""
        return DeliveryShown(**_delivery(await manage.redeliver(who, project, number, delivery)))


def _wanted(new: NewWebhook) -> Wanted:
    return Wanted(
        new.url,
        tuple(new.events),
        new.secret,
        Form(new.form),
        patterns_of(new.repositories),
        patterns_of(new.tags),
        new.description,
        new.disabled,
    )


def _changes(change: WebhookChange) -> dict[str, Any]:
    stated = change.stated()
    if "form" in stated:
        stated["form"] = Form(stated["form"])
    if "events" in stated:
        stated["events"] = tuple(stated["events"])
    for name in ("repositories", "tags"):
        if name in stated:
            stated[name] = patterns_of(stated[name])
    return stated


def _seen(seen: Seen) -> WebhookShown:
    fields = _fields(seen.hook)
    return WebhookShown(**fields if seen.whole else {**fields, "url": masked(seen.hook.url)})


def _shown(hook: Webhook) -> WebhookShown:
    return WebhookShown(**_fields(hook))


def _fields(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "url": hook.url,
        "form": hook.form.value,
        "events": list(hook.events),
        "repositories": [pattern.text for pattern in hook.repositories],
        "tags": [pattern.text for pattern in hook.tags],
        "description": hook.description,
        "disabled": hook.disabled,
        "failing_since": hook.failing_since,
        "previous_secret_until": hook.previous_until,
        "created_by": hook.created_by,
        "created_at": hook.created_at,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "message": delivery.message,
        "kind": delivery.kind,
        "event": delivery.event,
        "repository": delivery.repository,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due_at": delivery.due_at,
        "created_at": delivery.created_at,
        "tried_at": delivery.tried_at,
        "ended_at": delivery.ended_at,
        "status": delivery.status,
        "reason": delivery.reason,
        "answer": delivery.answer,
        "seconds": delivery.seconds,
    }
