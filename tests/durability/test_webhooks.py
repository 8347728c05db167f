"""Events reach their receiver though the server is killed at any moment, again and again."""

import random
from pathlib import Path

import pytest

from moorage.oci import media_type as types
from tests.durability.support.journal import complaints
from tests.support import content
from tests.support.pushing import make_project
from tests.support.receiver import Got, Receiver, answer
from tests.support.server import Server
from tests.support.waiting import until

ROUNDS = 4
SETTINGS = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1"}


def push(server: Server, tag: str) -> None:
    """The smallest image, under this tag."""
    digest = content.digest_of(content.CONFIG)
    server.call("POST", f"/v2/team/app/blobs/uploads/?digest={digest}", body=content.CONFIG)
    path = f"/v2/team/app/manifests/{tag}"
    status, _, body = server.call("PUT", path, body=content.image(), Content_Type=types.OCI_MANIFEST)
    assert status == 201, body


@pytest.mark.crash
@pytest.mark.timeout(240)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_while_sending(tmp_path: Path, workers: str) -> None:
    """All that was pushed arrives, each under one name, and first arrivals are in the order of the pushes."""
    chance = random.Random(int(workers))
    server = Server(tmp_path / "data", options=("--workers", workers), settings=SETTINGS)
    pushed: list[str] = []
    with Receiver() as receiver:
        try:
            server.start()
            make_project(server)
            hook = {"url": receiver.url + "/", "events": ["manifest.pushed"]}
            assert server.call("POST", "/api/v1/projects/team/webhooks", body=hook)[0] == 201
            for number in range(ROUNDS):
                for step in range(5):
                    push(server, f"v{number}.{step}")
                    pushed.append(f"v{number}.{step}")
                until(lambda: chance.random() < 0.01, "some moment")
                server.kill()
                server.start()
            until(lambda: {tag(got) for got in receiver.got} == set(pushed), "all of them arrive", 120)
            assert not complaints(server)
        finally:
            server.kill()
        first = list(dict.fromkeys(map(tag, receiver.got)))
        assert first == pushed
        names = {(got.headers["webhook-id"], tag(got)) for got in receiver.got}
        assert len(names) == len(pushed)


def tag(got: Got) -> str:
    """Which tag it tells of."""
    told: str = got.told["data"]["tag"]
    return told


def test_a_restart_goes_on(tmp_path: Path) -> None:
    """What waits when the server ends is sent after its next start, and an ordinary end repeats nothing."""
    server = Server(tmp_path / "data", settings=SETTINGS)
    with Receiver() as receiver:
        receiver.behaviours["/"] = answer(503)
        try:
            server.start()
            make_project(server)
            hook = {"url": receiver.url + "/", "events": ["manifest.pushed"]}
            assert server.call("POST", "/api/v1/projects/team/webhooks", body=hook)[0] == 201
            push(server, "one")
            push(server, "two")
            receiver.wait(1)
            assert server.stop() == 0
            del receiver.behaviours["/"]
            server.start()
            until(lambda: len(receiver.got) == 3, "both arrive", 60)
            assert [tag(got) for got in receiver.got] == ["one", "one", "two"]
            assert not complaints(server)
        finally:
            server.kill()
