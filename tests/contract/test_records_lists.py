"""Lists in every order, as `ports.records` promises them, and that none of them costs more the longer it is."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from moorage.adapters.sql.ledger import SqlLedger
from moorage.adapters.sql.session import Session
from moorage.adapters.sql.sqlite import FILE, connect
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import Robot
from moorage.rules.federation import Issuer
from moorage.rules.labels import Label
from moorage.rules.listing import Listing
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action
from tests.support.records import NOW, SOMEBODY, manifest, put

NAMES = ["b", "a.b", "a", "a-b", "a0", "a__b", "z", "0"]
TIMES = [5.25, 1.5, 5.25, 3.0, 1.5, 0.1 + 0.2, 5.25, 4.0]
"""When each was made: some at the same moment."""


@dataclass(frozen=True)
class List:
    """A list, in its orders; `prefix` stands before each name."""

    page: Callable[[Ledger, Listing], Sequence[Any]]
    count: Callable[[Ledger, Listing, int], int]
    orders: tuple[str, ...]
    prefix: str = ""


def _everybody(ledger: Ledger, listing: Listing) -> Sequence[Any]:
    return ledger.projects.page(listing, visible_to=Identity(Kind.USER, "ann", 1))


LISTS = {
    "projects": List(
        lambda ledger, listing: ledger.projects.page(listing, visible_to=None),
        lambda ledger, listing, most: ledger.projects.count(listing, visible_to=None, most=most),
        ("name", "created_at"),
    ),
    "public projects": List(
        lambda ledger, listing: _everybody(ledger, replace(listing, where={"public": True})),
        lambda ledger, listing, most: ledger.projects.count(
            replace(listing, where={"public": True}), visible_to=Identity(Kind.USER, "ann", 1), most=most
        ),
        ("name", "created_at"),
    ),
    "repositories": List(
        lambda ledger, listing: ledger.repositories.of_project(1, listing),
        lambda ledger, listing, most: ledger.repositories.count(1, listing, most=most),
        ("name", "created_at", "pushed_at"),
        "b/",
    ),
    "labelled repositories": List(
        lambda ledger, listing: ledger.repositories.of_project(
            1, replace(listing, where={"labels": [Label("env", "prod"), Label("tier", "1")]})
        ),
        lambda ledger, listing, most: ledger.repositories.count(
            1, replace(listing, where={"labels": [Label("env", "prod"), Label("tier", "1")]}), most=most
        ),
        ("name", "created_at", "pushed_at"),
        "b/",
    ),
    "tags": List(
        lambda ledger, listing: ledger.tags.listed(1, listing),
        lambda ledger, listing, most: ledger.tags.count(1, listing, most=most),
        ("name", "pushed_at"),
    ),
    "accounts": List(
        lambda ledger, listing: ledger.accounts.page(listing),
        lambda ledger, listing, most: ledger.accounts.count(listing, most=most),
        ("name", "created_at"),
    ),
    "enabled accounts": List(
        lambda ledger, listing: ledger.accounts.page(replace(listing, where={"disabled": False})),
        lambda ledger, listing, most: ledger.accounts.count(replace(listing, where={"disabled": False}), most=most),
        ("name", "created_at"),
    ),
    "groups": List(
        lambda ledger, listing: ledger.groups.page(listing),
        lambda ledger, listing, most: ledger.groups.count(listing, most=most),
        ("name",),
    ),
    "people of a group": List(
        lambda ledger, listing: ledger.groups.people(1, listing),
        lambda ledger, listing, most: ledger.groups.count_people(1, listing, most=most),
        ("name",),
    ),
    "robots of a project": List(
        lambda ledger, listing: ledger.robots.page(1, listing),
        lambda ledger, listing, most: ledger.robots.count(1, listing, most=most),
        ("name", "created_at"),
    ),
    "robots of the instance": List(
        lambda ledger, listing: ledger.robots.page(None, replace(listing, where={"disabled": False})),
        lambda ledger, listing, most: ledger.robots.count(None, replace(listing, where={"disabled": False}), most=most),
        ("name", "created_at"),
    ),
    "issuers": List(
        lambda ledger, listing: ledger.issuers.page(listing),
        lambda ledger, listing, most: ledger.issuers.count(listing, most=most),
        ("name",),
    ),
}
ORDERS = [(name, order, down) for name, known in LISTS.items() for order in known.orders for down in (False, True)]


def robot(name: str, project_id: int | None, now: float) -> Robot:
    """A robot that pulls."""
    title, pull = f"robot${project_id or ''}+{name}", frozenset({Action.PULL})
    return Robot(0, title, name, project_id, "", pull, (Pattern("**"),), "hash", None, None, None, False, 1, "ann", now)


def fill(ledger: Ledger) -> None:
    """Entries of each list, under these names, made at these times; and some that are in none."""
    made = manifest()
    for name, now in zip(NAMES, TIMES, strict=True):
        assert ledger.projects.create(name, public=True, now=now)
        account = ledger.accounts.create(name, "hash", administrator=False, now=now)
        group = ledger.groups.create(name, now=now)
        assert account is not None
        assert group is not None
        ledger.groups.join(1, account.id)
        for project_id in (1, None):
            ledger.robots.create(robot(name, project_id, now))
        ledger.issuers.create(Issuer(0, name, f"https://{name}.example", "aud", ("RS256",), None, "ann", now))
        place = ledger.repositories.ensure(RepositoryName(f"b/{name}"), by=SOMEBODY, now=now)
        assert place.repository_id is not None
        ledger.manifests.put(place.repository_id, Digest.of(made.content), made, by="ann", now=100 - now)
        ledger.repositories.label(place.repository_id, {"env": "prod", "tier": "1", "x": "y"})
        manifest_id = put(ledger, 1, made)
        ledger.tags.point(1, Tag(name), manifest_id, Digest.of(made.content), by="ann", now=now)
    ledger.repositories.ensure(RepositoryName("a/elsewhere"), by=SOMEBODY, now=NOW)


def whole(known: List, ledger: Ledger, listing: Listing) -> list[Any]:
    """Page after page."""
    found: list[Any] = []
    while True:
        page = known.page(ledger, listing)
        assert len(page) <= listing.size + 1
        found += page[: listing.size]
        if len(page) <= listing.size:
            return found
        listing = replace(listing, after=listing.cursor(page[listing.size - 1]))


@pytest.mark.parametrize(("name", "order", "down"), ORDERS)
async def test_orders(records: Records, name: str, order: str, down: bool) -> None:  # noqa: FBT001 - a column
    """Pages of any size hold every entry once, in order: by what was asked, and then by name."""
    await records.write(fill)
    known = LISTS[name]

    def story(ledger: Ledger) -> None:
        everything = known.page(ledger, Listing(99, sort=order, descending=down))
        assert len(everything) == len(NAMES)
        keys = [
            (getattr(entry, order), entry.name.encode()) if order != "name" else entry.name.encode()
            for entry in everything
        ]
        assert keys == sorted(keys, reverse=down)
        for size in (1, 2, 3, 8, 9):
            assert whole(known, ledger, Listing(size, sort=order, descending=down)) == everything
        assert known.count(ledger, Listing(1, sort=order), 99) == len(NAMES)
        assert known.count(ledger, Listing(1, sort=order), 3) == 3
        prefixed = Listing(99, sort=order, descending=down, prefix=f"{known.prefix}a")
        narrowed = known.page(ledger, prefixed)
        assert list(narrowed) == [entry for entry in everything if entry.name.startswith(f"{known.prefix}a")]
        assert known.count(ledger, prefixed, 99) == len(narrowed) == 5

    await records.read(story)


@pytest.mark.parametrize(("name", "order", "down"), ORDERS)
async def test_flat(folder: Path, records: Records, name: str, order: str, down: bool) -> None:  # noqa: FBT001
    """The database reads a page along an index, wherever it begins: nothing is sorted, and no table is read whole."""
    await records.write(fill)
    connection = connect(folder / FILE)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    known, ledger = LISTS[name], SqlLedger(Session(connection))
    listing = Listing(2, sort=order, descending=down)
    known.page(ledger, replace(listing, after=listing.cursor(known.page(ledger, listing)[1])))
    connection.set_trace_callback(None)
    lists = [text for text in statements if "LIMIT" in text]
    assert len(lists) == 2
    for text in lists:
        plan = _plan(connection, text)
        if name == "people of a group":  # by name among those of the group, who are few
            continue
        assert not [step for step in plan if "TEMP B-TREE FOR ORDER" in step], (text, plan)
        assert not [step for step in plan if step.startswith("SCAN") and "INDEX" not in step], (text, plan)
    connection.close()


def _plan(connection: sqlite3.Connection, text: str) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]


async def test_filters(records: Records) -> None:
    """What does not have the values asked for is not listed, and not counted."""

    def story(ledger: Ledger) -> None:
        fill(ledger)
        first = ledger.projects.page(Listing(1), visible_to=None)[0]
        ledger.projects.update(first.id, public=False, description="")
        for public, count in ((True, len(NAMES) - 1), (False, 1)):
            listing = Listing(99, where={"public": public})
            assert len(ledger.projects.page(listing, visible_to=None)) == count
            assert ledger.projects.count(listing, visible_to=None, most=99) == count
        ledger.repositories.label(1, {"env": "test"})
        for labels, count in (([("env", "test")], 1), ([("env", "prod")], 7), ([("env", "prod"), ("env", "test")], 0)):
            listing = Listing(99, where={"labels": [Label(*label) for label in labels]})
            assert len(ledger.repositories.of_project(1, listing)) == count
            assert ledger.repositories.count(1, listing, most=99) == count
        ledger.accounts.update(1, administrator=True, auditor=False, disabled=True)
        for where, count in (({"disabled": True}, 1), ({"administrator": True, "disabled": False}, 0), ({}, 8)):
            listing = Listing(99, where=where)
            assert len(ledger.accounts.page(listing)) == ledger.accounts.count(listing, most=99) == count

    await records.write(story)
