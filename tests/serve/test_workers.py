"""The processes: workers that die are replaced, a killed program leaves none behind, and all of it stays small."""

import contextlib
import os
import signal
from pathlib import Path

import pytest

from tests.support.journal import faults
from tests.support.processes import is_alive, keeper_of, memory_of, workers_of
from tests.support.pushing import begin_upload, make_project
from tests.support.server import Server
from tests.support.slow import Wire
from tests.support.waiting import until

MEGABYTE = 1_000_000


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_dies_is_replaced(server: Server, how: signal.Signals) -> None:
    """The keeper starts another, requests are answered again, the log has a line of it, the end is a clean one."""
    keeper, (first,) = keeper_of(server), workers_of(server)
    os.kill(first, how)
    (second,) = until(lambda: [worker for worker in workers_of(server) if worker != first], "there is a new worker")
    assert server.call("GET", "/readyz")[0] == 200
    until(lambda: not is_alive(first), "the first worker is gone")
    assert (keeper_of(server), workers_of(server)) == (keeper, [second])
    assert server.stop() == 0
    assert [line["event"] for line in faults(server)] == ["Unexpected exit from worker-1"]


def test_who_connects_while_a_worker_is_replaced_waits(server: Server) -> None:
    """With its only worker dead, the port still takes connections, and they are answered by the next worker."""
    (first,) = workers_of(server)
    os.kill(first, signal.SIGSTOP)  # it accepts nothing any more, and is not noticed as dead
    until(lambda: _stands_still(first), "every thread of the worker stands still")
    with Wire(server) as waiting:
        waiting.ask("GET", "/healthz")
        os.kill(first, signal.SIGKILL)
        assert waiting.hear().startswith(b"HTTP/1.1 200")


def test_workers_that_cannot_live_end_the_program(server: Server) -> None:
    """When workers die as fast as they are started, the program gives up with status 1 and says why."""
    keeper = server.process
    assert keeper is not None
    while keeper.poll() is None:
        for worker in workers_of(server):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        until(lambda: keeper.poll() is not None or workers_of(server), "it ended or has a worker")
    assert keeper.returncode == 1
    assert "Worker crash loop detected, exiting" in [line["event"] for line in faults(server)]


@pytest.mark.parametrize("is_busy", [False, True])
def test_a_killed_program_leaves_no_worker(tmp_path: Path, *, is_busy: bool) -> None:
    """After kill -9 of the keeper its workers end by themselves, even with a request that never ends."""
    options = ("--workers", "2")
    with Server(tmp_path / "data", options=options, settings={"MOORAGE_DRAIN_SECONDS": "1"}) as server:
        make_project(server)
        workers = workers_of(server)
        assert len(workers) == 2
        with Wire(server) as up:
            if is_busy:
                up.upload(begin_upload(server, "team/app"), 1000, b"x" * 400)
            os.kill(keeper_of(server), signal.SIGKILL)
            until(lambda: not any(map(is_alive, workers)), "both workers are gone")
        assert server.process is not None
        assert server.process.wait(5) == -signal.SIGKILL
        server.kill()  # nothing is left of it; this only lets go of its log
        assert server.start().call("GET", "/readyz")[0] == 200


def test_idle_memory_stays_small(server: Server) -> None:
    """Keeper and worker together, each page counted in both, keep below 120 MB once a request was answered."""
    assert server.call("GET", "/v2/")[0] == 200
    sizes = {process: memory_of(process) for process in (keeper_of(server), *workers_of(server))}
    assert len(sizes) == 2
    resident = sum(rss for rss, _ in sizes.values())
    assert resident < 119 * MEGABYTE, {process: [size // MEGABYTE for size in both] for process, both in sizes.items()}
    assert sizes[keeper_of(server)][0] < 45 * MEGABYTE, "the keeper imports what only workers need"


def test_the_keeper_knows_no_password(tmp_path: Path) -> None:
    """A preset password is forgotten before the first request: neither process has it in its environment."""
    with Server(tmp_path / "data", password="preset-and-secret", prepared=False) as server:
        for process in (keeper_of(server), *workers_of(server)):
            assert b"preset-and-secret" not in Path(f"/proc/{process}/environ").read_bytes()
        assert server.call("GET", "/v2/")[0] == 200


def _stands_still(process: int) -> bool:
    """Is each of its threads stopped? A signal reaches them one by one."""
    states = [task.read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{process}/task").glob("*/stat")]
    return set(states) == {"T"}
