"""The end of the program: what is in flight may finish, nothing new begins, and the status says that all is well."""

import os
import signal
from pathlib import Path

import pytest

from tests.support.content import digest_of
from tests.support.journal import faults, logged
from tests.support.processes import keeper_of, workers_of
from tests.support.pushing import begin_upload, make_project, push_blob
from tests.support.server import Server
from tests.support.slow import Wire, accepts
from tests.support.waiting import until

LARGE = os.urandom(1 << 20) * 32
"""More than all socket buffers together hold."""


def _end_by(server: Server, how: str) -> None:
    if how == "ctrl-c in a terminal":
        os.killpg(keeper_of(server), signal.SIGINT)
    else:
        os.kill(keeper_of(server), signal.Signals[how])


@pytest.mark.parametrize(
    ("how", "workers"),
    [("SIGTERM", "1"), ("SIGINT", "1"), ("ctrl-c in a terminal", "1"), ("ctrl-c in a terminal", "2")],
)
def test_a_transfer_in_flight_finishes_while_newcomers_are_refused(tmp_path: Path, how: str, workers: str) -> None:
    """However it is asked to end, an upload and a download finish whole, new connections fail, and the status is 0."""
    with Server(tmp_path / "data", options=("--workers", workers)) as server:
        make_project(server)
        digest = push_blob(server, "team/app", LARGE)
        location = begin_upload(server, "team/app")
        with Wire(server) as up, Wire(server) as down:
            up.upload(location, 1000, b"x" * 400)
            down.ask("GET", f"/v2/team/app/blobs/{digest}")
            assert down.hear().startswith(b"HTTP/1.1 200")
            _end_by(server, how)
            until(lambda: not accepts(server), "new connections are refused")
            up.say(b"x" * 600)
            assert up.hear().startswith(b"HTTP/1.1 202")
            assert digest_of(down.hear_all(len(LARGE))) == digest
        assert server.process is not None
        assert server.process.wait(20) == 0
        assert faults(server) == []
        assert "stopping" in [line["event"] for line in logged(server)]


def test_a_client_that_hangs_up_at_the_end_is_no_fault(tmp_path: Path) -> None:
    """Broken off in the middle of a range, or of an upload, just before the end: what it began is put down in peace."""
    with Server(tmp_path / "data") as server:
        make_project(server)
        digest = push_blob(server, "team/app", LARGE)
        for _ in range(3):
            with Wire(server) as up, Wire(server) as down:
                up.upload(begin_upload(server, "team/app"), 1 << 20, b"x" * 400_000)
                down.ask("GET", f"/v2/team/app/blobs/{digest}", Range="bytes=1-")
                assert down.hear().startswith(b"HTTP/1.1 206")
            assert server.stop() == 0
            server.start()
        assert faults(server) == []


def test_an_idle_connection_delays_no_end(tmp_path: Path) -> None:
    """A client that keeps its connection open without asking is not waited for."""
    with Server(tmp_path / "data", settings={"MOORAGE_DRAIN_SECONDS": "60"}) as server, Wire(server) as idle:
        idle.ask("GET", "/healthz")
        assert idle.hear().startswith(b"HTTP/1.1 200")
        assert server.stop(patience=30) == 0


def test_past_the_limit_it_ends_and_says_so(tmp_path: Path) -> None:
    """A request that does not end within drain_seconds is cut off, the log tells it, and the program ends."""
    with Server(tmp_path / "data", settings={"MOORAGE_DRAIN_SECONDS": "1"}) as server:
        make_project(server)
        with Wire(server) as up:
            up.upload(begin_upload(server, "team/app"), 1000, b"x" * 400)
            # the one that asks, and the upload
            until(lambda: b"moorage_requests_in_flight 2.0" in server.call("GET", "/metrics")[2], "it has arrived")
            assert server.stop() == 0
        (told,) = [line for line in logged(server) if line["level"] == "warning"]
        assert "cut off" in told["event"]
        assert (told["drain_seconds"], told["workers"]) == (1, 1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["announced", "first worker"])
def test_a_signal_in_the_first_moments_is_heard(tmp_path: Path, how: signal.Signals, moment: str) -> None:
    """Asked to end before it has answered anything, it ends at once, without a traceback."""
    server = Server(tmp_path / "data", settings={"MOORAGE_DRAIN_SECONDS": "50"}).launch()
    try:
        until(lambda: "data folder" in server.output(), "it has announced itself")
        if moment == "first worker":
            until(lambda: workers_of(server), "a worker is forked")
        os.killpg(keeper_of(server), how)
        assert server.process is not None
        assert server.process.wait(25) == 0
        assert faults(server) == []
    finally:
        server.kill()
        server.log.unlink()
