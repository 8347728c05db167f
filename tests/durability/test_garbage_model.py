"""Whatever happens in whatever order, at two processes and with rounds that die: only garbage goes, and all of it."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.sql.sqlite import FILE
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.rules.quota import Limits
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.push_blob import Body
from moorage.service.push_manifest import PushManifest
from moorage.service.room import Room
from tests.durability.support.folder import blob_files, leftovers, rows
from tests.durability.support.house import ADMIN, GRACE, PATIENCE, Clock, House, furnish, pieces
from tests.support.content import CONFIG, image
from tests.support.examples import examples

DAY = 86_400.0
LAYERS = [CONFIG, b"one", b"two", b"three"]
PLACES = st.sampled_from(["team/a", "team/b"]).map(RepositoryName.parse)
PARTS = st.sampled_from(LAYERS)
PROCESSES = st.sampled_from([0, 1])
BURIED = (
    "INSERT INTO buried_manifests (id, repository_id, with_repository, digest, media_type, size, pushed_by, pushed_at,"
    " buried_at, buried_by, content) VALUES (999, 999, 0, 'sha256:0', '', 0, '', 0, 9e12, '', '')"
    " ON CONFLICT DO NOTHING"
)
"""A deleted manifest that can be restored for ever."""
Outcome = TypeVar("Outcome")


class Died(BaseException):
    """The process of a round has ended."""


class Registry(RuleBasedStateMachine):
    """`promised` is when somebody who may push was last told that a layer is in a repository."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "data"
        shutil.copytree(self.template, self.folder)
        self.clock = Clock(1_000_000.0)
        self.houses: list[House] = [furnish(self.folder, self.clock) for _ in range(2)]
        self.loop = asyncio.Runner()
        self.images: dict[tuple[RepositoryName, Digest], tuple[bytes, ...]] = {}
        self.promised: dict[tuple[RepositoryName, bytes], float] = {}
        self.buried: set[bytes] = set()
        self.number = 0
        self.has_died = False

    def run(self, story: Coroutine[object, object, Outcome]) -> Outcome:
        """To its end."""
        return self.loop.run(story)

    def tried(self, story: Coroutine[object, object, object]) -> Refusal | None:
        """Whether it was refused, and how."""
        try:
            self.run(story)
        except Refusal as refusal:
            return refusal
        return None

    def collector(self, process: int) -> CollectGarbage:
        """Of this process."""
        house = self.houses[process]
        return CollectGarbage(house.records, house.blobs, self.clock, f"process-{process}", DAY, GRACE)

    def needed(self) -> set[bytes]:
        """Layers of images, and what may have to be restored."""
        return {layer for layers in self.images.values() for layer in layers} | self.buried

    def is_named(self, place: RepositoryName, layer: bytes) -> bool:
        """By an image of this very repository."""
        return any(layer in layers for (name, _), layers in self.images.items() if name == place)

    @initialize(place=PLACES)
    def begin_with_an_image(self, place: RepositoryName) -> None:
        """An empty registry has no garbage."""
        for layer in LAYERS[:2]:
            self.push(place, layer, 0)
        self.name(place, {LAYERS[1]}, 0)

    @rule(place=PLACES, layer=PARTS, process=PROCESSES)
    def push(self, place: RepositoryName, layer: bytes, process: int) -> None:
        """Taken, unless a round died right at this blob and nobody has swept since."""
        self.number += 1
        push = self.houses[process].push
        refusal = self.tried(push.take(ADMIN, place, f"upload-{self.number}", Body(pieces(layer)), Digest.of(layer)))
        if refusal is not None:
            assert self.has_died
            assert refusal.code is Code.UNAVAILABLE
            return
        self.promised[place, layer] = self.clock.now

    @rule(place=PLACES, source=PLACES, layer=PARTS, process=PROCESSES)
    def mount(self, place: RepositoryName, source: RepositoryName, layer: bytes, process: int) -> None:
        """What is mounted is there for the grace time, wherever it came from."""
        with suppress(Refusal):
            if self.run(self.houses[process].push.mount(ADMIN, place, Digest.of(layer), source)):
                self.promised[place, layer] = self.clock.now

    @rule(place=PLACES, layer=PARTS, process=PROCESSES)
    def ask(self, place: RepositoryName, layer: bytes, process: int) -> None:
        """Who is told that a layer is here may count on it."""
        with suppress(Refusal):
            self.run(self.houses[process].fetch(ADMIN, place, Digest.of(layer), vouch=True))
            self.promised[place, layer] = self.clock.now - 1  # a doubt of this second is not renewed

    @rule(place=PLACES, layers=st.sets(PARTS, min_size=1), process=PROCESSES)
    def name(self, place: RepositoryName, layers: set[bytes], process: int) -> None:
        """An image of layers that were promised is taken."""
        self.number += 1
        parts = (CONFIG, *sorted(layers - {CONFIG}))
        content = image(*parts[1:], annotations={"number": str(self.number)})
        put = PushManifest(self.houses[process].records, self.clock, sparse=False, room=Room(self.clock, Limits()))
        tag = Tag(f"t{self.number}")
        refusal = self.tried(put(ADMIN, place, tag, content=content, content_type=types.OCI_MANIFEST, extra_tags=[]))
        if refusal is None:
            self.images[place, Digest.of(content)] = parts
            return
        assert refusal.code is Code.MANIFEST_BLOB_UNKNOWN
        assert not all(
            self.is_named(place, part) or self.clock.now - self.promised.get((place, part), 0.0) < DAY for part in parts
        ), f"{place} was promised {parts}: {refusal}"

    @rule(place=PLACES, layers=st.sets(PARTS, min_size=1), process=PROCESSES, later=st.sampled_from([0.0, DAY]))
    def push_as_clients_do(self, place: RepositoryName, layers: set[bytes], process: int, later: float) -> None:
        """Ask for each layer, send what is missing, while the other process collects; then the image."""
        self.wait(later)
        for layer in (CONFIG, *sorted(layers)):
            self.ask(place, layer, process)
            self.collect(1 - process)
            if self.clock.now - self.promised.get((place, layer), 0.0) > 1:
                self.push(place, layer, process)
        self.name(place, layers, process)

    @precondition(lambda self: self.images)
    @rule(number=st.integers(0, 99), process=PROCESSES)
    def delete(self, number: int, process: int) -> None:
        """An image. Its layers rest from here on, as if they had been promised now."""
        (place, digest), layers = list(self.images.items())[number % len(self.images)]
        self.run(self.houses[process].delete.manifest(ADMIN, place, digest))
        del self.images[place, digest]
        for layer in layers:
            self.promised[place, layer] = self.clock.now

    @rule(place=PLACES)
    def delete_repository(self, place: RepositoryName) -> None:
        """With all that is in it."""
        with suppress(Refusal):
            self.run(self.houses[0].delete.repository(ADMIN, place))
        self.images = {key: layers for key, layers in self.images.items() if key[0] != place}
        self.promised = {key: at for key, at in self.promised.items() if key[0] != place}

    @rule(place=PLACES, layer=PARTS)
    def unlink(self, place: RepositoryName, layer: bytes) -> None:
        """A layer that no image here needs."""
        if not self.is_named(place, layer):
            with suppress(Refusal):
                self.run(self.houses[0].delete.blob(ADMIN, place, Digest.of(layer)))
            self.promised.pop((place, layer), None)

    @rule(layer=PARTS)
    def bury(self, layer: bytes) -> None:
        """Something that was deleted and may be restored needs this blob, if it is still there."""
        digest = str(Digest.of(layer))
        if layer not in self.buried and rows(self.folder, f"SELECT 1 FROM blobs WHERE digest = '{digest}'"):
            self._execute(BURIED)
            self._execute(f"INSERT INTO buried_links (manifest_id, digest) VALUES (999, '{digest}')")
            self.buried.add(layer)

    @rule()
    def forget_the_buried(self) -> None:
        """Their time is over."""
        self._execute("DELETE FROM buried_links")
        self._execute("DELETE FROM buried_manifests")
        self.buried.clear()

    @rule(seconds=st.sampled_from([1.0, GRACE, DAY / 2, DAY]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.now += seconds

    @rule(process=PROCESSES)
    def collect(self, process: int) -> None:
        """A round."""
        self.run(self.collector(process)())

    @rule(process=PROCESSES, removed=st.booleans(), later=st.sampled_from([0.0, DAY]))
    def collect_and_die(self, process: int, removed: bool, later: float) -> None:  # noqa: FBT001 - drawn
        """A round that dies at the first file, before or after it went."""
        remove = DiskBlobs.remove
        self.collect(process)
        self.wait(later)

        async def die(blobs: DiskBlobs, digest: Digest) -> None:
            if removed:
                await remove(blobs, digest)
            self.has_died = True
            raise Died

        async def nothing(*_given: object) -> None:
            """The dead say no more."""

        with (
            patch.object(DiskBlobs, "remove", die),
            patch.object(CollectGarbage, "_let_go", nothing),
            patch.object(CollectGarbage, "_end", nothing),
            suppress(Died),
        ):
            self.run(self.collector(process)())

    @rule(process=PROCESSES)
    def sweep(self, process: int) -> None:
        """The other broom."""
        self.run(self.houses[process].keeper.sweep())

    @invariant()
    def nothing_needed_is_missing(self) -> None:
        """Every layer of an image can be read there; the bytes of what is buried are there."""
        for (place, _), layers in self.images.items():
            for layer in layers:
                stored = self.run(self.houses[1].fetch(ADMIN, place, Digest.of(layer)))
                assert self.houses[1].blob_file(stored.digest).read_bytes() == layer
        for layer in self.buried:
            assert self.houses[0].blob_file(Digest.of(layer)).read_bytes() == layer

    def teardown(self) -> None:
        """When all time is over, exactly what is needed is there."""
        try:
            for _ in range(3):
                self.clock.now += DAY + PATIENCE
                self.collect(0)
                self.sweep(1)
            assert not leftovers(self.folder)
            assert set(blob_files(self.folder)) == {str(Digest.of(layer)) for layer in self.needed()}
            assert not rows(self.folder, "SELECT 1 FROM doubtful_links UNION SELECT 1 FROM doubtful_blobs")
            assert not rows(self.folder, "PRAGMA foreign_key_check")
            self.nothing_needed_is_missing()
        finally:
            self.loop.close()
            for house in self.houses:
                house.close()
            shutil.rmtree(self.folder.parent)

    def _execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.folder / FILE)) as connection:
            connection.execute(sql)
            connection.commit()


def test_only_garbage_goes_and_all_of_it(tmp_path: Path) -> None:
    """Pushes, mounts, questions, deletions, burials, rounds, kills and time, in any order."""
    Registry.template = tmp_path / "template"
    Registry.template.mkdir()
    furnish(Registry.template).close()
    with patch("moorage.service.push_blob._PAUSES", ()):
        run_state_machine_as_test(Registry, settings=examples(25, steps=40))
