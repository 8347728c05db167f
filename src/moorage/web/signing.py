"""/login and /logout."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import identities, own_pages
from moorage.rules.access import Via
from moorage.rules.sessions import Stage
from moorage.service.authenticate import Authenticate
from moorage.service.manage_people import ManagePeople
from moorage.service.sign_in import Signed, SignIn
from moorage.web.rendering import render, render_refused
from moorage.web.visitor import STEPS, Visitor, drop, go, keep, visitor

_PERSONAL = (Code.UNAUTHORIZED, Code.DENIED, Code.TOOMANYREQUESTS, Code.QUERY_INVALID, Code.UNAVAILABLE)
"""Refusals of what was typed: the form is shown again with the sentence."""


def routes(sign_in: SignIn, authenticate: Authenticate, people: ManagePeople, single: str | None) -> list[Route]:  # noqa: C901 - a route is a function
    """`single` is what the single sign-on is called, if there is one."""

    async def on(seen: Visitor, cookie: str, wanted: str) -> Response:
        """To what is missing, or to where they wanted to go."""
        signed = await sign_in.recall(cookie, seen.via)
        step = STEPS.get(signed.stage) if signed is not None else None
        path = own_pages.safe_next(wanted or own_pages.HOME)
        return keep(seen.request, go(path if step is None else own_pages.with_next(step, path)), cookie)

    async def login(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        if request.method == "GET":
            if seen.signed is not None and seen.signed.stage is Stage.OPEN:
                return go(own_pages.HOME)
            wanted = request.query_params.get("next", "")
            return render("login.html", **seen.shown, next=wanted, name="", fault="", single=single)
        fields = await Visitor(request, "", None).form()
        name, wanted = fields.get("name", ""), fields.get("next", "")
        try:
            who = await authenticate.person(name, fields.get("password", ""), seen.via)
        except Refusal as refusal:
            if refusal.code not in _PERSONAL:
                raise
            return render_refused("login.html", refusal, **seen.shown, next=wanted, name=name, single=single)
        cookie = await sign_in.begin(who, seen.via, shown=False, before=seen.cookie)
        return await on(seen, cookie, wanted)

    async def code(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        seen.at(Stage.CODE)
        if request.method == "GET":
            return render("code.html", **seen.shown, fault="", next=request.query_params.get("next", ""))
        fields = await seen.form()
        wanted = fields.get("next", "")
        try:
            cookie = await sign_in.show(seen.cookie, fields.get("code", ""), seen.via)
        except Refusal as refusal:
            if refusal.code not in _PERSONAL:
                raise
            return render_refused("code.html", refusal, **seen.shown, next=wanted)
        return await on(seen, cookie, wanted)

    async def password(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        signed = seen.at(Stage.PASSWORD)
        if request.method == "GET":
            return render("password.html", **seen.shown, fault="", next=request.query_params.get("next", ""))
        fields = await seen.form()
        wanted = fields.get("next", "")
        try:
            old = fields.get("old", "")
            await show_again(authenticate, signed, old, seen.via)
            changed = await people.change_password(signed.who, old, fields.get("new", ""))
        except Refusal as refusal:
            if refusal.code not in _PERSONAL:
                raise
            return render_refused("password.html", refusal, **seen.shown, next=wanted)
        who = identities.of_account(changed)
        cookie = await sign_in.begin(who, seen.via, shown=signed.session.shown, before=seen.cookie)
        return await on(seen, cookie, wanted)

    async def logout(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        await seen.form()
        await sign_in.end(seen.cookie)
        return drop(request, go("/"))

    both = ["GET", "POST"]
    return [
        Route("/login", login, methods=both),
        Route("/login/code", code, methods=both),
        Route("/login/password", password, methods=both),
        Route("/logout", logout, methods=["POST"]),
    ]


async def show_again(authenticate: Authenticate, signed: Signed, password: str, via: Via) -> None:
    """The password of who is signed in, slowed and told as wherever one is tried. Raises DENIED, TOOMANYREQUESTS."""
    try:
        await authenticate.person(signed.account.name, password, via)
    except Refusal as refusal:
        if refusal.code is not Code.UNAUTHORIZED:
            raise
        raise Refusal(Code.DENIED, "the old password is not right") from refusal
