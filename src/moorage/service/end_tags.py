"""Tags that a rule lets end are deleted when their time is over. Their manifests stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.tag_rules import Expiring
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import Listing
from moorage.rules.tag_rules import RuleBook
from moorage.rules.telling import told

_PROJECTS, _REPOSITORIES, _TAGS = 100, 100, 500
"""How many are looked at in one step; requests go in between."""
_BY_AGE = "pushed_at"
_DELETED = 100
"""Tags that go in one transaction."""
MOST = 5000
"""Tags that go in one round; the next one goes on."""


@dataclass(frozen=True, slots=True)
class EndTags:
    """Safe beside pushes and beside another round: whether a tag has ended is asked once more as it goes."""

    records: Records
    clock: Clock

    async def __call__(self) -> int:
        """One round; how many tags went."""
        gone, after = 0, 0
        while projects := await self._projects(after):
            for expiring in projects:
                gone += await self._end_in(expiring, MOST - gone)
            after = projects[-1].project_id
        return gone

    async def _projects(self, after: int) -> Sequence[Expiring]:
        return await self.records.read_aside(lambda ledger: ledger.tag_rules.expiring(after=after, limit=_PROJECTS))

    async def _end_in(self, expiring: Expiring, most: int) -> int:
        gone, after = 0, ""
        while gone < most:
            listing = Listing(_REPOSITORIES, after)
            found = await self.records.read_aside(
                partial(_repositories, project_id=expiring.project_id, listing=listing)
            )
            for repository in found[:_REPOSITORIES]:
                gone += await self._end_of(repository.id, most - gone)
            if len(found) <= _REPOSITORIES:
                break
            after = found[_REPOSITORIES - 1].name
        return gone

    async def _end_of(self, repository_id: int, most: int) -> int:
        """Those of one repository, the ones that rested longest first."""
        gone, listing = 0, Listing(_TAGS, sort=_BY_AGE)
        while gone < most:
            ended, following = await self.records.read_aside(
                partial(self._ended, repository_id=repository_id, listing=listing)
            )
            for start in range(0, min(len(ended), most - gone), _DELETED):
                names = ended[start : min(start + _DELETED, most - gone)]
                gone += await self.records.write(
                    partial(self._delete, repository_id=repository_id, names=names), durable=False
                )
            if following is None:
                break
            listing = Listing(_TAGS, following, _BY_AGE)
        return gone

    def _ended(self, ledger: Ledger, repository_id: int, listing: Listing) -> tuple[list[str], str | None]:
        """Names of tags whose time is over, and where to look on; None: none that moved later has ended."""
        book, within, _ = _rules(ledger, repository_id)
        now, ended = self.clock(), list[str]()
        soonest = book.soonest(within)
        found = ledger.tags.listed(repository_id, listing) if soonest is not None else ()
        for tag in found[:_TAGS]:
            if soonest is None or tag.pushed_at + soonest > now:
                return ended, None
            ends_at = book.ends_at(within, tag.name, tag.pushed_at)
            if ends_at is not None and ends_at <= now:
                ended.append(tag.name)
        return ended, listing.cursor(found[_TAGS - 1]) if len(found) > _TAGS else None

    def _delete(self, ledger: Ledger, repository_id: int, names: Sequence[str]) -> int:
        now, gone = self.clock(), 0
        book, within, name = _rules(ledger, repository_id)
        for tag in map(Tag, names):
            moves = ledger.tags.history(repository_id, tag, limit=1)
            ends_at = book.ends_at(within, tag.text, moves[0].at) if moves else None
            if ends_at is None or ends_at > now:
                continue  # it has moved, or the rules have changed
            digest = ledger.tags.delete(repository_id, tag, by="", now=now)
            if digest is not None:
                place = ledger.repositories.place(RepositoryName(name))
                before = {"expires_at": ends_at}
                ledger.events.record(
                    told("tag.deleted", None, now, place=place, tag=tag.text, digest=str(digest), before=before)
                )
                gone += 1
        return gone


def _repositories(ledger: Ledger, project_id: int, listing: Listing) -> Sequence[RepositoryRecord]:
    return ledger.repositories.of_project(project_id, listing)


def _rules(ledger: Ledger, repository_id: int) -> tuple[RuleBook, str, str]:
    """The rules that hold for a repository, what they call it, and its name; none where it is gone."""
    record = ledger.repositories.find(repository_id)
    if record is None:
        return RuleBook(), "", ""
    place = ledger.repositories.place(RepositoryName(record.name))
    return ledger.tag_rules.of_project(place.project_id), place.within, record.name
