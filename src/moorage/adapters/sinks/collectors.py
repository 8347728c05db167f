"""How a collector of syslog is reached: on this machine, by UDP, by TCP, or by TLS (RFC 5425)."""

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from moorage.adapters.authorities import trusting

SECONDS = 5.0
"""For a connection, and for all that is sent at a time: below the time for which a stream is claimed."""
_MOST_READ = 16 * 1024


class Collector(Protocol):
    """Somebody who takes messages. All of it may wait, for `SECONDS`, and raise OSError."""

    is_framed: ClassVar[bool]
    """Does each message need its length before it?"""

    def connect(self) -> socket.socket:
        """A new connection."""

    def has_ended(self, connection: socket.socket) -> bool:
        """Has the other side hung up? Collectors of syslog say nothing else."""

    def hang_up(self, connection: socket.socket) -> None:
        """Close it; this waits for nothing."""


class _Datagrams:
    is_framed: ClassVar[bool] = False

    def has_ended(self, connection: socket.socket) -> bool:  # noqa: ARG002 - there is nothing that could end
        """Never."""
        return False

    def hang_up(self, connection: socket.socket) -> None:
        """Close the socket."""
        connection.close()


@dataclass(frozen=True, slots=True)
class Local(_Datagrams):
    """The machine's own, behind a socket in the file system."""

    path: str

    def connect(self) -> socket.socket:
        """A socket that sends there."""
        return _opened(socket.AF_UNIX, self.path)


@dataclass(frozen=True, slots=True)
class Udp(_Datagrams):
    """By UDP (RFC 5426)."""

    host: str
    port: int

    def connect(self) -> socket.socket:
        """A socket that sends there."""
        family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
        return _opened(family, address)


class _Connections:
    is_framed: ClassVar[bool] = True

    def has_ended(self, connection: socket.socket) -> bool:
        """Reads a little of what has come in: TLS says things of its own, and an end is all that matters here."""
        connection.settimeout(0)  # with a timeout the socket would wait for it, whatever flags a read has
        try:
            return not connection.recv(_MOST_READ)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            connection.settimeout(SECONDS)

    def hang_up(self, connection: socket.socket) -> None:
        """Over TLS say so (RFC 5425, section 4.4), and wait for no answer."""
        with suppress(OSError):
            connection.settimeout(0)
            if isinstance(connection, ssl.SSLSocket):
                connection.unwrap()
        connection.close()


@dataclass(frozen=True, slots=True)
class Tcp(_Connections):
    """By TCP, with framed messages (RFC 6587, section 3.4.1)."""

    host: str
    port: int

    def connect(self) -> socket.socket:
        """A connection."""
        return socket.create_connection((self.host, self.port), SECONDS)


@dataclass(frozen=True, slots=True)
class Tls(_Connections):
    """By TLS 1.2 or newer; the certificate must name the host, and come from an authority that is trusted."""

    host: str
    port: int
    ca_file: Path | None

    def connect(self) -> socket.socket:
        """A connection; files of authorities are read anew for each."""
        context = trusting(self.ca_file)
        opened = socket.create_connection((self.host, self.port), SECONDS)
        try:
            return context.wrap_socket(opened, server_hostname=self.host)
        except ssl.SSLCertVerificationError as fault:
            raise ConnectionError(
                f"the certificate of {self.host} is not good: {fault.verify_message}; "
                "egress.ca_file names authorities that are trusted as well"
            ) from fault
        finally:
            opened.close()  # what was wrapped lives on: it has taken the descriptor over


def _opened(family: int, address: str | tuple[object, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.settimeout(SECONDS)
        opened.connect(address)
    except OSError:
        opened.close()
        raise
    return opened
