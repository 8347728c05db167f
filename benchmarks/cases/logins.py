"""Pulls while 200 people log in at once: what the slowest of them notice.

The password of each costs its slow hash; each comes from an address of its own, so that nobody waits for a neighbour.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

from benchmarks.crowd import together
from benchmarks.figures import AtMost, Better, Measure, Outcome, Row
from benchmarks.ground import Ground
from benchmarks.pulls import SCOPE, after, prepare, pulls, slowest
from benchmarks.servers import PASSWORD, Moorage, Server
from benchmarks.wire import Connection

PEOPLE = 200
GOAL = AtMost(3)


class BehindProxy(Moorage):
    """It believes what the benchmark says of the addresses of its clients."""

    def environment(self) -> dict[str, str]:
        """As ever, and the loopback address is a proxy."""
        return {**super().environment(), "MOORAGE_TRUSTED_PROXIES": "127.0.0.1"}


def run(ground: Ground) -> Outcome:
    """The 99th percentile of one client's pulls, first with nobody else there, then while all log in."""
    people = ground.count(PEOPLE, 20)
    idle, busy, took = [], [], []
    with ground.serving(BehindProxy) as (server,):
        prepare(server)
        token = server.authorization(SCOPE)
        for turn in range(ground.rounds):
            ground.say(f"logins: {people} people for round {turn + 1} of {ground.rounds}")
            crowd = Crowd(server, enrol(server, people, turn))
            idle.append(slowest(pulls(server, token, after(ground.seconds))))
            crowd.start()
            busy.append(slowest(pulls(server, token, crowd.is_over)))
            crowd.join()
            took.append(crowd.seconds)
    calm, crowded = Measure(tuple(idle)), Measure(tuple(busy))
    what = f"while {people} people log in at once"
    return Outcome(
        (
            Row("99th percentile of pulls, nobody else there", "ms", Better.LOWER, calm),
            Row(f"99th percentile of pulls {what}", "ms", Better.LOWER, crowded),
            Row(f"99th percentile of pulls {what} : nobody there", "x", Better.LOWER, crowded.over(calm), goal=GOAL),
            Row(f"until all {people} are logged in", "s", Better.LOWER, Measure(tuple(took))),
        )
    )


class Crowd(threading.Thread):
    """Everybody asks for a token with their own password, in a process of its own; `seconds` is what that took."""

    def __init__(self, server: Server, credentials: list[str]) -> None:
        super().__init__()
        self.seconds = 0.0
        self._port = server.port
        self._credentials = credentials

    def run(self) -> None:
        """Until the last one is in."""
        self.seconds = together([self._log_in])

    def is_over(self) -> bool:
        """Is everybody in?"""
        return not self.is_alive()

    def _log_in(self, wait: Callable[[], None]) -> None:
        connections = [Connection(self._port) for _ in self._credentials]
        wait()
        for number, (connection, credential) in enumerate(zip(connections, self._credentials, strict=True)):
            address = f"192.0.{2 + number // 250}.{1 + number % 250}"
            connection.send(
                "GET", f"/v2/token?service=moorage&scope={quote(SCOPE)}", credential, X_Forwarded_For=address
            )
        for connection in connections:
            connection.receive("GET").must_be(200)
            connection.close()


def enrol(server: Server, people: int, turn: int) -> list[str]:
    """So many accounts whose passwords the server has not seen yet; the Authorization value of each."""
    credentials = []
    with Connection(server.port) as connection:
        for number in range(people):
            name, password = f"person-{turn}-{number}", f"{PASSWORD}-{number}"
            body = json.dumps({"name": name, "password": password}).encode()
            connection.ask(
                "POST", "/api/v1/users", server.password(), body=body, Content_Type="application/json"
            ).must_be(201)
            credentials.append("Basic " + b64encode(f"{name}:{password}".encode()).decode())
    return credentials
