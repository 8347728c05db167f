"""Clients that push, mount, tag and delete at random until they are told to stop or their connection breaks."""

import http.client
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.durability.support.client import WAYS, Answer, Client, Way
from tests.durability.support.facts import Facts, Name, Outcome
from tests.support.content import CONFIG, digest_of, image
from tests.support.server import Server

LOST = (OSError, http.client.HTTPException)
"""What a client sees of a server that was killed."""
_PASSING = 503
_TAGS = 4


@dataclass
class Unfinished:
    """An upload whose connection broke: where it is, what it should become, how much is surely there."""

    session: str
    content: bytes
    acknowledged: int


class Pusher:
    """One client with a repository of its own, over many rounds. `faults` holds answers that nobody may get."""

    def __init__(self, number: int, seed: int, everybody: "list[Pusher]") -> None:
        self.repository = f"crash/client-{number}"
        self.facts = Facts()
        self.faults: list[str] = []
        self._random = random.Random(f"{seed}/{number}")
        self._everybody = everybody
        self._unfinished: list[Unfinished] = []
        self._deeds: list[tuple[Callable[[Client], None], int]] = [
            (self._push_blob, 8),
            (self._push_slowly, 3),
            (self._resume, 4),
            (self._mount, 2),
            (self._push_image, 8),
            (self._delete_blob, 1),
            (self._delete_tag, 1),
            (self._delete_manifest, 1),
        ]

    def run(self, server: Server, stop: threading.Event) -> None:
        """One round."""
        deeds, weights = zip(*self._deeds, strict=True)
        with Client(server) as client:
            try:
                while not stop.is_set() and not self.faults:
                    self._random.choices(deeds, weights)[0](client)
            except LOST:
                return

    def check(self, client: Client) -> None:
        """After a restart: everything that may be asked for is as it must be, to the byte."""
        for name in self.facts.names():
            self.facts.observe(name, self._served(client, name))
        listed = client.ask("GET", f"/v2/{self.repository}/tags/list").body.decode()
        for tag in self.facts.certain("tag", self.repository):
            assert f'"{tag}"' in listed, (tag, listed)

    def forget_unfinished(self) -> None:
        """Resume none of the uploads that were under way."""
        self._unfinished.clear()

    def _served(self, client: Client, name: Name) -> Outcome:
        kind, repository, reference = name
        answer = (client.blob if kind == "blob" else client.manifest)(repository, reference)
        if answer.status == 404:
            return None
        assert answer.status == 200, (name, answer)
        digest = digest_of(answer.body)
        assert answer.headers["docker-content-digest"] == digest, name
        assert kind == "tag" or reference == digest, name
        return digest

    def _content(self) -> bytes:
        largest = self._random.choice((1, 5_000, 5_000, 200_000, 200_000, 3_000_000))
        return self._random.randbytes(self._random.randint(0, largest))

    def _change(self, changes: dict[Name, Outcome], deed: Callable[[], Answer]) -> Answer:
        with self.facts.attempt(changes) as attempt:
            answer = deed()
            attempt.accepted = answer.status in {201, 202}
            if not attempt.accepted and answer.status != _PASSING:
                self.faults.append(f"{changes}: {answer}")
        return answer

    def _keep(self, content: bytes, deed: Callable[[], Answer]) -> None:
        digest = digest_of(content)
        self._change({("blob", self.repository, digest): digest}, deed)

    def _push(self, client: Client, content: bytes, way: Way) -> None:
        self._keep(content, lambda: way(client, self.repository, content))

    def _push_blob(self, client: Client) -> None:
        self._push(client, self._content(), self._random.choice(WAYS))

    def _push_slowly(self, client: Client) -> None:
        content = self._content()
        upload = Unfinished(client.begin(self.repository), content, 0)
        self._unfinished.append(upload)
        self._go_on(client, upload)

    def _resume(self, client: Client) -> None:
        if not self._unfinished:
            return
        upload = self._unfinished[-1]
        found = client.status(upload.session)
        if found.status != 204 or not upload.acknowledged <= max(1, found.received) <= max(1, len(upload.content)):
            self.faults.append(f"{upload.acknowledged} of {len(upload.content)} bytes were safe: {found}")
        upload.acknowledged = found.received
        self._go_on(client, upload)

    def _go_on(self, client: Client, upload: Unfinished) -> None:
        """In pieces, so that a kill finds some of them acknowledged."""
        step = max(1, len(upload.content) // 4)
        if upload.acknowledged == 0 and len(upload.content) == 1:  # nobody can tell 0 bytes from 1
            self._unfinished.remove(upload)
            return
        for start in range(upload.acknowledged, len(upload.content), step):
            answer = client.append(upload.session, upload.content[start : start + step], start)
            if answer.status != 202:
                self.faults.append(f"chunk at {start} of {len(upload.content)}: {answer}")
            upload.acknowledged = min(start + step, len(upload.content))
        digest = digest_of(upload.content)
        self._unfinished.remove(upload)  # whether the PUT is answered or not, nobody goes on with it
        self._keep(upload.content, lambda: client.finish(upload.session, digest))

    def _mount(self, client: Client) -> None:
        source = self._random.choice(self._everybody).repository
        blobs = next(other for other in self._everybody if other.repository == source).facts.certain("blob", source)
        if not blobs or source == self.repository:
            return
        digest = self._random.choice(sorted(blobs))
        with self.facts.attempt({("blob", self.repository, digest): digest}) as attempt:
            answer = client.mount(self.repository, digest, source)
            attempt.accepted = answer.status == 201
            if answer.status not in {201, 202}:  # 202: its owner has just deleted it
                self.faults.append(f"mount of {digest}: {answer}")

    def _push_image(self, client: Client) -> None:
        layer = self._content()
        for content in (CONFIG, layer):
            self._push(client, content, self._random.choice(WAYS))
        content = image(layer, annotations={"number": str(self._random.random())})
        digest, tag = digest_of(content), f"tag-{self._random.randrange(_TAGS)}"
        if {digest_of(CONFIG), digest_of(layer)} <= self.facts.certain("blob", self.repository).keys():
            self._change(
                {("manifest", self.repository, digest): digest, ("tag", self.repository, tag): digest},
                lambda: client.put_manifest(self.repository, tag, content),
            )

    def _delete_blob(self, client: Client) -> None:
        blobs = sorted(self.facts.certain("blob", self.repository))
        if blobs:
            digest = self._random.choice(blobs)
            self._change(
                {("blob", self.repository, digest): None}, lambda: client.blob(self.repository, digest, "DELETE")
            )

    def _delete_tag(self, client: Client) -> None:
        tags = sorted(self.facts.certain("tag", self.repository))
        if tags:
            tag = self._random.choice(tags)
            self._change({("tag", self.repository, tag): None}, lambda: client.manifest(self.repository, tag, "DELETE"))

    def _delete_manifest(self, client: Client) -> None:
        digests = sorted(self.facts.certain("manifest", self.repository))
        if not digests:
            return
        digest = self._random.choice(digests)
        tags = [tag for tag, named in self.facts.certain("tag", self.repository).items() if named == digest]
        changes: dict[Name, Outcome] = {("tag", self.repository, tag): None for tag in tags}
        self._change(
            {("manifest", self.repository, digest): None, **changes},
            lambda: client.manifest(self.repository, digest, "DELETE"),
        )


def push_until_killed(server: Server, pushers: Sequence[Pusher], after: float) -> None:
    """All clients at once; the server dies `after` seconds later."""
    stop = threading.Event()
    threads = [threading.Thread(target=pusher.run, args=(server, stop)) for pusher in pushers]
    for thread in threads:
        thread.start()
    stop.wait(after)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()


def check(server: Server, pushers: Sequence[Pusher]) -> None:
    """Nobody got an answer that must not be, and everybody finds what they were promised."""
    with Client(server) as client:
        for pusher in pushers:
            assert not pusher.faults, pusher.faults
            pusher.check(client)
