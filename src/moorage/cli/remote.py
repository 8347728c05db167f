"""Asks a registry's API over HTTP: answers become values, and whatever goes wrong becomes one sentence.

Credentials go to the one address that this was made for: redirects are told, not followed, and of a link to the next
page only the path and the query are taken.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import httpx

from moorage import __version__
from moorage.cli.address import Address
from moorage.cli.failing import Denied, Failure, Status, Unanswered
from moorage.cli.logins import Login
from moorage.cli.showing import clean

_ROOT = "/api/v1/"
_PATIENCE = 60.0
_PAGE = 250
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?')
_STATUS = {
    401: Status.NOT_LOGGED_IN,
    404: Status.NOT_FOUND,
    409: Status.CONFLICT,
    412: Status.CONFLICT,
}


class Answer(NamedTuple):
    """What came back: the JSON (None without a body), and the entity tag, for changes on condition."""

    content: Any
    tag: str | None = None


class Remote:
    """A registry, its address and who asks. `ca` is a PEM file to trust besides the system's own certificates."""

    def __init__(self, address: Address, login: Login, *, ca: Path | None = None, insecure: bool = False) -> None:
        if ":" in login.user:
            raise Failure("a user name holds no colon", Status.USAGE)
        self._address = address
        auth = httpx.BasicAuth(login.user.encode(), login.secret.encode())
        trust = _trust(address, ca, insecure=insecure)
        try:
            self._client = httpx.Client(
                base_url=address.url,
                auth=auth,
                verify=trust,
                follow_redirects=False,
                timeout=_PATIENCE,
                headers={"accept": "application/json", "user-agent": f"moorage/{__version__}"},
            )
        except (ImportError, ValueError, httpx.InvalidURL) as fault:  # a proxy of a kind that httpx cannot use
            raise Failure(f"the proxy that the environment names cannot be used: {clean(str(fault))}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        query: Mapping[str, Any] | None = None,
        condition: str | None = None,
    ) -> Answer:
        """One request below /api/v1/. `condition` is the entity tag of what is changed (If-Match)."""
        headers = {"if-match": condition} if condition else None
        answer = self._send(
            self._client.build_request(
                method, _ROOT + path, json=body, params=dict(query or {}) or None, headers=headers
            )
        )
        return Answer(self._content(answer), answer.headers.get("etag"))

    def pages(self, path: str, *, limit: int | None = None, query: Mapping[str, Any] | None = None) -> list[Any]:
        """All entries of a list, or the first `limit` of them, however many pages that takes."""
        found: list[Any] = []
        for answer in self._follow(path, query, min(limit or _PAGE, _PAGE)):
            page = self._content(answer)
            if not isinstance(page, list):
                raise self._odd(answer)
            found += page
            if limit is not None and len(found) >= limit:
                break
        return found[:limit]

    def whole(self, path: str, part: str, *, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An object whose list `part` comes in pages, with all of it; the rest is what the first page says."""
        whole: dict[str, Any] = {}
        for answer in self._follow(path, query, _PAGE):
            content = self._content(answer)
            if not isinstance(content, dict) or not isinstance(content.get(part), list):
                raise self._odd(answer)
            if whole:
                whole[part] += content[part]
            else:
                whole = content
        return whole

    def _follow(self, path: str, query: Mapping[str, Any] | None, size: int) -> Iterator[httpx.Response]:
        """Page after page."""
        target: str | None = str(httpx.URL(_ROOT + path, params={**(query or {}), "per_page": size}))
        while target is not None:
            answer = self._send(self._client.build_request("GET", target))
            yield answer
            here, target = target, _next(answer.headers.get("link", ""))
            if target == here:
                raise self._odd(answer)

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._client.send(request)
        except httpx.TimeoutException:
            raise Unanswered(f"{self._address.url} did not answer in time") from None
        except httpx.ConnectError as fault:
            raise self._unreachable(fault) from None
        except httpx.ProxyError as fault:
            raise Failure(f"the proxy on the way to {self._address.url} refuses: {clean(str(fault))}") from None
        except httpx.DecodingError:
            raise Unanswered(f"the answer of {self._address.url} cannot be read") from None
        except httpx.TransportError as fault:
            raise Unanswered(
                f"{self._address.url} broke off, or does not speak {self._address.scheme.upper()}: "
                f"{clean(str(fault)) or 'no answer came'}"
            ) from None
        if answer.is_redirect or answer.has_redirect_location:
            target = clean(answer.headers.get("location", ""))
            raise Failure(
                f"{self._address.url} sends us on to {target or 'nowhere'}; nothing was sent there",
                hint="if that is the right address, log in there with: moorage login",
            )
        if answer.is_error:
            raise self._refused(answer)
        return answer

    def _content(self, answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
        if answer.status_code == httpx.codes.NO_CONTENT or not answer.content:
            return None
        try:
            return json.loads(answer.content)
        except ValueError:
            raise self._odd(answer) from None

    def _refused(self, answer: httpx.Response) -> Failure:
        try:
            problem = json.loads(answer.content)
            sentence = clean(str(problem["detail"]))
        except (ValueError, KeyError, TypeError):
            return self._odd(answer)
        if answer.status_code == httpx.codes.FORBIDDEN:
            return Denied(sentence)
        status = _STATUS.get(answer.status_code, Status.FAILED)
        again = f"log in again with: moorage login {self._address.url}"
        return Failure(sentence, status, hint=again if status is Status.NOT_LOGGED_IN else "")

    def _odd(self, answer: httpx.Response) -> Failure:
        """Some other program answers at this address, or in between."""
        return Failure(
            f"{self._address.url} answered {answer.status_code} {clean(answer.reason_phrase)}, "
            "but not as a Moorage registry does: is the address right, and the proxy before it?",
            _STATUS.get(answer.status_code, Status.FAILED),
        )

    def _unreachable(self, fault: httpx.ConnectError) -> Failure:
        told = clean(str(fault))
        if "CERTIFICATE_VERIFY_FAILED" in told:
            reason = told.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or told
            return Failure(
                f"the certificate of {self._address.host} cannot be verified: {reason}",
                hint="give the certificate of its authority with --ca FILE",
            )
        if "SSL" in told or "TLS" in told:
            return Failure(
                f"{self._address.host} does not speak TLS as we do: {told.partition(' (_ssl')[0]}",
                hint=f"if it speaks plain HTTP, its address is http://{self._address.host}",
            )
        reason = re.sub(r"^\[Errno -?\d+\] ", "", told) or "no connection"
        return Failure(f"{self._address.url} cannot be reached: {reason}")


def _next(header: str) -> str | None:
    found = _NEXT.search(header)
    if found is None:
        return None
    parts = urlsplit(found[1])
    return f"{parts.path}?{parts.query}" if parts.path.startswith(_ROOT) else None


def _trust(address: Address, ca: Path | None, *, insecure: bool) -> ssl.SSLContext:
    if address.scheme == "http":
        return ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT
        )  # trusts nothing: to read the system's certificates takes a while
    context = ssl.create_default_context()  # the system's certificates, or those of SSL_CERT_FILE
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except FileNotFoundError:
            raise Failure(f"{ca} is not there", Status.USAGE) from None
        except (OSError, ssl.SSLError):
            raise Failure(f"{ca} cannot be read as certificates in PEM", Status.USAGE) from None
    return context
