"""One talk with one server of a directory, from the connection to its end. Blocks: it is led in a thread.

Nothing is said before the server has proven itself, unless the operator has given that up; what it refers to elsewhere
is not followed. Source: RFC 4511; RFC 4513, sections 3 (StartTLS) and 5.1 (simple bind).
"""

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPExceptionError
from pyasn1.error import PyAsn1Error

from moorage.ports.directory import DirectoryUnavailable

_CONNECT, _ANSWER = 3, 5
"""Seconds for a server to take the connection, and for each part of its answers."""
_PORTS = {"ldap": 389, "ldaps": 636}
_SUCCESS, _TOO_MANY, _NO_SUCH, _REFERRAL = 0, 4, 32, 10
_WRONG = frozenset({19, 32, 34, 48, 49, 50, 53})
"""Results of a bind that speak of whoever binds, as of a wrong password or a locked account, not of the server."""
_FAULTS = (LDAPExceptionError, PyAsn1Error, OSError, ValueError)
Tell = Callable[[str], None]


class Unreached(DirectoryUnavailable):
    """There was no talk at all."""


class Entry(NamedTuple):
    """An entry; the names of its attributes are in lower case."""

    dn: str
    values: Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Door:
    """How a server is reached: `url` is ldap:// or ldaps://, `ca_file` stands in place of what the system trusts."""

    url: str
    start_tls: bool
    ca_file: Path | None


class Talk:
    """See the module. `more` of a search says that there was more than was asked for."""

    def __init__(self, connection: ldap3.Connection) -> None:
        self._connection = connection

    def bind(self, dn: str | None, password: bytes) -> bool:
        """Go on as this entry, or without `dn` as nobody; whether the server takes that.

        An empty password would be taken as nobody's (RFC 4513, section 5.1.2): it must never come here with a name.
        """
        if dn is not None and not password:
            raise ValueError("an empty password proves nothing")
        how = ldap3.ANONYMOUS if dn is None else ldap3.SIMPLE
        with _translated():
            self._connection.user = dn
            self._connection.rebind(dn, password, authentication=how, read_server_info=False)
            result = self._connection.result
        if result["result"] in _WRONG:
            return False
        _require(result, "to bind")
        return True

    def search(self, base: str, text: str, attributes: Sequence[str], most: int) -> tuple[list[Entry], bool]:
        """The entries below `base` that the filter finds, up to `most`, and whether there are more."""
        with _translated():
            self._connection.search(
                base,
                text,
                search_scope=ldap3.SUBTREE,
                dereference_aliases=ldap3.DEREF_NEVER,
                attributes=list(attributes),
                size_limit=most,
                time_limit=_ANSWER,
            )
            result, answers = self._connection.result, self._connection.response or []
        if result["result"] == _NO_SUCH:
            raise DirectoryUnavailable(f"there is no entry {base}, or it may not be seen")
        is_cut = result["result"] == _TOO_MANY
        if not is_cut:
            _require(result, f"to search below {base}")
        found = [_entry(answer) for answer in answers if answer["type"] == "searchResEntry"]
        return found[:most], is_cut or len(found) > most


@contextmanager
def talk_with(door: Door, tell: Tell) -> Iterator[Talk]:
    """Connect, see who it is, and hang up at the end. Raises Unreached, and DirectoryUnavailable later on."""
    parts = urlsplit(door.url)
    host, is_tls = parts.hostname or "", parts.scheme == "ldaps"
    connection = None
    try:
        with _translated(Unreached):
            server = ldap3.Server(
                host,
                parts.port or _PORTS[parts.scheme],
                use_ssl=is_tls,
                tls=_Proving(door.ca_file),
                get_info=ldap3.NONE,
                connect_timeout=_CONNECT,
            )
            connection = ldap3.Connection(
                server,
                client_strategy=ldap3.SYNC,
                auto_referrals=False,
                auto_escape=False,
                check_names=False,
                receive_timeout=_ANSWER,
            )
            connection.open(read_server_info=False)
            if door.start_tls and not is_tls:
                if not connection.start_tls(read_server_info=False):
                    raise Unreached("it does not begin TLS")
                is_tls = True
            wire = connection.socket
            if is_tls and not isinstance(wire, ssl.SSLSocket):
                raise Unreached("there is no TLS")
        tell(f"{wire.version()}, and the certificate is that of {host}" if is_tls else "connected WITHOUT TLS")
        yield Talk(connection)
    finally:
        if connection is not None:
            with suppress(*_FAULTS):
                connection.unbind()
            if connection.socket is not None:  # one that did not get as far as a connection
                connection.socket.close()


class _Proving(ldap3.Tls):
    """TLS as Python's own library checks it: authorities, times, and the name of the host."""

    def __init__(self, ca_file: Path | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=ca_file)

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the library's own way to call it
        """The handshake is part of this, within the time for an answer."""
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=connection.server.host)


@contextmanager
def _translated(kind: type[DirectoryUnavailable] = DirectoryUnavailable) -> Iterator[None]:
    try:
        yield
    except _FAULTS as fault:
        raise kind(str(fault) or type(fault).__name__) from fault


def _require(result: Mapping[str, object], what: str) -> None:
    if result["result"] == _SUCCESS:
        return
    if result["result"] == _REFERRAL:
        raise DirectoryUnavailable(f"refused {what} and refers to another server, which is not followed")
    raise DirectoryUnavailable(f"refused {what}: {result['description']} {result['message'] or ''}".rstrip())


def _entry(answer: Mapping[str, object]) -> Entry:
    values = answer["raw_attributes"]
    assert isinstance(values, Mapping)  # noqa: S101 - as ldap3 makes it
    return Entry(str(answer["dn"]), {str(name).lower(): list(found) for name, found in values.items()})
