"""GET, HEAD, PUT and DELETE of /v2/NAME/manifests/REFERENCE (end-3, end-7a, end-7b, end-9)."""

from dataclasses import dataclass

from moorage.api.counts import Counts
from moorage.api.replies import ASK_AGAIN, FOREVER, NOSNIFF, VERSION, digest_headers, matches
from moorage.api.wire import Exchange, Headers, Reply
from moorage.oci.digest import Digest
from moorage.oci.manifest import LARGEST
from moorage.oci.reference import RepositoryName, parse_reference
from moorage.rules.access import Identity
from moorage.service.delete_content import DeleteContent
from moorage.service.fetch_manifest import FetchManifest
from moorage.service.push_manifest import Pushed, PushManifest


@dataclass(frozen=True, slots=True)
class ManifestRoutes:
    """Whatever Accept says, the stored manifest is the answer: there is no other form of it to give."""

    fetch: FetchManifest
    push: PushManifest
    delete: DeleteContent
    counts: Counts

    async def get(self, exchange: Exchange, who: Identity, name: str, reference: str) -> Reply:
        """The manifest byte for byte, or 304. Both are pulls; HEAD only looks."""
        parsed = parse_reference(reference)
        found = await self.fetch(who, RepositoryName.parse(name), parsed)
        headers: Headers = [
            *digest_headers(found.digest),
            FOREVER if isinstance(parsed, Digest) else ASK_AGAIN,
            VERSION,
        ]
        is_known = matches(exchange.headers.get(b"if-none-match"), found.digest)
        if exchange.method == "GET":
            self.counts.pulled(name, found.digest.text, 0 if is_known else found.size)
        if is_known:
            return Reply(304, headers)
        headers += [
            (b"content-type", found.media_type.encode()),
            (b"content-length", b"%d" % found.size),
            NOSNIFF,
        ]
        return Reply(200, headers, found.content)

    async def put(self, exchange: Exchange, who: Identity, name: str, reference: str) -> Reply:
        """Take it; rights are asked for before the body is read."""
        parsed_name, parsed = RepositoryName.parse(name), parse_reference(reference)
        await self.push.require(who, parsed_name)
        content = await exchange.body(LARGEST)
        pushed = await self.push(
            who,
            parsed_name,
            parsed,
            content=content,
            content_type=exchange.header(b"content-type") or "",
            extra_tags=exchange.ask_all("tag"),
        )
        self.counts.pushed(parsed_name.text, len(content))
        headers = _pushed_headers(exchange, parsed_name, pushed)
        if isinstance(parsed, Digest):
            headers += [(b"oci-tag", tag.text.encode()) for tag in pushed.tags]
        return Reply(201, headers)

    async def remove(self, _exchange: Exchange, who: Identity, name: str, reference: str) -> Reply:
        """A tag alone, or a manifest with its tags."""
        await self.delete.manifest(who, RepositoryName.parse(name), parse_reference(reference))
        return Reply(202, [VERSION, (b"content-length", b"0")])


def _pushed_headers(exchange: Exchange, name: RepositoryName, pushed: Pushed) -> Headers:
    headers: Headers = [
        (b"location", f"{exchange.base}/v2/{name}/manifests/{pushed.digest}".encode()),
        (b"docker-content-digest", str(pushed.digest).encode()),
        (b"content-length", b"0"),
        VERSION,
    ]
    if pushed.subject is not None:
        headers.append((b"oci-subject", str(pushed.subject).encode()))
    headers += [(b"warning", _warning(sentence)) for sentence in pushed.warnings]
    return headers


def _warning(sentence: str) -> bytes:
    """As a quoted string. Source: RFC 7234, section 5.5, as the Distribution Specification takes it."""
    quoted = sentence.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'.encode()
