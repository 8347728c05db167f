"""Many clients that begin at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.durability.support.client import Client
from tests.support.server import Server


def together(server: Server, size: int, deed: Callable[[Client, int], list[int]]) -> list[int]:
    """Let `size` clients do the deed, each with its number; all statuses they got, those of one client in order."""
    barrier = Barrier(size)

    def one(number: int) -> list[int]:
        with Client(server) as client:
            client.blob("durable/nothing", f"sha256:{'0' * 64}")  # connect first
            barrier.wait()
            return deed(client, number)

    with ThreadPoolExecutor(size) as pool:
        return [status for statuses in pool.map(one, range(size)) for status in statuses]
