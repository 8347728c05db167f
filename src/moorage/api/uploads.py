"""/v2/NAME/blobs/uploads/…: POST, GET, PATCH, PUT and DELETE of an upload session (end-4 to end-6, end-11 to end-14).

The session's identity stands in the path of the Location, as some clients drop queries.
"""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

from moorage.api.counts import Counts
from moorage.api.replies import VERSION
from moorage.api.wire import Exchange, Headers, Reply
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.oci.span import parse_chunk
from moorage.rules.access import Identity
from moorage.rules.upload import Upload, unknown
from moorage.service.push_blob import Body, PushBlob


@dataclass(frozen=True, slots=True)
class UploadRoutes:
    """The addresses of a session's verbs."""

    push: PushBlob
    counts: Counts

    async def start(self, exchange: Exchange, who: Identity, name: str) -> Reply:
        """Mount, take a whole blob, or open a session."""
        repository = RepositoryName.parse(name)
        stated = exchange.ask("digest-algorithm")
        algorithm = Algorithm.SHA256 if stated is None else Algorithm.parse(stated)
        if (mounted := exchange.ask("mount")) is not None:
            digest = Digest.parse(mounted)
            if await self._mount(who, repository, digest, exchange.ask("from")):
                return _created(exchange, repository, digest)
            algorithm = digest.algorithm
        elif (whole := exchange.ask("digest")) is not None:
            digest = Digest.parse(whole)
            await self.push.take(who, repository, _new_id(), _body(exchange), digest)
            self.counts.received(repository.text, exchange.received)
            return _created(exchange, repository, digest)
        session = await self.push.start(who, repository, _new_id(), algorithm)
        return Reply(202, _session_headers(exchange, repository, session))

    async def _mount(self, who: Identity, name: RepositoryName, digest: Digest, source: str | None) -> bool:
        try:
            parsed = RepositoryName.parse(source) if source else None
        except Refusal:  # a source that cannot be here, as another registry's: the client may push the blob
            return False
        return await self.push.mount(who, name, digest, parsed)

    async def status(self, exchange: Exchange, who: Identity, name: str, upload_id: str) -> Reply:
        """How far it is."""
        repository = RepositoryName.parse(name)
        session = await self.push.status(who, repository, _known_id(upload_id))
        return Reply(204, _session_headers(exchange, repository, session))

    async def append(self, exchange: Exchange, who: Identity, name: str, upload_id: str) -> Reply:
        """A chunk or a stream."""
        repository = RepositoryName.parse(name)
        session = await self.push.append(who, repository, _known_id(upload_id), _body(exchange))
        self.counts.received(repository.text, exchange.received)
        return Reply(202, _session_headers(exchange, repository, session))

    async def finish(self, exchange: Exchange, who: Identity, name: str, upload_id: str) -> Reply:
        """The last bytes, if any, and the digest of all."""
        repository = RepositoryName.parse(name)
        stated = exchange.ask("digest")
        if stated is None:
            raise Refusal(Code.DIGEST_INVALID, "a closing PUT states the blob's digest: add ?digest=sha256:…")
        digest = Digest.parse(stated)
        await self.push.finish(who, repository, _known_id(upload_id), _body(exchange), digest)
        self.counts.received(repository.text, exchange.received)
        return _created(exchange, repository, digest)

    async def cancel(self, _exchange: Exchange, who: Identity, name: str, upload_id: str) -> Reply:
        """Forget it."""
        await self.push.cancel(who, RepositoryName.parse(name), _known_id(upload_id))
        return Reply(204, [VERSION])


def _body(exchange: Exchange) -> Body:
    pieces: AsyncIterator[bytes] = exchange.pieces()
    return Body(pieces, parse_chunk(exchange.header(b"content-range")), exchange.length)


def _new_id() -> str:
    return str(uuid.uuid4())


def _known_id(text: str) -> str:
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        raise unknown(text) from None
    if str(parsed) != text:
        raise unknown(text)
    return text


def _created(exchange: Exchange, name: RepositoryName, digest: Digest) -> Reply:
    return Reply(
        201,
        [
            (b"location", f"{exchange.base}/v2/{name}/blobs/{digest}".encode()),
            (b"docker-content-digest", str(digest).encode()),
            (b"content-length", b"0"),
            VERSION,
        ],
    )


def _session_headers(exchange: Exchange, name: RepositoryName, session: Upload) -> Headers:
    return [
        (b"location", f"{exchange.base}/v2/{name}/blobs/uploads/{session.id}".encode()),
        # "0-0" also stands for no byte at all: that is what clients know from Docker's registry.
        (b"range", b"0-%d" % max(0, session.received - 1)),
        (b"docker-upload-uuid", session.id.encode()),
        (b"content-length", b"0"),
        VERSION,
    ]
