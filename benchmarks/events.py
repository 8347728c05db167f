"""An audit of any length, as a busy registry would have written it in a year; written past the server, which is down.

A few hundred thousand events are drawn by chance, some names far oftener than others, and told again and again with
later times and other requests. Indexes are taken away first and made anew afterwards, which is the same table sooner.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

YEAR_SECONDS = 365 * 86_400.0
DRAWN = 200_000
PROJECTS, REPOSITORIES, PEOPLE, ROBOTS = 300, 6_000, 2_000, 400
RARE_ADDRESS, RARE_REQUEST, RARE_REPOSITORY = "203.0.113.9", "rare-000001", "project-7/rare"
RARE_TIMES = 40
"""So often something came from the rare address, spread over the whole year."""
GATEWAYS = tuple(f"10.0.0.{number}" for number in range(1, 5))
"""Most of CI comes from these."""
BROWSING = "10.1.0.1"
"""People pull from behind this address, and nobody pushes from there."""
COLUMNS = (
    "kind, repository, project_id, actor, happened_at, tag, digest, object, actor_kind, outcome, address, agent,"
    " request_id, was, became"
)
KINDS = {
    "manifest.pulled": 780,
    "blob.pushed": 90,
    "manifest.pushed": 50,
    "login": 50,
    "login.failed": 15,
    "access.refused": 7,
    "tag.deleted": 4,
    "user.updated": 2,
    "member.set": 1,
    "robot.rotated": 1,
}
REFUSED = {"login.failed", "access.refused"}
OF_REPOSITORIES = {"manifest.pulled", "blob.pushed", "manifest.pushed", "access.refused", "tag.deleted"}
WITHOUT_REQUEST = {"manifest.pulled", "login", "login.failed"}
AGENTS = ("docker/28.3.1 go/go1.24", "containerd/2.1.3", "skopeo/1.18.0", "Buildah/1.40", "curl/8.14.1")


@dataclass(frozen=True)
class Draw:
    """Chooses among numbers, the low ones far oftener."""

    weights: Sequence[float]

    @classmethod
    def of(cls, count: int) -> "Draw":
        """Of so many numbers."""
        return cls(tuple(accumulate(1 / (rank + 3) for rank in range(count))))

    def many(self, chance: Random, count: int) -> list[int]:
        """So many numbers."""
        return chance.choices(range(len(self.weights)), cum_weights=self.weights, k=count)


def fill(database: Path, events: int, now: float) -> None:
    """Write so many events, the last of which happens now, into a database that nobody else has open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'events' AND sql IS NOT NULL"
        ).fetchall()
        connection.execute("BEGIN")
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.executemany(
            "INSERT INTO projects (name, public, created_at) VALUES (?, 0, ?)",
            ((f"project-{number}", now - YEAR_SECONDS) for number in range(PROJECTS)),
        )
        (first,) = connection.execute("SELECT id FROM projects WHERE name = 'project-0'").fetchone()
        _write(connection, events, now, int(first))
        connection.execute("COMMIT")
        for _, text in indexes:
            connection.execute(text)
        connection.execute("PRAGMA journal_mode = WAL")


def _write(connection: sqlite3.Connection, events: int, now: float, first_project: int) -> None:
    marks = ", ".join("?" * 15)
    drawn = min(events, DRAWN)
    connection.execute(f"CREATE TEMP TABLE drawn (at INTEGER PRIMARY KEY, {COLUMNS})")
    connection.executemany(f"INSERT INTO drawn ({COLUMNS}) VALUES ({marks})", rows(drawn, first_project))
    step, rounds = YEAR_SECONDS / events, -(-events // drawn)
    times = COLUMNS.replace("happened_at", ":start + at * :step").replace(
        "request_id", "CASE request_id WHEN '' THEN '' ELSE printf('%010x-%06x', :turn, at) END"
    )
    rare = [int((number + 0.5) * rounds / RARE_TIMES) for number in range(RARE_TIMES)]
    for turn in range(rounds):
        start = now - YEAR_SECONDS + turn * drawn * step
        connection.execute(
            f"INSERT INTO events ({COLUMNS}) SELECT {times} FROM drawn WHERE at <= :left ORDER BY at",
            {"start": start, "step": step, "turn": turn, "left": events - turn * drawn},
        )
        for number in range(rare.count(turn)):
            connection.execute(f"INSERT INTO events ({COLUMNS}) VALUES ({marks})", _rare(start + number, first_project))
    connection.execute("DROP TABLE drawn")


def _rare(at: float, first_project: int) -> tuple[object, ...]:
    return (
        "manifest.pulled", RARE_REPOSITORY, first_project + 7, "person-1999", at, "1.0", None, "user:rare", "user",
        "done", RARE_ADDRESS, AGENTS[0], RARE_REQUEST, None, None,
    )  # fmt: skip


def rows(count: int, first_project: int) -> Iterator[tuple[object, ...]]:
    """So many events, without their times."""
    chance = Random("audit")
    kinds = chance.choices(list(KINDS), weights=list(KINDS.values()), k=count)
    repositories = Draw.of(REPOSITORIES).many(chance, count)
    people, robots = Draw.of(PEOPLE).many(chance, count), Draw.of(ROBOTS).many(chance, count)
    for kind, repository, person, robot in zip(kinds, repositories, people, robots, strict=True):
        project = repository % PROJECTS
        is_robot = kind not in {"user.updated", "member.set", "robot.rotated"} and chance.random() < 0.7
        actor = f"robot$project-{robot % PROJECTS}+ci-{robot}" if is_robot else f"person-{person}"
        pulls = kind in {"manifest.pulled", "login"}
        is_placed = kind in OF_REPOSITORIES
        was_set = kind in {"user.updated", "member.set", "robot.rotated"}
        yield (
            kind,
            f"project-{project}/app-{repository}" if is_placed else f"project-{project}" if was_set else "",
            first_project + project if is_placed or kind == "member.set" else None,
            actor,
            0.0,
            f"1.{repository % 40}" if is_placed and kind != "blob.pushed" else None,
            f"sha256:{chance.getrandbits(256):064x}" if kind in {"blob.pushed", "manifest.pushed"} else None,
            f"user:person-{chance.randrange(PEOPLE)}" if was_set else "",
            "robot" if is_robot else "user",
            "refused" if kind in REFUSED else "done",
            _address(chance, person, is_robot=is_robot, pulls=pulls),
            AGENTS[robot % len(AGENTS)],
            "" if kind in WITHOUT_REQUEST else "asked",
            '{"disabled": false, "role": "reader"}' if was_set else None,
            '{"disabled": true, "role": "writer"}'
            if was_set
            else '{"times": 3}'
            if kind == "manifest.pulled"
            else None,
        )


def _address(chance: Random, person: int, *, is_robot: bool, pulls: bool) -> str:
    if is_robot:
        return chance.choice(GATEWAYS)
    if pulls and chance.random() < 0.5:
        return BROWSING
    return f"10.2.{person // 250}.{person % 250}"
