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
from moorage.oci.reference import Reference, RepositoryName
from moorage.rules.access import ANONYMOUS, Identity, Place, vouches
from moorage.rules.facts import BlobRecord, StoredManifest

ROOM = 32 * 1024 * 1024
"""Bytes that a process keeps, estimated."""
ENTRY = 256
"""Bytes that a name with what it means costs beside a manifest's content."""
_REPOSITORY = 1024
_STANDS = (
    "SELECT p.id, coalesce(r.public, p.public), r.id, p.epoch, r.turn"
    " FROM repositories r JOIN projects p ON p.id = r.project_id WHERE r.name = :name"
)
_Fact = TypeVar("_Fact", StoredManifest, BlobRecord)


class Kept:
    """A repository as it was when the WAL-index bore `stamp`, and what was pulled from it since its last change."""

    __slots__ = ("blobs", "manifests", "place", "stamp", "turn", "weight")

    def __init__(self, place: Place, turn: int) -> None:
        self.place = place
        self.turn = turn
        self.stamp: bytes | None = None
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

    def __init__(self, session: Session, index: WalIndex, room: int = ROOM) -> None:
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
        if stamp is None:
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
        among[name] = fact
        self._weigh(kept, ENTRY + weight)

    def _weigh(self, kept: Kept, more: int) -> None:
        kept.weight += more
        self._weight += more
        while self._weight > self._room and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, name: str) -> None:
        if (kept := self._kept.pop(name, None)) is not None:
            self._weight -= kept.weight


class HotManifests(SqlManifests):
    """See `ports.records.Manifests`; for the reader on the event loop."""

    def __init__(self, session: Session, hot: Hot) -> None:
        super().__init__(session)
        self._hot = hot

    def find(
        self, name: RepositoryName, reference: Reference, who: Identity = ANONYMOUS
    ) -> tuple[Place, StoredManifest | None]:
        """From memory, or else in one join."""
        kept = self._hot.find(name.text)
        if kept is not None and (manifest := kept.manifests.get(reference.text)) is not None:
            return kept.placed(self._session, who), manifest
        place, manifest = super().find(name, reference, who)
        if kept is not None and manifest is not None:
            known = kept.manifests.get(manifest.digest.text)
            if known is None:
                self._hot.keep(kept, kept.manifests, manifest.digest.text, manifest, len(manifest.content))
            if reference.text != manifest.digest.text:
                self._hot.keep(kept, kept.manifests, reference.text, known or manifest, 0)
        return place, manifest


class HotBlobs(SqlBlobs):
    """See `ports.records.Blobs`; for the reader on the event loop."""

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
            self._hot.keep(kept, kept.blobs, digest.text, record, 0)
        return place, record
