"""Renamed repositories and projects, and those that moved: pulls by old names, and what nobody may do by them."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.server import PASSWORD
from tests.support.wire import Wire, basic, challenge, refusal

ROOT = "/api/v1"
LAYER = b"a layer of what is renamed"
MANIFEST = content.image(LAYER)
DIGEST = digest_of(MANIFEST)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Team:
    """Two private projects, and people with a role in one of them each."""

    admin: Wire
    name: str
    other: str

    @property
    def app(self) -> str:
        """A repository of the first, with one image."""
        return f"{self.name}/app"

    def person(self, name: str, *, project: str | None = None, **given: Any) -> Wire:  # noqa: ANN401 - JSON
        """Somebody new; with a role in a project, if one is given."""
        full = f"{self.name}-{name}"
        done(self.admin.ask("POST", f"{ROOT}/users", json={"name": full, "password": PASSWORD}))
        who = Wire.basic(self.admin.client, full, PASSWORD)
        who.name = full
        if project is not None:
            self.give(who, project, **given)
        return who

    def give(self, who: Wire, project: str, **given: Any) -> None:  # noqa: ANN401 - JSON
        """Let this be all that they hold there."""
        done(self.admin.ask("PUT", f"{ROOT}/projects/{project}/members/{who.name}", json=given))

    def change(self, repository: str, **change: object) -> httpx.Response:
        """Change a repository, by its full name."""
        project, _, name = repository.partition("/")
        return self.admin.ask("PATCH", f"{ROOT}/projects/{project}/repositories/{name}", json=change)

    def redirects(self, project: str) -> list[dict[str, Any]]:
        """What is listed."""
        found: list[dict[str, Any]] = done(self.admin.get(f"{ROOT}/projects/{project}/redirects"))
        return found

    def drop(self, project: str, name: str) -> None:
        """Let an old name lead nowhere."""
        (number,) = [entry["id"] for entry in self.redirects(project) if entry["name"] == name]
        done(self.admin.ask("DELETE", f"{ROOT}/projects/{project}/redirects/{number}"))


def done(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """What was answered, which is no refusal."""
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


@pytest.fixture
def team(admin: Wire) -> Team:
    """Two projects that no other test uses."""
    number = next(_numbers)
    made = Team(admin, f"team-{number}", f"other-{number}")
    for name in (made.name, made.other):
        done(admin.ask("POST", f"{ROOT}/projects", json={"name": name}))
    admin.push_image(made.app, "latest", layers=(LAYER,))
    return made


def pulls(name: str) -> dict[str, str]:
    """Every address that a pull may ask."""
    return {
        "by tag": f"/v2/{name}/manifests/latest",
        "by digest": f"/v2/{name}/manifests/{DIGEST}",
        "a blob": f"/v2/{name}/blobs/{digest_of(LAYER)}",
        "tags": f"/v2/{name}/tags/list",
        "referrers": f"/v2/{name}/referrers/{DIGEST}",
    }


def statuses(who: Wire, name: str) -> set[int]:
    """What pulls by this name get."""
    return {who.ask(method, path).status_code for path in pulls(name).values() for method in ("GET", "HEAD")}


def reaches(who: Wire, name: str) -> bool:
    """Do they get anything by this name? Referrers alone are told of what is missing too: there are none."""
    paths = [path for what, path in pulls(name).items() if what != "referrers"]
    return any(who.ask(method, path).status_code == 200 for path in paths for method in ("GET", "HEAD"))


def by_token(who: Wire, name: str) -> Wire:
    """The same person as docker asks: with a token for this very name."""
    return who.narrowed(f"repository:{name}:pull,push")


@pytest.mark.parametrize("way", [lambda who, _name: who, by_token], ids=["password", "token"])
def test_pulled_by_its_old_name(team: Team, way: Callable[[Wire, str], Wire]) -> None:
    """Whoever may pull it by its new name may by the old one, and gets the same."""
    reader = team.person("reader", project=team.name, role="reader")
    assert done(team.change(team.app, name="web/front"))["name"] == f"{team.name}/web/front"
    old, new = way(reader, team.app), way(reader, f"{team.name}/web/front")
    for what, path in pulls(team.app).items():
        answer, now = old.get(path), new.get(pulls(f"{team.name}/web/front")[what])
        assert answer.status_code == 200, (what, answer.text)
        assert answer.content.replace(b"/app", b"/web/front") == now.content
        assert old.head(path).headers["content-length"] == answer.headers["content-length"]
    assert old.get(pulls(team.app)["by tag"]).content == MANIFEST


def test_the_token_for_an_old_name_only_pulls(team: Team) -> None:
    """A token for an old name carries that name, and no more than to pull."""
    done(team.change(team.app, name="web"))
    answer = team.admin.ask("GET", "/v2/token", params={"scope": f"repository:{team.app}:pull,push,delete"})
    assert done(answer)["scope"] == f"repository:{team.app}:pull"
    token = team.admin.bearing(answer.json()["token"])
    assert statuses(token, team.app) == {200}
    refusal(token.get(f"/v2/{team.name}/web/manifests/latest"), 401)


@pytest.mark.parametrize("way", [lambda who, _name: who, by_token], ids=["password", "token"])
def test_nothing_is_pushed_to_an_old_name(team: Team, way: Callable[[Wire, str], Wire]) -> None:
    """Whoever may see where it is now is told so; nothing is pushed or deleted, and no new repository is made."""
    writer = team.person("writer", project=team.name, role="owner")
    done(team.change(team.app, name="web"))
    who = way(writer, team.app)
    for method, path, more in (
        ("POST", f"/v2/{team.app}/blobs/uploads/", {}),
        (
            "PUT",
            f"/v2/{team.app}/manifests/new",
            {"content": MANIFEST, "headers": {"Content-Type": types.OCI_MANIFEST}},
        ),
        ("POST", f"/v2/{team.app}/blobs/uploads/?mount={digest_of(LAYER)}&from={team.name}/web", {}),
        ("DELETE", f"/v2/{team.app}/manifests/latest", {}),
        ("DELETE", f"/v2/{team.app}/blobs/{digest_of(LAYER)}", {}),
    ):
        told = refusal(who.ask(method, path, **more), 403, "DENIED")
        assert f"{team.app} is now {team.name}/web" in told["message"], (method, path)
    listed = done(team.admin.get(f"{ROOT}/projects/{team.name}/repositories"))
    assert [(entry["name"], entry["tags"]) for entry in listed] == [(f"{team.name}/web", 1)]


def alike(one: httpx.Response, other: httpx.Response, name: str, missing: str) -> None:
    """The two tell the same of two names."""

    def told(answer: httpx.Response, of: str) -> tuple[object, ...]:
        text = answer.text.replace(of, "NAME").replace(answer.headers["x-request-id"], "ID")
        header = answer.headers.get("www-authenticate", "").replace(of, "NAME")
        return answer.status_code, text, header

    assert told(one, name) == told(other, missing)


def everything(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every way to ask about a repository, whatever it would do."""
    manifest = {"content": MANIFEST, "headers": {"Content-Type": types.OCI_MANIFEST}}
    return [
        *((method, path, {}) for path in pulls(name).values() for method in ("GET", "HEAD")),
        ("PUT", f"/v2/{name}/manifests/new", manifest),
        ("DELETE", f"/v2/{name}/manifests/latest", {}),
        ("DELETE", f"/v2/{name}/blobs/{digest_of(LAYER)}", {}),
        ("POST", f"/v2/{name}/blobs/uploads/", {}),
    ]


def test_what_is_hidden_looks_like_what_is_missing(team: Team, anonymous: Wire) -> None:
    """Who may not see where it is now gets by its old name what they get by a name that never was."""
    missing = f"{team.name}/ppa"
    done(team.change(team.app, project=team.other))
    stranger = team.person("stranger")
    reader = team.person("reader", project=team.name, role="reader")
    people = [anonymous, stranger, reader]
    scopes = [f"repository:{name}:pull,push,delete" for name in (team.app, missing)]
    for who in (*people, *(who.narrowed(*scopes) for who in people)):
        for (method, path, more), (_, elsewhere, _) in zip(everything(team.app), everything(missing), strict=True):
            alike(who.ask(method, path, **more), who.ask(method, elsewhere, **more), team.app, missing)
    for who in people:
        granted = {
            name: done(who.ask("GET", "/v2/token", params={"scope": f"repository:{name}:pull"}))["scope"]
            for name in (team.app, missing)
        }
        assert granted[team.app].replace(team.app, missing) == granted[missing]


def test_a_name_that_leads_elsewhere_is_not_taken(team: Team) -> None:
    """A push by who may not see where it leads is refused without saying where; nothing was made."""
    done(team.change(team.app, project=team.other))
    writer = team.person("writer", project=team.name, role="writer")
    for who in (writer, by_token(writer, team.app)):
        told = refusal(who.ask("POST", f"/v2/{team.app}/blobs/uploads/"), 403, "DENIED")
        assert "leads elsewhere" in told["message"]
        assert team.other not in told["message"]
    assert done(team.admin.get(f"{ROOT}/projects/{team.name}/repositories")) == []
    told = refusal(team.admin.ask("POST", f"/v2/{team.app}/blobs/uploads/"), 403, "DENIED")
    assert f"is now {team.other}/app" in told["message"]
    team.drop(team.name, team.app)
    assert writer.push_blob(team.app, LAYER)
    refusal(writer.get(f"/v2/{team.app}/manifests/latest"), 404, "MANIFEST_UNKNOWN")


def test_rights_are_those_of_where_it_is_now(team: Team) -> None:
    """By the old name those pull who may pull by the new one, and nobody who may not."""
    before = team.person(
        "before",
        project=team.name,
        role="reader",
    )
    after = team.person("after", project=team.other, role="reader")
    assert (statuses(before, team.app), statuses(after, team.app)) == ({200}, {403})
    done(team.change(team.app, project=team.other, name="moved"))
    assert not reaches(before, team.app)
    refusal(before.get(pulls(team.app)["by tag"]), 404, "NAME_UNKNOWN")
    assert statuses(after, team.app) == statuses(by_token(after, team.app), team.app) == {200}


def test_patterns_match_the_present_name(team: Team) -> None:
    """Who held a role on the old name alone has no right by it; who holds one on the new name has."""
    old = team.person("old", project=team.name, roles=[{"role": "reader", "repositories": "app"}])
    new = team.person("new", project=team.name, roles=[{"role": "reader", "repositories": "web"}])
    tokens = by_token(old, team.app), by_token(new, f"{team.name}/web")
    assert statuses(tokens[0], team.app) == {200}
    done(team.change(team.app, name="web"))
    for who in (old, tokens[0], by_token(old, team.app)):
        assert who.get(pulls(team.app)["by tag"]).status_code in {401, 403, 404}
    for who, name in ((new, team.app), (by_token(new, team.app), team.app), (tokens[1], f"{team.name}/web")):
        assert statuses(who, name) == {200}


def test_public_ones(team: Team, anonymous: Wire) -> None:
    """What is public is pulled by its old name by anybody; what moved into a private project is so at once."""
    done(team.admin.ask("PATCH", f"{ROOT}/projects/{team.name}", json={"public": True}))
    done(team.change(team.app, name="web"))
    assert statuses(anonymous, team.app) == statuses(by_token(anonymous, team.app), team.app) == {200}
    token = by_token(anonymous, team.app)
    done(team.change(f"{team.name}/web", project=team.other))
    for name in (team.app, f"{team.name}/web", f"{team.other}/web"):
        assert not reaches(anonymous, name)
        assert not reaches(token, name)


def test_tokens_of_before(team: Team) -> None:
    """A token from before a rename still pulls if its owner may; from before a move it reaches nothing of the rest."""
    reader = team.person("reader", project=team.name, role="reader")
    token = by_token(reader, team.app)
    done(team.change(team.app, name="web"))
    assert statuses(token, team.app) == {200}
    done(team.change(f"{team.name}/web", project=team.other))
    assert not reaches(token, team.app)
    team.give(reader, team.other, role="reader")
    answer = token.get(pulls(team.app)["by tag"])
    refusal(answer, 401)  # it is for another project: docker asks for a new one, for the same name
    assert challenge(answer)["scope"] == f"repository:{team.app}:pull"
    assert statuses(by_token(reader, team.app), team.app) == {200}


def test_chains(team: Team) -> None:
    """However often it is renamed, every name that it had leads to it."""
    reader = team.person("reader", project=team.name, role="reader")
    for before, after in (("app", "b"), ("b", "c"), ("c", "d")):
        done(team.change(f"{team.name}/{before}", name=after))
    for name in ("app", "b", "c", "d"):
        assert statuses(by_token(reader, f"{team.name}/{name}"), f"{team.name}/{name}") == {200}
    assert {(entry["name"], entry["leads_to"]) for entry in team.redirects(team.name)} == {
        (f"{team.name}/{name}", f"{team.name}/d") for name in ("app", "b", "c")
    }


def test_a_name_is_its_own_again(team: Team) -> None:
    """It may be given back the name that it had; that of another is not taken until its redirect is removed."""
    done(team.change(team.app, name="b"))
    done(team.change(f"{team.name}/b", name="app"))
    assert [entry["name"] for entry in team.redirects(team.name)] == [f"{team.name}/b"]
    team.admin.push_image(f"{team.name}/second", "latest")
    told = refusal(team.change(f"{team.name}/second", name="b"), 409, "CONFLICT")
    assert "redirect" in told["message"]
    refusal(team.change(f"{team.name}/second", name="app"), 409, "CONFLICT")
    team.drop(team.name, f"{team.name}/b")
    assert done(team.change(f"{team.name}/second", name="b"))["name"] == f"{team.name}/b"


def test_a_redirect_goes_with_its_target(team: Team) -> None:
    """When what it leads to is deleted the old name leads nowhere, and is free."""
    done(team.change(team.app, name="web"))
    done(team.admin.ask("DELETE", f"{ROOT}/projects/{team.name}/repositories/web"))
    assert team.redirects(team.name) == []
    refusal(team.admin.get(pulls(team.app)["by tag"]), 404, "NAME_UNKNOWN")
    team.admin.push_image(team.app, "latest")


def test_a_project_is_renamed(team: Team) -> None:
    """Its repositories, members and ids stay; its name and theirs lead to the new ones, also those made since."""
    reader = team.person("reader", project=team.name, role="reader")
    token = by_token(reader, team.app)
    before = done(team.admin.ask("PATCH", f"{ROOT}/projects/{team.name}", json={}))
    new = f"{team.name}-new"
    after = done(team.admin.ask("PATCH", f"{ROOT}/projects/{team.name}", json={"name": new, "description": "new"}))
    assert after == {**before, "name": new, "description": "new"}
    refusal(team.admin.get(f"{ROOT}/projects/{team.name}"), 404, "NAME_UNKNOWN")
    assert [entry["name"] for entry in done(reader.get(f"{ROOT}/projects/{new}/repositories"))] == [f"{new}/app"]
    team.admin.push_image(f"{new}/later", "latest", layers=(LAYER,))
    done(team.change(f"{new}/app", name="web"))
    for name in ("app", "later"):
        assert statuses(by_token(reader, f"{team.name}/{name}"), f"{team.name}/{name}") == {200}
    assert statuses(token, team.app) == {200}
    for name in ("app", "none"):
        told = refusal(team.admin.ask("POST", f"/v2/{team.name}/{name}/blobs/uploads/"), 403, "DENIED")
        assert f"is now {new}/" in told["message"]
    refusal(team.admin.get(f"/v2/{team.name}/none/manifests/latest"), 404, "NAME_UNKNOWN")


def test_the_old_name_of_a_project_is_not_taken(team: Team) -> None:
    """Nobody makes a project of a name that leads to another, until that redirect is removed; old tokens stay out."""
    reader = team.person("reader", project=team.name, role="reader")
    token, new = by_token(reader, team.app), f"{team.name}-new"
    done(team.admin.ask("PATCH", f"{ROOT}/projects/{team.name}", json={"name": new}))
    told = refusal(team.admin.ask("POST", f"{ROOT}/projects", json={"name": team.name}), 409, "CONFLICT")
    assert new in told["message"]
    refusal(team.admin.ask("PATCH", f"{ROOT}/projects/{team.other}", json={"name": team.name}), 409, "CONFLICT")
    assert [(entry["kind"], entry["name"], entry["leads_to"]) for entry in team.redirects(new)] == [
        ("project", team.name, new)
    ]
    team.drop(new, team.name)
    team.admin.push_image(team.app, "latest", layers=(LAYER,))  # another project, of the same name
    for who in (token, reader, by_token(reader, team.app)):
        assert not reaches(who, team.app)
    assert statuses(reader, f"{new}/app") == {200}


def test_a_project_takes_its_name_back(team: Team) -> None:
    """Renamed and renamed back, all is as it was; the name in between leads to it."""
    for before, after in ((team.name, f"{team.name}-new"), (f"{team.name}-new", team.name)):
        done(team.admin.ask("PATCH", f"{ROOT}/projects/{before}", json={"name": after}))
    assert statuses(team.admin, team.app) == statuses(team.admin, f"{team.name}-new/app") == {200}
    assert [entry["name"] for entry in team.redirects(team.name)] == [f"{team.name}-new"]


def test_no_project_hides_what_a_name_leads_to(team: Team) -> None:
    """A project whose repositories would hide old names of others is not renamed so."""
    done(team.change(team.app, project=team.other, name="elsewhere"))
    done(team.admin.ask("DELETE", f"{ROOT}/projects/{team.name}"))
    third = f"{team.name}-third"
    team.admin.push_image(f"{third}/app", "latest")
    told = refusal(team.admin.ask("PATCH", f"{ROOT}/projects/{third}", json={"name": team.name}), 409, "CONFLICT")
    assert team.app in told["message"]
    assert statuses(team.admin, team.app) == {200}


def test_names_that_a_project_cannot_have(team: Team) -> None:
    """The home project gives and takes no name; one that is taken, malformed or too long changes nothing."""
    deep = f"{team.name}/{'/'.join(['a' * 60] * 3)}"
    team.admin.push_image(deep)
    team.admin.push_image("homely", "latest")
    address = f"{ROOT}/projects/{team.name}"
    before = team.admin.get(address).json()
    for name, status in (("library", 409), (team.other, 409), ("Team", 400), ("a/b", 400), ("", 400), ("a" * 90, 400)):
        refusal(team.admin.ask("PATCH", address, json={"name": name, "public": True}), status)
    refusal(team.admin.ask("PATCH", f"{ROOT}/projects/library", json={"name": "home"}), 409, "CONFLICT")
    assert team.admin.get(address).json() == before
    done(team.admin.ask("PATCH", address, json={"name": team.name}))
    assert team.redirects(team.name) == []


def test_names_that_a_repository_cannot_have(team: Team) -> None:
    """One that is taken, malformed, too long or nowhere changes nothing, not even what else was asked."""
    team.admin.push_image(f"{team.name}/second", "latest")
    for change, status in (
        ({"name": "second"}, 409),
        ({"name": "Second"}, 400),
        ({"name": ""}, 400),
        ({"name": "../second"}, 400),
        ({"name": "a" * 255}, 400),
        ({"project": f"{team.name}-none"}, 404),
        ({"project": ""}, 400),
        ({"name": None}, 400),
    ):
        refusal(team.change(team.app, description="changed", **change), status)
    assert done(team.admin.get(f"{ROOT}/projects/{team.name}/repositories/app"))["description"] == ""
    assert team.redirects(team.name) == []


def test_who_moves_it(team: Team) -> None:
    """It takes an owner of both projects; of a project that they may not see they learn nothing."""
    owner = team.person("owner", project=team.name, role="owner")
    address, body = f"{ROOT}/projects/{team.name}/repositories/app", {"project": team.other}
    hidden = refusal(owner.ask("PATCH", address, json=body), 404, "NAME_UNKNOWN")
    missing = refusal(owner.ask("PATCH", address, json={"project": f"{team.other}-none"}), 404, "NAME_UNKNOWN")
    assert hidden["message"] == missing["message"].replace("-none", "")
    for role in ("reader", "writer", "maintainer"):
        team.give(owner, team.other, role=role)
        refusal(owner.ask("PATCH", address, json=body), 403, "DENIED")
    team.give(owner, team.other, roles=[{"role": "owner", "repositories": "else"}])
    refusal(owner.ask("PATCH", address, json=body), 403, "DENIED")
    team.give(owner, team.other, role="owner")
    team.give(owner, team.name, role="maintainer")
    refusal(owner.ask("PATCH", address, json=body), 403, "DENIED")
    team.give(owner, team.name, role="owner")
    assert done(owner.ask("PATCH", address, json=body))["name"] == f"{team.other}/app"


def test_who_renames_it(team: Team) -> None:
    """A maintainer renames within what they maintain: from a name and to a name that their role covers."""
    address = f"{ROOT}/projects/{team.name}/repositories/app"
    person = team.person("person", project=team.name, role="writer")
    refusal(person.ask("PATCH", address, json={"name": "app2"}), 403, "DENIED")
    team.give(person, team.name, roles=[{"role": "maintainer", "repositories": "app*"}])
    refusal(person.ask("PATCH", address, json={"name": "web"}), 403, "DENIED")
    assert done(person.ask("PATCH", address, json={"name": "app2"}))["name"] == f"{team.name}/app2"


def test_into_the_home_project_and_out_of_it(team: Team) -> None:
    """A name without a slash belongs to the home project, also when it gets there by moving."""
    flat = f"{team.name}-flat"
    assert done(team.change(team.app, project="library", name=flat))["name"] == flat
    assert statuses(team.admin, team.app) == statuses(team.admin, flat) == {200}
    refusal(team.change(f"library/{flat}", project="library", name="team/flat"), 404, "NAME_UNKNOWN")
    assert done(team.change(f"library/{flat}", project=team.other, name="deep/app"))["name"] == f"{team.other}/deep/app"
    assert statuses(team.admin, team.app) == statuses(team.admin, flat) == {200}


def test_robots_of_a_renamed_project(team: Team) -> None:
    """They log in by their new name, and by the old one for as long as the project's old name leads to it."""
    made = done(
        team.admin.ask("POST", f"{ROOT}/projects/{team.name}/robots", json={"name": "ci", "actions": ["pull", "push"]})
    )
    robot = Wire.basic(team.admin.client, made["name"], made["secret"])
    token, new = by_token(robot, team.app), f"{team.name}-new"
    done(team.admin.ask("PATCH", f"{ROOT}/projects/{team.name}", json={"name": new}))
    title = f"robot${new}+ci"
    assert done(team.admin.get(f"{ROOT}/projects/{new}/robots/ci"))["name"] == title
    renamed = Wire.basic(team.admin.client, title, made["secret"])
    late = Wire(team.admin.client, basic(made["name"], made["secret"]).replace("Basic", "basic"))  # not seen before
    for who in (robot, late, token, renamed, by_token(robot, team.app), by_token(renamed, team.app)):
        assert statuses(who, team.app) == {200}
    assert renamed.push_blob(f"{new}/app", b"by its new name")
    assert robot.push_blob(f"{new}/app", b"by its old name")
    refusal(Wire.basic(team.admin.client, made["name"], "not it").get("/v2/"), 401)


def test_an_upload_under_way(team: Team) -> None:
    """Under the old name it fails and says where to go on; there it does, from where it was."""
    location = team.admin.begin(team.app)
    path = httpx.URL(location).raw_path.decode()
    blob = b"one half, " + b"the other half"
    done(team.admin.ask("PATCH", path, content=blob[:10]))
    done(team.change(team.app, name="web"))
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        query = f"?digest={digest_of(blob)}" if method == "PUT" else ""
        told = refusal(team.admin.ask(method, f"{path}{query}"), 403, "DENIED")
        assert f"is now {team.name}/web" in told["message"]
    there = path.replace("/app/", "/web/")
    assert team.admin.ask("PUT", f"{there}?digest={digest_of(blob)}", content=blob[10:]).status_code == 201
    assert team.admin.get(f"/v2/{team.app}/blobs/{digest_of(blob)}").content == blob


def test_mounting_from_an_old_name(team: Team) -> None:
    """A blob is mounted from an old name by who may pull there now, and by nobody else."""
    inside = team.person("inside", project=team.name, role="writer")
    outside = team.person("outside", project=team.name, role="writer")
    team.give(inside, team.other, role="reader")
    done(team.change(team.app, project=team.other))
    for who, status, name in ((inside, 201, "a"), (outside, 202, "b")):
        path = f"/v2/{team.name}/{name}/blobs/uploads/?mount={digest_of(LAYER)}&from={team.app}"
        assert who.ask("POST", path).status_code == status


def test_what_is_told(team: Team) -> None:
    """Each rename is an event with before and after; where it moved to only the target's audit says."""
    done(team.change(team.app, name="web"))
    done(team.change(f"{team.name}/web", project=team.other))
    team.drop(team.name, team.app)
    new = f"{team.name}-new"
    done(team.admin.ask("PATCH", f"{ROOT}/projects/{team.name}", json={"name": new}))

    def told(project: str, kind: str) -> tuple[object, ...]:
        (event,) = done(team.admin.get(f"{ROOT}/projects/{project}/audit?kind={kind}"))
        return event["repository"], event["before"], event["after"]

    web = f"{team.name}/web"
    assert told(new, "repository.renamed") == (web, {"name": team.app}, {"name": web})
    assert told(new, "repository.moved_out") == (web, {"name": web}, None)
    assert told(team.other, "repository.moved_in") == (
        f"{team.other}/web",
        {"name": web},
        {"name": f"{team.other}/web"},
    )
    assert told(new, "project.renamed") == (new, {"name": team.name}, {"name": new})
    (removed,) = done(team.admin.get(f"{ROOT}/projects/{new}/audit?kind=redirect.removed"))
    assert removed["object"] == f"repository:{team.app}"
    assert set(removed["before"]) == {"ends_at"}


def test_the_list_of_redirects(team: Team) -> None:
    """A project's list tells old names that lead into it and that were in it; not where, to who may not see that."""
    maintainer = team.person("maintainer", project=team.name, role="maintainer")
    done(team.change(team.app, project=team.other))
    (here,), (there,) = (team.redirects(project) for project in (team.name, team.other))
    assert here == there
    assert (here["name"], here["leads_to"], here["kind"]) == (team.app, f"{team.other}/app", "repository")
    assert here["ends_at"] == pytest.approx(here["created_at"] + 30 * 86_400)
    (seen,) = done(maintainer.get(f"{ROOT}/projects/{team.name}/redirects"))
    assert seen == {**here, "leads_to": None}
    foreign = f"{ROOT}/projects/{team.name}-foreign"
    done(team.admin.ask("POST", f"{ROOT}/projects", json={"name": f"{team.name}-foreign"}))
    refusal(team.admin.ask("DELETE", f"{foreign}/redirects/{here['id']}"), 404, "NAME_UNKNOWN")
    done(maintainer.ask("DELETE", f"{ROOT}/projects/{team.name}/redirects/{here['id']}"))
    assert team.redirects(team.other) == []


def test_explained(team: Team) -> None:
    """Why somebody may pull by an old name is told to those who may see where it leads."""
    owner = team.person("owner", project=team.name, role="owner")
    reader = team.person("reader", project=team.other, role="reader")
    done(team.change(team.app, project=team.other))
    query = f"/projects/{team.name}/explain?subject={reader.name}&action=pull&repository=app"
    assert done(team.admin.get(f"{ROOT}{query}")) == {
        "allowed": True,
        "why": [f"{reader.name} is reader in project {team.other}"],
    }
    answer = owner.get(f"{ROOT}{query}")
    assert done(answer)["allowed"] is False
    assert team.other not in answer.text
    assert done(team.admin.get(f"{ROOT}{query.replace('pull', 'push')}"))["allowed"] is False
