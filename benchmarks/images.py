"""A registry with any number of images, written past the server, which is down; and what of it will be deleted.

Every image has two layers of its own, and six that all of them share, as base images are.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

SHARED, OWN = 6, 2
IN_A_REPOSITORY = 100
PROJECT = "stored"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = b"{}"
_BATCH = 5_000


def digest_of(content: bytes) -> str:
    """As the wire has it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def repository_of(number: int) -> str:
    """Where an image lies."""
    return f"{PROJECT}/app-{number // IN_A_REPOSITORY}"


def layers_of(number: int) -> list[bytes]:
    """An image's layers, those of its own first."""
    return [b"own %d %d" % (number, own) for own in range(OWN)] + [b"shared %d" % at for at in range(SHARED)]


def manifest_of(number: int) -> bytes:
    """An image as bytes."""
    described = [
        {"mediaType": LAYER_TYPE, "digest": digest_of(layer), "size": len(layer)} for layer in layers_of(number)
    ]
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(CONFIG), "size": 2}
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": described}).encode()


def fill(data: Path, images: int, now: float) -> None:
    """Write so many images, files and rows, into a data folder that nobody has open."""
    with closing(sqlite3.connect(data / "moorage.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        connection.execute("BEGIN")
        for name, _ in triggers:  # they would note and forget doubts of which none is left in the end
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("INSERT INTO projects (name, public, created_at) VALUES (?, 0, ?)", (PROJECT, now))
        (project,) = connection.execute("SELECT id FROM projects WHERE name = ?", (PROJECT,)).fetchone()
        _store(connection, data, [CONFIG, *(b"shared %d" % at for at in range(SHARED))], now)
        for first in range(0, images, _BATCH):
            _write(connection, data, range(first, min(first + _BATCH, images)), int(project), now)
        for _, text in triggers:
            connection.execute(text)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def _write(connection: sqlite3.Connection, data: Path, numbers: Sequence[int], project: int, now: float) -> None:
    names = sorted({repository_of(number) for number in numbers})
    connection.executemany(
        "INSERT INTO repositories (project_id, name, created_at, filled_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((project, name, now, now) for name in names),
    )
    _store(connection, data, [layer for number in numbers for layer in layers_of(number)[:OWN]], now)
    connection.executemany(
        "INSERT INTO blob_links (repository_id, blob_id, linked_at) SELECT r.id, b.id, ? FROM repositories r, blobs b"
        " WHERE r.name = ? AND b.digest = ? ON CONFLICT DO NOTHING",
        ((now, repository_of(number), digest_of(part)) for number in numbers for part in (CONFIG, *layers_of(number))),
    )
    for number in numbers:
        content = manifest_of(number)
        (manifest,) = connection.execute(
            "INSERT INTO manifests (repository_id, digest, media_type, size, pushed_by, pushed_at, content)"
            " SELECT id, ?, ?, ?, 'admin', ?, ? FROM repositories WHERE name = ? RETURNING id",
            (digest_of(content), MANIFEST_TYPE, len(content), now, content, repository_of(number)),
        ).fetchone()
        connection.executemany(
            "INSERT INTO manifest_links (manifest_id, repository_id, position, role, digest, size, media_type)"
            " SELECT ?, repository_id, ?, ?, ?, ?, ? FROM manifests WHERE id = ?",
            ((manifest, *link, manifest) for link in _links(number)),
        )


def _links(number: int) -> Iterator[tuple[object, ...]]:
    for position, part in enumerate((CONFIG, *layers_of(number))):
        yield position, "layer" if position else "config", digest_of(part), len(part), LAYER_TYPE


def _store(connection: sqlite3.Connection, data: Path, blobs: Sequence[bytes], now: float) -> None:
    for blob in blobs:
        encoded = digest_of(blob).partition(":")[2]
        (data / "blobs" / "sha256" / encoded[:2] / encoded).write_bytes(blob)
    connection.executemany(
        "INSERT INTO blobs (digest, size, stored_at) VALUES (?, ?, ?)",
        ((digest_of(blob), len(blob), now) for blob in blobs),
    )
