"""GET, HEAD and DELETE of /v2/NAME/blobs/DIGEST (end-2, end-10)."""

from dataclasses import dataclass

from moorage.api.counts import Counts
from moorage.api.replies import FOREVER, NOSNIFF, VERSION, digest_headers, matches
from moorage.api.wire import Exchange, Headers, Reply
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.oci.span import Span, parse_range
from moorage.rules.access import Identity
from moorage.service.delete_content import DeleteContent
from moorage.service.fetch_blob import FetchBlob, Fetched

_TYPE = (b"content-type", b"application/octet-stream")
_RANGES = (b"accept-ranges", b"bytes")


@dataclass(frozen=True, slots=True)
class BlobRoutes:
    """Small blobs go out at once, larger ones as a stream."""

    fetch: FetchBlob
    delete: DeleteContent
    counts: Counts

    async def get(self, exchange: Exchange, who: Identity, name: str, digest: str) -> Reply:
        """All of it, one range of it, or 304."""
        vouch = exchange.method == "HEAD"
        blob = await self.fetch(who, RepositoryName.parse(name), Digest.parse(digest), vouch=vouch)
        headers: Headers = [*digest_headers(blob.digest), FOREVER, VERSION]
        if matches(exchange.headers.get(b"if-none-match"), blob.digest):
            return Reply(304, headers)
        headers += [_TYPE, _RANGES, NOSNIFF]
        span = parse_range(_range(exchange, blob.digest), blob.size)
        if span is not None:
            headers += [
                (b"content-length", b"%d" % span.length),
                (b"content-range", b"bytes %d-%d/%d" % (span.start, span.stop - 1, blob.size)),
            ]
            self.counts.sent(name, span.length)
            return self._part(206, headers, blob, span)
        headers.append((b"content-length", b"%d" % blob.size))
        if blob.size == 0 or exchange.method == "HEAD":
            return Reply(200, headers)
        self.counts.sent(name, blob.size)
        return self._part(200, headers, blob, Span(0, blob.size))

    def _part(self, status: int, headers: Headers, blob: Fetched, span: Span) -> Reply:
        if blob.stored is None:
            return Reply(status, headers, (blob.content or b"")[span.start : span.stop])
        return Reply(status, headers, stream=self.fetch.read(blob.stored, span))

    async def remove(self, _exchange: Exchange, who: Identity, name: str, digest: str) -> Reply:
        """The repository's link."""
        await self.delete.blob(who, RepositoryName.parse(name), Digest.parse(digest))
        return Reply(202, [VERSION, (b"content-length", b"0")])


def _range(exchange: Exchange, digest: Digest) -> str | None:
    # RFC 9110, section 13.1.5: a range of something else than the client thinks is no range.
    condition = exchange.header(b"if-range")
    if exchange.method != "GET" or (condition is not None and condition.strip() != f'"{digest}"'):
        return None
    return exchange.header(b"range")
