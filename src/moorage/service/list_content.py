"""Somebody asks what there is: repositories, tags, referrers."""

from dataclasses import dataclass

from moorage.oci.digest import Digest
from moorage.oci.page import Page, PageRequest
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger, Records
from moorage.rules import access, pagination
from moorage.rules.access import Identity
from moorage.rules.facts import Referrer
from moorage.rules.roles import Action

_STEP = 1000
"""Rows looked at together: those who see few of many would else make a query for each."""


@dataclass(frozen=True, slots=True)
class ListContent:
    """Pages in byte order of names, which go on rightly after a name that is gone."""

    records: Records

    async def repositories(self, who: Identity, page: PageRequest) -> Page[str]:
        """Those that they may pull from."""
        access.require_listing(who)

        def story(ledger: Ledger) -> Page[str]:
            found: list[str] = []
            after, room = page.after, page.size + 1
            step = room
            while len(found) < room:
                places = ledger.repositories.page(who, after=after, limit=step)
                found += [place.name for place in places if access.reasons(who, Action.PULL, place)]
                if len(places) < step:
                    break
                after, step = places[-1].name, max(room, _STEP)
            return pagination.cut(found, page.size)

        return await self.records.read(story)

    async def tags(self, who: Identity, name: RepositoryName, page: PageRequest) -> Page[str]:
        """The tags of a repository."""

        def story(ledger: Ledger) -> Page[str]:
            repository_id = access.require_open(who, Action.PULL, ledger.repositories.place(name, who))
            return pagination.cut(ledger.tags.page(repository_id, after=page.after, limit=page.size + 1), page.size)

        return await self.records.read(story)

    async def referrers(
        self,
        who: Identity,
        name: RepositoryName,
        subject: Digest,
        *,
        artifact_type: str | None,
        after: int,
        size: int,
        room: int,
    ) -> Page[Referrer]:
        """The manifests whose subject this is; none of an unknown subject, as the standard asks."""

        def story(ledger: Ledger) -> Page[Referrer]:
            place = ledger.repositories.place(name, who)
            access.require(who, Action.PULL, place)
            there = access.answering(Action.PULL, place)
            if there.repository_id is None:
                return Page((), more=False)
            return ledger.manifests.referrers(
                there.repository_id, subject, artifact_type=artifact_type, after=after, limit=size, room=room
            )

        return await self.records.read(story)
