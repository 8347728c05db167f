"""/account: one's own sessions, password, second factor and personal tokens."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import identities, own_pages
from moorage.rules.facts import Account
from moorage.rules.identities import MOST_DAYS, SCOPES
from moorage.rules.pattern import Pattern
from moorage.rules.sessions import Stage
from moorage.service.authenticate import Authenticate
from moorage.service.manage_factor import ManageFactor
from moorage.service.manage_people import ManagePeople
from moorage.service.manage_sessions import ManageSessions
from moorage.service.manage_tokens import ManageTokens, Wanted
from moorage.service.sign_in import Signed, SignIn
from moorage.web.rendering import answer, render
from moorage.web.signing import show_again
from moorage.web.surroundings import HOST
from moorage.web.visitor import Visitor, go, keep, visitor

Fields: TypeAlias = Mapping[str, str]
Act: TypeAlias = Callable[[Visitor, Signed, Fields], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
_HOME = "/account"
_DAYS = (7, 30, 90, 365)


def routes(  # noqa: C901 - a route is a function
    sign_in: SignIn,
    authenticate: Authenticate,
    sessions: ManageSessions,
    people: ManagePeople,
    factors: ManageFactor,
    tokens: ManageTokens,
) -> list[Route]:
    """Each form goes to an address of its own, and back to the page."""

    async def show(seen: Visitor, signed: Signed, refusal: Refusal | None = None) -> Response:
        return answer(
            "account.html",
            refusal,
            **seen.shown,
            sessions=await sessions.all(signed.who),
            tokens=await tokens.page(signed.who),
            codes_left=await factors.codes_left(signed.who) if signed.account.has_factor else 0,
            scopes=SCOPES,
            days=_DAYS,
        )

    async def began_anew(seen: Visitor, changed: Account, *, shown: bool) -> str:
        """What they changed ended all sessions, this one too: they get another in its place."""
        return await sign_in.begin(identities.of_account(changed), seen.via, shown=shown, before=seen.cookie)

    async def account(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        return await show(seen, seen.at(Stage.OPEN))

    def posted(act: Act) -> Endpoint:
        """A form that does this; where it is refused the page is shown again and says why."""

        async def handle(request: Request) -> Response:
            seen = await visitor(sign_in, request)
            signed = seen.at(Stage.OPEN)
            fields = await seen.form()
            try:
                return await act(seen, signed, fields)
            except Refusal as refusal:
                return await show(seen, signed, refusal)

        return handle

    async def password(seen: Visitor, signed: Signed, fields: Fields) -> Response:
        old = fields.get("old", "")
        await show_again(authenticate, signed, old, seen.via)
        changed = await people.change_password(signed.who, old, fields.get("new", ""))
        return keep(seen.request, go(_HOME), await began_anew(seen, changed, shown=signed.session.shown))

    async def end_session(seen: Visitor, signed: Signed, _: Fields) -> Response:
        await sessions.end(signed.who, seen.number())
        return go(_HOME)

    async def end_others(_: Visitor, signed: Signed, __: Fields) -> Response:
        await sessions.end_all(signed.who, but=signed.session.id)
        return go(_HOME)

    async def remove_factor(seen: Visitor, signed: Signed, fields: Fields) -> Response:
        changed = await factors.remove(signed.who, fields.get("code", ""))
        return keep(seen.request, go(_HOME), await began_anew(seen, changed, shown=False))

    async def renew_codes(seen: Visitor, signed: Signed, fields: Fields) -> Response:
        codes = await factors.renew_codes(signed.who, fields.get("code", ""))
        return render("codes.html", **seen.shown, codes=codes, next=_HOME)

    async def make_token(seen: Visitor, signed: Signed, fields: Fields) -> Response:
        token, secret = await tokens.create(signed.who, _wanted(fields))
        return render("token.html", **seen.shown, made=token, secret=secret)

    async def delete_token(seen: Visitor, signed: Signed, _: Fields) -> Response:
        await tokens.delete(signed.who, seen.number())
        return go(_HOME)

    async def factor(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        signed = seen.at(Stage.OPEN, Stage.ENROL)
        if signed.account.has_factor:
            return go(_HOME)
        fault, sealed, wanted = None, "", request.query_params.get("next", "")
        if request.method == "POST":
            fields = await seen.form()
            sealed, wanted = fields.get("offer", ""), fields.get("next", "")
            try:
                changed, codes = await factors.confirm(signed.who, sealed, fields.get("code", ""))
            except Refusal as refusal:
                fault = refusal
            else:
                cookie = await began_anew(seen, changed, shown=True)
                after = own_pages.safe_next(wanted or _HOME)
                return keep(request, render("codes.html", **seen.shown, codes=codes, next=after), cookie)
        offered = await factors.offer(signed.who, request.scope[HOST], sealed)
        picture = _picture(offered.address)
        return answer("factor.html", fault, **seen.shown, offered=offered, picture=picture, next=wanted)

    forms = {
        "/password": password,
        "/sessions/end": end_others,
        "/sessions/{number}/end": end_session,
        "/second-factor/remove": remove_factor,
        "/second-factor/codes": renew_codes,
        "/tokens": make_token,
        "/tokens/{number}/delete": delete_token,
    }
    return [
        Route(_HOME, account),
        Route(f"{_HOME}/second-factor", factor, methods=["GET", "POST"]),
        *(Route(_HOME + path, posted(act), methods=["POST"]) for path, act in forms.items()),
    ]


def _wanted(fields: Fields) -> Wanted:
    days = fields.get("days", "90")
    if days and not (re.fullmatch(r"[0-9]{1,4}", days) and 1 <= int(days) <= MOST_DAYS):
        raise Refusal(Code.QUERY_INVALID, f"a token holds from 1 to {MOST_DAYS} days")
    patterns = dict.fromkeys(Pattern.parse(text) for text in fields.get("repositories", "").split())
    scopes = frozenset(scope for scope in fields["scopes"].split(",") if scope)
    return Wanted(fields.get("name", "").strip(), scopes, tuple(patterns), int(days) if days else None)


def _picture(address: str) -> str:
    """The address as a QR code in SVG, black on white in any theme, as cameras want it."""
    import segno  # noqa: PLC0415 - read in when somebody sets a second factor up

    code = segno.make(address, micro=False, error="m")
    return str(code.svg_inline(border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True))
