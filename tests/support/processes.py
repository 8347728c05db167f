"""Look at running processes through /proc."""

from contextlib import suppress
from pathlib import Path

from tests.support.server import Server

_KIB = 1024


def keeper_of(server: Server) -> int:
    """The process id of the program itself."""
    assert server.process is not None
    return server.process.pid


def workers_of(server: Server) -> list[int]:
    """The process ids of its workers."""
    keeper = keeper_of(server)
    found = []
    for children in Path(f"/proc/{keeper}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # that thread has ended meanwhile, and has no children
            found += [int(child) for child in children.read_text().split()]
    return sorted(found)


def is_alive(process: int) -> bool:
    """It runs; one that ended and was not yet fetched by its parent does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def memory_of(process: int) -> tuple[int, int]:
    """Its resident and its proportional memory in bytes (RSS, PSS)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = {line.split()[0]: int(line.split()[1]) * _KIB for line in lines if line.endswith("kB")}
    return sizes["Rss:"], sizes["Pss:"]
