"""Kill the server at any moment, again and again: what it answered is true, and nothing else became true by half.

CRASH_ROUNDS sets how many kills there are, CRASH_SEED another beginning of the seeds.
"""

import os
import random
from pathlib import Path

import pytest

from tests.durability.support.folder import leftovers, mislabelled, wait_until
from tests.durability.support.journal import complaints
from tests.durability.support.pushers import Pusher, check, push_until_killed
from tests.support.server import Server

ROUNDS_OF_A_LIFE = 3
LIVES = max(1, int(os.environ.get("CRASH_ROUNDS", "6")) // ROUNDS_OF_A_LIFE)
FIRST_SEED = int(os.environ.get("CRASH_SEED", "1"))
CLIENTS = 4
BUSY_SWEEPER = {"MOORAGE_SWEEP_MINUTES": "0.002", "MOORAGE_GRACE_MINUTES": "0.01"}
STRICT_SWEEPER = {**BUSY_SWEEPER, "MOORAGE_UPLOAD_HOURS": "0.0002"}


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + LIVES), ids=lambda seed: f"seed-{seed}")
def test_killed_while_pushing(tmp_path: Path, seed: int) -> None:
    """After each SIGKILL all that was acknowledged is served, all else is old or new, and sweeps take the rest."""
    chance = random.Random(seed)
    pushers: list[Pusher] = []
    pushers += [Pusher(number, seed, pushers) for number in range(CLIENTS)]
    options = ("--workers", str(1 + seed % 2))
    server = Server(tmp_path, options=options, settings=BUSY_SWEEPER if chance.random() < 0.5 else {})
    try:
        for _ in range(ROUNDS_OF_A_LIFE):
            server.start()
            check(server, pushers)
            push_until_killed(server, pushers, chance.uniform(0.1, 1.2))
            assert not mislabelled(tmp_path)
        server.settings = STRICT_SWEEPER
        with server:
            wait_until(lambda: not leftovers(tmp_path), lambda: leftovers(tmp_path))
            check(server, pushers)
            assert sum(pusher.facts.acknowledged for pusher in pushers) > CLIENTS * ROUNDS_OF_A_LIFE
            assert not complaints(server)
    finally:
        server.kill()
