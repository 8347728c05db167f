"""What a server's log must never hold."""

from tests.support.server import Server

_FAULTS = ("Traceback", "database is locked", "panicked", '"level": "error"', '"level": "critical"')


def complaints(server: Server) -> list[str]:
    """The lines that tell of a fault of the server's own."""
    return [line for line in server.output().splitlines() if any(fault in line for fault in _FAULTS)]
