"""Blobs whose files were damaged behind the registry's back: never served as good, and mended by a push."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.durability.support.client import WAYS, Client
from tests.durability.support.folder import blob_files
from tests.durability.support.house import House
from tests.support.content import CONFIG, digest_of, image
from tests.support.server import Server

REPOSITORY = "durable/damaged"
CONTENT = random.Random(1).randbytes(100_000)
DIGEST = digest_of(CONTENT)


def cut_short(file: Path) -> None:
    """As a file system does that lost the end."""
    with file.open("r+b") as stream:
        stream.truncate(len(CONTENT) // 2)


def flip(file: Path) -> None:
    """As a disk does that forgets a bit."""
    with file.open("r+b") as stream:
        stream.seek(777)
        stream.write(bytes([CONTENT[777] ^ 1]))


def verify(data: Path) -> subprocess.CompletedProcess[str]:
    """Run `moorage verify` beside the server."""
    command = [sys.executable, "-m", "moorage", "verify", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def client(mortal: Server) -> Iterator[Client]:
    """Of a server that holds the blob."""
    with Client(mortal.start()) as client:
        assert WAYS[0](client, REPOSITORY, CONTENT).status == 201
        yield client


def is_mended(client: Client, way: int) -> bool:
    """A push in this way brings the blob back, whole."""
    return WAYS[way](client, REPOSITORY, CONTENT).status == 201 and client.blob(REPOSITORY, DIGEST).body == CONTENT


@pytest.mark.parametrize("way", range(len(WAYS)))
@pytest.mark.parametrize("damage", [cut_short, Path.unlink], ids=["cut-short", "gone"])
def test_a_file_of_another_size(client: Client, mortal: Server, way: int, damage: Callable[[Path], None]) -> None:
    """A blob that is shorter than it was, or gone, is unknown to HEAD and GET; pushing it again in any way mends it."""
    damage(blob_files(mortal.data)[DIGEST])
    for method in ("HEAD", "GET"):
        assert client.blob(REPOSITORY, DIGEST, method).status == 404
    assert is_mended(client, way)


def test_nobody_looked(client: Client, mortal: Server) -> None:
    """A push mends a blob that was cut short although nobody has noticed the damage yet."""
    cut_short(blob_files(mortal.data)[DIGEST])
    assert is_mended(client, 0)


def test_verify(client: Client, mortal: Server) -> None:
    """`verify` finds bytes that changed, says so by its exit status, and ends the serving of them until a push."""
    assert verify(mortal.data).returncode == 0
    flip(blob_files(mortal.data)[DIGEST])
    found = verify(mortal.data)
    assert found.returncode == 1
    assert DIGEST in found.stdout
    for method in ("HEAD", "GET"):
        assert client.blob(REPOSITORY, DIGEST, method).status == 404
    assert client.ask("GET", f"/v2/{REPOSITORY}/blobs/{DIGEST}", Range="bytes=0-9").status == 404
    assert is_mended(client, 0)
    assert verify(mortal.data).returncode == 0


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_small_blob(client: Client, mortal: Server, method: str) -> None:
    """Of a small blob a changed byte is seen at the first pull, before anybody runs `verify`; a push mends it."""
    small = CONTENT[:5000]
    digest = digest_of(small)
    assert WAYS[0](client, REPOSITORY, small).status == 201
    flip(blob_files(mortal.data)[digest])
    assert client.blob(REPOSITORY, digest, method).status == 404
    assert client.mount("durable/other", digest, REPOSITORY).status == 202
    assert WAYS[0](client, REPOSITORY, small).status == 201
    assert client.blob(REPOSITORY, digest).body == small


def test_a_manifest_that_names_it(client: Client, mortal: Server) -> None:
    """An image whose layer is known to be damaged is refused, and no other repository can mount the layer."""
    assert WAYS[0](client, REPOSITORY, CONFIG).status == 201
    flip(blob_files(mortal.data)[DIGEST])
    assert verify(mortal.data).returncode == 1
    refused = client.put_manifest(REPOSITORY, "latest", image(CONTENT))
    assert refused.status == 404
    assert b"MANIFEST_BLOB_UNKNOWN" in refused.body
    assert DIGEST.encode() in refused.body
    assert client.mount("durable/other", DIGEST, REPOSITORY).status == 202
    assert is_mended(client, 0)
    assert client.put_manifest(REPOSITORY, "latest", image(CONTENT)).status == 201


async def test_mended_while_verified(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob that was mended while `verify` read the damaged one stays good."""
    digest = await house.keep(CONTENT)
    cut_short(house.blob_file(digest))
    find = house.blobs.find

    async def mend_meanwhile(*asked: object) -> None:
        assert await find(*asked) is None  # type: ignore[arg-type]
        monkeypatch.setattr(house.blobs, "find", find)
        house.clock.now += 1
        await house.keep(CONTENT)

    monkeypatch.setattr(house.blobs, "find", mend_meanwhile)
    assert [judged.good async for judged in house.verifier.every()] == [False]
    assert await house.read(digest) == CONTENT
