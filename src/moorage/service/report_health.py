"""Can the registry do its work now?"""

from dataclasses import dataclass

from moorage.ports.blobs import BlobStore
from moorage.ports.records import Records


@dataclass(frozen=True, slots=True)
class ReportHealth:
    """Asks the database and the storage."""

    records: Records
    blobs: BlobStore

    async def __call__(self) -> None:
        """Raises the refusal that a push would meet: STORAGE_FULL or UNAVAILABLE."""
        await self.records.write(lambda ledger: ledger.accounts.any(), durable=False)
        await self.blobs.check()
