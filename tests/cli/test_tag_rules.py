"""`moorage tag-rule`: one rule is added or removed, or the whole list is set, against a real registry."""

import json

from tests.cli.support.person import Person
from tests.cli.test_nouns import done, push
from tests.support.server import Server


def test_one_rule_after_the_other(server: Server, admin: Person) -> None:
    """Added at the end or where it shall stand, listed with its number, removed by it; the others stay as they are."""
    done(admin, "project", "create", "ruled")
    assert done(admin, "tag-rule", "add", "ruled", "immutable", "--tags", "v*", "--reason", "releases stay") == (
        "Rule 1 of project ruled is now: immutable v*.\n"
    )
    first = admin.read("tag-rule", "list", "ruled")
    more = ("--tags-regex", r"v0\..*", "--repositories", "web-*", "--allow", "--at", "1")
    assert done(admin, "tag-rule", "add", "ruled", "immutable", *more) == (
        "Rule 1 of project ruled is now: immutable /v0\\..*/ in web-* (allow).\n"
    )
    done(admin, "tag-rule", "add", "ruled", "required", "--form", "semver", "--warn", "--at", "99")
    made = admin.read("tag-rule", "add", "ruled", "required", "--regex", "[a-z]+")
    assert (made["form"], made["regex"]) == ("regex", "[a-z]+")
    done(admin, "tag-rule", "add", "ruled", "reserved", "--role", "owner", "--user", "admin", "--tags", "stable")
    done(admin, "tag-rule", "add", "ruled", "expires", "--days", "3")
    lines = done(admin, "tag-rule", "list", "ruled").splitlines()
    kinds = ["immutable", "immutable", "required", "required", "reserved", "expires"]
    assert [line.split()[:2] for line in lines[1:]] == [[str(number), kind] for number, kind in enumerate(kinds, 1)]
    assert [line.partition("admin")[0].split()[2:] for line in (lines[1], lines[2], lines[3], lines[6])] == [
        ["web-*", "/v0\\..*/", "allow", "-"],
        ["**", "v*", "-", "releases", "stay"],
        ["**", "**", "semver,", "warn", "-"],
        ["**", "**", "3", "days", "-"],
    ]
    assert admin.read("tag-rule", "list", "ruled")[1:2] == first
    assert done(admin, "tag-rule", "remove", "ruled", "1") == (
        "Rule 1 of project ruled is removed: immutable /v0\\..*/ in web-* (allow).\n"
    )
    outcome = admin.call("tag-rule", "remove", "ruled", "6")
    assert (outcome.status, "has no rule 6: it has 5" in outcome.err) == (4, True)
    push(server, "ruled/app", "v1", "pr-1")
    tags = {tag["name"]: tag for tag in admin.read("tag", "list", "ruled/app")}
    assert (tags["v1"]["immutable"], tags["v1"]["expires_at"]) == (True, None)
    assert tags["pr-1"]["expires_at"] is not None


def test_the_whole_list(admin: Person) -> None:
    """What `list --json` prints can be given back, changed or not."""
    done(admin, "project", "create", "whole")
    for kind in ("immutable", "forbidden"):
        done(admin, "tag-rule", "add", "whole", kind, "--tags", "x")
    listed = done(admin, "tag-rule", "list", "whole", "--json")
    assert done(admin, "tag-rule", "set", "whole", given=listed) == "Tag rules of project whole: 2 now.\n"
    assert done(admin, "tag-rule", "list", "whole", "--json") == listed
    done(admin, "tag-rule", "set", "whole", given=json.dumps(json.loads(listed)[:1]))
    assert [rule["kind"] for rule in admin.read("tag-rule", "list", "whole")] == ["immutable"]
    for given in ("", "{}", "[1]", "[", "[" * 100_000):
        assert admin.call("tag-rule", "set", "whole", given=given).status == 2
    done(admin, "tag-rule", "set", "whole", given="[]")
    assert admin.read("tag-rule", "list", "whole") == []


def test_wrong(admin: Person) -> None:
    """What is no rule is refused by the registry, and the list stays as it was."""
    done(admin, "project", "create", "wrong")
    outcome = admin.call("tag-rule", "add", "wrong", "required")
    assert (outcome.status, "say which form" in outcome.err) == (1, True)
    assert admin.call("tag-rule", "add", "wrong", "immutable", "--warn", "--allow").status == 2
    assert admin.call("tag-rule", "list", "none-such").status == 4
    assert admin.read("tag-rule", "list", "wrong") == []
