"""Somebody copies an image from one repository into another: rows alone, no bytes move."""

from dataclasses import dataclass

from moorage.oci import manifest as manifests
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.manifest import Manifest, Role
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, admission, copying
from moorage.rules.access import Identity, Place
from moorage.rules.facts import BlobRecord, StoredManifest
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service.pointing import PUSHED, point
from moorage.service.room import Room

_STEP = 100


@dataclass(frozen=True, slots=True)
class Source:
    """What is copied: from where, named how, and does what refers to it (signatures, SBOMs) come along?"""

    name: RepositoryName
    reference: Reference
    referrers: bool


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of it: the digest, the tags that name it now, how many manifests there were and how many were new."""

    digest: Digest
    tags: tuple[Tag, ...]
    manifests: int
    new: int


@dataclass(frozen=True, slots=True)
class CopyImage:
    """It takes pull there and push here. An index brings its images along, as far as they are there."""

    records: Records
    clock: Clock
    sparse: bool
    room: Room

    async def __call__(self, who: Identity, name: RepositoryName, source: Source, tags: tuple[Tag, ...]) -> Copied:
        """Into the repository of this name, which is made if need be, in a project that is there.

        All or nothing. Raises DENIED, NAME_UNKNOWN, MANIFEST_UNKNOWN, MANIFEST_BLOB_UNKNOWN, TOO_LARGE.
        """

        def story(ledger: Ledger) -> Copied:
            access.require_project(who, Action.READ_PROJECT, ledger.projects.place(name.project, who))
            held = ledger.repositories.place(name, who)
            access.require(who, Action.PUSH, held)
            for tag in tags:
                access.require(who, Action.PUSH, held, tag.text)
            source_place = ledger.repositories.place(source.name, who)
            source_id = access.require_repository(who, Action.PULL, source_place)
            found = _gathered(ledger, who, source_id, source)
            now = self.clock()
            before = self.room.kept(ledger, held)
            place = ledger.repositories.ensure(name, by=who, now=now)
            new = [
                stored.digest for stored in reversed(found) if self._take(ledger, who, place, stored, source_id, now)
            ]
            self.room.require_kept(ledger, who, place, before)
            self.room.warn(ledger, who, place)
            digest = found[0].digest
            copied = Copied(digest, tags, len(found), len(new))
            self._tell(ledger, who, (source_place, place), source, copied, new)
            _, root = ledger.manifests.find(name, digest, who)
            assert root is not None  # noqa: S101 - it was taken
            for tag in tags:
                point(ledger, who, place, tag, (root.id, digest), kind="tag.promoted", now=now)
            return copied

        return await self.records.write(story, by=who)

    def _take(
        self, ledger: Ledger, who: Identity, place: Place, stored: StoredManifest, source_id: int, now: float
    ) -> bool:
        """Keep the manifest with links to the blobs that its source may read; False if it was here already."""
        assert place.repository_id is not None  # noqa: S101 - what ensure promises
        _, there = ledger.manifests.find(RepositoryName(place.name), stored.digest, who)
        if there is not None:
            return False
        manifest = manifests.parse(stored.content, stored.media_type)
        for blob in _readable(ledger, source_id, manifest):
            ledger.blobs.link(place.repository_id, blob.id, now=now)
        missing = ledger.blobs.missing(place.repository_id, admission.needed_blobs(manifest))
        admission.require_blobs(missing, sparse=self.sparse)
        ledger.manifests.put(place.repository_id, stored.digest, manifest, by=who.name, now=now)
        return True

    def _tell(
        self, ledger: Ledger, who: Identity, way: tuple[Place, Place], source: Source, copied: Copied, new: list[Digest]
    ) -> None:
        """In both projects, and in neither a name that its members may not know; the request is the same in both."""
        now, (there, place), digest = self.clock(), way, str(copied.digest)
        after: dict[str, object] = {"tags": [tag.text for tag in copied.tags], "manifests": copied.manifests}
        is_within = there.project_id == place.project_id
        if is_within or there.public:
            after |= {"from": there.name, "reference": str(source.reference)}
        ledger.events.record(told("image.copied", who, now, place=place, digest=digest, after=after))
        if not is_within:
            out = {"reference": str(source.reference), "manifests": copied.manifests}
            ledger.events.record(told("image.copied_out", who, now, place=there, digest=digest, after=out))
        for taken in new:
            if taken != copied.digest or not copied.tags:  # else its tags are told as pushed
                ledger.events.record(told(PUSHED, who, now, place=place, digest=str(taken)))


def _gathered(ledger: Ledger, who: Identity, repository_id: int, source: Source) -> list[StoredManifest]:
    """What the source names, first, and what goes with it."""
    _, first = ledger.manifests.find(source.name, source.reference, who)
    if first is None:
        raise Refusal(Code.MANIFEST_UNKNOWN, f"{source.name} has no {source.reference}")
    found = {first.digest: first}
    waiting, size, seen = [first], first.size, {first.digest}
    while waiting:
        for digest in _beside(ledger, repository_id, waiting.pop(0), referrers=source.referrers):
            if digest in seen:
                continue
            seen.add(digest)
            copying.require_few_looks(len(seen))
            _, beside = ledger.manifests.find(source.name, digest, who)
            if beside is not None:
                found[digest] = beside
                waiting.append(beside)
                size += beside.size
                copying.require_bounded(len(found), size)
    return list(found.values())


def _beside(ledger: Ledger, repository_id: int, stored: StoredManifest, *, referrers: bool) -> list[Digest]:
    """The manifests that this one lists, and those that refer to it."""
    manifest = manifests.parse(stored.content, stored.media_type)
    beside = [link.digest for link in manifest.links if link.role is Role.CHILD]
    if referrers:
        beside += _referrers(ledger, repository_id, stored.digest)
    return beside


def _referrers(ledger: Ledger, repository_id: int, subject: Digest) -> list[Digest]:
    """All of them, or more than a copy may take."""
    found = list[Digest]()
    after, more = 0, True
    while more and len(found) <= copying.MOST_MANIFESTS:
        page = ledger.manifests.referrers(
            repository_id, subject, artifact_type=None, after=after, limit=_STEP, room=copying.MOST_BYTES
        )
        found += [referrer.digest for referrer in page.items]
        after, more = page.items[-1].id if page.items else after, page.more
    return found


def _readable(ledger: Ledger, source_id: int, manifest: Manifest) -> list[BlobRecord]:
    """The blobs that it names and that its repository may read: a digest alone gives nobody a link."""
    named = list(dict.fromkeys(link.digest for link in manifest.links if link.role is not Role.CHILD))
    missing = frozenset(ledger.blobs.missing(source_id, named))
    found = (ledger.blobs.known(digest) for digest in named if digest not in missing)
    return [blob for blob in found if blob is not None]
