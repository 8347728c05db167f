"""Look into a data folder from outside: which files lie there, and which rows tell of them."""

import hashlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(data: Path, sql: str) -> list[tuple[Any, ...]]:
    """What the database answers to a reader beside the server."""
    with closing(sqlite3.connect(f"file:{data}/moorage.db?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def blob_files(data: Path) -> dict[str, Path]:
    """The files of blobs, by the digests that their names claim."""
    return {f"{path.parts[-3]}:{path.name}": path for path in (data / "blobs").rglob("*") if path.is_file()}


def mislabelled(data: Path) -> list[str]:
    """Digests whose files hold something else."""
    return [
        digest
        for digest, path in blob_files(data).items()
        if hashlib.new(digest.partition(":")[0], path.read_bytes()).hexdigest() != path.name
    ]


def leftovers(data: Path) -> list[str]:
    """All that a sweep should have taken: drafts, sessions, commits under way, blob files that no row knows."""
    known = {row[0] for row in rows(data, "SELECT digest FROM blobs")}
    return [
        *(f"draft {path.name}" for path in (data / "uploads").iterdir()),
        *(f"session {row[0]}" for row in rows(data, "SELECT id FROM uploads")),
        *(f"commit {row[0]}" for row in rows(data, "SELECT digest FROM commits")),
        *(f"orphan {digest}" for digest in blob_files(data).keys() - known),
    ]


def wait_until(happened: Callable[[], bool], what: Callable[[], object], patience: float = 30.0) -> None:
    """Until it happened; if it never does, tell what was found instead."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)
