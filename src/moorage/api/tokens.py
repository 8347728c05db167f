"""GET and POST of /v2/token. Source: Docker Registry v2 authentication, token and OAuth2 token specifications."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from moorage.api.credentials import encode_basic, parse_authorization
from moorage.api.wire import JSON, Exchange, Reply
from moorage.oci.error import Code, Refusal
from moorage.oci.scope import Scope, parse_scopes
from moorage.rules.access import ANONYMOUS, Identity
from moorage.rules.federation import looks_like_token
from moorage.rules.names import ROBOT
from moorage.service.authenticate import Authenticate, Basic, Bearer
from moorage.service.issue_token import Issued, IssueToken, login_ended

_LARGEST_FORM = 64 * 1024
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_SUBJECT_TYPES = ("urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token")
_EXCHANGED = {"token_type": "Bearer", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class TokenRoutes:
    """A password or a saved login in, a short token out. Tokens buy no tokens."""

    authenticate: Authenticate
    issue: IssueToken

    async def get(self, exchange: Exchange) -> Reply:
        """The password comes by Basic; without one the token is anonymous."""
        asked = parse_scopes(exchange.ask_all("scope"))
        header = exchange.headers.get(b"authorization")
        credential = parse_authorization(header)
        if isinstance(credential, Bearer):
            raise Refusal(Code.UNAUTHORIZED, "a token buys no token: send a user name and a password")
        who = ANONYMOUS
        if credential is not None and header is not None:
            who = await self._by_password(credential, header, exchange, asked)
        offline = exchange.ask("offline_token") == "true" or exchange.ask("access_type") == "offline"
        return _answer(await self.issue(who, asked, offline=offline))

    async def post(self, exchange: Exchange) -> Reply:
        """OAuth2: grant_type=password or refresh_token, or the exchange of an identity token."""
        form = await _form(exchange)
        asked = parse_scopes(form.get("scope", []))
        kind = _only(form, "grant_type")
        if kind == "password":
            credential = Basic(_only(form, "username"), _only(form, "password"))
            who = await self._by_password(credential, encode_basic(credential), exchange, asked)
        elif kind == "refresh_token":
            who = await self._by_refresh(_only(form, "refresh_token"))
        elif kind == _EXCHANGE:
            return await self._exchange(exchange, form, asked)
        else:
            raise Refusal(
                Code.QUERY_INVALID, f"grant_type is password, refresh_token or {_EXCHANGE}; {kind[:80]!r} is none"
            )
        wants_login = kind == "password" and _only(form, "access_type") == "offline"
        issued = await self.issue(who, asked, offline=wants_login)
        kept = _only(form, "refresh_token") if kind == "refresh_token" else None
        return _answer(issued, kept)

    async def _exchange(self, exchange: Exchange, form: dict[str, list[str]], asked: tuple[Scope, ...]) -> Reply:
        """RFC 8693: an identity token for a token of ours, once; `username` is the robot."""
        subject, kind = _only(form, "subject_token"), _only(form, "subject_token_type")
        if kind not in _SUBJECT_TYPES or not looks_like_token(subject):
            raise Refusal(Code.QUERY_INVALID, f"subject_token is a JWT, and subject_token_type {_SUBJECT_TYPES[0]}")
        credential = Basic(_only(form, "username"), subject, spend=True)
        if not credential.name.startswith(ROBOT):
            raise Refusal(Code.QUERY_INVALID, f"username is the robot's whole name, as {ROBOT}project+name")
        who = await self.authenticate(credential, b"Exchange " + encode_basic(credential), exchange.via)
        exchange.who = who
        return _answer(await self.issue(who, asked, offline=False), extra=_EXCHANGED)

    async def _by_refresh(self, refresh_token: str) -> Identity:
        who = await self.authenticate.redeem(self.issue.read_refresh(refresh_token))
        if who is None:
            raise login_ended()
        return who

    async def _by_password(
        self, credential: Basic, header: bytes, exchange: Exchange, asked: tuple[Scope, ...]
    ) -> Identity:
        try:
            who = await self.authenticate(credential, header, exchange.via)
        except Refusal:
            if await self.issue.serves_everybody(asked):
                return ANONYMOUS
            raise
        exchange.who = who
        return who


async def _form(exchange: Exchange) -> dict[str, list[str]]:
    content_type = (exchange.header(b"content-type") or _FORM).partition(";")[0].strip().lower()
    if content_type != _FORM:
        raise Refusal(Code.QUERY_INVALID, f"send the request for a token as {_FORM}")
    try:
        return parse_qs((await exchange.body(_LARGEST_FORM)).decode(), max_num_fields=200, errors="strict")
    except ValueError as fault:
        raise Refusal(Code.QUERY_INVALID, "the form is malformed") from fault


def _only(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _answer(issued: Issued, kept_refresh: str | None = None, extra: Mapping[str, str] | None = None) -> Reply:
    fields = {
        **(extra or {}),
        "token": issued.token,
        "access_token": issued.token,
        "expires_in": issued.expires_in,
        "issued_at": datetime.fromtimestamp(issued.issued_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scope": issued.scope,
    }
    if refresh := issued.refresh or kept_refresh:
        fields["refresh_token"] = refresh
    body = json.dumps(fields).encode()
    return Reply(
        200,
        [
            (b"content-type", JSON),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ],
        body,
    )
