"""The steps from what there is to what is wanted, without a server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from moorage.cli.asfile.plan import Plan, decide
from moorage.cli.asfile.states import Found, FoundProject
from moorage.cli.asfile.step import Step, Verb
from moorage.cli.asfile.wanted import parse
from moorage.cli.asfile.webhooks import named
from moorage.cli.failing import Failure

NOW = 1_000_000.0
DAY = 86_400
ME = {"name": "admin", "administrator": True, "auditor": False}
RIGHTS = {"administrator": False, "auditor": False, "disabled": False}
WHOLE = {"repositories": "**", "tags": "**"}


def plan(text: str, found: Found, *, prune: bool = False) -> Plan:
    """What a file makes of what was found."""
    return decide(parse([("f", f"version: 1\n{text}".encode())]), found, prune=prune, now=NOW)


def said(steps: list[Step]) -> list[str]:
    """In short."""
    marks = {Verb.MAKE: "+", Verb.CHANGE: "~", Verb.REMOVE: "-"}
    return [f"{marks[step.verb]} {step.what}" for step in steps]


def user(name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of the API
    """Somebody, as the API shows them."""
    return {"id": 1, "name": name, **RIGHTS, **fields}


def team(**parts: Any) -> Found:  # noqa: ANN401 - of a project
    """A registry with one project, seen by an administrator."""
    row = {"id": 1, "name": "team", "public": False, "description": "", "time_zone": ""}
    roles = {"writer": {"name": "writer", "built_in": True, "actions": []}}
    roles["reader"] = {"name": "reader", "built_in": True, "actions": []}
    users = {name: user(name) for name in ("admin", "ann", "bob")}
    return Found(
        ME, roles=roles, users=users, groups={}, issuers={}, robots={}, projects={"team": FoundProject(row, **parts)}
    )


def robot(name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of the API
    """A robot, as the API shows it."""
    return {
        "id": 1, "short_name": name, "description": "", "actions": ["pull"], "repositories": ["b", "a"],
        "expires_at": NOW + 20 * DAY, "disabled": False, "trusts": [], **fields,
    }  # fmt: skip


def test_what_others_need_comes_first() -> None:
    """Roles, people, groups and issuers, then projects, then what is in them."""
    steps = plan(
        """
projects:
  team:
    robots: {ci: {trusts: [{issuer: hub, claims: {sub: x}}]}}
    groups: {dev: own}
    members: {ann: own}
issuers: {hub: {url: 'https://hub', audience: us}}
groups: {dev: [ann]}
users: {ann: {password_env: A, auditor: true}}
roles: {own: [pull]}
""",
        Found(ME, roles={}, users={}, groups={}, issuers={}),
    ).steps
    assert said(steps) == [
        "+ role own", "+ user ann", "~ user ann", "+ group dev", "+ ann in group dev", "+ issuer hub", "+ project team",
        "+ member ann of project team", "+ group dev of project team", "+ robot ci of project team",
        "+ trust of robot ci of project team",
    ]  # fmt: skip


def test_only_what_is_stated_is_compared() -> None:
    """A field that does not stand in the file may be anything, and the order of lists does not count."""
    found = team(robots={"ci": robot("ci", description="what it is", disabled=True)})
    assert plan("projects: {team: {robots: {ci: {repositories: [a, b]}}}}", found).steps == []
    (step,) = plan("projects: {team: {public: true, robots: {ci: {repositories: [a]}}}}", found).steps[1:]
    assert (step.method, step.path, step.body) == ("PATCH", "projects/team/robots/ci", {"repositories": ["a"]})
    assert isinstance(step.seen, dict)
    assert step.seen["repositories"] == ["b", "a"]


def test_a_robot_that_lives_on_towards_its_end_is_as_its_file_says() -> None:
    """Only a later end than the file allows is a difference, and never in place of an end."""
    for days, ends, differs in [
        ("30", NOW + 20 * DAY, False), ("30", NOW - DAY, False), ("20", NOW + 20 * DAY, False),
        ("10", NOW + 20 * DAY, True),
        ("30", None, True), ("null", NOW + DAY, True), ("null", None, False),
    ]:  # fmt: skip
        found = team(robots={"ci": robot("ci", expires_at=ends)})
        steps = plan(f"projects: {{team: {{robots: {{ci: {{expires_in_days: {days}}}}}}}}}", found).steps
        assert bool(steps) is differs, (days, ends)
        assert all(step.body == {"expires_in_days": None if days == "null" else int(days)} for step in steps)


def test_people_are_made_with_a_password_from_elsewhere() -> None:
    """It is asked for those only who are not there yet; the step itself holds none."""
    found = team()
    (fault,) = plan("users: {carl: {}}", found).faults
    assert "password_env" in fault.sentence
    assert plan("users: {ann: {password_env: A, must_change: true}}", found).steps == []
    (step,) = plan("users: {carl: {password_file: p}}", found).steps
    assert (step.body, step.sources.password_file) == ({"name": "carl", "must_change": False}, "p")


def test_nobody_lessens_themselves() -> None:
    """A file that would change what its user is is refused; one that says what they are is not."""
    assert (
        plan(
            "users: {admin: {administrator: true}}", Found(ME, users={"admin": user("admin", administrator=True)})
        ).faults
        == []
    )
    (fault,) = plan("users: {admin: {disabled: true}}", team()).faults
    assert "is you" in fault.sentence


def test_names_that_nobody_has_are_told_before() -> None:
    """People, groups, roles and issuers, unless the file makes them; who may not look is told by the registry."""
    trust = "{issuer: hub, claims: {sub: x}}"
    robots = f"{{ci: {{trusts: [{trust}]}}}}"
    text = f"projects: {{team: {{members: {{zed: king}}, groups: {{dev: reader}}, robots: {robots}}}}}"
    assert len(plan(text, team()).faults) == 4
    assert plan(text, Found({**ME, "administrator": False})).faults == []
    assert len(plan(f"{text}\nroles: {{king: [pull]}}\ngroups: {{dev: [yan]}}", team()).faults) == 3


def test_repositories_are_made_by_pushing() -> None:
    """One that is not there is a fault; labels that the file does not name stay."""
    row = {"id": 1, "name": "team/app", "public": None, "description": "", "labels": {"env": "prod", "tier": "1"}}
    found = team(repositories={"app": row})
    assert "pushing" in plan("projects: {team: {repositories: {web: {}}}}", found).faults[0].sentence
    text = "projects: {team: {repositories: {app: {labels: {env: test}}}}}"
    assert [step.body for step in plan(text, found).steps] == [{"labels": {"env": "test", "tier": "1"}}]
    assert [step.body for step in plan(text, found, prune=True).steps][1:] == [{"labels": {"env": "test"}}]
    assert plan("projects: {team: {repositories: {app: {labels: {env: prod}}}}}", found).steps == []


def test_only_a_prune_removes_and_only_where_the_file_says_something() -> None:
    """What is in sections that stand in it and is not named there goes; projects and built-in roles never do."""
    trust = {"id": 7, "issuer": "hub", "claims": {"sub": "x"}}
    found = team(
        members={"ann": {"name": "ann", "kind": "user", "roles": [{"role": "reader", **WHOLE}]}},
        robots={"ci": robot("ci", trusts=[trust]), "old": robot("old")},
    )
    text = "projects: {team: {robots: {ci: {trusts: []}}}}"
    assert plan(text, found).steps == []
    steps = plan(text, found, prune=True).steps
    assert said(steps) == ["- trust of robot ci of project team", "- robot old of project team"]
    assert [step.path for step in steps] == ["projects/team/robots/ci/trusts/7", "projects/team/robots/old"]
    assert said(plan("projects: {team: {members: {}}}", found, prune=True).steps) == ["- member ann of project team"]
    assert said(plan("projects: {}\nroles: {}", found, prune=True).steps) == []


def test_a_prune_never_removes_whoever_asks_for_it() -> None:
    """Not as a user, nor from groups and projects; it is said so."""
    held = [{"role": "reader", **WHOLE}]
    members = {name: {"name": name, "kind": "user", "roles": held} for name in ("admin", "ann")}
    base = team(members=members)
    found = Found(
        ME, users=base.users, groups={"dev": {"name": "dev", "people": ["admin", "bob"]}}, projects=base.projects
    )
    text = "users: {ann: {}}\ngroups: {dev: [ann]}\nprojects: {team: {members: {}}}"
    outcome = plan(text, found, prune=True)
    assert said([step for step in outcome.steps if step.verb is Verb.REMOVE]) == [
        "- member ann of project team", "- bob in group dev", "- user bob",
    ]  # fmt: skip
    assert len(outcome.kept) == 3
    assert all("that is you" in sentence for sentence in outcome.kept)


def test_a_group_that_is_named_alone_keeps_its_people() -> None:
    """As those whom a provider puts into it; one with an empty list has none, to those who prune."""
    found = Found(ME, users=team().users, groups={"dev": {"name": "dev", "people": ["ann"]}})
    assert plan("groups: {dev: }", found, prune=True).steps == []
    assert said(plan("groups: {dev: []}", found, prune=True).steps) == ["- ann in group dev"]


def test_what_cannot_be_changed_is_told() -> None:
    """An issuer's address, and built-in roles."""
    issuers = {"hub": {"name": "hub", "url": "https://a", "audience": "us", "algorithms": ["RS256"], "keys": None}}
    found = Found(ME, issuers=issuers, roles={"reader": {"name": "reader", "built_in": True, "actions": []}})
    assert len(plan("issuers: {hub: {url: 'https://b'}}\nroles: {reader: [pull]}", found).faults) == 2
    (step,) = plan("issuers: {hub: {url: 'https://a', audience: them}}", found).steps
    assert step.body == {"audience": "them"}


def test_schedules() -> None:
    """Made, changed where they differ, left alone where they do not, and removed to prune; in a project and outside."""
    row = {"kind": "verify", "cron": "0 0 * * *", "time_zone": "UTC", "enabled": True, "next_at": 1.0, "set_by": "ann"}
    found = replace(team(schedules={"verify": row, "other": row}), schedules={"verify": row})
    text = """
schedules:
  verify: {cron: 0 0 * * *}
  forget-jobs: {cron: 5 5 * * *, enabled: false}
projects:
  team:
    schedules:
      verify: {cron: 1 1 * * *}
"""
    steps = plan(text, found, prune=True).steps
    assert said(steps) == [
        "~ schedule of verify in project team",
        "+ schedule of forget-jobs",
        "- schedule of other in project team",
    ]
    assert steps[0].body == {"cron": "1 1 * * *", "time_zone": "UTC", "enabled": True}
    assert steps[0].seen == row
    assert steps[1].body == {"cron": "5 5 * * *", "time_zone": None, "enabled": False}
    [fault] = plan("schedules: {forget-audit: {enabled: false}}", found).faults
    assert "say its cron" in fault.sentence


def hook(number: int, url: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of the API
    """A webhook, as the API shows it."""
    return {
        "id": number, "url": url, "form": "cloudevents", "events": ["tag.*"], "repositories": ["**"], "tags": ["**"],
        "description": "", "disabled": False, "failing_since": None, "previous_secret_until": None, **fields,
    }  # fmt: skip


def test_webhooks_go_by_their_address() -> None:
    """Made with what was said, changed where it differs, removed by a prune; the second of an address has a number."""
    url, other = "https://ci.example.com/hook?key=hidden", "https://chat.example.com/"
    rows = named([hook(3, url), hook(4, url), hook(9, "https://old.example.com/")])
    text = f"""
projects:
  team:
    webhooks:
      {url}: {{events: [tag.*]}}
      {url}#2: {{disabled: true}}
      {other}: {{form: slack, secret_env: HOOK}}
"""
    steps = plan(text, team(webhooks=rows), prune=True).steps
    assert said(steps) == [
        "~ webhook https://ci.example.com/... (2) of project team",
        "+ webhook https://chat.example.com/ of project team",
        "- webhook https://old.example.com/ of project team",
    ]
    change, made, gone = steps
    assert (change.path, change.body) == ("projects/team/webhooks/4", {"disabled": True})
    assert isinstance(made.body, Mapping)
    assert (made.body["url"], made.body["form"], made.sources.password_env) == (other, "slack", "HOOK")
    assert not made.sources.draws_secret
    assert (gone.method, gone.path) == ("DELETE", "projects/team/webhooks/9")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("ftp://ci.example.com/: {}", "webhook's url"),
        ("https://ci.example.com/#part: {}", "webhook's url"),
        ("https://ci.example.com/: {events: [login]}", "no event"),
        ("https://ci.example.com/: {form: smoke}", "no form"),
        ("https://ci.example.com/: {secret: hidden}", "secret"),
        ("https://ci.example.com/: {secret_env: A, secret_file: b}", "one of both"),
    ],
)
def test_what_is_no_webhook(line: str, fault: str) -> None:
    """Is told with its line, before anything is asked."""
    with pytest.raises(Failure) as failure:
        plan(f"projects: {{team: {{webhooks: {{? {line.replace(': {', ' : {', 1)}}}}}}}", team(webhooks={}))
    assert fault in f"{failure.value.sentence}{failure.value.hint}"
