"""Bytes to push: blobs, images, and large files of which any number of distinct variants cost nothing.

A variant of a file is its bytes and 32 more; its digest continues the file's hash state, so a client that
pushes distinct content need not hash it again while it is timed.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

PIECE = 1024 * 1024
IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
IMAGE_INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Blob:
    """Bytes and their digest, "sha256:" and 64 hexadecimal digits."""

    data: bytes
    digest: str

    @classmethod
    def of(cls, data: bytes) -> "Blob":
        """These bytes with their digest."""
        return cls(data, "sha256:" + hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class Image:
    """A layer, a config and the manifest that names both."""

    layer: Blob
    config: Blob
    manifest: Blob


class Source:
    """A file of `size` bytes whose variants can be pushed."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self._state = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE):
                self._state.update(piece)

    @classmethod
    def random(cls, path: Path, size: int) -> "Source":
        """Write a file of random bytes; it is in the page cache afterwards."""
        with path.open("wb") as file:
            for start in range(0, size, PIECE):
                file.write(os.urandom(min(PIECE, size - start)))
        os.sync()
        return cls(path, size)

    @classmethod
    def sparse(cls, path: Path, size: int) -> "Source":
        """A file of zeros that takes no room on the disk, for loads that look at memory only."""
        with path.open("wb") as file:
            file.truncate(size)
        return cls(path, size)

    def variant(self) -> tuple[bytes, str]:
        """32 bytes that make this file's content new, and the digest of file and tail together."""
        tail = os.urandom(32)
        state = self._state.copy()
        state.update(tail)
        return tail, "sha256:" + state.hexdigest()


def manifest(config: Blob, layers: Sequence[tuple[int, str]], note: str = "") -> Blob:
    """An OCI image manifest over layers given as (size in bytes, digest)."""
    value = {
        "schemaVersion": 2,
        "mediaType": IMAGE_MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config.data), "digest": config.digest},
        "layers": [{"mediaType": LAYER, "size": size, "digest": digest} for size, digest in layers],
        "annotations": {"benchmark": note},
    }
    return Blob.of(json.dumps(value, indent=1).encode())


def config(note: str, layers: Sequence[str]) -> Blob:
    """An image config over layers given by digest."""
    value = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"benchmark": note}},
        "rootfs": {"type": "layers", "diff_ids": list(layers)},
    }
    return Blob.of(json.dumps(value).encode())


def image(chance: Random, size: int) -> Image:
    """An image with one random layer of `size` bytes; no two are alike."""
    layer = Blob.of(chance.randbytes(size))
    about = config(layer.digest, [layer.digest])
    return Image(layer, about, manifest(about, [(size, layer.digest)]))


def empty_index(note: str) -> Blob:
    """The smallest manifest there is: an index of nothing, which needs no blob."""
    value = {
        "schemaVersion": 2,
        "mediaType": IMAGE_INDEX,
        "manifests": [],
        "annotations": {"benchmark": note},
    }
    return Blob.of(json.dumps(value).encode())
