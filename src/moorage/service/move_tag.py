"""Somebody lets a tag name what is here already: what another tag names, or what it named itself before."""

from dataclasses import dataclass

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import TagRecord
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.rules.trash import Window
from moorage.service import judging, unearthing
from moorage.service.pointing import point
from moorage.service.room import Room


@dataclass(frozen=True, slots=True)
class MoveTag:
    """It takes what a push of the tag takes. No bytes move."""

    records: Records
    clock: Clock
    window: Window
    room: Room

    async def promote(
        self,
        who: Identity,
        name: RepositoryName,
        tag: Tag,
        source: Reference,
        still: Condition[TagRecord | None] = always,
    ) -> TagRecord:
        """Let the tag name what a tag or digest of the repository names. Raises MANIFEST_UNKNOWN."""

        def story(ledger: Ledger) -> TagRecord:
            place, repository_id = _opened(ledger, who, name, tag)
            there = ledger.tags.find(repository_id, tag)
            still(None if there is None else judging.as_ruled(ledger, place, there))
            _, manifest = ledger.manifests.find(name, source, who)
            if manifest is None:
                raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} has no {source}, so {tag} cannot name it")
            named = (manifest.id, manifest.digest)
            point(ledger, who, place, tag, named, kind="tag.promoted", now=self.clock())
            return _there(ledger, place, tag)

        return await self.records.write(story, by=who)

    async def restore(self, who: Identity, name: RepositoryName, tag: Tag, digest: Digest | None) -> TagRecord:
        """Let it name again what it named before its last move, or this digest, which it named once.

        A manifest that was deleted comes back with it. Raises MANIFEST_UNKNOWN where the tag never was, and CONFLICT
        where there is nothing to go back to.
        """

        def story(ledger: Ledger) -> TagRecord:
            place, repository_id = _opened(ledger, who, name, tag)
            wanted = _before(ledger, repository_id, name, tag) if digest is None else digest
            if digest is not None and not ledger.tags.ever_named(repository_id, tag, digest):
                raise Refusal(Code.CONFLICT, f"{tag} never named {digest}: to let it name that now, promote the digest")
            now = self.clock()
            named = self._image(ledger, who, place, wanted, now)
            point(ledger, who, place, tag, (named, wanted), kind="tag.restored", now=now)
            return _there(ledger, place, tag)

        return await self.records.write(story, by=who)

    def _image(self, ledger: Ledger, who: Identity, place: Place, digest: Digest, now: float) -> int:
        """The id of the manifest, which is restored if it was deleted."""
        assert place.repository_id is not None  # noqa: S101 - it is opened
        name = RepositoryName(place.name)
        _, manifest = ledger.manifests.find(name, digest, who)
        if manifest is not None:
            return manifest.id
        since = self.window.since(now)
        buried = ledger.trash.manifest(place.repository_id, digest, since=since)
        if buried is None:
            raise Refusal(Code.CONFLICT, f"{name} has {digest} no more, and it cannot be restored: push it again")
        access.require_repository(who, Action.MANAGE_TRASH, place)
        before = self.room.kept(ledger, place)
        for back in unearthing.image(ledger, place.repository_id, buried, since=since, now=now):
            ledger.events.record(told("manifest.restored", who, now, place=place, digest=str(back)))
        self.room.require_kept(ledger, who, place, before)
        _, manifest = ledger.manifests.find(name, digest, who)
        assert manifest is not None  # noqa: S101 - it was restored
        return manifest.id


def _opened(ledger: Ledger, who: Identity, name: RepositoryName, tag: Tag) -> tuple[Place, int]:
    """The repository, once it is clear that they may move this tag there."""
    place = ledger.repositories.place(name, who)
    repository_id = access.require_repository(who, Action.PUSH, place)
    access.require(who, Action.PUSH, place, tag.text)
    return place, repository_id


def _before(ledger: Ledger, repository_id: int, name: RepositoryName, tag: Tag) -> Digest:
    moves = ledger.tags.history(repository_id, tag, limit=1)
    if not moves:
        raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} has no tag {tag}, and never had one")
    if moves[0].before is None:
        raise Refusal(Code.CONFLICT, f"{tag} named nothing before: delete it if it is not to be")
    return Digest.parse(moves[0].before)


def _there(ledger: Ledger, place: Place, tag: Tag) -> TagRecord:
    assert place.repository_id is not None  # noqa: S101 - it is opened
    found = ledger.tags.find(place.repository_id, tag)
    assert found is not None  # noqa: S101 - it has just been pointed
    return judging.as_ruled(ledger, place, found)
