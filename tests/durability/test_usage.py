"""Kill the server at any moment: what is kept in mind of bytes has not drifted from what there is.

CRASH_ROUNDS sets how many kills there are, CRASH_SEED another beginning of the seeds.
"""

import asyncio
import json
import os
import random
import threading
from pathlib import Path

import pytest

from moorage.app.checking import recount
from moorage.app.settings import Settings
from tests.durability.support.client import Client, in_one_post
from tests.durability.support.pushers import LOST, Pusher, push_until_killed
from tests.support.server import Server

ROUNDS_OF_A_LIFE = 3
LIVES = max(1, int(os.environ.get("CRASH_ROUNDS", "6")) // ROUNDS_OF_A_LIFE)
FIRST_SEED = int(os.environ.get("CRASH_SEED", "1"))
CLIENTS = 2
PROJECTS = ("crash", "moved")
QUOTA = 200_000
"""Bytes: two thirds of what the movers have together."""
TOTAL = 300_000_000


class Mover(Pusher):
    """A client that pushes to repositories of its own, moves them between projects and deletes them."""

    def __init__(self, seed: int) -> None:
        super().__init__(99, seed, [])
        self.moved = 0

    def run(self, server: Server, stop: threading.Event) -> None:
        """One round."""
        with Client(server) as client:
            try:
                while not stop.is_set():
                    self._step(server, client)
            except LOST:
                return

    def _step(self, server: Server, client: Client) -> None:
        chance = self._random
        project, other = chance.sample(PROJECTS, 2)
        name = f"mover-{chance.randrange(3)}"
        for _ in range(chance.randrange(4)):  # of few blobs, so that projects and repositories share them
            in_one_post(client, f"{project}/{name}", bytes([chance.randrange(6)]) * 50_000)
        path = f"/api/v1/projects/{project}/repositories/{name}"
        if chance.random() < 0.7:
            status, _, _ = server.call("PATCH", path, body={"project": other})
            self.moved += status == 200
        else:
            server.call("DELETE", path)


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + LIVES), ids=lambda seed: f"seed-{seed}")
def test_killed_while_counting(tmp_path: Path, seed: int) -> None:
    """After each SIGKILL the drift is zero, of every project and of the registry, and nobody got above a quota."""
    chance = random.Random(seed)
    pushers: list[Pusher] = []
    pushers += [Pusher(number, seed, pushers) for number in range(CLIENTS)]
    mover = Mover(seed)
    settings = {"MOORAGE_QUOTA_TOTAL_BYTES": str(TOTAL), "MOORAGE_REDIRECT_DAYS": "0"}
    server = Server(tmp_path, options=("--workers", str(1 + seed % 2)), settings=settings)
    try:
        for _ in range(ROUNDS_OF_A_LIFE):
            server.start()
            for project in PROJECTS:
                server.call("POST", "/api/v1/projects", body={"name": project})
            server.call("PUT", "/api/v1/projects/moved/quota", body={"bytes": QUOTA})
            push_until_killed(server, [*pushers, mover], chance.uniform(0.3, 1.5))
            counted = asyncio.run(recount(Settings(data=tmp_path)))
            assert [found for found in counted if not found.is_right] == []
            assert {found.name for found in counted} == {"", *PROJECTS}
            assert counted[0].counted > 0
        assert mover.moved
        with server:
            used = json.loads(server.call("GET", "/api/v1/projects/moved/quota")[2])["used"]
            assert 0 <= used <= QUOTA
    finally:
        server.kill()
