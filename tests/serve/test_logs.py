"""The log: JSON where programs read it, lines where people do, an id for every request, and no secret."""

import json
import os
import pty
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.content import digest_of
from tests.support.journal import faults, logged
from tests.support.pushing import begin_upload, make_project, push_blob
from tests.support.server import PASSWORD, Server
from tests.support.slow import Wire
from tests.support.waiting import until

LARGE = os.urandom(1 << 20) * 32


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[Server]:
    """A server that logs every request, and all else it can."""
    with Server(tmp_path / "data", settings={"MOORAGE_LOG_REQUESTS": "all", "MOORAGE_LOG_LEVEL": "debug"}) as server:
        yield server


def test_the_id_of_an_answer_is_the_id_in_the_log(talkative: Server) -> None:
    """Who reports a refusal with its x-request-id can be found in the log, with what was refused and why."""
    _, headers, body = talkative.call("GET", "/v2/team/app/manifests/1.0")

    def of_it() -> list[dict[str, Any]]:
        return [line for line in logged(talkative) if line.get("request_id") == headers["x-request-id"]]

    until(lambda: bool(of_it()), "the answer's line is written")
    (line,) = of_it()
    assert (line["method"], line["path"], line["status"]) == ("GET", "/v2/team/app/manifests/1.0", 404)
    assert line["code"] == json.loads(body)["errors"][0]["code"]
    assert line["client"] == "127.0.0.1"


def test_a_start_and_an_end_leave_no_stray_lines(server: Server) -> None:
    """Beside the announcement everything is JSON, and a server that was only started and ended says just that."""
    assert server.stop() == 0
    assert [line["event"] for line in logged(server)] == ["stopping"]


def test_no_secret_reaches_the_log(talkative: Server) -> None:
    """Neither passwords, right or wrong, nor tokens appear in it, whatever way they came."""
    basic = b64encode(f"admin:{PASSWORD}".encode()).decode()
    status, _, body = talkative.call("GET", f"/v2/token?service=x&account=admin&password={PASSWORD}&offline_token=true")
    assert status == 200
    issued = json.loads(body)
    talkative.call("POST", "/v2/token", body=f"grant_type=password&username=admin&password={PASSWORD}".encode())
    with Wire(talkative) as wire:
        wire.say(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46d3Jvbmctc2VjcmV0\r\n\r\n")
        assert wire.hear().startswith(b"HTTP/1.1 401")
    with Wire(talkative) as wire:
        wire.say(f"GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {issued['token']}x\r\n\r\n".encode())
        assert wire.hear().startswith(b"HTTP/1.1 401")
    talkative.stop()
    output = talkative.output()
    assert len(logged(talkative)) > 4
    for secret in (
        PASSWORD,
        basic,
        "wrong-secret",
        "YWRtaW46d3Jvbmctc2VjcmV0",
        issued["token"],
        issued["refresh_token"],
    ):
        assert secret not in output


def test_a_client_that_hangs_up_is_no_error(talkative: Server) -> None:
    """Broken uploads, downloads and ranges are normal: nothing speaks of an error, and a range is read no further."""
    make_project(talkative)
    digest = push_blob(talkative, "team/app", LARGE)
    with Wire(talkative) as up:
        up.upload(begin_upload(talkative, "team/app"), 1000, b"x" * 400)
    for more in ({}, {"Range": "bytes=1-"}):
        with Wire(talkative) as down:
            down.ask("GET", f"/v2/team/app/blobs/{digest}", **more)
            assert down.hear().startswith(b"HTTP/1.1 20")
    with Wire(talkative) as silent:
        silent.say(b"GET /v2/ HT")

    def kinds() -> set[str]:
        return {line["path"].split("/")[-2] for line in logged(talkative) if line.get("status") == 499}

    until(lambda: kinds() == {"uploads", "blobs"}, "the broken upload and the broken range are in the log")
    assert talkative.stop() == 0
    assert faults(talkative) == []
    assert all(line["level"] == "info" for line in logged(talkative))
    assert digest_of(LARGE) == digest


class _Terminal:
    """A server whose output is a terminal."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._mine, theirs = pty.openpty()
        os.set_blocking(self._mine, False)
        self.seen = ""
        command = [sys.executable, "-m", "moorage", "serve", "--listen", server.address, "--data", str(server.data)]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "MOORAGE_ADMIN_PASSWORD": PASSWORD, "MOORAGE_LOG_REQUESTS": "all"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def read(self) -> str:
        """All that was shown so far."""
        try:
            while piece := os.read(self._mine, 65_536):
                self.seen += piece.decode()
        except OSError:  # nothing now, or the other end is closed
            return self.seen
        return self.seen

    def close(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._mine)


def test_on_a_terminal_lines_are_for_people(tmp_path: Path) -> None:
    """The same fields, readable; Ctrl-C ends it with status 0; nothing is JSON, nothing is a traceback."""
    server = Server(tmp_path / "data")
    terminal = _Terminal(server)
    try:
        until(lambda: "data folder" in terminal.read(), "it has announced itself")
        _, headers, _ = server.call("GET", "/v2/")
        until(lambda: headers["x-request-id"] in terminal.read(), "the request is shown")
        (line,) = [line for line in terminal.seen.splitlines() if headers["x-request-id"] in line]
        assert "request" in line
        assert "/v2/" in line
        os.killpg(terminal.process.pid, signal.SIGINT)
        assert terminal.process.wait(20) == 0
        assert "stopping drain_seconds=30" in terminal.read()
        assert not any(line.startswith("{") for line in terminal.seen.splitlines())
        assert "Traceback" not in terminal.seen
    finally:
        terminal.close()
        server.log.unlink()


def test_a_terminal_that_closes_ends_the_program(tmp_path: Path) -> None:
    """SIGHUP means goodbye where somebody sits at a terminal."""
    server = Server(tmp_path / "data")
    terminal = _Terminal(server)
    try:
        until(lambda: "data folder" in terminal.read(), "it has announced itself")
        os.kill(terminal.process.pid, signal.SIGHUP)
        assert terminal.process.wait(20) == 0
    finally:
        terminal.close()
        server.log.unlink()


_FAULT = """
from moorage.app.journal import set_up
import structlog
set_up("{form}", "info")
def fail(given):
    hidden = given * 2
    raise RuntimeError("what went wrong")
try:
    fail("hunter")
except RuntimeError:
    structlog.get_logger().exception("failed", password="hunter2", nested_token="abc")
"""


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_traceback_shows_no_values(form: str) -> None:
    """What local variables held stays out of the log in both forms, and fields named like secrets are blotted out."""
    command = [sys.executable, "-c", _FAULT.format(form=form)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "RuntimeError: what went wrong" in shown
    assert "hunterhunter" not in shown
    assert "hunter2" not in shown
    assert shown.count("[redacted]") == 2
