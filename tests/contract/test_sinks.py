"""Syslog by TCP and by TLS: whom it trusts, and what becomes of messages when a collector comes and goes."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from moorage.adapters.sinks.address import sink_of
from moorage.ports.sink import SinkFailed
from moorage.rules.telling import Line
from tests.support.certificate import make_certificate
from tests.support.waiting import until

ONE, TWO = Line(b'{"id": 1}', is_refusal=False), Line(b'{"id": 2}', is_refusal=True)


class Collector:
    """Listens at `port`; holds what came over each connection, and whether that was ended as TLS wants it."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(*certificate)
        self.heard: list[bytes] = []
        self.is_ended_well: list[bool] = []
        self.versions: list[str | None] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def drop(self) -> None:
        """Hang up on everybody, in good order."""
        while self._open:
            taken = self._open.pop()
            with suppress(OSError):
                if isinstance(taken, ssl.SSLSocket):
                    taken.settimeout(0)
                    taken.unwrap()
            with suppress(OSError):
                taken.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no more."""
        self.drop()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # or whoever waits for the next one would still get it
        self._thread.join()
        self._listening.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                taken, _ = self._listening.accept()
                threading.Thread(target=self._hear, args=(taken,), daemon=True).start()

    def _hear(self, taken: socket.socket) -> None:
        with suppress(OSError):
            if self._context is not None:
                taken = self._context.wrap_socket(taken, server_side=True, suppress_ragged_eofs=False)
                self.versions.append(taken.version())
            self._open.append(taken)
            number = len(self.heard)
            self.heard.append(b"")
            self.is_ended_well.append(False)
            while piece := taken.recv(4096):
                self.heard[number] += piece
            self.is_ended_well[number] = True
        taken.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """For the loopback address."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(params=["syslog+tcp", "syslog+tls"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Both ways that hold a connection."""
    return str(request.param)


@pytest.fixture
def collector(scheme: str, certificate: tuple[Path, Path]) -> Iterator[Collector]:
    """One that speaks it."""
    made = Collector(certificate if scheme == "syslog+tls" else None)
    yield made
    made.close()


async def test_one_connection_for_all(scheme: str, collector: Collector, certificate: tuple[Path, Path]) -> None:
    """Messages follow one another on one connection, each after its length; it ends in good order."""
    sink = sink_of(f"{scheme}://127.0.0.1:{collector.port}", certificate[0])
    await sink.send([ONE])
    await sink.send([TWO])
    await sink.close()
    until(lambda: collector.is_ended_well == [True], "the collector has heard the end")
    (heard,), messages = collector.heard, []
    while heard:
        size, _, heard = heard.partition(b" ")
        messages.append(heard[: int(size)])
        heard = heard[int(size) :]
    assert [message.rpartition(b" - ")[2] for message in messages] == [ONE.text, TWO.text]
    assert [message[:6] for message in messages] == [b"<109>1", b"<108>1"]
    assert set(collector.versions) <= {"TLSv1.3"}


async def test_a_collector_that_hung_up(scheme: str, collector: Collector, certificate: tuple[Path, Path]) -> None:
    """When it hangs up between two messages the second goes by a new connection, and none is lost."""
    sink = sink_of(f"{scheme}://127.0.0.1:{collector.port}", certificate[0])
    await sink.send([ONE])
    until(lambda: ONE.text in b"".join(collector.heard), "the first has come")
    collector.drop()
    until(lambda: collector.is_ended_well == [True] or not collector._open, "it has hung up")
    await sink.send([TWO])
    until(lambda: len(collector.heard) == 2 and TWO.text in collector.heard[1], "the second has come")
    await sink.close()


async def test_a_collector_that_is_away(scheme: str, collector: Collector, certificate: tuple[Path, Path]) -> None:
    """When nobody listens that is told."""
    sink = sink_of(f"{scheme}://127.0.0.1:{collector.port}", certificate[0])
    collector.close()
    with pytest.raises(SinkFailed, match="refused"):
        await sink.send([ONE])


async def test_a_certificate_that_nobody_vouches_for(certificate: tuple[Path, Path]) -> None:
    """An authority that is not trusted is refused, with what to do, and no message goes to it."""
    collector = Collector(certificate)
    with pytest.raises(SinkFailed, match=r"127\.0\.0\.1 is not good: self.signed.*egress\.ca_file"):
        await sink_of(f"syslog+tls://127.0.0.1:{collector.port}").send([ONE])
    collector.close()
    assert b"".join(collector.heard) == b""


async def test_a_certificate_of_another_name(tmp_path: Path) -> None:
    """One that is trusted but names another host is refused."""
    of_another = make_certificate(tmp_path, "collector.example")
    collector = Collector(of_another)
    with pytest.raises(SinkFailed, match="is not good: IP address mismatch"):
        await sink_of(f"syslog+tls://127.0.0.1:{collector.port}", of_another[0]).send([ONE])
    collector.close()
    assert b"".join(collector.heard) == b""


async def test_a_file_of_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    """It is told which setting is wrong."""
    with pytest.raises(SinkFailed, match=r"egress\.ca_file cannot be used"):
        await sink_of("syslog+tls://127.0.0.1:1", tmp_path / "none.pem").send([ONE])


@pytest.mark.parametrize(
    "wrong",
    ["syslog+tls://", "syslog+tls://host/path", "syslog+tls://a@host", "syslog+tls://host:99999", "syslog+tls://[::1"],
)
def test_addresses_that_are_none(wrong: str) -> None:
    """What is no address of a collector is refused with the forms that there are."""
    with pytest.raises(ValueError, match=r"^is file:/PATH"):
        sink_of(wrong)
