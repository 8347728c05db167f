"""Cut the power, not only the process: what was never fsynced is lost, and no acknowledged byte is among it."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.support.disk import MIB, Disk
from tests.durability.support.folder import mislabelled
from tests.durability.support.journal import complaints
from tests.durability.support.pushers import Pusher, check, push_until_killed
from tests.support.server import Server

ROUNDS = max(3, int(os.environ.get("CRASH_ROUNDS", "6")) // 6)
SEED = int(os.environ.get("CRASH_SEED", "1"))
CLIENTS = 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of the test's own."""
    disk = Disk(tmp_path, 4096 * MIB).start()
    yield disk
    disk.end()


@pytest.mark.crash
@pytest.mark.timeout(60 + 20 * ROUNDS)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_power_cut_while_pushing(disk: Disk, workers: str) -> None:
    """After each power cut all that was acknowledged is served to the byte, and all else is old or new."""
    chance = random.Random(SEED)
    pushers: list[Pusher] = []
    pushers += [Pusher(number, SEED, pushers) for number in range(CLIENTS)]
    data = disk.folder / "data"
    server = Server(data, options=("--workers", workers), prepared=False)  # what lies there counts as not on the disk
    try:
        for _ in range(ROUNDS):
            server.start()
            check(server, pushers)
            push_until_killed(server, pushers, chance.uniform(0.1, 1.0))
            disk.cut_power()
            assert not mislabelled(data)
            for pusher in pushers:
                pusher.forget_unfinished()  # an upload is promised to outlive a crash, not a power cut
        with server:
            check(server, pushers)
            assert sum(pusher.facts.acknowledged for pusher in pushers) > CLIENTS * ROUNDS
            assert not complaints(server)
    finally:
        server.kill()
