"""Projects and repositories, as `ports.records` promises them."""

from collections.abc import Callable

import pytest

from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.access import ANONYMOUS, Identity, Kind, Place
from moorage.rules.facts import Event, Project
from moorage.rules.listing import Listing
from tests.support.records import ADMIN, APP, NOW, SOMEBODY, ensure, link, manifest, put, upload

UNSORTED = ["b", "a.b", "a", "a-b", "a/b", "a/a", "a0", "a__b", "z", "0"]
"""Names whose byte order no dictionary would keep."""


async def test_projects(records: Records) -> None:
    """A project is made once, found by its name, opened, closed, and deleted."""
    made = await records.write(lambda ledger: ledger.projects.create("team", public=False, now=NOW))
    assert made is not None
    assert made == Project(made.id, "team", public=False, created_at=NOW)
    assert await records.write(lambda ledger: ledger.projects.create("team", public=True, now=NOW + 1)) is None
    assert await records.read(lambda ledger: ledger.projects.find("team")) == made
    await records.write(lambda ledger: ledger.projects.update(made.id, public=True, description="open"))
    opened = Project(made.id, "team", True, NOW, "open", epoch=made.epoch + 1)
    assert await records.read(lambda ledger: ledger.projects.find("team")) == opened
    await records.write(lambda ledger: ledger.projects.update(made.id, public=True, description="still"))
    described = Project(made.id, "team", True, NOW, "still", epoch=opened.epoch)
    assert await records.read(lambda ledger: ledger.projects.find("team")) == described
    assert await records.write(lambda ledger: ledger.projects.delete(made.id))
    assert not await records.write(lambda ledger: ledger.projects.delete(made.id))
    assert await records.read(lambda ledger: ledger.projects.find("team")) is None


async def test_names_are_told_apart_by_byte(records: Records) -> None:
    """Projects that differ in a letter's case, or in an accent, are two."""
    names = ("team", "Team", "tëam", "te\u0308am")
    made = await records.write(lambda ledger: [ledger.projects.create(name, public=False, now=NOW) for name in names])
    assert [project and project.name for project in made] == list(names)
    assert await records.read(lambda ledger: ledger.projects.find("TEAM")) is None


async def test_project_pages_in_byte_order(records: Records) -> None:
    """Pages hold every project once, upper case before lower, ASCII before the rest, and go on after a name gone."""
    names = ["b", "B", "a", "A", "ä", "Z", "z", "_", "0", "Ω", "🚢"]

    def story(ledger: Ledger) -> None:
        for name in names:
            ledger.projects.create(name, public=False, now=NOW)

    await records.write(story)

    async def page(after: str, limit: int = 3) -> list[str]:
        found = await records.read(lambda ledger: ledger.projects.page(Listing(limit, after), visible_to=None)[:limit])
        return [project.name for project in found]

    gathered = await page("")
    while following := await page(gathered[-1]):
        assert len(following) <= 3
        gathered += following
    assert gathered == sorted(names, key=str.encode)
    assert await page("Y", 2) == ["Z", "_"]
    assert await page("", 0) == []


async def test_a_project_with_repositories_stays(records: Records) -> None:
    """A project is deleted only when it is empty."""
    repository_id = await records.write(ensure)
    project = await records.read(lambda ledger: ledger.projects.find("team"))
    assert project is not None
    assert not await records.write(lambda ledger: ledger.projects.delete(project.id))
    await records.write(lambda ledger: ledger.repositories.delete(repository_id, by="ann", now=NOW, keep=False))
    assert await records.write(lambda ledger: ledger.projects.delete(project.id))


async def test_places(records: Records) -> None:
    """A place tells what there is: nothing, the project, the repository; making it twice makes one."""
    assert await records.read(lambda ledger: ledger.repositories.place(APP)) == Place("team/app", "team")
    project = await records.write(lambda ledger: ledger.projects.create("team", public=True, now=NOW))
    assert project is not None
    unborn = await records.read(lambda ledger: ledger.repositories.place(APP))
    assert unborn == Place("team/app", "team", project.id, public=True, epoch=project.epoch)
    born = await records.write(lambda ledger: ledger.repositories.ensure(APP, by=SOMEBODY, now=NOW))
    assert born.exists
    assert (born.project_id, born.public) == (project.id, True)
    assert await records.write(lambda ledger: ledger.repositories.ensure(APP, by=SOMEBODY, now=NOW + 5)) == born
    assert await records.read(lambda ledger: ledger.repositories.place(APP)) == born


async def test_a_project_made_on_the_way_is_private(records: Records) -> None:
    """A push into no project makes a private one; a name without a slash lives in the home project."""
    place = await records.write(lambda ledger: ledger.repositories.ensure(APP, by=SOMEBODY, now=NOW))
    assert not place.public
    await records.write(lambda ledger: ledger.repositories.ensure(RepositoryName("alone"), by=SOMEBODY, now=NOW))
    found = await records.read(lambda ledger: ledger.projects.page(Listing(9), visible_to=None))
    assert [(project.name, project.public) for project in found] == [("library", False), ("team", False)]


async def test_what_is_made_on_the_way_is_told(records: Records) -> None:
    """A project and a repository that a push makes are events, once; what was never used is forgotten as one, too."""
    for _ in range(2):
        await records.write(lambda ledger: ledger.repositories.ensure(APP, by=SOMEBODY, now=NOW))
    place = await records.read(lambda ledger: ledger.repositories.place(APP))
    told = [event for _, event in await records.read(lambda ledger: ledger.events.page(after=0, limit=9))]
    via = {"address": "192.0.2.7", "agent": "docker/27", "request_id": "request-1"}
    assert told == [
        Event("project.created", "team", place.project_id, "somebody", NOW, **via),
        Event("repository.created", "team/app", place.project_id, "somebody", NOW, **via),
    ]


@pytest.mark.parametrize(("by", "actor"), [(SOMEBODY, ("somebody", "user", "192.0.2.7")), (None, ("", "machine", ""))])
async def test_what_is_forgotten_is_told(records: Records, by: Identity | None, actor: tuple[str, str, str]) -> None:
    """That a repository was forgotten is an event: by whom and from where, or by the registry itself."""

    def story(ledger: Ledger) -> tuple[int | None, Event]:
        place = ledger.repositories.ensure(APP, by=SOMEBODY, now=NOW)
        assert place.repository_id is not None
        ledger.repositories.forget_unused(place.repository_id, by=by, now=NOW)
        return place.project_id, ledger.events.page(after=2, limit=9)[0][1]

    project_id, event = await records.write(story)
    assert (event.kind, event.repository, event.project_id) == ("repository.forgotten", "team/app", project_id)
    assert (event.actor, event.actor_kind, event.address) == actor


async def test_unused(records: Records) -> None:
    """A repository is forgotten when nothing was ever brought into it, and only then."""

    async def forgotten(fill: Callable[[Ledger, int], object]) -> bool:
        def story(ledger: Ledger) -> bool:
            repository_id = ensure(ledger)
            fill(ledger, repository_id)
            ledger.repositories.forget_unused(repository_id, by=SOMEBODY, now=NOW)
            place = ledger.repositories.place(APP)
            if place.repository_id is not None:
                ledger.repositories.delete(place.repository_id, by="ann", now=NOW, keep=False)
            return not place.exists

        return await records.write(story)

    assert await forgotten(lambda _ledger, _id: None)
    assert not await forgotten(lambda ledger, repository_id: link(ledger, repository_id, b"a blob"))
    assert not await forgotten(lambda ledger, repository_id: ledger.uploads.start(upload(repository_id)))
    assert not await forgotten(lambda ledger, repository_id: put(ledger, repository_id, manifest()))


async def test_deleted_with_all_that_is_in_it(records: Records) -> None:
    """A deleted repository takes tags, manifests, links and uploads along, and leaves those of others."""
    other = RepositoryName("team/other")
    made = manifest()
    digest = Digest.of(made.content)

    def fill(ledger: Ledger) -> int:
        for name in (other, APP):
            repository_id = ensure(ledger, name)
            put(ledger, repository_id, made, "latest")
            link(ledger, repository_id, b"blob")
            ledger.uploads.start(upload(repository_id, name.text))
        return repository_id

    repository_id = await records.write(fill)
    await records.write(lambda ledger: ledger.repositories.delete(repository_id, by="ann", now=NOW, keep=False))

    def look(ledger: Ledger, name: RepositoryName) -> list[bool]:
        return [
            ledger.repositories.place(name).exists,
            ledger.manifests.find(name, digest)[1] is not None,
            ledger.manifests.find(name, Tag("latest"))[1] is not None,
            ledger.blobs.find(name, Digest.of(b"blob"))[1] is not None,
            ledger.uploads.find(name.text) is not None,
        ]

    assert await records.read(lambda ledger: look(ledger, APP)) == [False] * 5
    assert await records.read(lambda ledger: look(ledger, other)) == [True] * 5
    again = await records.write(lambda ledger: ensure(ledger, APP))
    assert await records.read(lambda ledger: ledger.tags.page(again, after="", limit=9)) == []
    assert await records.read(lambda ledger: look(ledger, APP)) == [True, False, False, False, False]


async def test_ids_are_never_used_again(records: Records) -> None:
    """A project and a repository made anew under an old name have ids that nothing ever had."""

    def make_and_delete(ledger: Ledger) -> tuple[int, int]:
        place = ledger.repositories.ensure(APP, by=SOMEBODY, now=NOW)
        assert place.repository_id is not None
        assert place.project_id is not None
        ledger.repositories.delete(place.repository_id, by="ann", now=NOW, keep=False)
        assert ledger.projects.delete(place.project_id)
        return place.project_id, place.repository_id

    seen = [await records.write(make_and_delete) for _ in range(4)]
    assert len({project for project, _ in seen}) == 4
    assert len({repository for _, repository in seen}) == 4


async def test_catalogue_pages(records: Records) -> None:
    """The catalogue holds what ever held a manifest, in byte order; for strangers only what is public."""

    def fill(ledger: Ledger) -> None:
        ledger.projects.create("a", public=True, now=NOW)
        for text in UNSORTED:
            put(ledger, ensure(ledger, RepositoryName(text)), manifest())
        ensure(ledger, RepositoryName("a/empty"))

    await records.write(fill)
    everything = sorted(UNSORTED, key=str.encode)

    async def page(after: str = "", limit: int = 99, who: Identity = ADMIN) -> list[str]:
        found = await records.read(lambda ledger: ledger.repositories.page(who, after=after, limit=limit))
        return [place.name for place in found]

    assert await page() == everything
    assert await page(limit=5) + await page(everything[4], 5) == everything
    assert await page(who=ANONYMOUS) == ["a/a", "a/b"]
    assert await page(who=Identity(Kind.USER, "person", 2)) == ["a/a", "a/b"]


async def test_repositories_of_a_project(records: Records) -> None:
    """A project's repositories are paged by name, each with the number of its tags."""

    def fill(ledger: Ledger) -> int:
        for text in ("team/b", "team/a", "team/a-b", "other/x"):
            put(ledger, ensure(ledger, RepositoryName(text)), manifest(), *(["1", "2"] if text == "team/b" else []))
        project = ledger.projects.find("team")
        assert project is not None
        return project.id

    project_id = await records.write(fill)
    found = await records.read(lambda ledger: ledger.repositories.of_project(project_id, Listing(9)))
    assert [(row.name, row.tags) for row in found] == [("team/a", 0), ("team/a-b", 0), ("team/b", 2)]
    found = await records.read(lambda ledger: ledger.repositories.of_project(project_id, Listing(1, "team/a")))
    assert [row.name for row in found] == ["team/a-b", "team/b"], "one more, as more follow"
