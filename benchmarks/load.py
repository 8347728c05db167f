"""Loads of small requests: wrk for GET, our own loop for HEAD, a single caller for latencies.

wrk waits for the body that a HEAD's Content-Length announces and never comes, so HEAD has a loop of our own.
"""

import json
import re
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.content import IMAGE_INDEX, IMAGE_MANIFEST
from benchmarks.wire import Connection, UnexpectedError, head

ACCEPT = f"{IMAGE_MANIFEST}, {IMAGE_INDEX}"


@dataclass(frozen=True)
class Target:
    """A path and the Authorization value that opens it."""

    path: str
    authorization: str


def write_targets(path: Path, targets: Sequence[Target]) -> Path:
    """The file that random.lua reads."""
    path.write_text("".join(f"{target.path}\t{target.authorization}\n" for target in targets))
    return path


def wrk(port: int, targets: Path, *, tags: int, connections: int, seconds: float, seed: int) -> float:
    """GETs per second of random targets, each with a random tag below `tags` appended (0: none)."""
    script = Path(__file__).with_name("random.lua")
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script),
        f"http://127.0.0.1:{port}", "--", str(targets), str(tags), str(seed),
    ]  # fmt: skip
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
    result = json.loads(found.group(1)) if found else {}
    if not result or result["refused"] or result["broken"] or not result["requests"]:
        raise UnexpectedError(f"wrk was refused or cut off:\n{output}")
    return float(result["requests"] / result["microseconds"] * 1e6)


def heads(port: int, targets: Sequence[Target], *, connections: int, seconds: float, seed: int) -> float:
    """HEADs per second of random targets over keep-alive connections, one request at a time on each."""
    chance = Random(seed)
    requests = [head("HEAD", target.path, port, target.authorization, {"Accept": ACCEPT}, None) for target in targets]
    choose = chance.choices(requests, k=100_000)
    opened = [Connection(port).socket for _ in range(connections)]
    waiting = select.epoll()
    by_number = {socket.fileno(): socket for socket in opened}
    done = 0
    for socket in opened:
        waiting.register(socket.fileno(), select.EPOLLIN)
        socket.send(choose[done % len(choose)])
        done += 1
    sent = done
    done = 0
    started = time.perf_counter()
    deadline = started + seconds
    while (now := time.perf_counter()) < deadline:
        for number, _ in waiting.poll(10):
            socket = by_number[number]
            answer = socket.recv(8192)
            if not (answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n")):
                raise UnexpectedError(f"HEAD was answered {answer[:300]!r}")
            done += 1
            socket.send(choose[sent % len(choose)])
            sent += 1
    for socket in opened:
        socket.close()
    waiting.close()
    return done / (now - started)


def latency(port: int, targets: Sequence[Target], *, seconds: float, at_least: int = 3) -> float:
    """The median time of one GET in milliseconds, asked one after another for `seconds` or a few times."""
    took: list[float] = []
    with Connection(port) as connection:
        connection.ask("GET", targets[0].path, targets[0].authorization).must_be(200)
        started = time.perf_counter()
        while len(took) < at_least or time.perf_counter() - started < seconds:
            target = targets[len(took) % len(targets)]
            before = time.perf_counter()
            connection.ask("GET", target.path, target.authorization).must_be(200)
            took.append((time.perf_counter() - before) * 1000)
    return median(took)
