"""What is pulled again and again, kept in memory for as long as it has not changed.

Every repository counts the changes to what can be pulled from it (`turn`, kept by triggers in the transaction of the
change). While nobody has committed anything, what is kept stands; after a commit, of whatever process, one short query
tells where the repository stands: its project, rights epoch and visibility are taken from there, and what was kept goes
if the turn is another. So nothing stale is ever served, and what cannot be told is read from the tables as ever.
"""

from collections import OrderedDict
from typing import TypeVar

from moorage.adapters.sql.blobs import SqlBlobs
from moorage.adapters.sql.manifests import SqlManifests
from moorage.adapters.sql.members import held_by
from moorage.adapters.sql.session import Session
from moorage.adapters.sql.walindex import WalIndex
from moorage.oci.digest import Digest
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.rules.access import ANONYMOUS, Identity, Place, vouches
from moorage.rules.facts import BlobRecord, StoredManifest

ROOM = 64 * 1024 * 1024
"""Bytes that a process keeps, estimated."""
_ENTRY, _TAG = 512, 128
"""Bytes that a manifest or blob costs beside a manifest's content, and a tag beside its name."""
_REPOSITORY = 1024
_STANDS = (
    "SELECT p.id, coalesce(r.public, p.public), r.id, p.epoch, r.turn"
    " FROM repositories r JOIN projects p ON p.id = r.project_id WHERE r.name = :name"
)
_TAGS = (
    "SELECT t.name, m.digest FROM tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.repository_id = :id LIMIT :limit"
)
MANY_TAGS = 1000
"""Of a repository with at most so many tags all are learned at once when several were asked for."""
_SEVERAL = 3
_Fact = TypeVar("_Fact", str, StoredManifest, BlobRecord)


class Kept:
    """A repository as it was when the WAL-index bore `stamp`, and what was pulled from it since its last change.

    `tags` are digests by tag, `manifests` and `blobs` are by digest.
    """

    __slots__ = ("blobs", "manifests", "place", "stamp", "tags", "turn", "weight")

    def __init__(self, place: Place, turn: int) -> None:
        self.place = place
        self.turn = turn
        self.stamp: bytes | None = None
        self.tags: dict[str, str] = {}
        self.manifests: dict[str, StoredManifest] = {}
        self.blobs: dict[str, BlobRecord] = {}
        self.weight = 0

    def placed(self, session: Session, who: Identity) -> Place:
        """As this identity's rights see it."""
        place = self.place
        if vouches(who, place) or place.project_id is None:
            return place
        return place._replace(roles=held_by(session, who, place.project_id))


class Hot:
    """The repositories, by name. What nobody asked for the longest leaves when there is no `room`."""

    def __init__(self, session: Session, index: WalIndex, room: int) -> None:
        self._session = session
        self._index = index
        self._room = room
        self._weight = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def find(self, name: str) -> Kept | None:
        """The repository as it stands now; None if there is none, or if that cannot be told."""
        stamp = self._index.stamp()
        kept = self._kept.get(name)
        if kept is not None and kept.stamp == stamp:
            self._kept.move_to_end(name)
            return kept
        if stamp is None or not self._room:
            return None
        row = self._session.one(_STANDS, name=name)
        if row is None:
            self._forget(name)
            return None
        project_id, public, repository_id, epoch, turn = row
        place = Place(name, RepositoryName(name).project, project_id, bool(public), repository_id, epoch)
        if kept is None or (kept.turn, kept.place.repository_id) != (turn, repository_id):
            self._forget(name)
            kept = self._kept[name] = Kept(place, turn)
            self._weigh(kept, _REPOSITORY)
        # The stamp is older than the row: were there a commit between, the next one to come would look again.
        kept.place, kept.stamp = place, stamp
        return kept

    def keep(self, kept: Kept, among: dict[str, _Fact], name: str, fact: _Fact, weight: int) -> None:
        """Remember a fact that was read from the tables, unless somebody has committed meanwhile."""
        if kept.stamp != self._index.stamp() or self._kept.get(kept.place.name) is not kept:
            return
        if kept.weight > self._room // 4:  # one that is as large as this must not push out all others
            self._forget(kept.place.name)
            return
        if name not in among:
            self._weigh(kept, weight)
        among[name] = fact

    def has_room(self, weight: int) -> bool:
        """Is there room for so many bytes that nobody has asked for yet?"""
        return self._weight + weight < self._room // 2

    def _weigh(self, kept: Kept, more: int) -> None:
        kept.weight += more
        self._weight += more
        while self._weight > self._room and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, name: str) -> None:
        if (kept := self._kept.pop(name, None)) is not None:
            self._weight -= kept.weight


class HotManifests(SqlManifests):
    """See `ports.content.Manifests`; for the reader on the event loop."""

    def __init__(self, session: Session, hot: Hot) -> None:
        super().__init__(session)
        self._hot = hot

    def find(
        self, name: RepositoryName, reference: Reference, who: Identity = ANONYMOUS
    ) -> tuple[Place, StoredManifest | None]:
        """From memory, or else in one join."""
        kept = self._hot.find(name.text)
        if kept is not None:
            digest = kept.tags.get(reference.text) if isinstance(reference, Tag) else reference.text
            if digest is not None and (known := kept.manifests.get(digest)) is not None:
                return kept.placed(self._session, who), known
        place, manifest = super().find(name, reference, who)
        if kept is not None and manifest is not None:
            self._keep(kept, reference, manifest)
        return place, manifest

    def _keep(self, kept: Kept, reference: Reference, manifest: StoredManifest) -> None:
        digest = manifest.digest.text
        if digest not in kept.manifests:
            self._hot.keep(kept, kept.manifests, digest, manifest, _ENTRY + len(manifest.content))
        if isinstance(reference, Tag):
            self._hot.keep(kept, kept.tags, reference.text, digest, _TAG + len(reference.text))
            if len(kept.tags) == _SEVERAL and self._hot.has_room(MANY_TAGS * 2 * _TAG):
                self._learn_tags(kept)

    def _learn_tags(self, kept: Kept) -> None:
        rows = self._session.all(_TAGS, id=kept.place.repository_id, limit=MANY_TAGS + 1)
        if len(rows) > MANY_TAGS:
            return
        one_of_each: dict[str, str] = {}
        for tag, digest in rows:
            self._hot.keep(kept, kept.tags, tag, one_of_each.setdefault(digest, digest), _TAG + len(tag))


class HotBlobs(SqlBlobs):
    """See `ports.content.Blobs`; for the reader on the event loop."""

    def __init__(self, session: Session, hot: Hot) -> None:
        super().__init__(session)
        self._hot = hot

    def find(self, name: RepositoryName, digest: Digest, who: Identity = ANONYMOUS) -> tuple[Place, BlobRecord | None]:
        """From memory, or else in one join."""
        kept = self._hot.find(name.text)
        if kept is not None and (record := kept.blobs.get(digest.text)) is not None:
            return kept.placed(self._session, who), record
        place, record = super().find(name, digest, who)
        if kept is not None and record is not None:
            self._hot.keep(kept, kept.blobs, digest.text, record, _ENTRY)
        return place, record
