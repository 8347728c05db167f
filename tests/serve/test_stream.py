"""The audit as lines elsewhere: every event, in order, whatever happens to the target or to the registry."""

import json
import os
import shutil
import socket
import socketserver
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import moorage
from tests.support.listening import listen
from tests.support.processes import workers_of
from tests.support.server import Server
from tests.support.streaming import act, begin, lines, made, settings
from tests.support.waiting import until


def audit(server: Server) -> list[dict[str, Any]]:
    """The audit by the API, the oldest first."""
    return list(reversed(json.loads(server.call("GET", "/api/v1/audit?per_page=1000")[2])))


def same(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the time for people, which only the stream has."""
    return [{name: value for name, value in event.items() if name != "time"} for event in events]


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_file(tmp_path: Path, workers: str) -> None:
    """Each event is one line in the words of the API, once, whoever of several workers writes it."""
    file = tmp_path / "audit.jsonl"
    with Server(tmp_path / "data", options=("--workers", workers), settings=settings(f"file:{file}")) as server:
        names = [f"p{number}" for number in range(30)]
        begin(server, lambda: lines(file))
        act(server, *names)
        until(lambda: made(lines(file))[-30:] == names, "all are there", 60)
        assert file.stat().st_mode & 0o777 == 0o640
        streamed = lines(file)
        known = {event["id"]: event for event in audit(server)}
        assert same(streamed) == [known[event["id"]] for event in streamed]
        assert [event["id"] for event in streamed] == sorted({event["id"] for event in streamed})
        assert all(event["time"].endswith("Z") for event in streamed)


def test_restarts_and_rotations(tmp_path: Path) -> None:
    """Nothing is lost by a stop, a kill, a file that is moved away or a target that cannot be written for a while."""
    folder = tmp_path / "log"
    folder.mkdir()
    file = folder / "audit.jsonl"
    with Server(tmp_path / "data", settings=settings(f"file:{file}")) as server:
        begin(server, lambda: lines(file))
        act(server, "a")
        server.stop()
        assert made(lines(file))[-1] == "a"  # what was left goes out at the end
        server.start()
        act(server, "b")
        until(lambda: "b" in made(lines(file)), "b is there")
        file.rename(folder / "audit.jsonl.1")
        act(server, "c")
        until(lambda: "c" in made(lines(file)), "c is in a new file")
        assert "b" not in made(lines(file))
        shutil.rmtree(folder)
        act(server, "d")
        until(lambda: "has to wait" in server.output(), "the log tells of it")
        assert server.call("GET", "/readyz")[0] == 200
        server.kill()
        folder.mkdir()
        server.start()
        act(server, "e")
        until(lambda: made(lines(file))[-1:] == ["e"], "e is there", 60)
        assert made(lines(file)) == ["d", "e"]


def test_a_line_that_was_cut(tmp_path: Path) -> None:
    """After a line that a full disk cut short the next one begins anew."""
    file = tmp_path / "audit.jsonl"
    file.write_text('{"id": 1, "ki')
    with Server(tmp_path / "data", settings=settings(f"file:{file}")) as server:
        act(server, "a", "b")
        until(lambda: act_again(server, file), "a whole line is there")
        cut, *rest = file.read_text().splitlines()
    assert cut == '{"id": 1, "ki'
    assert all(json.loads(line) for line in rest)


def act_again(server: Server, file: Path) -> bool:
    """Do something until a second line is there."""
    server.call("PATCH", "/api/v1/projects/a", body={"description": os.urandom(4).hex()})
    return len(file.read_text().splitlines()) > 1


class Collector:
    """Takes messages by TCP in frames, with TLS or without, or by datagrams."""

    def __init__(self, folder: Path, kind: str, certificate: tuple[Path, Path]) -> None:
        self.messages: list[bytes] = []
        collector = self

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)

        class ByFrames(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if kind == "tls":
                    self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self) -> None:
                while size := b"".join(iter(lambda: self.rfile.read(1), b" ")):
                    collector.messages.append(self.rfile.read(int(size)))

        class ByDatagrams(socketserver.DatagramRequestHandler):
            def handle(self) -> None:
                collector.messages.append(self.rfile.read())

        self.server: socketserver.BaseServer
        if kind in {"tcp", "tls"}:
            self.server = tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), ByFrames)
            tcp.daemon_threads = True
            self.address = f"syslog+{kind}://127.0.0.1:{tcp.server_address[1]}"
        elif kind == "udp":
            self.server = udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), ByDatagrams)
            self.address = f"syslog+udp://127.0.0.1:{udp.server_address[1]}"
        else:
            self.server = socketserver.ThreadingUnixDatagramServer(str(folder / "log.socket"), ByDatagrams)
            self.address = f"syslog:{folder / 'log.socket'}"


@pytest.fixture(params=["tcp", "tls", "udp", "unix"])
def collector(request: pytest.FixtureRequest, tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Collector]:
    """One of each kind."""
    made = Collector(tmp_path, request.param, certificate)
    listen(made.server)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_syslog(tmp_path: Path, collector: Collector, certificate: tuple[Path, Path]) -> None:
    """A message for each event by RFC 5424; what was refused is a warning."""
    trusting = {"MOORAGE_EGRESS_CA_FILE": str(certificate[0])}
    with Server(tmp_path / "data", settings={**settings(collector.address), **trusting}) as server:
        begin(server, lambda: collector.messages)
        act(server, "last")
        server.call("GET", "/v2/", Authorization="Basic YWRtaW46d3Jvbmc=")
        until(lambda: any(b"login.failed" in message for message in collector.messages), "all are there")
    by_kind = {json.loads(message.partition(b" - ")[2])["kind"]: message for message in collector.messages}
    assert by_kind["project.created"].startswith(b"<109>1 ")
    assert by_kind["login.failed"].startswith(b"<108>1 ")
    _, stamp, host, name, process, kind = by_kind["login.failed"].partition(b" - ")[0].decode().split(" ")
    assert stamp.endswith("Z")
    assert (host, name, kind) == (socket.gethostname(), "moorage", "audit")
    assert int(process) > 0


@pytest.mark.parametrize("wrong", ["audit.jsonl", "file:audit.jsonl", "file://host/x", "syslog+tcp://", "http://x/"])
def test_wrong_targets(wrong: str) -> None:
    """What is no target is refused before the start."""
    outcome = moorage("config", "check", settings={"MOORAGE_AUDIT_STREAM": wrong})
    assert outcome.status == 2
    assert "audit.stream" in outcome.err
    assert "file:/PATH" in outcome.err


def test_a_worker_that_dies_hands_on(tmp_path: Path) -> None:
    """When the worker that streams is killed another one goes on once the claim has ended."""
    file = tmp_path / "audit.jsonl"
    with Server(tmp_path / "data", options=("--workers", "2"), settings=settings(f"file:{file}")) as server:
        begin(server, lambda: lines(file))
        for worker in workers_of(server):
            os.kill(worker, 9)
        until(lambda: _made(server, "later"), "new workers serve", 60)
        until(lambda: "later" in made(lines(file)), "the stream goes on", 60)


def _made(server: Server, name: str) -> bool:
    try:
        return server.call("POST", "/api/v1/projects", body={"name": name})[0] in {201, 409}
    except OSError:
        return False
