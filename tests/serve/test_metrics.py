"""/metrics, with one worker and with several."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.support.processes import workers_of
from tests.support.pushing import begin_upload, make_project
from tests.support.receiver import Receiver, answer
from tests.support.server import Server
from tests.support.slow import Wire
from tests.support.waiting import until


def count(server: Server, name: str, **labels: str) -> float:
    """The sum of all samples with this name and these labels."""
    status, _, body = server.call("GET", "/metrics")
    assert status == 200
    samples = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", body.decode(), re.MULTILINE)
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(value) for told, value in samples if all(label in told for label in wanted))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_requests_are_counted_over_all_workers(tmp_path: Path, workers: str) -> None:
    """Whichever worker answers /metrics, it gives the sum of all of them."""
    with Server(tmp_path / "data", options=("--workers", workers)) as server:
        answered_by: set[str] = set()
        asked = 0

        def everybody_answered() -> bool:
            nonlocal asked
            asked += 1
            status, headers, _ = server.call("GET", "/v2/")
            assert status == 200
            answered_by.add(headers["x-request-id"].partition("-")[0])
            return len(answered_by) == int(workers)

        until(everybody_answered, "every worker has answered")
        for _ in range(8):
            assert count(server, "moorage_requests_total", operation="base", status="200") == asked
            assert count(server, "moorage_request_seconds_count", operation="base") == asked
            # one that was answered a moment ago may still be on its way out of its worker
            until(lambda: count(server, "moorage_requests_in_flight") <= 1, "only the one that asks is in flight")


def test_what_a_dead_worker_counted_is_kept(tmp_path: Path) -> None:
    """Counters never go down when a worker is replaced, and its share of what is in flight is forgotten."""
    with Server(tmp_path / "data", options=("--workers", "2")) as server:
        make_project(server)
        for _ in range(10):
            server.call("GET", "/v2/")
        with Wire(server) as up:
            up.upload(begin_upload(server, "team/app"), 1000, b"x" * 400)
            assert count(server, "moorage_requests_in_flight") == 2
            before = workers_of(server)
            for worker in before:
                os.kill(worker, signal.SIGKILL)
        until(lambda: len(workers_of(server)) == 2 and not {*before} & {*workers_of(server)}, "both are replaced")
        assert count(server, "moorage_requests_total", operation="base", status="200") == 10
        until(lambda: count(server, "moorage_requests_in_flight") == 1, "only /metrics itself is in flight")


def test_a_killed_server_leaves_no_heap_of_folders(tmp_path: Path) -> None:
    """What the processes share for counting goes at an orderly end, and after a kill at the next start."""
    shared = tmp_path / "shared"
    shared.mkdir()
    settings = {"TMPDIR": str(shared)}
    with Server(tmp_path / "data", options=("--workers", "2"), settings=settings) as server:
        (first,) = shared.iterdir()
        server.kill()
        server.start()
        (second,) = shared.iterdir()
        assert second != first
        assert server.stop() == 0
        assert list(shared.iterdir()) == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_deliveries_to_webhooks_are_counted(tmp_path: Path, workers: str) -> None:
    """By what became of them; and it is told for how long the oldest waits."""
    settings = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1"}
    server = Server(tmp_path / "data", options=("--workers", workers), settings=settings)
    with server, Receiver() as receiver:
        make_project(server)
        receiver.behaviours["/bad"] = answer(500)
        for number, path in enumerate(("/good", "/bad"), 1):
            hook = {"url": receiver.url + path, "events": ["*"]}
            assert server.call("POST", "/api/v1/projects/team/webhooks", body=hook)[0] == 201
            assert server.call("POST", f"/api/v1/projects/team/webhooks/{number}/test")[0] == 201
        deliveries = "moorage_webhook_deliveries_total"
        until(lambda: count(server, deliveries, outcome="delivered") == 1, "one has arrived")
        until(lambda: count(server, deliveries, outcome="failed") >= 1, "the other has not")
        until(lambda: count(server, "moorage_webhook_oldest_waiting_seconds") > 1, "it waits")
