"""/invite/…: what an invitation opens, and joining by it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import own_pages
from moorage.rules.invitations import Offer
from moorage.rules.sessions import Stage
from moorage.service.accept_invitation import AcceptInvitation
from moorage.service.sign_in import SignIn
from moorage.web.rendering import render, render_refused
from moorage.web.visitor import STEPS, Elsewhere, Visitor, go, keep, visitor

_PERSONAL = (Code.DENIED, Code.CONFLICT, Code.NAME_INVALID, Code.QUERY_INVALID, Code.TOOMANYREQUESTS)
"""Refusals of what was typed: the form is shown again with the sentence, and the invitation stays good."""


def routes(sign_in: SignIn, accept: AcceptInvitation) -> list[Route]:
    """The address holds the secret: it stands in no link to anywhere but back to this page."""

    def joined(seen: Visitor, offer: Offer) -> Response:
        return render("joined.html", **seen.shown, invitation=offer.invitation)

    async def enter(seen: Visitor, secret: str, offer: Offer, name: str, password: str) -> Response:
        """A new account, and a session of its own; what that still lacks comes first."""
        who = await accept.enter(secret, name, password, seen.via)
        cookie = await sign_in.begin(who, seen.via, shown=False, before=seen.cookie)
        signed = await sign_in.recall(cookie, seen.via)
        if signed is None or signed.stage is not Stage.OPEN:
            return keep(seen.request, go(STEPS[signed.stage] if signed is not None else own_pages.HOME), cookie)
        return keep(seen.request, joined(Visitor(seen.request, cookie, signed), offer), cookie)

    async def invite(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        fields = await seen.form() if request.method == "POST" else {}
        secret = request.path_params["secret"]
        offer = await accept.look(secret, seen.via)
        shown = {**seen.shown, "offer": offer, "here": f"/invite/{secret}"}
        if seen.signed is not None and seen.signed.stage is not Stage.OPEN:
            raise Elsewhere(own_pages.with_next(STEPS[seen.signed.stage], shown["here"]))
        if request.method == "GET":
            return render("invite.html", **shown, name="", fault="")
        name = fields.get("name", "").strip()
        try:
            if seen.signed is None:
                return await enter(seen, secret, offer, name, fields.get("password", ""))
            return joined(seen, await accept.join(seen.signed.who, secret))
        except Refusal as refusal:
            if refusal.code not in _PERSONAL:
                raise
            return render_refused("invite.html", refusal, **shown, name=name)

    return [Route("/invite/{secret}", invite, methods=["GET", "POST"])]
