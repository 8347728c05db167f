"""Tag rules on the wire: each way to change a tag asks them, whoever takes it, and they are kept as they were given."""

import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.server import PASSWORD
from tests.support.wire import Wire, refusal

LAYER = b"a layer under rules"
_numbers = itertools.count(1)
Rule = dict[str, Any]
IMMUTABLE: Rule = {"kind": "immutable", "tags": "v*", "reason": "a release never changes"}


@dataclass(frozen=True)
class Ruled:
    """A project of its own, with a repository app."""

    admin: Wire
    project: str

    @property
    def app(self) -> str:
        """The repository's full name."""
        return f"{self.project}/app"

    @property
    def address(self) -> str:
        """Where the rules are."""
        return f"/api/v1/projects/{self.project}/tag-rules"

    def rule(self, *rules: Rule) -> list[Rule]:
        """Let these be all rules; what is shown of them."""
        answer = self.admin.ask("PUT", self.address, json=list(rules))
        assert answer.status_code == 200, answer.text
        shown: list[Rule] = answer.json()
        return shown

    def person(self, name: str, role: str, password: str = PASSWORD) -> Wire:
        """Somebody new with this role."""
        full = f"{self.project}-{name}"
        assert self.admin.ask("POST", "/api/v1/users", json={"name": full, "password": password}).status_code == 201
        given = self.admin.ask("PUT", f"/api/v1/projects/{self.project}/members/{full}", json={"role": role})
        assert given.status_code == 201
        who = Wire.basic(self.admin.client, full, password)
        who.name = full
        return who

    def robot(self, name: str) -> tuple[Wire, str]:
        """A robot that may everything in the project, and its title."""
        made = self.admin.ask(
            "POST",
            f"/api/v1/projects/{self.project}/robots",
            json={"name": name, "actions": ["pull", "push", "delete"]},
        ).json()
        return Wire.basic(self.admin.client, made["name"], made["secret"]), made["name"]

    def digest(self, tag: str) -> str | None:
        """What the tag names."""
        answer = self.admin.get(f"/v2/{self.app}/manifests/{tag}")
        found: str | None = answer.headers.get("docker-content-digest")
        return found


@pytest.fixture
def ruled(admin: Wire) -> Ruled:
    """Without any rule yet."""
    project = f"ruled-{next(_numbers)}"
    assert admin.ask("POST", "/api/v1/projects", json={"name": project}).status_code == 201
    return Ruled(admin, project)


def other(salt: str = "other") -> bytes:
    """Another image of the same blobs."""
    return content.image(LAYER, annotations={"salt": salt})


def told(answer: httpx.Response) -> str:
    """The sentence of a refusal."""
    message: str = refusal(answer, 403, "DENIED")["message"]
    return message


WAYS: dict[str, Callable[[Wire, str, bytes], httpx.Response]] = {
    "a push by tag": lambda who, app, _: who.push(app, "v1", other()),
    "a push by digest": lambda who, app, _: who.push(app, f"{digest_of(other())}?tag=v1&tag=free", other()),
    "the same bytes as another type": lambda who, app, made: who.push(
        app, digest_of(made), made, "application/vnd.docker.distribution.manifest.v2+json"
    ),
    "a delete by tag": lambda who, app, _: who.ask("DELETE", f"/v2/{app}/manifests/v1"),
    "a delete by digest": lambda who, app, made: who.ask("DELETE", f"/v2/{app}/manifests/{digest_of(made)}"),
    "a delete of a layer": lambda who, app, _: who.ask("DELETE", f"/v2/{app}/blobs/{digest_of(LAYER)}"),
    "a delete of the repository": lambda who, app, _: who.ask(
        "DELETE", f"/api/v1/projects/{app.partition('/')[0]}/repositories/app"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_past_an_immutable_tag(ruled: Ruled, way: str) -> None:
    """No way moves or deletes it or takes what it needs, for administrators neither; nothing of the request is done."""
    made = ruled.admin.push_image(ruled.app, "v1", layers=(LAYER,), mediaType=None)
    ruled.rule(IMMUTABLE)
    answer = WAYS[way](ruled.admin, ruled.app, made)
    sentence = told(answer)
    assert f"the tag v1 of {ruled.app} is immutable" in sentence
    assert f"(rule 1 of project {ruled.project}, set by admin: a release never changes)" in sentence
    assert ruled.digest("v1") == digest_of(made)
    assert ruled.digest("free") is None
    assert ruled.digest(digest_of(other())) is None
    assert ruled.admin.get(f"/v2/{ruled.app}/blobs/{digest_of(LAYER)}").content == LAYER
    assert ruled.admin.get(f"/v2/{ruled.app}/manifests/v1").headers["content-type"] == types.OCI_MANIFEST
    ruled.rule()
    assert WAYS[way](ruled.admin, ruled.app, made).is_success


def test_the_image_of_a_platform(ruled: Ruled) -> None:
    """What an immutable tag's index lists may not go either."""
    child = ruled.admin.push_image(ruled.app, "child", layers=(LAYER,), mediaType=None)
    index = content.index([child])
    assert ruled.admin.push(ruled.app, "v1", index, types.OCI_INDEX).status_code == 201
    ruled.rule(IMMUTABLE)
    sentence = told(ruled.admin.ask("DELETE", f"/v2/{ruled.app}/manifests/{digest_of(child)}"))
    assert "the tag v1 of" in sentence
    told(ruled.admin.ask("DELETE", f"/v2/{ruled.app}/blobs/{digest_of(LAYER)}"))
    retyped = ruled.admin.push(
        ruled.app, digest_of(child), child, "application/vnd.docker.distribution.manifest.v2+json"
    )
    assert "is immutable and cannot be changed" in told(retyped)
    assert ruled.admin.ask("DELETE", f"/v2/{ruled.app}/manifests/child").status_code == 202


def test_what_stays_possible(ruled: Ruled) -> None:
    """An immutable tag may be pushed again as it is, and made where it is not; others move as ever."""
    ruled.rule(IMMUTABLE)
    made = ruled.admin.push_image(ruled.app, "v1", "dev", layers=(LAYER,))
    assert ruled.admin.push(ruled.app, "v1", made).status_code == 201
    assert ruled.admin.push(ruled.app, f"{digest_of(made)}?tag=v1", made).status_code == 201
    assert ruled.admin.push(ruled.app, "dev", other()).status_code == 201
    assert ruled.admin.ask("DELETE", f"/v2/{ruled.app}/manifests/dev").status_code == 202
    assert ruled.admin.ask("DELETE", f"/v2/{ruled.app}/manifests/{digest_of(other())}").status_code == 202


def test_a_race_for_an_immutable_tag(ruled: Ruled) -> None:
    """Of many pushes of different images at once exactly one wins, and its digest is the tag's."""
    ruled.admin.push_image(ruled.app, layers=(LAYER,))
    ruled.rule(IMMUTABLE)
    images = [other(str(number)) for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda made: ruled.admin.push(ruled.app, "v1", made), images))
    won = [made for made, answer in zip(images, answers, strict=True) if answer.status_code == 201]
    assert len(won) == 1
    assert sorted(answer.status_code for answer in answers) == [201] + [403] * 11
    assert ruled.digest("v1") == digest_of(won[0])


def test_required_and_forbidden(ruled: Ruled) -> None:
    """A tag without the form is not made, on neither way; what is warned about is made, with the rule's words."""
    writer = ruled.person("writer", "writer")
    ruled.admin.push_image(ruled.app, layers=(LAYER,))
    ruled.rule(
        {"kind": "required", "repositories": "app", "tags": "sha256-*", "action": "allow"},
        {"kind": "required", "repositories": "app", "form": "semver", "reason": 'say "which"'},
        {"kind": "forbidden", "tags": "0.*", "action": "warn", "reason": 'ältere\\"'},
        {"kind": "forbidden", "tags_regex": r"9+\.\d+\.\d+"},
    )
    for reference in ("latest", f"{digest_of(other())}?tag=1.0.0&tag=one"):
        sentence = told(writer.push(ruled.app, reference, other()))
        assert "is not a semantic version, as 1.4.2" in sentence
        assert 'set by admin: say "which"' in sentence
    assert ruled.digest("1.0.0") is None
    assert "is not wanted (rule 4" in told(writer.push(ruled.app, "99.1.2", other()))
    answer = writer.push(ruled.app, "0.1.0", other())
    assert answer.status_code == 201
    warning = answer.headers.get_list("warning")
    assert len(warning) == 1
    assert warning[0].startswith('299 - "the tag 0.1.0 of ')
    assert warning[0].endswith('set by admin: ältere\\\\\\"): push another tag"')
    for tag in ("1.2.3", "sha256-abc.sig"):
        answer = writer.push(ruled.app, tag, other())
        assert answer.status_code == 201
        assert "warning" not in answer.headers


def test_latest(ruled: Ruled) -> None:
    """Without any rule `latest` is warned about, and refused or allowed where a rule says so."""
    made = ruled.admin.push_image(ruled.app, layers=(LAYER,))
    answer = ruled.admin.push(ruled.app, "latest", made)
    assert answer.status_code == 201
    assert answer.headers["warning"].startswith('299 - "latest does not say which version it names')
    ruled.rule({"kind": "forbidden", "tags": "latest", "action": "allow"})
    assert "warning" not in ruled.admin.push(ruled.app, "latest", other()).headers
    ruled.rule({"kind": "forbidden", "tags": "latest"})
    assert "is not wanted" in told(ruled.admin.push(ruled.app, "latest", made))
    assert ruled.admin.ask("DELETE", f"/v2/{ruled.app}/manifests/latest").status_code == 202


def test_reserved(ruled: Ruled) -> None:
    """Only who is named may: by role, by person, by robot; and nobody who has the name later."""
    owner, maintainer, named = (ruled.person(name, role) for name, role in
                                (("owner", "owner"), ("main", "maintainer"), ("ann", "maintainer")))  # fmt: skip
    robot, title = ruled.robot("release")
    stranger, _ = ruled.robot("ci")
    ruled.admin.push_image(ruled.app, layers=(LAYER,))
    ruled.rule({"kind": "reserved", "tags": "stable", "roles": ["owner"], "users": [named.name], "robots": ["release"]})
    for who in (maintainer, stranger, ruled.admin):
        sentence = told(who.push(ruled.app, "stable", other()))
        assert f"by the role owner, {named.name}, {title} (rule 1" in sentence
        assert who.push(ruled.app, "edge", other()).status_code == 201
    for number, who in enumerate((owner, named, robot)):
        assert who.push(ruled.app, "stable", other(str(number))).status_code == 201
        told(maintainer.ask("DELETE", f"/v2/{ruled.app}/manifests/stable"))
        if who is not owner:
            assert who.ask("DELETE", f"/v2/{ruled.app}/manifests/stable").status_code == 202
    assert ruled.admin.ask("DELETE", f"/api/v1/users/{named.name}").status_code == 204
    again = ruled.person("ann", "maintainer", password="another password")
    assert "can only be made by" in told(again.push(ruled.app, "stable", other("again")))
    assert ruled.admin.ask("DELETE", f"/api/v1/projects/{ruled.project}/robots/release").status_code == 204
    robot, _ = ruled.robot("release")
    assert "can only be made by" in told(robot.push(ruled.app, "stable", other("again")))


def test_reserved_for_a_role_of_an_administrator(ruled: Ruled) -> None:
    """An administrator who holds the role as well is one of those for whom the tag is reserved."""
    boss = ruled.person("boss", "owner")
    assert ruled.admin.ask("PATCH", f"/api/v1/users/{boss.name}", json={"administrator": True}).status_code == 200
    ruled.admin.push_image(ruled.app, layers=(LAYER,))
    ruled.rule({"kind": "reserved", "roles": ["owner"]})
    assert boss.push(ruled.app, "stable", other()).status_code == 201
    told(ruled.admin.push(ruled.app, "stable", other("more")))
    assert ruled.admin.ask("PATCH", f"/api/v1/users/{boss.name}", json={"administrator": False}).status_code == 200


def test_a_rename_is_no_way_out(ruled: Ruled) -> None:
    """A repository stays where an immutable tag is; where such rules hold as well, it may go."""
    ruled.admin.push_image(ruled.app, "v1")
    elsewhere = f"{ruled.project}-b"
    assert ruled.admin.ask("POST", "/api/v1/projects", json={"name": elsewhere}).status_code == 201
    address = f"/api/v1/projects/{ruled.project}/repositories/app"
    ruled.rule({**IMMUTABLE, "repositories": "app*"})
    for change in ({"name": "scratch"}, {"project": elsewhere}):
        answer = ruled.admin.ask("PATCH", address, json=change)
        assert "would lose a rule that holds for them now" in told(answer)
        assert "is immutable" in told(answer)
    assert ruled.admin.ask("PATCH", address, json={"name": "app-2"}).status_code == 200
    there = f"/api/v1/projects/{elsewhere}/tag-rules"
    assert ruled.admin.ask("PUT", there, json=[{"kind": "immutable"}]).status_code == 200
    moved = ruled.admin.ask("PATCH", f"{address}-2", json={"project": elsewhere, "name": "app"})
    assert moved.status_code == 200
    told(ruled.admin.push(f"{elsewhere}/app", "v1", content.image(annotations={"salt": "x"})))


def test_a_rename_is_no_way_in(ruled: Ruled) -> None:
    """A tag that may not be made under a name comes there neither by a rename nor out of the trash."""
    dev = f"{ruled.project}/dev"
    ruled.admin.push_image(dev, "v9")
    ruled.rule(
        {"kind": "reserved", "repositories": "prod-*", "tags": "v*", "users": [ruled.person("ann", "writer").name]}
    )
    address = f"/api/v1/projects/{ruled.project}/repositories/dev"
    assert "can only be made by" in told(ruled.admin.ask("PATCH", address, json={"name": "prod-x"}))
    assert ruled.admin.ask("DELETE", address).status_code == 204
    trash = f"/api/v1/projects/{ruled.project}/trash"
    (deleted,) = ruled.admin.get(trash).json()
    answer = ruled.admin.ask("POST", f"{trash}/{deleted['id']}/restore", json={"name": "prod-x"})
    assert "can only be made by" in told(answer)
    assert ruled.admin.ask("POST", f"{trash}/{deleted['id']}/restore", json={"name": "dev-2"}).status_code == 200
    assert ruled.admin.ask("PATCH", f"{address}-2", json={"name": "dev"}).status_code == 200


def test_a_reserved_tag_does_not_go_to_where_others_may_move_it(ruled: Ruled) -> None:
    """Not even if whoever renames is one of those it is reserved for; nor by way of the trash."""
    olga, ann = ruled.person("olga", "owner"), ruled.person("ann", "writer")
    ruled.admin.push_image(ruled.app, "stable")
    mine: Rule = {"kind": "reserved", "tags": "stable", "users": [olga.name]}
    both: Rule = {**mine, "repositories": "both", "users": [olga.name, ann.name]}
    ruled.rule({**mine, "repositories": "app*"}, both)
    address = f"/api/v1/projects/{ruled.project}/repositories/app"
    for name in ("free", "both"):
        sentence = told(olga.ask("PATCH", address, json={"name": name}))
        assert f"would lose a rule that holds for them now: the tag stable is reserved for {olga.name}" in sentence
    assert olga.ask("PATCH", address, json={"name": "app-2"}).status_code == 200
    assert olga.ask("DELETE", f"{address}-2").status_code == 204
    trash = f"/api/v1/projects/{ruled.project}/trash"
    (deleted,) = olga.get(trash).json()
    path = f"{trash}/{deleted['id']}/restore"
    assert "is reserved for" in told(olga.ask("POST", path, json={"name": "free"}))
    assert olga.ask("POST", path, json={"name": "app-3"}).status_code == 200
    ruled.rule({**mine, "repositories": "app*", "users": [olga.name, ann.name]}, {**mine, "repositories": "both"})
    assert olga.ask("PATCH", f"{address}-3", json={"name": "both"}).status_code == 200


def test_an_immutable_tag_is_not_only_reserved_elsewhere(ruled: Ruled) -> None:
    """What nobody may move does not come to where somebody else may."""
    ruled.admin.push_image(ruled.app, "v1")
    name = ruled.person("ann", "writer").name
    ruled.rule({**IMMUTABLE, "repositories": "app"}, {"kind": "reserved", "repositories": "other", "users": [name]})
    address = f"/api/v1/projects/{ruled.project}/repositories/app"
    assert "immutable" in told(ruled.admin.ask("PATCH", address, json={"name": "other"}))


def test_kept_as_given(ruled: Ruled) -> None:
    """The list comes back in its order with who set each rule; what stays in it keeps who set it."""
    owner = ruled.person("olga", "owner")
    (first,) = ruled.rule(IMMUTABLE)
    assert first["set_by"] == "admin"
    assert (first["repositories"], first["tags"], first["tags_regex"]) == ("**", "v*", None)
    more: list[Rule] = [
        {"kind": "expires", "repositories": "pr/**", "days": 7},
        {"kind": "forbidden", "tags": "latest"},
        {"kind": "required", "tags_regex": r"\d.*", "form": "regex", "regex": r"\d+\.\d+"},
        {"kind": "reserved", "tags": "stable", "roles": ["owner"], "users": [owner.name]},
    ]
    answer = owner.ask("PUT", ruled.address, json=[*more, IMMUTABLE])
    assert answer.status_code == 200
    shown = answer.json()
    assert [rule["kind"] for rule in shown] == ["expires", "forbidden", "required", "reserved", "immutable"]
    assert shown[-1] == first
    assert {rule["set_by"] for rule in shown[:-1]} == {owner.name}
    for rule, given in zip(shown, [*more, IMMUTABLE], strict=True):
        assert {name: rule[name] for name in given} == given
    listed = owner.get(ruled.address)
    assert listed.json() == shown
    assert listed.headers["x-total-count"] == "5"


def test_only_what_was_seen_is_changed(ruled: Ruled) -> None:
    """If-Match is about the whole list."""
    seen = ruled.admin.get(ruled.address).headers["etag"]
    for status in (200, 412):
        answer = ruled.admin.ask("PUT", ruled.address, json=[IMMUTABLE], headers={"If-Match": seen})
        assert answer.status_code == status
    assert len(ruled.admin.get(ruled.address).json()) == 1


def test_told_in_the_audit(ruled: Ruled) -> None:
    """A change tells how the list was before and is after; where nothing changes nothing is told."""
    for rules in ([IMMUTABLE], [IMMUTABLE], []):
        ruled.rule(*rules)
    events = ruled.admin.get(f"/api/v1/projects/{ruled.project}/audit?kind=tag-rules.set").json()
    assert len(events) == 2
    assert events[0]["after"] == {"rules": []}
    assert events[0]["before"] == events[1]["after"]
    (rule,) = events[0]["before"]["rules"]
    assert (rule["kind"], rule["tags"], rule["reason"], rule["set_by"]) == (
        "immutable", "v*", "a release never changes", "admin",
    )  # fmt: skip
    assert (events[1]["before"], events[1]["actor"]) == ({"rules": []}, "admin")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "immutable", "tags": "[a]"}, "is not a pattern"),
        ({"kind": "immutable", "tags": ""}, "is not a pattern"),
        ({"kind": "immutable", "tags_regex": "(a"}, "is not closed"),
        ({"kind": "immutable", "tags_regex": ""}, "is not a regular expression"),
        ({"kind": "immutable", "tags": "a", "tags_regex": "a"}, "give either"),
        ({"kind": "immutable", "repositories": "a b"}, "is not a pattern"),
        ({"kind": "immutable", "set_by": "ann"}, "there is no such field"),
        ({"kind": "unheard"}, "kind"),
        ({}, "kind"),
        ({"kind": "required"}, "rule 1 (required): say which form"),
        ({"kind": "reserved", "users": ["nobody-of-this-name"]}, "there is no user"),
        ({"kind": "reserved", "robots": ["none"]}, "there is no robot"),
        ({"kind": "reserved", "roles": ["none"]}, "there is no role"),
        ({"kind": "expires", "days": 0}, "days"),
        ({"kind": "expires", "days": True}, "days"),
    ],
)
def test_what_is_no_rule(ruled: Ruled, given: Rule, words: str) -> None:
    """It is refused with what is wrong, and the rules stay as they were."""
    ruled.rule(IMMUTABLE)
    told = refusal(ruled.admin.ask("PUT", ruled.address, json=[given]), 400)
    assert words in told["message"]
    assert [rule["kind"] for rule in ruled.admin.get(ruled.address).json()] == ["immutable"]


def test_a_robot_of_another_project(ruled: Ruled, admin: Wire) -> None:
    """A tag is reserved for no robot that has no business there."""
    elsewhere = f"{ruled.project}-other"
    assert admin.ask("POST", "/api/v1/projects", json={"name": elsewhere}).status_code == 201
    assert admin.ask("POST", f"/api/v1/projects/{elsewhere}/robots", json={"name": "ci"}).status_code == 201
    given = {"kind": "reserved", "robots": [f"robot${elsewhere}+ci"]}
    assert "there is no robot" in refusal(admin.ask("PUT", ruled.address, json=[given]), 400)["message"]


def test_too_many(ruled: Ruled) -> None:
    """More than fifty are no list of rules."""
    refusal(ruled.admin.ask("PUT", ruled.address, json=[IMMUTABLE] * 51), 400)


def test_what_a_tag_says(ruled: Ruled) -> None:
    """Among the tags it is told which are immutable, and when the others end."""
    ruled.admin.push_image(ruled.app, "v1", "pr-1", "x")
    ruled.rule(IMMUTABLE, {"kind": "expires", "tags": "pr-*", "days": 2}, {"kind": "expires", "tags": "v*", "days": 1})
    tags = ruled.admin.get(f"/api/v1/projects/{ruled.project}/repositories/app/tags").json()
    found = {
        tag["name"]: (tag["immutable"], tag["expires_at"] and tag["expires_at"] - tag["pushed_at"]) for tag in tags
    }
    assert found == {"pr-1": (False, 2 * 86_400), "v1": (True, None), "x": (False, None)}


def test_explained(ruled: Ruled) -> None:
    """Whoever asks whether somebody may push or delete a tag is told of the rule that is against it."""
    writer = ruled.person("writer", "writer")
    ruled.admin.push_image(ruled.app, "v1")
    ruled.rule(IMMUTABLE, {"kind": "required", "form": "semver"})

    def explain(action: str, tag: str) -> tuple[bool, str]:
        query = {"subject": writer.name, "action": action, "repository": "app", "tag": tag}
        answer = writer.ask("GET", f"/api/v1/projects/{ruled.project}/explain", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["allowed"], " ".join(answer.json()["why"])

    assert explain("push", "v1.0.0") == (True, f"{writer.name} is writer in project {ruled.project}")
    allowed, why = explain("push", "v1")
    assert (allowed, "is immutable" in why) == (False, True)
    allowed, why = explain("push", "one")
    assert (allowed, "is not a semantic version" in why) == (False, True)
    assert explain("pull", "v1")[0]


def test_the_rules_go_along(ruled: Ruled) -> None:
    """A renamed project keeps its rules."""
    ruled.admin.push_image(ruled.app, "v1")
    ruled.rule(IMMUTABLE)
    now = f"{ruled.project}-now"
    assert ruled.admin.ask("PATCH", f"/api/v1/projects/{ruled.project}", json={"name": now}).status_code == 200
    sentence = told(ruled.admin.push(f"{now}/app", "v1", content.image(annotations={"salt": "x"})))
    assert f"rule 1 of project {now}" in sentence


def test_nobody_learns_of_a_project(ruled: Ruled, person: Wire) -> None:
    """To who may not see it, its rules are as missing as those of no project at all."""
    ruled.rule(IMMUTABLE)
    hidden, missing = (person.get(f"/api/v1/projects/{name}/tag-rules") for name in (ruled.project, "no-such-one"))
    texts = [json.loads(answer.content)["detail"].replace(name, "X") for answer, name in
             ((hidden, ruled.project), (missing, "no-such-one"))]  # fmt: skip
    assert (hidden.status_code, texts[0]) == (missing.status_code, texts[1]) == (404, texts[0])
