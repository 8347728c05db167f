"""Tags that a rule lets end are deleted when their time is over. Their manifests stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.tag_rules import Expiring
from moorage.rules.access import Place
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import Listing
from moorage.rules.tag_rules import RuleBook
from moorage.rules.telling import told
from moorage.service import keeping
from moorage.service.keeping import Spared

_PROJECTS, _REPOSITORIES, _TAGS = 100, 100, 500
"""How many are looked at in one step; requests go in between."""
_BY_AGE = "pushed_at"
_DELETED = 100
"""Tags that go in one transaction."""
MOST = 5000
"""Tags that go in one round; the next one goes on."""


class Ended(NamedTuple):
    """Names of tags whose time is over, where to look on, and whom rules of retention spare.

    `following` is None where none that moved later has ended.
    """

    names: list[str]
    following: str | None
    spared: Spared


class Went(NamedTuple):
    """How many tags went in a step, and whom retention spares after it."""

    number: int
    spared: Spared


@dataclass(frozen=True, slots=True)
class EndTags:
    """Safe beside pushes and beside another round: whether a tag has ended is asked once more as it goes.

    What a rule of retention keeps does not end.
    """

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
            ended = await self.records.read_apart(partial(self._ended, repository_id=repository_id, listing=listing))
            for start in range(0, min(len(ended.names), most - gone), _DELETED):
                names = ended.names[start : min(start + _DELETED, most - gone)]
                went = await self.records.write(
                    partial(self._delete, repository_id=repository_id, names=names, spared=ended.spared), durable=False
                )
                if went is None:
                    return gone  # what retention keeps is something else by now: the next round finds it
                gone, ended = gone + went.number, ended._replace(spared=went.spared)
            if ended.following is None:
                break
            listing = Listing(_TAGS, ended.following, _BY_AGE)
        return gone

    def _ended(self, ledger: Ledger, repository_id: int, listing: Listing) -> Ended:
        """Some that ended and that no rule of retention keeps."""
        book, place, record = _rules(ledger, repository_id)
        now, names, following = self.clock(), list[str](), None
        soonest = book.soonest(place.within)
        if soonest is None or record is None or place.project_id is None:
            return Ended([], None, Spared())
        found = ledger.tags.listed(repository_id, listing)
        if len(found) > _TAGS:
            following = listing.cursor(found[_TAGS - 1])
        for tag in found[:_TAGS]:
            if tag.pushed_at + soonest > now:
                following = None
                break
            ends_at = book.ends_at(place.within, tag.name, tag.pushed_at)
            if ends_at is not None and ends_at <= now:
                names.append(tag.name)
        spared = keeping.spared(ledger, place.project_id, record, names, now)
        return Ended([name for name in names if name not in spared.tags], following, spared)

    def _delete(self, ledger: Ledger, repository_id: int, names: Sequence[str], spared: Spared) -> Went | None:
        """None if others may be spared by now."""
        now, gone = self.clock(), 0
        book, place, record = _rules(ledger, repository_id)
        if record is None or place.project_id is None:
            return Went(0, spared)
        if not keeping.is_still_so(ledger, place.project_id, record, spared):
            return None
        for tag in map(Tag, names):
            moves = ledger.tags.history(repository_id, tag, limit=1)
            ends_at = book.ends_at(place.within, tag.text, moves[0].at) if moves else None
            if ends_at is None or ends_at > now:
                continue  # it has moved, or the rules have changed
            digest = ledger.tags.delete(repository_id, tag, by="", now=now)
            if digest is not None:
                before = {"expires_at": ends_at}
                ledger.events.record(
                    told("tag.deleted", None, now, place=place, tag=tag.text, digest=str(digest), before=before)
                )
                gone += 1
        return Went(gone, keeping.as_it_stands(ledger, record, spared))


def _repositories(ledger: Ledger, project_id: int, listing: Listing) -> Sequence[RepositoryRecord]:
    return ledger.repositories.of_project(project_id, listing)


def _rules(ledger: Ledger, repository_id: int) -> tuple[RuleBook, Place, RepositoryRecord | None]:
    """The rules that hold for a repository, its place, and itself; none where it is gone."""
    record = ledger.repositories.find(repository_id)
    if record is None:
        return RuleBook(), Place("", ""), None
    place = ledger.repositories.place(RepositoryName(record.name))
    return ledger.tag_rules.of_project(place.project_id), place, record
