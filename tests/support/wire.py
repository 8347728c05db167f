"""Raw HTTP to a running registry: one request a line, and what every refusal must look like."""

import itertools
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx

from moorage.oci import media_type as types
from tests.support import content

ADMIN = "admin"
TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: to read in whom the world trusts takes longer than some hundred requests."""
_numbers = itertools.count(1)


def fresh(project: str = "wire") -> str:
    """A repository name that no other test uses."""
    return f"{project}/r{next(_numbers)}"


class Roaming(httpx.BaseTransport):
    """Requests that come from another address of this machine after each `move`.

    One test's wrong passwords make no other wait. Only Linux lends all of 127/8; elsewhere they come from one address.
    """

    def __init__(self) -> None:
        self._moves = itertools.count(1)
        self._transport = httpx.HTTPTransport(verify=TRUSTING_NOBODY)

    def move(self) -> None:
        """Ask from the next address on; connections open now are given up."""
        self.close()
        number = next(self._moves)
        address = f"127.1.{number // 250}.{number % 250 + 1}" if sys.platform == "linux" else "127.0.0.1"
        self._transport = httpx.HTTPTransport(verify=TRUSTING_NOBODY, local_address=address)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from where we are now."""
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Give up the connections."""
        self._transport.close()


class Wire:
    """Requests to one registry by one identity; `header` is the Authorization header, None for nobody.

    `name` is whose it is, where a test has to say so.
    """

    def __init__(self, client: httpx.Client, header: str | None) -> None:
        self.client = client
        self.header = header
        self.name = ""

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
        """One request; redirects are not followed, whatever the status is returned."""
        headers = dict(more.pop("headers", None) or {})
        if self.header is not None:
            headers.setdefault("Authorization", self.header)
        return self.client.request(method, path, headers=headers, **more)

    def address(self, path: str) -> str:
        """The path as a full address, as the registry would write it."""
        return f"{str(self.client.base_url).rstrip('/')}{path}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET; names of headers are written with _ for -."""
        return self.ask("GET", path, headers=dashed(headers))

    def head(self, path: str, **headers: str) -> httpx.Response:
        """HEAD; names of headers are written with _ for -."""
        return self.ask("HEAD", path, headers=dashed(headers))

    def bearing(self, token: str) -> "Wire":
        """The same client with this token instead."""
        return Wire(self.client, f"Bearer {token}")

    def token(self, *scopes: str, **query: str) -> str:
        """A token with these scopes."""
        answer = self.ask("GET", "/v2/token", params={"scope": list(scopes), **query})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    def narrowed(self, *scopes: str) -> "Wire":
        """The same identity by a token with these scopes."""
        return self.bearing(self.token(*scopes))

    def begin(self, name: str, query: str = "") -> str:
        """Open an upload; its location."""
        answer = self.ask("POST", f"/v2/{name}/blobs/uploads/{query}")
        assert answer.status_code == 202, answer.text
        return answer.headers["location"]

    def push_blob(self, name: str, blob: bytes, algorithm: str = "sha256") -> str:
        """Push a blob in one request; its digest."""
        digest = content.digest_of(blob, algorithm)
        answer = self.ask("POST", f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=blob)
        assert answer.status_code == 201, answer.text
        return digest

    def push(self, name: str, reference: str, manifest: bytes, media_type: str = types.OCI_MANIFEST) -> httpx.Response:
        """Push a manifest."""
        return self.ask(
            "PUT", f"/v2/{name}/manifests/{reference}", content=manifest, headers={"Content-Type": media_type}
        )

    def push_image(self, name: str, *tags: str, layers: tuple[bytes, ...] = (), **more: Any) -> bytes:  # noqa: ANN401
        """Push an image with its blobs, under these tags or else by its digest; the manifest's bytes."""
        self.push_blob(name, content.CONFIG)
        for layer in layers:
            self.push_blob(name, layer)
        manifest = content.image(*layers, **more)
        for reference in tags or (content.digest_of(manifest),):
            answer = self.push(name, reference, manifest)
            assert answer.status_code == 201, answer.text
        return manifest

    @classmethod
    def anonymous(cls, client: httpx.Client) -> Self:
        """Nobody."""
        return cls(client, None)

    @classmethod
    def basic(cls, client: httpx.Client, name: str, password: str) -> Self:
        """Somebody by name and password."""
        return cls(client, basic(name, password))


def basic(name: str, password: str) -> str:
    """The Authorization header of a name and a password."""
    return httpx.BasicAuth(name, password)._auth_header


def dashed(headers: dict[str, str]) -> dict[str, str]:
    """Names of headers as HTTP writes them."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def refusal(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The one error in a refusal's body, after checking that it has the specified form."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["cache-control"] == "no-store"
    if answer.url.path.startswith("/api/v1/"):
        return problem(answer, code)
    assert answer.headers["content-type"].startswith("application/json")
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return {}
    body = answer.json()
    assert set(body) == {"errors"}
    assert len(body["errors"]) == 1
    error: dict[str, Any] = body["errors"][0]
    assert set(error) == {"code", "message", "detail"}
    assert error["message"]
    assert error["detail"]["request_id"] == answer.headers["x-request-id"]
    if code is not None:
        assert error["code"] == code, error
    return error


def problem(answer: httpx.Response, code: str | None = None) -> dict[str, Any]:
    """The problem details of a refusal of our own API, after checking their form (RFC 9457)."""
    assert answer.headers["content-type"] == "application/problem+json"
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return {}
    told: dict[str, Any] = answer.json()
    assert told.keys() >= {"type", "title", "status", "detail", "code", "request_id"}
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    if code is not None:
        assert told["code"] == code, told
    return {**told, "message": told["detail"]}


def challenge(answer: httpx.Response) -> dict[str, str]:
    """The fields of a Bearer challenge."""
    kind, _, rest = answer.headers["www-authenticate"].partition(" ")
    assert kind == "Bearer"
    fields = dict(part.split("=", 1) for part in _split(rest))
    return {name: value.strip('"') for name, value in fields.items()}


def _split(text: str) -> Iterator[str]:
    word, quoted = "", False
    for letter in text:
        quoted ^= letter == '"'
        if letter == "," and not quoted:
            yield word.strip()
            word = ""
        else:
            word += letter
    yield word.strip()


@contextmanager
def client_of(url: str, transport: httpx.BaseTransport | None = None) -> Iterator[httpx.Client]:
    """A client that keeps connections and knows no proxy."""
    trust = True if url.startswith("https:") else TRUSTING_NOBODY
    with httpx.Client(base_url=url, timeout=60, trust_env=False, transport=transport, verify=trust) as client:
        yield client
