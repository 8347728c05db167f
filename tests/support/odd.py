"""Odd input as strategies: what no client should send, and somebody will."""

from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.support.content import digest_of
from tests.support.raw import basic

KNOWN = "odd/known"
"""A repository that is there, with the blob `{}` and the tag `latest`."""
DIGEST = digest_of(b"{}")
_SESSION = b"00000000-0000-4000-8000-000000000000"
_LONG = 3000
_WORDS = [
    b"..", b".", b"", b"%2e%2e", b"%2E%2e%2F%2e%2e", b"..%2f..%2fetc%2fpasswd", b"%2F%2F", b"//", b"%00", b"a%00b",
    b"%ff%fe", b"%c0%ae%c0%ae", b"%ed%a0%80", b"%", b"%zz", b"%0d%0aX:%20y", b"%0a", b"%1b[31m", b"%5C..%5C..",
    b"~root",
    b"a" * _LONG, b"a/" * 200 + b"b", b"_catalog", b"uploads", b"tags", b"list", b"manifests", b"blobs", b"sha256",
    b"sha256:", b"sha256:" + b"A" * 64, b"sha256:" + b"0" * 63, b"sha512:" + b"0" * 64, b"md5:" + b"0" * 32,
    b":::::", b"sha256:../../../../etc/passwd", b"sha256:%2e%2e%2f%2e%2e", b"';%20DROP%20TABLE%20tags;--",
    b"%27%20OR%201=1",
    b"\xff\xfe", b"%e2%80%ae", b"caf%C3%A9", b"-", b"-a", b"A", b"latest", b"*", b"$(id)", b"%7B0%7D", b"%3Cscript%3E",
    DIGEST.encode(), KNOWN.encode(), _SESSION, _SESSION.upper(), b"%7B" + _SESSION + b"%7D",
    _SESSION.replace(b"-", b""),
]  # fmt: skip
_READ = "GET HEAD"
_ROUTES = {
    "/v2/{}/manifests/{}": "GET HEAD PUT DELETE",
    "/v2/{}/blobs/{}": "GET HEAD DELETE",
    "/v2/{}/blobs/uploads/": "POST",
    "/v2/{}/blobs/uploads": "POST",
    "/v2/{}/blobs/uploads/{}": "GET PATCH PUT DELETE",
    "/v2/{}/tags/list": _READ,
    "/v2/{}/referrers/{}": _READ,
    "/v2/{}/_oci/ext/discover": _READ,
    "/v2/_oci/ext/discover": _READ,
    "/v2/_catalog": _READ,
    "/v2/token": "GET POST",
    "/v2/": _READ,
    "/v2": _READ,
    "/v2/{}": _READ,
    "/api/v1/projects": "GET POST",
    "/api/v1/projects/{}": "GET PATCH DELETE",
    "/api/v1/projects/{}/repositories": "GET",
    "/api/v1/projects/{}/repositories/{}": "DELETE",
    "/api/v1/{}/{}": "GET",
    "/": _READ,
    "/healthz": _READ,
    "/readyz": _READ,
    "/metrics": _READ,
    "/{}": _READ,
}
_OTHER_METHODS = ["GET", "PUT", "DELETE", "get", "OPTIONS", "TRACE", "FOO", "M" * 300, "!#$%&'*+"]
_QUESTIONS = [
    b"n", b"last", b"digest", b"mount", b"from", b"tag", b"artifactType", b"digest-algorithm", b"ns", b"scope",
    b"service", b"account", b"offline_token", b"access_type", b"per_page", b"after", b"", b"x" * _LONG,
]  # fmt: skip
_HEADERS: dict[bytes, list[bytes]] = {
    b"Range": [
        b"bytes=0-0", b"bytes=-1", b"bytes=5-2", b"bytes=0-,1-", b"lines=1-2", b"bytes=" + b"9" * 400 + b"-",
               b"bytes=\xb2-\xb3", b"=", b"bytes=0-18446744073709551616", b"bytes=--1", b"bytes=-",
    ],
    b"Content-Range": [b"0-1", b"bytes 0-1/2", b"5-2", b"x", b"0-" + b"9" * 30, b"-1-2", b"\xb2-\xb3", b"bytes */*"],
    b"Content-Type": [
        b"application/json", b"", b";", b"application/vnd.oci.image.index.v1+json; charset=utf-16", b"\xff",
               b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/html", b"a" * _LONG,
    ],
    b"Accept": [b"*/*", b"", b",,,;q=x", b"application/json;q=-1", b"\xff" * 100],
    b"If-None-Match": [b"*", b'"', b"W/", b'"' + DIGEST.encode() + b'"', b"\xff", b"," * _LONG],
    b"If-Range": [b'"x"', b'"' + DIGEST.encode() + b'"', b"\xff"],
    b"Authorization": [
        b"", b"Basic", b"Basic ", b"Basic =", b"Basic \xff", b"Basic OmE=", b"Basic YWRtaW4=", b"Basic /////w==",
               b"Bearer ..", b"Bearer \xff.\xff.\xff", b"Bearer e30.e30.e30", b"Bearer bnVsbA.bnVsbA.bnVsbA",
               b"Digest x",
        b"Bearer eyJhbGciOiJub25lIn0.e30.", b"bearer " + b"a" * 20_000, b"Negotiate " + b"A" * 100, b"Basic Og==",
        b"Bearer",
    ],
    b"Host": [b"", b"[", b"]", b"a b", b"a/b", b"[::1", b"x:99999999", b"\xff", b'evil"><script>', b"a" * _LONG],
    b"X-Forwarded-For": [b"", b"1.2.3.4", b",,,", b"\xff", b"::1, [", b"1.1.1.1, " * 200],
    b"X-Forwarded-Proto": [b"https", b"javascript", b"\xff"],
    b"X-Forwarded-Host": [b"evil.example", b"[", b"\xff"],
    b"Forwarded": [b"for=[", b"host=evil.example"],
    b"Expect": [b"100-continue", b"200-nothing", b"\xff"],
    b"Connection": [b"close", b"keep-alive, upgrade", b"\xff"],
    b"Upgrade": [b"h2c", b"websocket"],
    b"Content-Encoding": [b"gzip", b"\xff"],
    b"X" * _LONG: [b"x"],
    b"Cookie": [b"a=b; " * 500],
}  # fmt: skip
_BODIES = [
    None, b"", b"{}", b"[" * 5000, b'{"a":' * 1200, b"\xff\xfe\x00", b"null", b"NaN", b'{"name":"\\ud800"}',
    b"1" * 5000,    b'{"name":"odd-one","name":"odd-two"}', b'{"name":1e999}', b'{"name":"x","public":"yes"}',
    b"grant_type=password",
    b"grant_type=password&username=admin&password=%ff", b"grant_type=refresh_token&refresh_token=e30.e30.e30",
    b"&" * 5000,    b"grant_type=%00&scope=repository:a:pull",
    b"grant_type=password&username=%00&password=%00&scope=:::,",
    b"\x00" * 4000, b"a=b&" * 1000,
]  # fmt: skip


@dataclass(frozen=True, repr=False)
class Odd:
    """A request that is well framed, however odd its parts are."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes | None = None

    def __repr__(self) -> str:
        parts = (self.method, self.target, self.headers, self.body)
        return f"Odd({', '.join(repr(part)[:500] for part in parts)})"


def words() -> SearchStrategy[bytes]:
    """A part of a path or a query."""
    encoded = st.binary(max_size=12).map(lambda raw: quote_from_bytes(raw, safe="").encode())
    return st.sampled_from(_WORDS) | encoded


def plain() -> SearchStrategy[bytes]:
    """A part as it should be, so that the rest of the request is looked at."""
    return st.sampled_from([KNOWN.encode(), b"latest", DIGEST.encode(), _SESSION, b"odd", b"known"])


@st.composite
def requests(draw: st.DrawFn) -> Odd:
    """By the administrator for the most part, else by nobody or with odd credentials."""
    template, methods = draw(st.sampled_from(list(_ROUTES.items())))
    method = draw(st.sampled_from(methods.split() if draw(st.integers(0, 9)) else _OTHER_METHODS))
    target = template.encode()
    if b"{}" in target:
        target = target.replace(b"{}", draw(st.just(KNOWN.encode()) | words()), 1)
    while b"{}" in target:
        target = target.replace(b"{}", draw(plain() | words()), 1)
    questions = draw(st.lists(st.tuples(st.sampled_from(_QUESTIONS), plain() | words()), max_size=3))
    if questions:
        target += b"?" + b"&".join(key + b"=" + value for key, value in questions)
    names = draw(st.lists(st.sampled_from(sorted(_HEADERS)), max_size=3, unique=True))
    headers = [(name, draw(st.sampled_from(_HEADERS[name]))) for name in names]
    if b"Authorization" not in names and draw(st.integers(0, 4)):
        headers.append(basic())
    return Odd(method.encode(), target, tuple(headers), draw(st.sampled_from(_BODIES)))
