"""An issuer of identity tokens: it publishes its keys over HTTP as OpenID discovery says, and signs what it is told."""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from tests.support.listening import listen

AUDIENCE = "https://registry.example.com"
DISCOVERY = "/.well-known/openid-configuration"
Answer = tuple[int, dict[str, str], bytes]
_numbers = count(1)
_spare: list[RSAKey] = []
"""Keys of issuers that are gone, as making one takes long; two that live side by side never share one."""


class Issuer:
    """`url` is its `iss`. `answers` may replace what a path answers; `asked` are the paths that were asked for.

    `sent` is the body and the headers of the last request.
    """

    def __init__(self, path: str = "") -> None:
        self._own = _spare.pop() if _spare else RSAKey.generate_key(2048, {"kid": "first"})
        self.keys: list[OctKey | RSAKey | ECKey | OKPKey] = [self._own]
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.sent: tuple[bytes, dict[str, str]] = (b"", {})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.base}{path}"
        self._path = path

    def __enter__(self) -> Self:
        listen(self._server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        _spare.append(self._own)

    def published(self) -> dict[str, Any]:
        """Its public keys as a JWK set."""
        return dict(KeySet(self.keys).as_dict(private=False))

    def claims(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """What a job of GitHub's claims, with these instead; None leaves one out."""
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "repo:acme/app:ref:refs/heads/main",
            "repository": "acme/app",
            "repository_owner": "acme",
            "ref": "refs/heads/main",
            "run_id": "1",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": f"job-{next(_numbers)}",
        }
        return {name: value for name, value in {**usual, **more}.items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, key: Any = None, **more: Any) -> str:  # noqa: ANN401 - a key
        """An identity token with these claims, signed by its newest key unless another is given."""
        key = key or self.keys[-1]
        kind = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[key.key_type]
        return jwt.encode(
            {"alg": kind, "kid": self.keys[-1].kid, **(header or {})},
            self.claims(**more),
            key,
            algorithms=["RS256", "ES256", "HS256", "RS512"],
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                issuer.sent = self.rfile.read(int(self.headers.get("Content-Length", 0))), dict(self.headers)
                status, headers, body = issuer._answer(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the library's own name

            def log_message(self, *_words: object) -> None:
                """Nothing on the terminal."""

        return Handler

    def _answer(self, path: str) -> Answer:
        if path in self.answers:
            return self.answers[path]()
        if path == self._path + DISCOVERY:
            return 200, {}, json.dumps({"issuer": self.url, "jwks_uri": f"{self.base}/keys"}).encode()
        if path == "/keys":
            return 200, {}, json.dumps(self.published()).encode()
        return 404, {}, b""
