"""A registry of 10,000 repositories and 1,000,000 tags, written past the server, which is down.

A hundred projects of a hundred repositories, each with a few images of a platform and a hundred tags on them; the first
repository has what is left of the million, as one that nobody ever cleans up. Every tag has its first move in the
history and every tenth an event.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

PROJECTS, REPOSITORIES, TAGS = 100, 10_000, 1_000_000
IMAGES = 3
"""In each repository."""
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYERS = [b"layer %d" % number for number in range(8)]
_DAY = 86_400.0


def project_of(number: int) -> str:
    """The project of a repository."""
    return f"project-{number % PROJECTS:03}"


def repository_of(number: int) -> str:
    """Its whole name."""
    return f"{project_of(number)}/service-{number // PROJECTS:03}"


def tag_of(number: int) -> str:
    """A tag's name, as releases have them."""
    return f"{number // 1000}.{number // 10 % 100}.{number % 10}"


def digest_of(content: bytes) -> str:
    """As the wire has it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image_of(number: int) -> tuple[bytes, bytes]:
    """A manifest and its configuration: the images of all repositories are these few."""
    commands = [f"RUN step {layer} of {number}" for layer in range(len(_LAYERS))]
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/usr/bin", f"BUILD={number}"], "Entrypoint": ["/app"], "Labels": {"a": "b"}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in _LAYERS]},
            "history": [{"created": "2026-01-01T00:00:00Z", "created_by": command} for command in commands],
        }
    ).encode()
    fields = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "digest": digest_of(config), "size": len(config)},
        "layers": [{"mediaType": LAYER_TYPE, "digest": digest_of(layer), "size": len(layer)} for layer in _LAYERS],
    }
    return json.dumps(fields).encode(), config


def fill(data: Path, repositories: int, tags: int, now: float) -> None:
    """Write it into a data folder that nobody has open."""
    with closing(sqlite3.connect(data / "moorage.db", isolation_level=None)) as connection:
        for pragma in ("journal_mode = DELETE", "synchronous = OFF", "cache_size = -400000"):
            connection.execute(f"PRAGMA {pragma}")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        images = [image_of(number) for number in range(IMAGES)]
        _blobs(connection, data, [*_LAYERS, *(config for _, config in images)], now)
        _places(connection, repositories, now)
        _images(connection, images, now)
        connection.executemany(
            "INSERT INTO tags (repository_id, name, manifest_id, moved_at) VALUES (?, ?, ?, ?)",
            _tags(repositories, tags, now),
        )
        connection.execute(
            "INSERT INTO tag_moves (repository_id, tag, moved_to, moved_at, moved_by) SELECT t.repository_id, t.name,"
            " m.digest, t.moved_at, 'admin' FROM tags t JOIN manifests m ON m.id = t.manifest_id"
        )
        connection.execute(
            "INSERT INTO events (kind, repository, project_id, actor, happened_at, tag, digest, address, agent)"
            " SELECT 'manifest.pushed', r.name, r.project_id, 'admin', t.moved_at, t.name, m.digest, '10.0.0.1',"
            " 'docker/28.5' FROM tags t JOIN manifests m ON m.id = t.manifest_id JOIN repositories r"
            " ON r.id = t.repository_id WHERE substr(t.name, -1) = '0' ORDER BY t.moved_at"
        )
        for _, text in triggers:
            connection.execute(text)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode = WAL")


def _blobs(connection: sqlite3.Connection, data: Path, blobs: list[bytes], now: float) -> None:
    for blob in blobs:
        encoded = digest_of(blob).partition(":")[2]
        (data / "blobs" / "sha256" / encoded[:2] / encoded).write_bytes(blob)
    connection.executemany(
        "INSERT INTO blobs (digest, size, stored_at) VALUES (?, ?, ?)",
        ((digest_of(blob), len(blob), now) for blob in blobs),
    )


def _places(connection: sqlite3.Connection, repositories: int, now: float) -> None:
    connection.executemany(
        "INSERT INTO projects (id, name, public, created_at) VALUES (?, ?, 0, ?)",
        ((1000 + number, project_of(number), now - number) for number in range(min(PROJECTS, repositories))),
    )
    connection.executemany(
        "INSERT INTO repositories (id, project_id, name, created_at, filled_at, pushed_at, bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (number + 1, 1000 + number % PROJECTS, repository_of(number), now - number, now, now - number, 10_000)
            for number in range(repositories)
        ),
    )


def _images(connection: sqlite3.Connection, images: list[tuple[bytes, bytes]], now: float) -> None:
    """Every repository gets all of them, its third the newest."""
    for number, (manifest, config) in enumerate(images):
        connection.execute(
            "INSERT INTO manifests (id, repository_id, digest, media_type, size, pushed_by, pushed_at, content)"
            f" SELECT id * {IMAGES} + ?, id, ?, ?, ?, 'admin', ?, ? FROM repositories",
            (number, digest_of(manifest), MANIFEST_TYPE, len(manifest), now - _DAY * (IMAGES - number), manifest),
        )
        parts = [(config, CONFIG_TYPE, "config"), *((layer, LAYER_TYPE, "layer") for layer in _LAYERS)]
        for position, (part, media_type, role) in enumerate(parts):
            connection.execute(
                "INSERT INTO manifest_links (manifest_id, repository_id, position, role, digest, size, media_type)"
                f" SELECT id * {IMAGES} + ?, id, ?, ?, ?, ?, ? FROM repositories",
                (number, position, role, digest_of(part), len(part), media_type),
            )
    connection.execute(
        "INSERT INTO blob_links (repository_id, blob_id, linked_at) SELECT r.id, b.id, ? FROM repositories r, blobs b",
        (now,),
    )


def _tags(repositories: int, tags: int, now: float) -> Iterator[tuple[int, str, int, float]]:
    each = tags // repositories - 1
    for number in range(repositories):
        here = each if number else tags - each * (repositories - 1)
        for at in sorted(range(here), key=tag_of):
            yield number + 1, tag_of(at), (number + 1) * IMAGES + at % IMAGES, now - number - at
