"""Clients that push, mount, rename and delete images of the same few layers, so that what goes soon comes again."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence

from tests.durability.support.client import Answer, Client
from tests.durability.support.facts import Facts, Name, Outcome
from tests.support.content import CONFIG, digest_of, image
from tests.support.server import Server

LOST = (OSError, http.client.HTTPException)
_PASSING = 503
_TAGS = 3
LAYERS = [b"layer %d " % number * (1 + number * 20) for number in range(300)]
"""Small, and so many that most rest for the grace time, and so few that each comes again."""


class Waster:
    """One client with a repository of its own, over many rounds. `grace` is what the collector waits, in seconds."""

    def __init__(self, number: int, seed: int, grace: float, everybody: "list[Waster]") -> None:
        self.repository = f"waste/client-{number}"
        self.facts = Facts()
        self.faults: list[str] = []
        self.again = 0
        self._random = random.Random(f"{seed}/{number}")
        self._grace = grace
        self._everybody = everybody
        self._sent: set[str] = set()
        deeds: list[tuple[Callable[[Client], None], int]] = [
            (self._push_image, 8),
            (self._pull_image, 4),
            (self._delete_image, 5),
            (self._leave_layer, 2),
            (self._delete_blob, 1),
            (self._delete_repository, 1),
            (self._rename, 1),
        ]
        self._deeds, self._weights = zip(*deeds, strict=True)

    def run(self, server: Server, stop: threading.Event) -> None:
        """One round."""
        with Client(server) as client:
            try:
                while not stop.is_set() and not self.faults:
                    self._random.choices(self._deeds, self._weights)[0](client)
            except LOST:
                return

    def check(self, client: Client) -> None:
        """Every tag is what it may be, and every image that is served is whole."""
        for name in self.facts.names():
            self.facts.observe(name, self._whole(client, name[2]))

    def _whole(self, client: Client, tag: str) -> Outcome:
        """The digest of what the tag names, all of whose layers were read; None if there is no such tag."""
        answer = client.manifest(self.repository, tag)
        if answer.status == 404:
            return None
        assert answer.status == 200, answer
        named = json.loads(answer.body)
        for part in (named["config"], *named["layers"]):
            got = client.blob(self.repository, part["digest"])
            if got.status != 200 or digest_of(got.body) != part["digest"]:
                said = f"{got.status} {got.body[:300]!r}"
                self.faults.append(f"{self.repository}:{tag} has lost {part['digest']}: {said}")
        return digest_of(answer.body)

    def _change(self, changes: dict[Name, Outcome], deed: Callable[[], Answer], *fine: int) -> None:
        with self.facts.attempt(changes) as attempt:
            answer = deed()
            attempt.accepted = answer.status in {200, 201, 202, 204}
            if not attempt.accepted and answer.status not in {_PASSING, *fine}:
                self.faults.append(f"{changes}: {answer}")

    def _bring(self, client: Client, layer: bytes) -> bool:
        """As clients do: ask, else mount, else send; whether it is there."""
        digest = digest_of(layer)
        if client.blob(self.repository, digest, "HEAD").status == 200:
            return True
        source = self._random.choice(self._everybody).repository
        wants_mount = source != self.repository and self._random.random() < 0.4
        if wants_mount and client.mount(self.repository, digest, source).status == 201:
            return True
        self.again += digest in self._sent
        self._sent.add(digest)
        for _ in range(100):
            answer = client.ask("POST", f"/v2/{self.repository}/blobs/uploads/?digest={digest}", layer)
            if answer.status != _PASSING:
                break
            time.sleep(0.1)
        if answer.status not in {201, _PASSING}:
            self.faults.append(f"push of {digest}: {answer}")
        return answer.status == 201

    def _push_image(self, client: Client) -> None:
        layers = self._random.sample(LAYERS, self._random.randint(1, 3))
        tag = f"tag-{self._random.randrange(_TAGS)}"
        content = image(*layers, annotations={"number": str(self._random.random())})
        began = time.monotonic()
        if not all(self._bring(client, part) for part in (CONFIG, *layers)):
            return
        # A second of the grace time may have gone before the first layer was asked for.
        was_slow = time.monotonic() - began > self._grace - 1.2
        fine = (404,) if was_slow else ()
        self._change(
            {("tag", self.repository, tag): digest_of(content)},
            lambda: client.put_manifest(self.repository, tag, content),
            *fine,
        )

    def _pull_image(self, client: Client) -> None:
        tag = f"tag-{self._random.randrange(_TAGS)}"
        found = self._whole(client, tag)
        if found not in self.facts.allowed(("tag", self.repository, tag)):
            self.faults.append(f"{self.repository}:{tag} is {found}")

    def _delete_image(self, client: Client) -> None:
        tags = self.facts.certain("tag", self.repository)
        if tags:
            tag = self._random.choice(sorted(tags))
            self._change(
                {("tag", self.repository, tag): None},
                lambda: client.manifest(self.repository, tags[tag], "DELETE"),
            )

    def _leave_layer(self, client: Client) -> None:
        self._bring(client, self._random.choice(LAYERS))

    def _delete_blob(self, client: Client) -> None:
        """Of a layer that no image here needs: those are in the hands of this client alone."""
        if not self.facts.certain("tag", self.repository) and all(
            None in self.facts.allowed(name) and len(self.facts.allowed(name)) == 1 for name in self.facts.names()
        ):
            client.blob(self.repository, digest_of(self._random.choice(LAYERS)), "DELETE")

    def _delete_repository(self, client: Client) -> None:
        changes: dict[Name, Outcome] = dict.fromkeys(self.facts.names())
        self._change(changes, lambda: client.ask("DELETE", self._address), 404)

    def _rename(self, client: Client) -> None:
        """There and back, so that the others find it where they look."""
        other = f"{self.repository.partition('/')[2]}-renamed"
        if self._patch(client, self._address, other) == 200:
            back = self._patch(client, f"{self._address}-renamed", self.repository.partition("/")[2])
            if back != 200:
                self.faults.append(f"{other} could not be renamed back: {back}")

    def return_from_rename(self, client: Client) -> None:
        """After a kill in the middle of it."""
        inner = self.repository.partition("/")[2]
        self._patch(client, f"{self._address}-renamed", inner)

    def _patch(self, client: Client, address: str, name: str) -> int:
        body = json.dumps({"name": name}).encode()
        return client.ask("PATCH", address, body, Content_Type="application/json").status

    @property
    def _address(self) -> str:
        return f"/api/v1/projects/waste/repositories/{self.repository.partition('/')[2]}"


def waste(server: Server, wasters: Sequence[Waster], seconds: float, *, killed: bool) -> None:
    """All clients at once; after so many seconds the server dies, or the clients leave."""
    stop = threading.Event()
    threads = [threading.Thread(target=waster.run, args=(server, stop)) for waster in wasters]
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    if killed:
        server.kill()
    stop.set()
    for thread in threads:
        thread.join()


def check(server: Server, wasters: Sequence[Waster]) -> None:
    """Nobody got an answer that must not be, and everything that is served is whole."""
    with Client(server) as client:
        for waster in wasters:
            waster.return_from_rename(client)
            waster.check(client)
            assert not waster.faults, waster.faults
