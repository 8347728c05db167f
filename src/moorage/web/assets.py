"""What pages load beside themselves: styles, scripts. Each address names its content, so that browsers keep it."""

import gzip
import hashlib
from functools import cache
from importlib import resources
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from moorage.oci.error import Code, Refusal
from moorage.web.headers import HEADERS

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_YEAR = "public, max-age=31536000, immutable"
_HOUR = "public, max-age=3600"


class _Asset(NamedTuple):
    content: bytes
    packed: bytes
    mark: str


def address(name: str) -> str:
    """Where a page finds it."""
    return f"/static/{name}?v={_read(name).mark}"


def answer(request: Request) -> Response:
    """The file; for ever where the address names its content. Raises ROUTE_UNKNOWN."""
    name = request.path_params["name"]
    if name not in _names():
        raise Refusal(Code.ROUTE_UNKNOWN)
    found = _read(name)
    headers = {
        **HEADERS,
        "cache-control": _YEAR if request.query_params.get("v") == found.mark else _HOUR,
        "vary": "accept-encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, media_type=_TYPES[name.rpartition(".")[2]], headers={**headers, "content-encoding": "gzip"}
        )
    return Response(found.content, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)


@cache
def _names() -> frozenset[str]:
    """What lies there; an address can name nothing else."""
    return frozenset(file.name for file in resources.files("moorage.web").joinpath("static").iterdir())


@cache
def _read(name: str) -> _Asset:
    content = resources.files("moorage.web").joinpath("static", name).read_bytes()
    return _Asset(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:16])
