"""Did a form come from a page of ours, and where may we send somebody afterwards?

Pure. Two proofs are asked for, and each alone would do: what the browser says of where the form stood, and a token
that only a page made for this very session holds.
"""

import hashlib
import hmac
import re
from urllib.parse import quote

HOME = "/"
_LONGEST_NEXT = 2000
_PATH = re.compile(r"/[!-\[\]-~]*")
"""A path on this server: visible ASCII without a backslash, which browsers read as a slash."""


def came_from(own: str, *, origin: str | None, fetch_site: str | None) -> bool:
    """Was it sent from a page of `own`, an origin as `https://host:port`?

    A browser that says nothing at all is not believed: all of today's send Origin with every form that changes
    something, and Sec-Fetch-Site as well over https. Our pages must not be under the referrer policy `no-referrer`,
    which makes that Origin `null` (Fetch, "append a request Origin header"); `same-origin` tells others as little.
    """
    if fetch_site is not None and fetch_site != "same-origin":
        return False
    if origin is None:
        return fetch_site is not None
    return origin == own


def form_token(cookie: str) -> str:
    """The token of all forms of the session with this secret cookie. Whoever reads it does not learn the cookie."""
    return hmac.new(cookie.encode("utf-8", "surrogatepass"), b"moorage form", hashlib.sha256).hexdigest()


def is_form_token(cookie: str, token: str) -> bool:
    """Is it? In constant time; without a cookie nothing is."""
    given = token.encode("utf-8", "surrogatepass")
    return bool(cookie) and hmac.compare_digest(form_token(cookie).encode("ascii"), given)


def mark(cookie: str, text: str) -> str:
    """What shows that a page of this session made this text: nobody else can, without the cookie."""
    key = cookie.encode("utf-8", "surrogatepass")
    return hmac.new(key, b"moorage mark\0" + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_marked(cookie: str, text: str, given: str) -> bool:
    """Did one? In constant time; without a cookie none did."""
    shown = given.encode("utf-8", "surrogatepass")
    return bool(cookie) and hmac.compare_digest(mark(cookie, text).encode("ascii"), shown)


def with_next(path: str, wanted: str) -> str:
    """A page that comes first, and in its address where to go after it."""
    return path if wanted == HOME else f"{path}?next={quote(wanted, safe='/')}"


def safe_next(wanted: str | None) -> str:
    """Where to go after a login: a path of ours as it was asked for, or home."""
    if wanted is None or len(wanted) > _LONGEST_NEXT or not _PATH.fullmatch(wanted):
        return HOME
    path = wanted.partition("?")[0].partition("#")[0]
    if "//" in path or any(part in {".", ".."} for part in path.split("/")):
        return HOME
    return wanted
