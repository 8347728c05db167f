"""A job that was accepted is done, whoever is killed meanwhile: at any point, and by whomever it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moorage.rules.jobs import LEASE
from tests.support.processes import workers_of
from tests.support.pushing import make_project, push_blob
from tests.support.server import Server
from tests.support.waiting import until

BLOB = bytes(1_000_000)
JOBS = "/api/v1/jobs"
ENOUGH = 60.0
"""Seconds within which a job goes on after whoever did it was killed, and ends: a lease, and the work itself."""


SLOW = """
import asyncio, os
from moorage.adapters.disk.store import DiskBlobs

measure = DiskBlobs.measure

async def slowly(blobs, blob):
    digest = await measure(blobs, blob)
    with open(os.environ["READS"], "a") as reads:
        reads.write(f"{os.getpid()} {digest}\\n")
    await asyncio.sleep(0.1)
    return digest

DiskBlobs.measure = slowly
"""
"""A disk that takes a tenth of a second for each blob; who read which is written down."""


@dataclass(frozen=True)
class Reads:
    """What was read from the slow disk, by whom."""

    file: Path
    settings: dict[str, str]

    def by(self) -> list[int]:
        """The processes, read by read."""
        return [int(line.split()[0]) for line in self.file.read_text().splitlines()] if self.file.exists() else []


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    """The slow disk, for the processes that are started with its settings."""
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    file = tmp_path / "reads"
    return Reads(file, {"PYTHONPATH": str(tmp_path), "READS": str(file)})


def fill(server: Server, blobs: int) -> None:
    """So many blobs, none like another."""
    make_project(server)
    for number in range(blobs):
        push_blob(server, "team/app", number.to_bytes(4, "big") + BLOB)


def ask(server: Server) -> dict[str, Any]:
    """Let all of them be read."""
    status, _, body = server.call("POST", JOBS, body={"kind": "verify"})
    assert status == 201, body
    return dict(json.loads(body))


def found(server: Server, job: dict[str, Any]) -> dict[str, Any]:
    """As it stands."""
    return dict(json.loads(server.call("GET", f"{JOBS}/{job['id']}")[2]))


def done(server: Server, job: dict[str, Any]) -> dict[str, Any]:
    """Once it has ended, which must be well."""
    ended = until(lambda: now if (now := found(server, job))["ended_at"] else None, "it has ended", ENOUGH)
    assert ended is not None
    assert ended["state"] == "succeeded", ended
    return ended


@pytest.mark.parametrize("moment", [0.0, 0.3, 0.9, 1.1, 1.4, 2.0])
def test_killed_at_any_moment(tmp_path: Path, moment: float) -> None:
    """Everything at once, after the answer: the next start does it to the end, and reads every blob."""
    with Server(tmp_path / "data") as server:
        fill(server, 40)
        job = ask(server)
        time.sleep(moment)
        server.kill()
        server.start()
        assert done(server, job)["result"] == {"blobs": 40, "damaged": 0, "unreadable": 0}


def test_another_goes_on(tmp_path: Path, reads: Reads) -> None:
    """Of two workers the one that does it is killed: the other goes on with it from where it was, within the lease."""
    with Server(tmp_path / "data", options=("--workers", "2"), settings=reads.settings) as server:
        fill(server, 90)
        job = ask(server)
        until(lambda: found(server, job)["done"] >= 20, "it has got on")
        before = found(server, job)
        holder = reads.by()[-1]
        assert holder in workers_of(server)
        os.kill(holder, signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: found(server, job)["started_at"] not in {None, before["started_at"]}, "it goes on", ENOUGH)
        assert time.monotonic() - killed < LEASE + 10
        assert done(server, job)["result"]["blobs"] == 90
        assert "a job was lost by whoever did it" in server.output()
        assert 0 < len([process for process in reads.by() if process != holder]) <= 90 - before["done"]


def test_a_restart_costs_nothing(tmp_path: Path, reads: Reads) -> None:
    """Whoever ends in peace gives the job back, and the next one goes on at once, where it was."""
    with Server(tmp_path / "data", settings=reads.settings) as server:
        fill(server, 30)
        job = ask(server)
        until(lambda: len(reads.by()) >= 10, "it has got on")
        assert server.stop() == 0
        server.start()
        began = time.monotonic()
        until(lambda: found(server, job)["state"] == "running", "it goes on")
        assert time.monotonic() - began < LEASE / 2
        ended = done(server, job)
        assert (ended["result"]["blobs"], ended["attempt"]) == (30, 1)
        assert len(reads.by()) <= 31  # the one that was being read when it was cut off


def test_a_worker_alone(tmp_path: Path) -> None:
    """Beside a server that does none: jobs wait until there is one, and of two the survivor goes on."""
    with Server(tmp_path / "data", settings={"MOORAGE_JOBS_INSIDE": "false"}) as server:
        fill(server, 5)
        job = ask(server)
        time.sleep(2.5)
        assert found(server, job)["state"] == "queued"
        first, second = launch(server.data), launch(server.data)
        try:
            done(server, job)
            first.kill()
            first.wait(10)
            done(server, ask(server))
            second.terminate()
            assert second.wait(10) == 0
        finally:
            for process in (first, second):
                process.kill()
                process.communicate()


def launch(data: Path) -> "subprocess.Popen[bytes]":
    """`moorage worker`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORAGE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "moorage", "worker", "--data", str(data)], env=environment, stderr=subprocess.PIPE
    )
