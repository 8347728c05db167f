"""Pushing, fetching and sweeping on real files and SQLite in this process, with time as the test says."""

import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.sql.migrate import bring_up
from moorage.adapters.sql.sqlite import FILE, SqliteRecords, connect
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.rules.access import Identity, Kind
from moorage.rules.quota import Limits
from moorage.rules.trash import Window
from moorage.rules.upload import Upload
from moorage.service.delete_content import DeleteContent
from moorage.service.fetch_blob import FetchBlob
from moorage.service.keep_house import KeepHouse
from moorage.service.push_blob import Body, PushBlob
from moorage.service.room import Room
from moorage.service.verify_blobs import VerifyBlobs

ADMIN = Identity(Kind.USER, "admin", 1, administrator=True, epoch=1)
NAME = RepositoryName.parse("team/app")
PATIENCE, GRACE = 1000.0, 100.0
"""Seconds that an upload rests, and a broken commit, before the sweeper comes."""


class Clock:
    """A time that only the test moves, in seconds."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """What the program takes for the time of day."""
        return self.now


@dataclass(frozen=True)
class House:
    """The parts, and short words for what tests do with them."""

    folder: Path
    records: SqliteRecords
    blobs: DiskBlobs
    clock: Clock
    push: PushBlob
    fetch: FetchBlob
    keeper: KeepHouse
    verifier: VerifyBlobs
    delete: DeleteContent

    async def begin(self) -> Upload:
        """A new upload session."""
        return await self.push.start(ADMIN, NAME, str(uuid.uuid4()))

    async def append(self, upload: Upload, content: bytes) -> Upload:
        """Some bytes, in the file when this returns."""
        return await self.push.append(ADMIN, NAME, upload.id, Body(pieces(content)))

    async def keep(self, content: bytes) -> Digest:
        """Push a blob in one go."""
        upload, digest = await self.begin(), Digest.of(content)
        await self.push.finish(ADMIN, NAME, upload.id, Body(pieces(content)), digest)
        return digest

    async def read(self, digest: Digest) -> bytes:
        """Pull a blob."""
        stored = await self.fetch(ADMIN, NAME, digest)
        return self.blob_file(stored.digest).read_bytes()

    def blob_file(self, digest: Digest) -> Path:
        """Where a blob's bytes lie, or would."""
        return self.folder / "blobs" / digest.algorithm.value / digest.hex[:2] / digest.hex

    def draft_file(self, draft_id: str) -> Path:
        """Where a draft's bytes lie, or would."""
        return self.folder / "uploads" / draft_id

    async def begun(self, content: bytes) -> Digest:
        """A commit that a crash cut off after its bytes became a file and before anybody knew."""
        digest = Digest.of(content)
        await self.records.write(lambda ledger: ledger.uploads.intend(str(uuid.uuid4()), digest, now=self.clock()))
        self.blob_file(digest).write_bytes(content)
        return digest

    async def commits(self) -> int:
        """How many commits are noted as under way."""
        return len(await self.records.read(lambda ledger: ledger.uploads.abandoned(before=float("inf"), limit=99)))

    def close(self) -> None:
        """End the threads."""
        self.records.close()
        self.blobs.close()


def furnish(folder: Path, clock: Clock | None = None) -> House:
    """A house in this folder; a second one in the same folder is a second process, as far as anybody can tell."""
    DiskBlobs.prepare(folder)
    bring_up(folder)
    with closing(connect(folder / FILE)) as connection:  # the one account, which every change looks at
        connection.execute(
            "INSERT INTO accounts (id, name, password_hash, administrator, disabled, epoch, created_at)"
            " VALUES (1, 'admin', '', 1, 0, 1, 0) ON CONFLICT DO NOTHING"
        )
    records, blobs, clock = SqliteRecords(folder), DiskBlobs(folder), clock or Clock(1_000_000.0)
    return House(
        folder,
        records,
        blobs,
        clock,
        PushBlob(records, blobs, clock, Room(clock, Limits())),
        FetchBlob(records, blobs, clock),
        KeepHouse(records, blobs, clock, PATIENCE, GRACE, Window(0)),
        VerifyBlobs(records, blobs, clock),
        DeleteContent(records, clock, Window(0)),
    )


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    """A body."""
    for piece in content:
        yield piece
