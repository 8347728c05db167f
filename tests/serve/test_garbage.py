"""Garbage over the API of a real server: what is said of it, a round by hand, and rounds that begin by themselves."""

import json
import re
from pathlib import Path
from typing import Any

from tests.durability.support.client import Client
from tests.support.content import CONFIG, digest_of, image
from tests.support.forgetful import FORGETFUL
from tests.support.pushing import make_project, push_blob
from tests.support.server import Server
from tests.support.waiting import until

LAYER = b"layer" * 1000
NAME = "team/app"
NOTHING = {"links": 0, "blobs": 0, "bytes": 0}
ALL = {"links": 2, "blobs": 2, "bytes": len(LAYER) + len(CONFIG)}


def ask(server: Server, method: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Of /gc."""
    status, _, content = server.call(method, "/api/v1/gc", body=body)
    assert status == 200, content
    return json.loads(content)


def push_and_delete(server: Server) -> None:
    """An image, which is garbage then."""
    make_project(server)
    for part in (CONFIG, LAYER):
        push_blob(server, NAME, part)
    content = image(LAYER)
    with Client(server) as client:
        assert client.put_manifest(NAME, "1", content).status == 201
        assert client.manifest(NAME, digest_of(content), "DELETE").status == 202


def is_there(server: Server) -> bool:
    """Is the layer's file?"""
    algorithm, _, encoded = digest_of(LAYER).partition(":")
    return (server.data / "blobs" / algorithm / encoded[:2] / encoded).exists()


def test_a_round_by_hand(tmp_path: Path) -> None:
    """What rests is told, a dry run takes nothing, a round takes it, and status, metrics and audit agree."""
    with Server(tmp_path / "data", settings=FORGETFUL) as server:
        push_and_delete(server)
        status = ask(server, "GET")
        assert (status["running"], status["grace_hours"], status["rounds"]) == (False, 24, 0)
        assert (status["waiting"], status["due"], status["whole"]) == (ALL, NOTHING, True)
        assert ask(server, "POST", {})["took"] == NOTHING
        dry = ask(server, "POST", {"dry_run": True, "grace_hours": 0})
        assert (dry["dry_run"], dry["took"], dry["due"]) == (True, NOTHING, ALL)
        assert is_there(server)
        ran = ask(server, "POST", {"grace_hours": 0})
        assert (ran["dry_run"], ran["took"], ran["waiting"]) == (False, ALL, NOTHING)
        assert not is_there(server)
        status = ask(server, "GET")
        assert (status["last"], status["total"], status["asked_by"]) == (ALL, ALL, "admin")
        assert status["started_at"] <= status["ended_at"]
        _, _, metrics = server.call("GET", "/metrics")
        told = dict(re.findall(r"^(moorage_gc_\S+) (\S+)$", metrics.decode(), re.MULTILINE))
        assert float(told["moorage_gc_blobs_removed_total"]) == 2
        assert float(told["moorage_gc_freed_bytes_total"]) == ALL["bytes"]
        assert float(told['moorage_gc_found_bytes{state="waiting"}']) == 0
        _, _, audit = server.call("GET", "/api/v1/audit?kind=collection.ended")
        assert audit.count(b'"collection.ended"') == 2


def test_rounds_by_themselves(tmp_path: Path) -> None:
    """Garbage whose grace time is over goes at the next round, whichever worker runs it."""
    settings = {**FORGETFUL, "MOORAGE_GC_GRACE_HOURS": "0.0008", "MOORAGE_GC_MINUTES": "0.003"}
    with Server(tmp_path / "data", options=("--workers", "2"), settings=settings) as server:
        push_and_delete(server)
        until(lambda: not is_there(server), "the layer is gone")
        until(lambda: ask(server, "GET")["total"]["bytes"] == ALL["bytes"], "all is told")
        assert ask(server, "GET")["asked_by"] == ""


def test_what_is_no_wish(tmp_path: Path) -> None:
    """A body that is not understood is refused, and no round begins."""
    wrong: list[dict[str, Any]] = [
        {"grace_hours": -1}, {"grace_hours": "soon"}, {"grace_hours": False}, {"grace_hours": 1e9},
        {"dry_run": 1}, {"now": True},
    ]  # fmt: skip
    with Server(tmp_path / "data") as server:
        for body in wrong:
            status, _, content = server.call("POST", "/api/v1/gc", body=body)
            assert status == 400, (body, content)
        assert server.call("POST", "/api/v1/gc", body=b"grace")[0] >= 400
        assert ask(server, "GET")["rounds"] == 0
