"""GET of the catalogue, of tags and of referrers (end-8a, end-8b, end-12a, end-12b), and what extensions there are."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from moorage.api.replies import ASK_AGAIN, VERSION
from moorage.api.wire import JSON, Exchange, Headers, Reply
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.page import PageRequest
from moorage.oci.reference import RepositoryName
from moorage.rules.access import Identity
from moorage.rules.facts import Referrer
from moorage.service.list_content import ListContent

REFERRERS = 500
"""Referrers in a page when none is asked for, and at the most."""
LARGEST_INDEX = 3 * 1024 * 1024
"""Bytes of annotations in a page: clients take an index of 4 MiB, as of any manifest."""


@dataclass(frozen=True, slots=True)
class ListingRoutes:
    """Each page but the last carries a Link to the next."""

    listing: ListContent

    async def catalogue(self, exchange: Exchange, who: Identity) -> Reply:
        """Repositories by name."""
        page = PageRequest.parse(exchange.ask("n"), exchange.ask("last"))
        found = await self.listing.repositories(who, page)
        headers = _next(exchange, "/v2/_catalog", page.size, found.items[-1]) if found.more and found.items else []
        return _json({"repositories": found.items}, headers)

    async def tags(self, exchange: Exchange, who: Identity, name: str) -> Reply:
        """Tags by name."""
        page = PageRequest.parse(exchange.ask("n"), exchange.ask("last"))
        found = await self.listing.tags(who, RepositoryName.parse(name), page)
        path = f"/v2/{name}/tags/list"
        headers = _next(exchange, path, page.size, found.items[-1]) if found.more and found.items else []
        return _json({"name": name, "tags": found.items}, headers)

    async def referrers(self, exchange: Exchange, who: Identity, name: str, digest: str) -> Reply:
        """Manifests that point to this one, as an image index."""
        wanted, last = exchange.ask("artifactType") or None, exchange.ask("last") or "0"
        if not (last.isascii() and last.isdigit() and len(last) < 19):  # noqa: PLR2004 - fits 64 bits
            raise Refusal(Code.PAGINATION_NUMBER_INVALID, "last= is not one that a Link header gave")
        asked = PageRequest.parse(exchange.ask("n"), None)
        size = min(asked.size, REFERRERS)
        found = await self.listing.referrers(
            who,
            RepositoryName.parse(name),
            Digest.parse(digest),
            artifact_type=wanted,
            after=int(last),
            size=size,
            room=LARGEST_INDEX,
        )
        headers: Headers = [(b"oci-filters-applied", b"artifactType")] if wanted else []
        if found.more and found.items:
            path = f"/v2/{name}/referrers/{digest}"
            extra = {"artifactType": wanted} if wanted else {}
            headers += _next(exchange, path, size, str(found.items[-1].id), extra)
        index = {
            "schemaVersion": 2,
            "mediaType": types.OCI_INDEX,
            "manifests": [_descriptor(referrer) for referrer in found.items],
        }
        return _json(index, headers, types.OCI_INDEX.encode())

    async def extensions(self, exchange: Exchange, _who: Identity, *_name: str) -> Reply:
        """What is there beyond the standard (extensions/_oci.md)."""
        base = exchange.base
        return _json(
            {
                "extensions": [
                    {
                        "name": "_oci",
                        "description": "Discovery of extensions",
                        "url": f"{base}/v2/_oci/ext/discover",
                        "endpoints": ["_oci/ext/discover"],
                    },
                    {
                        "name": "_catalog",
                        "description": "Repositories that the caller may pull from",
                        "url": f"{base}/v2/_catalog",
                        "endpoints": ["_catalog"],
                    },
                ]
            },
            [],
        )


def _json(value: object, headers: Headers, content_type: bytes = JSON) -> Reply:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(
        200,
        [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(body)),
            ASK_AGAIN,
            VERSION,
            *headers,
        ],
        body,
    )


def _next(exchange: Exchange, path: str, size: int, last: str, extra: dict[str, str] | None = None) -> Headers:
    query = urlencode({**(extra or {}), "n": size, "last": last})
    return [(b"link", f'<{exchange.base}{path}?{query}>; rel="next"'.encode())]


def _descriptor(referrer: Referrer) -> dict[str, object]:
    descriptor: dict[str, object] = {
        "mediaType": referrer.media_type,
        "digest": str(referrer.digest),
        "size": referrer.size,
    }
    if referrer.artifact_type:
        descriptor["artifactType"] = referrer.artifact_type
    if referrer.annotations:
        descriptor["annotations"] = dict(referrer.annotations)
    return descriptor
