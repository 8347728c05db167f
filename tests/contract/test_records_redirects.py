"""Names that things had before, as `ports.records` promises them."""

import pytest

from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import RoleSpec, Subject
from moorage.rules.pattern import Pattern
from tests.support.records import ADMIN, APP, NOW, SOMEBODY, ensure, link, manifest, put
from tests.support.refused import refused

LATER = NOW + 100
NEW, WEB = RepositoryName("crew/new"), RepositoryName("team/web")


def move(ledger: Ledger, name: RepositoryName, target: RepositoryName) -> int:
    """Rename it, its old name leading on; its id."""
    repository_id = ledger.repositories.place(name).repository_id
    project = ledger.projects.find(target.project) or ledger.projects.create(target.project, public=False, now=NOW)
    assert repository_id is not None
    assert project is not None
    ledger.repositories.rename(repository_id, target, project_id=project.id)
    ledger.redirects.keep(name.text, by="ann", now=NOW, until=LATER, repository_id=repository_id)
    return repository_id


async def test_where_it_is_now(records: Records) -> None:
    """An old name tells where the repository is, manifest and blob included, to who may see that and to nobody else."""
    made = manifest()

    def story(ledger: Ledger) -> None:
        put(ledger, ensure(ledger), made, "latest")
        link(ledger, ensure(ledger), b"blob")
        repository_id = move(ledger, APP, NEW)
        for who, sees in ((ADMIN, True), (SOMEBODY, False), (Identity(Kind.ANONYMOUS), False)):
            place = ledger.repositories.place(APP, who)
            by_tag, by_digest = (
                ledger.manifests.find(APP, reference, who) for reference in (Tag("latest"), Digest.of(made.content))
            )
            blob = ledger.blobs.find(APP, Digest.of(b"blob"), who)
            assert place == by_tag[0] == by_digest[0] == blob[0]
            assert (place.name, place.exists) == ("team/app", False)
            assert [found is not None for _, found in (by_tag, by_digest, blob)] == [sees] * 3
            if sees:
                assert place.moved_to == ledger.repositories.place(NEW, who)
                assert place.moved_to.repository_id == repository_id
            else:
                assert place.moved_to is None

    await records.write(story)


async def test_roles_there(records: Records) -> None:
    """Who holds a role where it is now sees it by its old name, as far as the role's pattern reaches."""

    def story(ledger: Ledger) -> list[bool]:
        ensure(ledger)
        move(ledger, APP, NEW)
        account = ledger.accounts.create("ann", "hash", administrator=False, now=NOW)
        project = ledger.projects.find("crew")
        assert account is not None
        assert project is not None
        ann, seen = Identity(Kind.USER, "ann", account.id), []
        for pattern in ("none", "app", "new", "**"):
            ledger.members.put(project.id, Subject(account.id, "ann"), [RoleSpec("reader", Pattern(pattern))], now=NOW)
            seen.append(ledger.repositories.place(APP, ann).moved_to is not None)
        return seen

    assert await records.write(story) == [False, False, True, True]


async def test_a_rename_begins_epochs(records: Records) -> None:
    """What names and patterns give is looked at anew in every project that a rename touches."""

    def story(ledger: Ledger) -> None:
        ensure(ledger)
        ledger.projects.create("crew", public=False, now=NOW)

        def epochs() -> list[int]:
            found = [ledger.projects.find(name) for name in ("team", "crew", "new")]
            return [project.epoch for project in found if project is not None]

        before = epochs()
        move(ledger, APP, WEB)
        assert epochs() == [before[0] + 1, before[1]]
        move(ledger, WEB, NEW)
        assert epochs() == [before[0] + 2, before[1] + 1]
        crew = ledger.projects.find("crew")
        assert crew is not None
        ledger.projects.rename(crew.id, "new")
        assert epochs() == [before[0] + 2, before[1] + 2]

    await records.write(story)


async def test_of_a_project(records: Records) -> None:
    """A renamed project's repositories and robots bear its name; by the old one all is found that is there now."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        team = ledger.projects.find("team")
        assert team is not None
        ensure(ledger, RepositoryName("teammate/app"))
        ledger.projects.rename(team.id, "crew")
        ledger.redirects.keep("team", by="ann", now=NOW, until=LATER, project_id=team.id)
        assert ledger.projects.find("team") is None
        assert ledger.repositories.place(RepositoryName("crew/app")).repository_id == repository_id
        assert ledger.repositories.place(RepositoryName("teammate/app")).exists
        move(ledger, RepositoryName("crew/app"), NEW)
        for name, leads_to in (("team/app", "crew/new"), ("team/new", "crew/new"), ("team/none", "crew/none")):
            moved = ledger.repositories.place(RepositoryName(name), ADMIN).moved_to
            assert moved is not None
            assert (moved.name, moved.project_id) == (leads_to, team.id)
            assert moved.exists == (leads_to == "crew/new")

    await records.write(story)


@pytest.mark.parametrize("name", ["team/app", "old/app"])
async def test_nothing_takes_it_silently(records: Records, name: str) -> None:
    """No repository is made under a name that leads elsewhere, until the redirect is gone."""

    def story(ledger: Ledger) -> None:
        ensure(ledger)
        move(ledger, APP, WEB)
        team = ledger.projects.find("team")
        assert team is not None
        ledger.redirects.keep("old", by="ann", now=NOW, until=LATER, project_id=team.id)
        with refused(Code.DENIED, "leads elsewhere"):
            ensure(ledger, RepositoryName(name))
        for redirect in ledger.redirects.ended(before=LATER + 1, limit=9):
            ledger.redirects.remove(redirect.id)
        ensure(ledger, RepositoryName(name))

    await records.write(story)


async def test_a_redirect_goes_with_its_target(records: Records) -> None:
    """It is gone with what it leads to, whether that is a repository or a project."""

    def story(ledger: Ledger) -> None:
        ensure(ledger)
        repository_id = move(ledger, APP, NEW)
        crew = ledger.projects.find("crew")
        assert crew is not None
        ledger.redirects.keep("old", by="ann", now=NOW, until=LATER, project_id=crew.id)
        assert ledger.redirects.find("team/app", is_project=False) is not None
        ledger.repositories.delete(repository_id, by="ann", now=NOW, keep=False)
        assert ledger.redirects.find("team/app", is_project=False) is None
        assert ledger.redirects.find("old", is_project=True) is not None
        assert ledger.projects.delete(crew.id)
        assert ledger.redirects.find("old", is_project=True) is None

    await records.write(story)


async def test_lists(records: Records) -> None:
    """A project's are those that lead to it, into it, and that were in it, by id; those that ended, the first first."""

    def story(ledger: Ledger) -> None:
        for name in ("team/a", "team/b", "crew/c", "other/d"):
            ensure(ledger, RepositoryName(name))
        for number, (name, target) in enumerate(
            (("team/a", "team/aa"), ("team/b", "crew/b"), ("crew/c", "crew/cc"), ("other/d", "other/dd"))
        ):
            repository_id = move(ledger, RepositoryName(name), RepositoryName(target))
            ledger.redirects.keep(name, by="ann", now=NOW, until=LATER - number, repository_id=repository_id)
        team = ledger.projects.find("team")
        assert team is not None
        ledger.redirects.keep("former", by="ann", now=NOW, until=LATER + 1, project_id=team.id)
        found = ledger.redirects.of_project(team.id, "team", after=0, limit=9)
        assert [(entry.name, entry.leads_to, entry.is_project) for entry in found] == [
            ("team/a", "team/aa", False),
            ("team/b", "crew/b", False),
            ("former", "team", True),
        ]
        assert ledger.redirects.of_project(team.id, "team", after=found[0].id, limit=1) == found[1:2]
        assert ledger.redirects.get(found[0].id) == found[0]
        ended = ledger.redirects.ended(before=LATER, limit=2)
        assert [entry.name for entry in ended] == ["other/d", "crew/c"]
        ledger.redirects.remove(found[0].id)
        assert ledger.redirects.get(found[0].id) is None

    await records.write(story)
