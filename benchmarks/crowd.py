"""Many clients at once, each a process of its own, let go at the same moment."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier

Client = Callable[[Callable[[], None]], None]


class ClientError(Exception):
    """A client ended with an error; the text is its traceback."""


def together(clients: Sequence[Client]) -> float:
    """Seconds from the moment all clients are let go until the last is done.

    A client prepares itself, calls what it is given to wait for the others, does its work and returns.
    """
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(len(clients))
    pipes, processes = [], []
    for client in clients:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(client, barrier, theirs), daemon=True)
        process.start()
        theirs.close()
        pipes.append(mine)
        processes.append(process)
    spans: list[tuple[float, float] | str] = []
    for pipe in pipes:
        try:
            spans.append(pipe.recv())
        except EOFError:
            spans.append("a client died")
    for process in processes:
        process.join()
    failures = [span for span in spans if isinstance(span, str)]
    if failures:
        raise ClientError(failures[0])
    done = [span for span in spans if not isinstance(span, str)]
    return max(end for _, end in done) - min(start for start, _ in done)


def _run(client: Client, barrier: Barrier, pipe: Pipe) -> None:
    started = 0.0

    def wait() -> None:
        nonlocal started
        barrier.wait(60)
        started = time.monotonic()

    try:
        client(wait)
        pipe.send((started, time.monotonic()))
    except BaseException:  # noqa: BLE001 - whatever ended the client is told to the parent
        barrier.abort()
        pipe.send(traceback.format_exc())
