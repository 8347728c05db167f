"""News for whoever looks around: each event judged anew for them, whenever it is shown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules import access, news
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Event
from moorage.rules.roles import Action

_MOST_APART = 50
"""Projects that are looked at one by one; who reaches more gets all news, and those that they may hear of."""
_MOST_HELD = 100
_PATIENCE = 0.15
"""Seconds that a page takes about; where it found too little by then it is short, and the next goes on there."""
_STEP = 100
_LATEST = 500


class Told(NamedTuple):
    """Something that happened, for one reader.

    `project` and `repository` are the names that they have now, and empty where there is none, or none to be seen;
    `actor` is empty where the reader may not know it.
    """

    number: int
    event: Event
    project: str
    repository: str
    actor: str


class Page(NamedTuple):
    """News, the newest first; `following` is where the next page begins, None at the end."""

    items: tuple[Told, ...]
    following: int | None


class Latest(NamedTuple):
    """What has happened after a number, and the number of the newest event; `is_whole`: nothing was left out."""

    events: tuple[tuple[int, Event], ...]
    newest: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class ReadNews:
    """Nobody hears of what they could not find out by themselves."""

    records: Records

    async def page(
        self, who: Identity, *, group: str = "", project: str = "", before: int | None = None, size: int
    ) -> Page:
        """What happened, of a group of kinds and in a project, if they are given.

        Raises NAME_UNKNOWN, and QUERY_INVALID for a group that there is not.
        """
        if group and group not in news.GROUPS:
            raise Refusal(Code.QUERY_INVALID, "choose what the news shall be about")
        kinds = news.GROUPS[group] if group else news.KINDS
        among, hears_all = await self.records.read(lambda ledger: _among(ledger, who, project))
        if not hears_all:
            kinds = tuple(kind for kind in kinds if kind in news.PUSHED)
        found: list[Told] = []
        deadline = time.monotonic() + _PATIENCE
        rest = before
        while True:
            told, rest = await self.records.read_aside(partial(_look, who=who, among=among, kinds=kinds, before=rest))
            found += told
            if len(found) > size:
                return Page(tuple(found[:size]), found[size - 1].number)
            if rest is None or time.monotonic() > deadline:
                return Page(tuple(found), rest)

    async def newest(self) -> int:
        """The number of the newest event."""
        return await self.records.read(lambda ledger: ledger.events.newest())

    async def latest(self, after: int) -> Latest:
        """What is news of that which happened after this number; only the newest where that is too much."""

        def story(ledger: Ledger) -> Latest:
            newest = ledger.events.newest()
            start = max(after, newest - _LATEST)
            events = ledger.news.since(start, limit=_LATEST) if newest > start else ()
            told = tuple((number, event) for number, event in events if news.is_news(event))
            return Latest(told, newest, start == after)

        return await self.records.read(story)

    async def heard(self, who: Identity, events: Sequence[tuple[int, Event]]) -> list[Told]:
        """Those of these events that they may hear of, by the rights that they have now."""
        return await self.records.read(lambda ledger: _Hearing(ledger, who).told(events))


def _among(ledger: Ledger, who: Identity, project: str) -> tuple[list[int] | None, bool]:
    """Ids of the projects that are looked at one by one, None for a look at everything.

    And whether they may hear of more than pushes in any of them.
    """
    access.require_api(who)
    if project:
        place = ledger.projects.place(project, who)
        return [access.require_project(who, Action.READ_PROJECT, place)], news.hears_all(who, place)
    if access.sees_all(who):
        return None, True
    reached = ledger.news.in_reach(who, most=_MOST_APART + 1)
    held = (ledger.projects.located(one.project_id, who) for one in ledger.news.held(who, limit=_MOST_HELD))
    hears_all = any(place is not None and news.hears_all(who, place) for place in held)
    return list(reached) if len(reached) <= _MOST_APART else None, hears_all


def _look(
    ledger: Ledger, who: Identity, among: list[int] | None, kinds: tuple[str, ...], before: int | None
) -> tuple[list[Told], int | None]:
    if among == [] or not kinds:
        return [], None
    found = ledger.news.page(among, kinds, before=before, limit=_STEP)
    return _Hearing(ledger, who).told(found.events), found.rest


class _Hearing:
    """One reader's look at events; what is known of a place is looked up once."""

    def __init__(self, ledger: Ledger, who: Identity) -> None:
        self._ledger = ledger
        self._who = who
        self._projects: dict[int, Place | None] = {}
        self._repositories: dict[str, Place] = {}

    def told(self, events: Sequence[tuple[int, Event]]) -> list[Told]:
        """Those that they may hear of."""
        found = (self._told(number, event) for number, event in events)
        return [told for told in found if told is not None]

    def _told(self, number: int, event: Event) -> Told | None:
        project = self._project(event.project_id)
        hears_all = news.hears_all(self._who, project)
        if not hears_all and event.kind not in news.PUSHED:
            return None
        repository = self._repository(event, project)
        if not hears_all:
            made_at = self._ledger.news.made_at(repository.repository_id) if repository is not None else None
            if not news.hears(self._who, event, project, repository, made_at) or not self._is_its_own(
                event, repository
            ):
                return None
        is_open = repository is not None and repository.exists and repository.project_id == event.project_id
        if repository is None or not is_open or not access.reasons(self._who, Action.PULL, repository):
            name = ""
        else:
            name = repository.name
        actor = event.actor if news.hears_who(self._who, event, project, repository) else ""
        return Told(number, event, project.project if project is not None else "", name, actor)

    def _is_its_own(self, event: Event, repository: Place | None) -> bool:
        """Did this tag of this very repository name that then? Another one may have had the name."""
        if repository is None or repository.repository_id is None or event.tag is None:
            return True
        then = self._ledger.tags.found_then(repository.repository_id, Tag(event.tag), event.at)
        return then is not None and then.digest == event.digest

    def _project(self, project_id: int | None) -> Place | None:
        if project_id is None:
            return None
        if project_id not in self._projects:
            self._projects[project_id] = self._ledger.projects.located(project_id, self._who)
        return self._projects[project_id]

    def _repository(self, event: Event, project: Place | None) -> Place | None:
        """With the roles that they hold in the project, which are the repository's."""
        if project is None or not news.is_of_repository(event):
            return None
        if event.repository not in self._repositories:
            place = self._ledger.repositories.place(RepositoryName(event.repository))
            self._repositories[event.repository] = place._replace(roles=project.roles, moved_to=None)
        found = self._repositories[event.repository]
        return found if found.project_id == project.project_id else None
