"""The machine that the registry runs on: its disk, its database, its keys."""

from typing import NamedTuple, Protocol


class KeyFact(NamedTuple):
    """A key of ours; `changed_at` is None where the environment gives it, so that nobody knows its age."""

    name: str
    changed_at: float | None


class MachineFacts(NamedTuple):
    """Bytes of the disk that holds the data, and of the database; schemas by number, and versions in words."""

    disk_total: int
    disk_free: int
    database: int
    schema: str
    newest_schema: str
    workers: int
    keys: tuple[KeyFact, ...]
    versions: tuple[tuple[str, str], ...]


class Machine(Protocol):
    """What can be seen of it."""

    async def look(self) -> MachineFacts:
        """As it is now."""
