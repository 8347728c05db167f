"""Who looks at a page: the cookie, the person behind it, and whether a form is one of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules import own_pages
from moorage.rules.access import ANONYMOUS, Identity, Via
from moorage.rules.sessions import Stage
from moorage.service.read_rights import everywhere
from moorage.service.sign_in import Signed, SignIn
from moorage.web import surroundings
from moorage.web.headers import HEADERS

BASE, VIA = "moorage.base", "moorage.via"
"""What the edge before us tells of a request: the address that clients use, and from where it came."""
_COOKIE = "moorage"
_MOST_FIELDS = 200
"""More than the largest form of ours has: a member's with `giving.MOST_ROLES` roles of three fields each."""
_FOREIGN = "open the page again; if a proxy stands before it, public_url or trusted_proxies has to be set"
STEPS = {Stage.CODE: "/login/code", Stage.PASSWORD: "/login/password", Stage.ENROL: "/account/second-factor"}
"""The one page that a session opens until what is missing is done."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a page. `signed` is who they are; None: we do not know."""

    request: Request
    cookie: str
    signed: Signed | None

    @property
    def via(self) -> Via:
        """From where they came."""
        via: Via = self.request.scope[VIA]
        return via

    @property
    def base(self) -> str:
        """The address that they know us by, as `https://registry.example.com`."""
        return str(self.request.scope[BASE])

    @property
    def shown(self) -> dict[str, Any]:
        """What every page is told."""
        is_in = self.signed is not None and self.signed.stage is Stage.OPEN
        return {
            **surroundings.of(self.request),
            "signed": self.signed,
            "token": own_pages.form_token(self.cookie),
            "everywhere": everywhere(self.signed.who) if self.signed is not None and is_in else frozenset(),
            "is_in": is_in,
        }

    @property
    def who(self) -> Identity:
        """Who they are, once they have shown all that it takes; a stranger where nobody signed in. Raises Elsewhere."""
        if self.signed is None:
            return replace(ANONYMOUS, via=self.via)
        return self.at(Stage.OPEN).who

    def repository(self) -> RepositoryName:
        """The repository in the address. Raises NAME_INVALID, NAME_UNKNOWN."""
        words = self.request.path_params
        return RepositoryName.within(words["project"], words["repository"])

    def at(self, *stages: Stage) -> Signed:
        """Who they are, if they have come so far. Raises Elsewhere."""
        if self.signed is None:
            raise Elsewhere(login_address(self.request))
        if self.signed.stage not in stages:
            raise Elsewhere(STEPS.get(self.signed.stage, "/account"))
        return self.signed

    def number(self, word: str = "number") -> int:
        """The number that has this word in the route's address. Raises ROUTE_UNKNOWN."""
        text = self.request.path_params[word]
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise Refusal(Code.ROUTE_UNKNOWN)
        return int(text)

    async def form(self) -> Mapping[str, str]:
        """The fields of a form of ours; of a name that comes twice the last, of `scopes` and `chosen` all with commas.

        Raises DENIED for a form of others.
        """
        headers = self.request.headers
        if not own_pages.came_from(self.base, origin=headers.get("origin"), fetch_site=headers.get("sec-fetch-site")):
            raise Refusal(Code.DENIED, f"this form was not sent by a page of {self.base}: {_FOREIGN}")
        try:
            pairs = parse_qsl((await self.request.body()).decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise Refusal(Code.QUERY_INVALID, "the form cannot be read") from None
        fields = dict(pairs)
        for several in ("scopes", "chosen"):
            fields[several] = ",".join(value for name, value in pairs if name == several)
        if self.signed is not None and not own_pages.is_form_token(self.cookie, fields.get("token", "")):
            raise Refusal(Code.DENIED, "this form is older than your session: open the page again")
        return fields


class Elsewhere(Exception):  # noqa: N818 - names what is told
    """Another page has to come first."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


async def visitor(sign_in: SignIn, request: Request) -> Visitor:
    """Who asks for this page."""
    cookie = request.cookies.get(cookie_name(request), "")
    return Visitor(request, cookie, await sign_in.recall(cookie, request.scope[VIA]))


def cookie_name(request: Request) -> str:
    """Over https one that no other host and no plain page can set (RFC 6265bis, section 4.1.3.2)."""
    return f"__Host-{_COOKIE}" if is_secure(request) else _COOKIE


def keep(request: Request, response: Response, cookie: str) -> Response:
    """Let the browser have this cookie until it is closed; the session may end before."""
    response.set_cookie(
        cookie_name(request), cookie, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )
    return response


def drop(request: Request, response: Response) -> Response:
    """Let it have none."""
    response.delete_cookie(cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")
    return response


def go(path: str) -> Response:
    """On to another page of ours, by GET."""
    return RedirectResponse(path, 303, HEADERS)


def login_address(request: Request) -> str:
    """The login, and back from there to what was asked for."""
    if request.method != "GET":
        return own_pages.with_next("/login", own_pages.HOME)
    return own_pages.with_next("/login", request.url.path + (f"?{request.url.query}" if request.url.query else ""))


def is_secure(request: Request) -> bool:
    """Do they reach us by https?"""
    return str(request.scope[BASE]).startswith("https://")
