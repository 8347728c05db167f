"""Images that the suite makes itself: a program that says a sentence, in an OCI layout, and other content."""

import gzip
import hashlib
import io
import json
import random
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

GREETING = "hello from the registry"
"""What a container of the suite's image prints."""

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

_SOURCE = f'#include <stdio.h>\nint main(void) {{ puts("{GREETING}"); return 0; }}\n'


def compile_greeter(folder: Path) -> Path:
    """A static program that prints the greeting; the test skips where there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to make an image's program with")
    source = folder / "greet.c"
    source.write_text(_SOURCE)
    program = folder / "greet"
    subprocess.run([compiler, "-static", "-Os", "-s", "-o", program, source], check=True)
    return program


def architecture() -> str:
    """This machine's architecture in Go's words, as images name it."""
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def write_context(folder: Path, program: Path, salt: str) -> Path:
    """A folder to build from scratch; `salt` makes its layers unlike those of any other."""
    folder.mkdir(parents=True)
    shutil.copy(program, folder / "greet")
    (folder / "salt").write_text(salt)
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY greet /greet\nCOPY salt /salt\nCMD ["/greet"]\n')
    return folder


@dataclass(frozen=True)
class Layout:
    """An OCI image layout on disk with one image in it, and the digest of that image's manifest."""

    folder: Path
    tag: str
    digest: str

    def __str__(self) -> str:
        return f"{self.folder}:{self.tag}"


def write_layout(folder: Path, program: Path, salt: str, *, tag: str = "1.0", layers: int = 3, bulk: int = 0) -> Layout:
    """An image that greets, of `layers` layers that are unlike those of any other salt.

    With `bulk` there is one layer more, of so many bytes that cannot be compressed.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    contents = [{"greet": program.read_bytes(), "salt": salt.encode()}]
    contents += [{f"data-{number}": f"{salt} {number}\n".encode() * 4096} for number in range(1, layers)]
    if bulk:
        contents.append({"bulk": random.Random(salt).randbytes(bulk)})
    packed = [_pack(files) for files in contents]
    config = {
        "architecture": architecture(),
        "os": "linux",
        "config": {"Cmd": ["/greet"]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(plain) for plain, _ in packed]},
        "history": [{"created_by": "the client suite"} for _ in packed],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _put(blobs, CONFIG, json.dumps(config).encode()),
        "layers": [_put(blobs, LAYER, layer) for _, layer in packed],
    }
    entry = _put(blobs, MANIFEST, json.dumps(manifest).encode())
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return Layout(folder, tag, entry["digest"])


def archive(layout: Layout, path: Path) -> Path:
    """The layout as one tar file, as `ctr images import` and `podman load` take it."""
    with tarfile.open(path, "w") as tar:
        for name in ("oci-layout", "index.json", "blobs"):
            tar.add(layout.folder / name, arcname=name)
    return path


def _pack(files: dict[str, bytes]) -> tuple[bytes, bytes]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o755
            tar.addfile(member, io.BytesIO(data))
    plain = buffer.getvalue()
    return plain, gzip.compress(plain, mtime=0)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _put(blobs: Path, media_type: str, data: bytes) -> dict[str, Any]:
    digest = _digest(data)
    (blobs / digest.removeprefix("sha256:")).write_bytes(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}
