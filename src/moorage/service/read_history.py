"""Somebody looks back: what a tag named when, and which tags there were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.facts import TagMove, TagRecord, Whereabouts
from moorage.rules.listing import MOST_COUNTED, NAME, Listed, Listing, page_of
from moorage.rules.roles import Action
from moorage.service import judging


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Who may pull may look back. Who moved a tag, and what lies in the trash, only those learn who may know that.

    Times are seconds since the epoch.
    """

    records: Records

    async def moves(
        self, who: Identity, name: RepositoryName, tag: Tag, *, before: int | None, size: int
    ) -> Listed[TagMove]:
        """Every move of a tag, also of one that is deleted; the newest first. Raises MANIFEST_UNKNOWN."""

        def story(ledger: Ledger) -> Listed[TagMove]:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            found = ledger.tags.history(repository_id, tag, before=before, limit=size + 1)
            if not found and before is None:
                raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} has no tag {tag}, and never had one")
            return page_of(
                _as_seen(found, who, place),
                size,
                lambda move: str(move.id),
                lambda most: ledger.tags.count_moves(repository_id, tag, most=most),
                is_first=before is None,
            )

        return await self.records.read(story)

    async def tag(self, who: Identity, name: RepositoryName, tag: Tag, at: float | None) -> TagRecord:
        """The tag as it is, or as it was then. Raises MANIFEST_UNKNOWN."""

        def story(ledger: Ledger) -> TagRecord:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            if at is None:
                found = ledger.tags.find(repository_id, tag)
            else:
                found = ledger.tags.found_then(repository_id, tag, at)
            if found is None:
                raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} {'has' if at is None else 'had'} no tag {tag}")
            return judging.as_ruled(ledger, place, found) if at is None else found

        return await self.records.read(story)

    async def tags(self, who: Identity, name: RepositoryName, at: float, listing: Listing) -> Listed[TagRecord]:
        """The tags as they were then, by name. Raises QUERY_INVALID for another order.

        A page may be short, and yet not the last.
        """
        if listing.sort != NAME or listing.descending:
            raise Refusal(Code.QUERY_INVALID, "tags of another time come in order of their names: leave sort out")

        def story(ledger: Ledger) -> Listed[TagRecord]:
            repository_id = access.require_repository(who, Action.PULL, ledger.repositories.place(name, who))
            found, rest = ledger.tags.listed_then(repository_id, at, listing)
            total = ledger.tags.count_then(repository_id, at, listing, most=MOST_COUNTED)
            return Listed(tuple(found[: listing.size]), rest, total)

        return await self.records.read_aside(story)


def _as_seen(moves: Sequence[TagMove], who: Identity, place: Place) -> list[TagMove]:
    """Without the names of those who moved it, and without what lies in the trash, where these are not for them."""
    names = any(access.reasons(who, action, place) for action in (Action.PUSH, Action.READ_MEMBERS))
    trash = bool(access.reasons(who, Action.READ_TRASH, place))
    hidden = frozenset() if trash else frozenset({Whereabouts.TRASH})
    return [
        replace(move, by=move.by if names else None, image=Whereabouts.GONE if move.image in hidden else move.image)
        for move in moves
    ]
