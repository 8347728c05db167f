"""A connection as the nouns see it: SQL text with `:name` parameters in, rows out."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

Row: TypeAlias = tuple[Any, ...]


class Session:
    """Runs statements on one connection. Rows are tuples in the order of the SELECT."""

    __slots__ = ("_execute", "connection")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._execute = connection.execute

    def one(self, sql: str, **values: object) -> Row | None:
        """The first row."""
        row: Row | None = self._execute(sql, values).fetchone()
        return row

    def all(self, sql: str, **values: object) -> list[Row]:
        """Every row."""
        return self._execute(sql, values).fetchall()

    def each(self, sql: str, **values: object) -> Iterator[Row]:
        """Row after row, read as they are asked for."""
        return iter(self._execute(sql, values))

    def run(self, sql: str, **values: object) -> int:
        """Change; how many rows changed."""
        return self._execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[dict[str, object]]) -> None:
        """The same change for each of these."""
        self.connection.executemany(sql, rows)
