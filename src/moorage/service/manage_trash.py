"""People see what was deleted, restore it, or end it for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import HOME_PROJECT, RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import MOST_COUNTED, Listed, page_of
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.rules.trash import BuriedManifest, BuriedRepository, Holding, Window
from moorage.service import judging, unearthing
from moorage.service.pointing import point
from moorage.service.room import Room

_STEP = 1000
"""Rows looked at together where not all of them may be seen."""
_MOST_JUDGED = 1000
"""Repositories that are counted, as each has to be judged."""


class LeftOut(NamedTuple):
    """A tag that a restored image does not have again, and why."""

    name: str
    reason: str


class TagsAgain(NamedTuple):
    """Which of its tags name an image again that was restored, and which do not."""

    named: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class ManageTrash:
    """Each verb is one transaction. Deleted images are found in their repository, repositories in their project."""

    records: Records
    clock: Clock
    window: Window
    room: Room

    async def repositories(self, who: Identity, project: str, *, after: int, size: int) -> Listed[BuriedRepository]:
        """Those of which they may see that they were deleted, in the order in which they were made."""

        def story(ledger: Ledger) -> Listed[BuriedRepository]:
            here = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_PROJECT, here)
            since = self.window.since(self.clock())
            if access.sees_all(who) or (who.limits is None and access.holds_throughout(who, here, [Action.READ_TRASH])):
                found = ledger.trash.repositories(project_id, since=since, after=after, limit=size + 1)
                return _page(found, size, after, lambda most: ledger.trash.count_repositories(project_id, since, most))
            seen = _seen(ledger, who, here, since, after, size + 1)
            return _page(seen, size, after, lambda most: len(_seen(ledger, who, here, since, 0, most)), _MOST_JUDGED)

        return await self.records.read(story)

    async def repositories_with_images(
        self, who: Identity, project: str, *, after: str, size: int
    ) -> tuple[Sequence[Holding], bool]:
        """Repositories that are there, and hold deleted images, by name; and whether more follow."""

        def story(ledger: Ledger) -> tuple[Sequence[Holding], bool]:
            here = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_PROJECT, here)
            since, begin, seen = self.window.since(self.clock()), after, list[Holding]()
            while len(seen) <= size:
                found = ledger.trash.holding(project_id, since=since, after=begin, limit=size + 1)
                seen += [held for held in found if access.reasons(who, Action.READ_TRASH, _holder(here, held))]
                if len(found) <= size:
                    break
                begin = found[-1].name
            return seen[:size], len(seen) > size

        return await self.records.read(story)

    async def images(self, who: Identity, name: RepositoryName, *, after: int, size: int) -> Listed[BuriedManifest]:
        """The deleted manifests of a repository that is there, in the order in which they were pushed."""

        def story(ledger: Ledger) -> Listed[BuriedManifest]:
            repository_id = access.require_repository(who, Action.READ_TRASH, ledger.repositories.place(name, who))
            since = self.window.since(self.clock())
            found = ledger.trash.manifests(repository_id, since=since, after=after, limit=size + 1)
            return page_of(
                found,
                size,
                lambda buried: str(buried.id),
                lambda most: ledger.trash.count(repository_id, since=since, most=most),
                is_first=not after,
            )

        return await self.records.read(story)

    async def restore_image(
        self, who: Identity, name: RepositoryName, digest: Digest, *, only_allowed: bool = False
    ) -> TagsAgain:
        """Bring it back with its tags, but for those that name something else by now.

        Children of an index come with it. Raises MANIFEST_UNKNOWN, CONFLICT where content is gone, and DENIED where
        something is against one of its tags; `only_allowed`: that one is left out instead.
        """

        def story(ledger: Ledger) -> TagsAgain:
            place, buried = self._image(ledger, who, name, digest)
            assert place.repository_id is not None  # noqa: S101 - it was found
            now = self.clock()
            since = self.window.since(now)
            kept = self.room.kept(ledger, place)
            for back in unearthing.image(ledger, place.repository_id, buried, since=since, now=now):
                ledger.events.record(told("manifest.restored", who, now, place=place, digest=str(back)))
            self.room.require_kept(ledger, who, place, kept)
            return _tag_again(ledger, who, place, buried, now, only_allowed=only_allowed)

        return await self.records.write(story, by=who)

    async def erase_image(self, who: Identity, name: RepositoryName, digest: Digest) -> None:
        """End it for good. Raises MANIFEST_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            place, buried = self._image(ledger, who, name, digest)
            ledger.trash.forget_manifest(buried.id)
            before = {"tags": buried.tags, "deleted_at": buried.at, "deleted_by": buried.by}
            ledger.events.record(
                told("manifest.erased", who, self.clock(), place=place, digest=str(digest), before=before)
            )

        await self.records.write(story, by=who)

    async def restore_repository(
        self, who: Identity, project: str, number: int, name: str | None = None
    ) -> RepositoryRecord:
        """Bring it back with all that was in it, under its name, or under this one of the same project.

        Raises NAME_UNKNOWN, and CONFLICT where the name is taken or content is gone.
        """

        def story(ledger: Ledger) -> RepositoryRecord:
            was, buried = self._repository(ledger, who, project, number)
            target = RepositoryName.within(project, buried.name if name is None else name)
            there = ledger.repositories.place(target, who)
            for needed in (Action.MANAGE_TRASH, Action.PUSH):
                access.require_place(who, needed, there)
            _require_free(ledger, target, there)
            now = self.clock()
            kept = self.room.kept(ledger, there)
            tags = unearthing.repository(ledger, buried.id, target, by=who.name, now=now)
            before = {"name": was.name, "deleted_at": buried.at, "deleted_by": buried.by}
            after = {"name": target.text, "images": buried.images, "tags": len(tags)}
            place = ledger.repositories.place(target, who)
            self.room.require_kept(ledger, who, place, kept)
            judging.require_rename(ledger, who, was, place)
            ledger.events.record(told("repository.restored", who, now, place=place, before=before, after=after))
            record = ledger.repositories.find(buried.id)
            assert record is not None  # noqa: S101 - it was restored
            return record

        return await self.records.write(story, by=who)

    async def erase_repository(self, who: Identity, project: str, number: int) -> None:
        """End it for good, with all that was in it. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            place, buried = self._repository(ledger, who, project, number)
            ledger.trash.forget_repository(buried.id)
            before = {"images": buried.images, "deleted_at": buried.at, "deleted_by": buried.by}
            ledger.events.record(
                told("repository.erased", who, self.clock(), place=place, about=f"trash:{number}", before=before)
            )

        await self.records.write(story, by=who)

    def _image(
        self, ledger: Ledger, who: Identity, name: RepositoryName, digest: Digest
    ) -> tuple[Place, BuriedManifest]:
        place = ledger.repositories.place(name, who)
        repository_id = access.require_repository(who, Action.MANAGE_TRASH, place)
        buried = ledger.trash.manifest(repository_id, digest, since=self.window.since(self.clock()))
        if buried is None:
            raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} has no deleted {digest} that could be restored")
        return place, buried

    def _repository(self, ledger: Ledger, who: Identity, project: str, number: int) -> tuple[Place, BuriedRepository]:
        here = ledger.projects.place(project, who)
        project_id = access.require_project(who, Action.READ_PROJECT, here)
        buried = ledger.trash.repository(number, since=self.window.since(self.clock()))
        if buried is not None and buried.project_id == project_id:
            place = _place(here, buried)
            if access.reasons(who, Action.PULL, place):
                access.require_repository(who, Action.MANAGE_TRASH, place)
                return place, buried
        raise Refusal(Code.NAME_UNKNOWN, f"project {project} has no deleted repository {number} that could be restored")


def _page(
    found: Sequence[BuriedRepository], size: int, after: int, count: Callable[[int], int], most: int = MOST_COUNTED
) -> Listed[BuriedRepository]:
    return page_of(found, size, lambda buried: str(buried.id), count, most, is_first=not after)


def _seen(
    ledger: Ledger, who: Identity, here: Place, since: float, after: int, most: int
) -> Sequence[BuriedRepository]:
    """Up to `most` of those that they may see, where that has to be asked of each."""
    assert here.project_id is not None  # noqa: S101 - it was found
    seen = list[BuriedRepository]()
    while len(seen) < most:
        found = ledger.trash.repositories(here.project_id, since=since, after=after, limit=_STEP)
        seen += [buried for buried in found if access.reasons(who, Action.READ_TRASH, _place(here, buried))]
        if len(found) < _STEP:
            break
        after = found[-1].id
    return seen[:most]


def _place(project: Place, buried: BuriedRepository) -> Place:
    """As access saw it, under the name that the project has now."""
    name = buried.name if project.project == HOME_PROJECT else f"{project.project}/{buried.name}"
    public = project.public if buried.public is None else buried.public
    return project._replace(name=name, public=public, repository_id=buried.id)


def _holder(project: Place, held: Holding) -> Place:
    public = project.public if held.public is None else held.public
    return project._replace(name=held.name, public=public, repository_id=held.repository_id)


def _require_free(ledger: Ledger, name: RepositoryName, there: Place) -> None:
    if there.exists:
        raise Refusal(Code.CONFLICT, f"there is a repository {name} already: restore it under another name")
    if ledger.redirects.find(name.text, is_project=False) is not None:
        raise Refusal(
            Code.CONFLICT,
            f"{name} leads to what had this name before: remove that redirect, or restore it under another name",
        )


def _tag_again(
    ledger: Ledger, who: Identity, place: Place, buried: BuriedManifest, now: float, *, only_allowed: bool
) -> TagsAgain:
    """The tags that it had, as far as they name nothing now and these people may move them."""
    assert place.repository_id is not None  # noqa: S101 - it was found
    _, manifest = ledger.manifests.find(RepositoryName(place.name), buried.digest, who)
    assert manifest is not None  # noqa: S101 - it was restored
    named, left = list[str](), list[LeftOut]()
    for name in buried.tags:
        if ledger.tags.find(place.repository_id, Tag(name)) is not None:
            left.append(LeftOut(name, "it names something else by now"))
            continue
        try:
            access.require(who, Action.PUSH, place, name)
            point(ledger, who, place, Tag(name), (manifest.id, manifest.digest), kind="tag.restored", now=now)
        except Refusal as refusal:
            if not only_allowed or refusal.code is not Code.DENIED:
                raise
            left.append(LeftOut(name, refusal.sentence))
            continue
        named.append(name)
    return TagsAgain(tuple(named), tuple(left))
