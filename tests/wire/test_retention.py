"""Rules of retention: set, foreseen, and carried out over the wire."""

import itertools
import json
import time
from typing import Any

import httpx
import pytest

from moorage.oci import media_type as types
from tests.support.content import digest_of, image, index
from tests.support.server import PASSWORD
from tests.support.wire import Wire, refusal

API = "/api/v1"
_numbers = itertools.count(1)
SECONDS = 30


def done(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """What was answered, which is no refusal."""
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


class Retained:
    """A project with images, and its rules."""

    def __init__(self, admin: Wire) -> None:
        self.admin, self.name = admin, f"kept-{next(_numbers)}"
        self.at = f"{API}/projects/{self.name}"
        done(admin.ask("POST", f"{API}/projects", json={"name": self.name}))

    def push(self, repository: str, *tags: str) -> str:
        """An image unlike all others, under these tags; its digest."""
        layer = f"layer {next(_numbers)}".encode()
        return digest_of(self.admin.push_image(f"{self.name}/{repository}", *tags, layers=(layer,)))

    def set(self, *rules: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Let these be the rules."""
        return done(self.admin.ask("PUT", f"{self.at}/retention", json={"rules": list(rules)}))

    def foresee(self, *rules: dict[str, Any], query: str = "") -> dict[str, Any]:
        """What these rules would do; without any what those that are set would."""
        body = {"rules": list(rules)} if rules else {}
        told: dict[str, Any] = done(self.admin.ask("POST", f"{self.at}/retention/preview{query}", json=body))
        return told

    def run(self) -> dict[str, Any]:
        """Carry them out; what came of it."""
        job = done(self.admin.ask("POST", f"{self.at}/jobs", json={"kind": "retention"}))
        deadline = time.monotonic() + SECONDS
        while job["state"] not in {"succeeded", "failed"}:
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
            job = done(self.admin.get(f"{self.at}/jobs/{job['id']}"))
        assert job["state"] == "succeeded", job
        result: dict[str, Any] = job["result"]
        return result

    def tags(self, repository: str) -> list[str]:
        """What is there."""
        return [tag["name"] for tag in done(self.admin.get(f"{self.at}/repositories/{repository}/tags"))]

    def has(self, repository: str, digest: str) -> bool:
        """Can it be pulled by digest?"""
        return self.admin.head(f"/v2/{self.name}/{repository}/manifests/{digest}").status_code == 200


@pytest.fixture
def team(admin: Wire) -> Retained:
    """A project that no other test uses."""
    return Retained(admin)


def test_no_rules(team: Retained) -> None:
    """A new project has none, and nothing goes."""
    digest = team.push("app", "main-1")
    assert done(team.admin.get(f"{team.at}/retention")) == {
        "rules": [], "set_by": None, "set_at": None, "next_at": None
    }  # fmt: skip
    assert team.foresee()["delete_images"] == 0
    assert team.run() == {"images": 0, "deleted_tags": 0, "deleted_images": 0, "changed": 0, "whole": True}
    assert team.has("app", digest)


def test_builds_and_releases(team: Retained) -> None:
    """Two builds of each branch and everything released stay; what is shown beforehand is what happens."""
    released = team.push("app", "1.0.0", "main-1")
    builds = [team.push("app", f"main-{number}") for number in (2, 3, 4)]
    other = team.push("app", "fix-x-1")
    rules: list[dict[str, Any]] = [
        {"effect": "keep", "versions": ">=0.0.0"},
        {"effect": "delete", "tags": "*-*", "newest": 2, "group_before": "-"},
    ]
    foreseen = team.foresee(*rules)
    assert (foreseen["images"], foreseen["delete_images"], foreseen["delete_tags"]) == (5, 1, 2)
    first = {entry["digest"]: entry for entry in foreseen["verdicts"]}
    assert (first[builds[0]]["verdict"], first[builds[0]]["rule"], first[builds[0]]["reason"]) == (
        "delete", 2, "rule 2 deletes it"
    )  # fmt: skip
    assert first[released]["reason"] == "its tag 1.0.0 stays, by rule 1"
    assert team.has("app", builds[0])
    shown = team.set(*rules)
    assert [rule["effect"] for rule in shown["rules"]] == ["keep", "delete"]
    assert shown["set_by"] == "admin"
    assert team.foresee() == foreseen
    assert team.run() == {"images": 5, "deleted_tags": 2, "deleted_images": 1, "changed": 0, "whole": True}
    assert team.tags("app") == ["1.0.0", "fix-x-1", "main-3", "main-4"]
    assert [team.has("app", digest) for digest in (released, other, *builds)] == [True, True, False, True, True]
    assert team.run()["deleted_images"] == 0


def test_pulls_that_nobody_counted(team: Retained) -> None:
    """A preview says since when pulls are known, to whom it matters."""
    team.push("app", "main-1")
    for days, matters in ((30, True), (0, False)):
        known = team.foresee({"effect": "delete", "tags": "*", "pulled_days": days})["pulls_known_since"]
        assert (known is not None) is matters
    assert team.foresee({"effect": "delete", "tags": "*", "pushed_days": 30})["pulls_known_since"] is None
    assert team.foresee({"effect": "delete", "pulled_days": 30}, query="?repository=app")["pulls_known_since"] > 0


def test_an_index_keeps_its_platforms(team: Retained) -> None:
    """What a kept index names stays though a rule chooses it; when the index goes they go with it."""
    platforms = [team.push("app", f"build-{number}") for number in (1, 2)]
    for tag, digest in (("1.0", platforms[0]), ("old", platforms[1])):
        platform = team.admin.get(f"/v2/{team.name}/app/manifests/{digest}").content
        body = index([platform])
        assert team.admin.push(f"{team.name}/app", tag, body, types.OCI_INDEX).status_code == 201
    team.set({"effect": "delete", "tags": "build-*"}, {"effect": "delete", "tags": "old"})
    assert team.run() == {"images": 4, "deleted_tags": 3, "deleted_images": 2, "changed": 0, "whole": True}
    assert [team.has("app", digest) for digest in platforms] == [True, False]
    assert team.tags("app") == ["1.0"]


def test_signatures_go_with_their_image(team: Retained) -> None:
    """What was made for an image stays as long as that does, whatever a rule says of untagged images."""
    kept, lost = team.push("app", "1.0"), team.push("app", "main-1")
    signatures = []
    for digest in (kept, lost):
        body = json.loads(image(f"signature of {digest}".encode()))
        body["subject"] = {"mediaType": types.OCI_MANIFEST, "digest": digest, "size": 1}
        team.admin.push_blob(f"{team.name}/app", f"signature of {digest}".encode())
        content = json.dumps(body).encode()
        signatures.append(digest_of(content))
        assert team.admin.push(f"{team.name}/app", signatures[-1], content).status_code == 201
    team.set({"effect": "delete", "untagged": True}, {"effect": "delete", "tags": "main-*"})
    assert team.run()["deleted_images"] == 2
    assert [team.has("app", digest) for digest in (kept, lost, *signatures)] == [True, False, True, False]


def test_rules_are_of_repositories(team: Retained) -> None:
    """By pattern and by label; a look at one repository alone tells of that one."""
    for repository in ("web/app", "api", "tools"):
        team.push(repository, "main-1")
    at = f"{team.at}/repositories/api"
    done(team.admin.ask("PATCH", at, json={"labels": {"env": "dev"}}))
    rules = (
        {"effect": "delete", "repositories": "web/**"},
        {"effect": "delete", "labels": {"env": "dev"}},
    )
    going = {entry["repository"] for entry in team.foresee(*rules)["verdicts"] if entry["verdict"] == "delete"}
    assert going == {f"{team.name}/web/app", f"{team.name}/api"}
    assert team.foresee(*rules, query="?repository=web/app")["images"] == 1
    refusal(team.admin.ask("POST", f"{team.at}/retention/preview?repository=none", json={}), 404, "NAME_UNKNOWN")


def test_what_goes_is_told(team: Retained) -> None:
    """Each tag and image that goes is an event with the reason, by the registry itself; so is a change of rules."""
    digest = team.push("app", "main-1")
    team.set({"effect": "delete", "tags": "main-*"})
    team.run()
    events = done(team.admin.get(f"{team.at}/audit"))
    told = {event["kind"]: event for event in events}
    assert (told["tag.deleted"]["tag"], told["tag.deleted"]["digest"]) == ("main-1", digest)
    assert told["manifest.deleted"]["after"] == {"reason": "rule 1 deletes it"}
    assert told["manifest.deleted"]["actor_kind"] == "machine"
    assert told["manifest.deleted"]["object"].startswith("job:")
    assert told["retention.updated"]["before"] == {"rules": []}
    assert told["retention.updated"]["after"]["rules"][0]["tags"] == "main-*"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"effect": "burn"}, "effect"),
        ({"effect": "delete", "tags": "["}, "not a pattern"),
        ({"effect": "delete", "versions": "~1"}, "bounds"),
        ({"effect": "delete", "untagged": True, "tags": "x"}, "rule 1: untagged images have no names"),
        ({"effect": "delete", "group_before": "-"}, "give newest as well"),
        ({"effect": "delete", "newest": -1}, "newest"),
        ({"effect": "delete", "pushed_days": -1}, "pushed_days"),
        ({"effect": "delete", "labels": {" ": "x"}}, "label"),
        ({"effect": "delete", "latest": 3}, "latest"),
        ({"tags": "x"}, "effect"),
    ],
)
def test_odd_rules(team: Retained, rule: dict[str, Any], why: str) -> None:
    """Are refused with what to write instead, and change nothing."""
    team.set({"effect": "keep", "tags": "x"})
    for method, path in (("PUT", "retention"), ("POST", "retention/preview")):
        answer = team.admin.ask(method, f"{team.at}/{path}", json={"rules": [rule]})
        assert answer.status_code == 400, answer.text
        assert why in answer.text
    assert len(done(team.admin.get(f"{team.at}/retention"))["rules"]) == 1


def test_a_change_meanwhile(team: Retained) -> None:
    """Rules are changed only if they still are what somebody saw."""
    seen = team.admin.get(f"{team.at}/retention").headers["etag"]
    team.set({"effect": "keep", "tags": "x"})
    answer = team.admin.ask("PUT", f"{team.at}/retention", json={"rules": []}, headers={"If-Match": seen})
    refusal(answer, 412, "CHANGED")


def test_an_immutable_tag_stays(team: Retained) -> None:
    """What a rule of tags keeps as it is no rule of retention takes, and the preview says why."""
    kept, lost = team.push("app", "1.0.0"), team.push("app", "main-1")
    rules = [{"kind": "immutable", "tags": "1.*", "reason": "a release never changes"}]
    done(team.admin.ask("PUT", f"{team.at}/tag-rules", json=rules))
    foreseen = {entry["digest"]: entry for entry in team.foresee({"effect": "delete", "tags": "**"})["verdicts"]}
    assert foreseen[kept]["tags"][0]["reason"] == "a tag rule keeps it as it is"
    team.set({"effect": "delete", "tags": "**"})
    assert team.run()["deleted_images"] == 1
    assert [team.has("app", digest) for digest in (kept, lost)] == [True, False]


def test_what_went_can_be_restored(team: Retained) -> None:
    """It lies in the trash like what somebody deleted."""
    digest = team.push("app", "main-1")
    team.set({"effect": "delete", "tags": "main-*"})
    team.run()
    assert not team.has("app", digest)
    done(team.admin.ask("POST", f"{team.at}/repositories/app/trash/{digest}/restore"))
    assert team.has("app", digest)


def test_a_pull_keeps_it(team: Retained) -> None:
    """What was pulled lately is not what nobody pulls."""
    pulled, idle = team.push("app", "main-1"), team.push("app", "main-2")
    assert team.admin.get(f"/v2/{team.name}/app/manifests/main-1").status_code == 200
    deadline = time.monotonic() + SECONDS
    while True:
        first = {entry["digest"]: entry for entry in team.foresee({"effect": "delete", "pulled_days": 0})["verdicts"]}
        if first[pulled]["pulled_at"] is not None:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert first[idle]["pulled_at"] is None


def test_who_may_not_delete_sets_no_rule_that_deletes(team: Retained) -> None:
    """A role of one's own to manage rules is no way around that; rules that keep it may set."""
    role, name = f"{team.name}-ruler", f"{team.name}-ann"
    actions = ["pull", "project:read", "retention:read", "retention:manage", "tag-rule:read", "tag-rule:manage"]
    done(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": actions}))
    done(team.admin.ask("POST", f"{API}/users", json={"name": name, "password": PASSWORD}))
    done(team.admin.ask("PUT", f"{team.at}/members/{name}", json={"role": role}))
    ann = Wire.basic(team.admin.client, name, PASSWORD)
    rule: dict[str, Any] = {"effect": "delete", "tags": "x"}
    refusal(ann.ask("PUT", f"{team.at}/retention", json={"rules": [rule]}), 403, "DENIED")
    refusal(ann.ask("PUT", f"{team.at}/tag-rules", json=[{"kind": "expires", "days": 1}]), 403, "DENIED")
    done(ann.ask("PUT", f"{team.at}/retention", json={"rules": [{**rule, "effect": "keep"}]}))
    done(ann.ask("PUT", f"{team.at}/tag-rules", json=[{"kind": "immutable", "tags": "v*"}]))


def test_when_rules_are_carried_out(team: Retained) -> None:
    """Whoever sets or reads them is told when; where there is no schedule, or one switched off, that nothing does."""
    rule = {"effect": "delete", "tags": "main-*"}
    assert team.set(rule)["next_at"] is None
    schedule = f"{team.at}/schedules/retention"
    seen = team.admin.get(f"{team.at}/retention").headers["etag"]
    following = done(team.admin.ask("PUT", schedule, json={"cron": "30 3 * * *"}))["next_at"]
    answer = team.admin.get(f"{team.at}/retention")
    assert (answer.json()["next_at"], answer.headers["etag"]) == (following, seen)
    assert team.set(rule, rule)["next_at"] == following
    done(team.admin.ask("PUT", schedule, json={"cron": "30 3 * * *", "enabled": False}))
    assert team.set(rule)["next_at"] is None
