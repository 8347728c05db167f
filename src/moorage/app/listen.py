"""Take the address to listen on, or say plainly why not.

One socket is shared by all workers: who connects while a worker is replaced waits in the queue instead of being
turned away, and a second program on the same port is refused, which it is not with SO_REUSEPORT.
"""

import errno
import socket

from moorage.app.obstacle import Obstacle

BACKLOG = 2048
"""Connections that may wait for a worker."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Obstacle."""
    listener: socket.socket | None = None
    try:
        family, address = _resolve(host, port)
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is accepted inherits it
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # [::] is everybody, IPv4 as well
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise Obstacle(f"cannot listen on {_shown(host, port)}: {_reason(error, port)}") from error
    return listener


def _resolve(host: str, port: int) -> tuple[int, tuple[object, ...]]:
    """The first address of a name, IPv4 before IPv6."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address


def _reason(error: OSError, port: int) -> str:
    if isinstance(error, socket.gaierror):
        return "this host name is not known here"
    match error.errno:
        case errno.EADDRINUSE:
            return "another program listens there: stop that one, or choose another port with --listen"
        case errno.EACCES | errno.EPERM:
            return f"only root, or a program with CAP_NET_BIND_SERVICE, may use port {port}: choose one from 1024 up"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
        case _:
            return error.strerror or str(error)


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
