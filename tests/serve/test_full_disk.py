"""The scene of docs/garbage.md: a disk that fills up, by pushes, and what makes room again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.support.client import Answer, Client
from tests.serve.test_docs import blocks, run_pasted
from tests.support.content import CONFIG, digest_of, image
from tests.support.forgetful import FORGETFUL
from tests.support.pushing import begin_upload, make_project, push_blob
from tests.support.server import Server

NAME = "team/app"
SIZE = 6_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 64 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system can be mounted by root alone, where the machine lets it")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def push(server: Server, client: Client, tag: str) -> tuple[str, Answer]:
    """An image with a layer that nobody else has: its digest, and the answer to the layer or to the manifest."""
    layer = os.urandom(SIZE)
    answer = client.finish(begin_upload(server, NAME), digest_of(layer), layer)
    content = image(layer)
    return digest_of(content), client.put_manifest(NAME, tag, content) if answer.status == 201 else answer


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    """Pushes are refused with a sentence, pulls go on, and the lines of the guide make room for the next push."""
    with Server(small_disk / "data", settings=FORGETFUL, prepared=False) as server:
        make_project(server)
        push_blob(server, NAME, CONFIG)
        with Client(server) as client:
            pushed: list[str] = []
            while (last := push(server, client, str(len(pushed) + 1)))[1].status == 201:
                pushed.append(last[0])
            assert last[1].status == 507
            assert b"storage is full" in last[1].body
            assert server.call("GET", "/readyz")[0] == 507
            for small in range(50):
                content = os.urandom(10_000)
                session = begin_upload(server, NAME)
                assert client.finish(session, digest_of(content), content).status == 507, small
            assert client.manifest(NAME, pushed[0]).status == 200
            for digest in pushed[1:3]:
                assert client.manifest(NAME, digest, "DELETE").status == 202
            (script,) = blocks("garbage.md", "sh")
            printed = run_pasted(script, server, tmp_path)
            assert "12 MB (2 blobs, 2 links) rest." in printed
            assert "12 MB (2 blobs, 2 links) went." in printed
            assert server.call("GET", "/readyz")[0] == 200
            assert push(server, client, "new")[1].status == 201
            assert client.manifest(NAME, pushed[0]).status == 200
