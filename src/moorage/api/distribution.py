"""Everything below /v2/: which handler an address means, who asks, and what a refusal looks like.

Names hold slashes, so an address is read from its end. Source: Distribution Specification, "Endpoints".
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from moorage.api.blobs import BlobRoutes
from moorage.api.credentials import parse_authorization
from moorage.api.listings import ListingRoutes
from moorage.api.manifests import ManifestRoutes
from moorage.api.origin import Origin
from moorage.api.replies import VERSION
from moorage.api.tokens import TokenRoutes
from moorage.api.uploads import UploadRoutes
from moorage.api.wire import JSON, Exchange, Reply
from moorage.oci.error import Code, Refusal
from moorage.rules.access import ANONYMOUS, Identity
from moorage.service.authenticate import Authenticate

Handler: TypeAlias = Callable[..., Awaitable[Reply]]
ROOT = "/v2/"
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Route:
    """An operation's name, for metrics and logs, and the handler of each method."""

    operation: str
    methods: Mapping[str, Handler]


class Distribution:
    """The routes of the registry protocol."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        tokens: TokenRoutes,
        manifests: ManifestRoutes,
        blobs: BlobRoutes,
        uploads: UploadRoutes,
        listings: ListingRoutes,
        origin: Origin,
    ) -> None:
        self._authenticate = authenticate
        self._origin = origin
        self._tokens = tokens
        base = Route("base", _reads(self._version))
        self._token = Route("token", {"GET": tokens.get, "POST": tokens.post})
        self._extensions = Route("extensions", _reads(listings.extensions))
        self._manifest = Route("manifest", {**_reads(manifests.get), "PUT": manifests.put, "DELETE": manifests.remove})
        self._blob = Route("blob", {**_reads(blobs.get), "DELETE": blobs.remove})
        self._uploads = Route("uploads", {"POST": uploads.start})
        self._upload = Route(
            "upload",
            {
                "GET": uploads.status,
                "PATCH": uploads.append,
                "PUT": uploads.finish,
                "DELETE": uploads.cancel,
            },
        )
        self._tags = Route("tags", _reads(listings.tags))
        self._referrers = Route("referrers", _reads(listings.referrers))
        self._nothing = Route("unknown", {})
        self._fixed = {
            "": base,
            "token": self._token,
            "_catalog": Route("catalogue", _reads(listings.catalogue)),
            "_oci/ext/discover": self._extensions,
        }

    def find(self, path: str) -> tuple[Route, tuple[str, ...]]:
        """The route of an address and the words in it that vary."""
        rest = path[len(ROOT) :]
        head, _, last = rest.rpartition("/")
        name, _, kind = head.rpartition("/")
        if name and (found := self._in_repository(name, kind, last)):
            return found
        if rest.endswith("/_oci/ext/discover"):
            return self._extensions, ()
        return self._fixed.get(rest, self._nothing), ()

    def _in_repository(self, name: str, kind: str, last: str) -> tuple[Route, tuple[str, ...]] | None:
        if kind == "manifests":
            return self._manifest, (name, last)
        if kind == "blobs":
            return (self._uploads, (name,)) if last == "uploads" else (self._blob, (name, last))
        if kind == "uploads" and name.endswith("/blobs"):
            repository = name.removesuffix("/blobs")
            return (self._upload, (repository, last)) if last else (self._uploads, (repository,))
        if kind == "tags" and last == "list":
            return self._tags, (name,)
        if kind == "referrers":
            return self._referrers, (name, last)
        return None

    async def answer(self, exchange: Exchange, route: Route, words: tuple[str, ...]) -> Reply:
        """The handler's reply; refusals are raised."""
        handler = route.methods.get(exchange.method)
        if handler is None:
            raise _no_handler(exchange, route)
        if route is self._token:
            return await handler(exchange)
        raw = exchange.scope.get("raw_path") or b""
        if b"%2f" in raw or b"%2F" in raw:
            raise Refusal(Code.NAME_INVALID, "slashes in repository names stand as they are, not as %2F")
        source = exchange.ask("ns")  # also refuses a malformed query, before anything is done
        who = await self.identify(exchange)
        exchange.words = words
        if exchange.method not in _READING:  # what changes something is told with where it came from
            who = replace(who, via=exchange.via)
        reply = await handler(exchange, who, *words)
        if source is not None and source == self._origin.service(exchange):
            # We speak for the host that a mirror's client asks for: that host is ours.
            reply.headers.append((b"oci-namespace", source.encode()))
        return reply

    async def identify(self, exchange: Exchange) -> Identity:
        """Who asks; whoever shows nothing is anonymous."""
        header = exchange.headers.get(b"authorization")
        if header is None:
            exchange.who = ANONYMOUS
            return ANONYMOUS
        known = self._authenticate.recall(header)
        if known is None:
            known = await self._authenticate(parse_authorization(header), header, exchange.via)
        exchange.who = known
        return known

    async def _version(self, _exchange: Exchange, who: Identity) -> Reply:
        """Any credential that holds is welcome; none is asked to log in (end-1)."""
        if who is ANONYMOUS:
            raise Refusal(Code.UNAUTHORIZED, "log in to use this registry")
        headers = [(b"content-type", JSON), (b"content-length", b"2"), VERSION]
        return Reply(200, headers, b"{}")


def _reads(handler: Handler) -> dict[str, Handler]:
    return {"GET": handler, "HEAD": handler}


def _no_handler(exchange: Exchange, route: Route) -> Refusal:
    if not route.methods:
        return Refusal(Code.ROUTE_UNKNOWN, f"there is nothing at {exchange.path[:200]!r}")
    allowed = ", ".join(route.methods)
    return Refusal(
        Code.UNSUPPORTED,
        f"{exchange.method[:16]} is not for this address: use {allowed}",
        detail={"allow": allowed},
    )
