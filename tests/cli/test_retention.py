"""docs/retention.md holds what it says, and nothing is set before somebody saw what would go."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.support.person import Person
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, client_of

TEXT = (Path(__file__).parents[2] / "docs" / "retention.md").read_text()
EXAMPLES = "".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).splitlines()


@pytest.fixture
def builds(server: Server, request: pytest.FixtureRequest) -> str:
    """A project with twelve builds of a branch, one of another, and a release; its name."""
    project = re.sub(r"[^a-z]+", "-", request.node.name).strip("-")
    with client_of(server.url) as client:
        admin = Wire.basic(client, ADMIN, PASSWORD)
        assert admin.ask("POST", "/api/v1/projects", json={"name": project}).status_code == 201
        for tag in ("1.4.2", *(f"main-{number}" for number in range(12)), "fix-login-1"):
            admin.push_image(f"{project}/app", tag, layers=(f"{project} {tag}".encode(),))
    return project


def tags(admin: Person, project: str) -> set[str]:
    """What is there."""
    return {tag["name"] for tag in json.loads(admin.call("tag", "list", f"{project}/app", "--json").out)}


def test_the_scene(admin: Person, builds: str) -> None:
    """Every line of the guide ends with status 0; the oldest builds of the branch are gone, and nothing else."""
    assert len(EXAMPLES) == 9
    for line in EXAMPLES:
        words = [word if word != "team" else builds for word in shlex.split(line)]
        assert words.pop(0) == "moorage"
        outcome = admin.call(*words)
        assert outcome.status == 0, f"{line}: {outcome.err}"
    kept = {"1.4.2", "fix-login-1", *(f"main-{number}" for number in range(2, 12))}
    assert tags(admin, builds) == kept
    shown = admin.call("retention", "show", builds).out
    assert "newest 10, group-before -" in shown
    assert "scratch" not in shown


def test_what_would_go_is_shown_and_asked_for(admin: Person, builds: str) -> None:
    """Where nobody can be asked nothing is set."""
    outcome = admin.call("retention", "delete", builds, "--tags", "main-*")
    assert outcome.status == 2
    assert "12 images and 12 tags" in outcome.err
    assert "--yes" in outcome.err
    assert "no rules" in admin.call("retention", "show", builds).err


def test_a_rule_without_a_choice(admin: Person, builds: str) -> None:
    """To delete everything has to be said."""
    outcome = admin.call("retention", "delete", builds, "--yes")
    assert outcome.status == 2
    assert "would delete everything" in outcome.err


def test_a_preview(admin: Person, builds: str) -> None:
    """Tells image by image, as a table and as JSON."""
    assert admin.call("retention", "delete", builds, "--tags", "main-1*", "--yes").status == 0
    told = admin.call("retention", "preview", builds).out
    assert "rule 1 deletes it" in told
    assert "3 images and 3 tags of 14 images would go now." in told
    whole = json.loads(admin.call("retention", "preview", builds, "--json").out)
    assert whole["delete_images"] == 3
    assert len(whole["verdicts"]) == 14
    one = json.loads(admin.call("retention", "preview", builds, "--repository", "app", "--json").out)
    assert one == whole


def test_pulls_that_nobody_counted(admin: Person, builds: str) -> None:
    """A rule that asks for pulls of before they were counted: the preview says what it takes for granted."""
    told = admin.call("retention", "delete", builds, "--tags", "main-1*", "--pulled-days", "30", "--yes")
    assert told.status == 0
    assert "what is older counts as pulled then." in admin.call("retention", "preview", builds).out


def test_no_such_rule(admin: Person, builds: str) -> None:
    """Removing it says how many there are."""
    outcome = admin.call("retention", "remove", builds, "1")
    assert outcome.status != 0
    assert "there is no rule 1" in outcome.err


def test_what_carries_rules_out(admin: Person, builds: str) -> None:
    """Whoever sets a rule that deletes is told that nothing does yet, and how; or when."""
    kept = admin.call("retention", "keep", builds, "--tags", "x").out
    assert "nothing to carry out" in kept
    told = admin.call("retention", "delete", builds, "--tags", "main-1*", "--yes").out
    assert f"Nothing carries them out yet: moorage job run retention --project {builds} does it now" in told
    assert "Nothing carries them out yet" in admin.call("retention", "show", builds).out
    told = admin.call("retention", "delete", builds, "--tags", "y", "--nightly", "--yes").out
    assert "They are carried out next at " in told
    (schedule,) = admin.read("schedule", "list", "--project", builds)
    assert (schedule["kind"], schedule["cron"]) == ("retention", "30 3 * * *")
    assert admin.call("schedule", "set", "retention", "0 5 * * 0", "--project", builds).status == 0
    assert admin.call("retention", "delete", builds, "--tags", "z", "--nightly", "--yes").status == 0
    assert admin.read("schedule", "list", "--project", builds)[0]["cron"] == "0 5 * * 0"
    assert admin.read("retention", "show", builds)["next_at"] is not None


def test_an_option_given_twice(admin: Person, builds: str) -> None:
    """Is refused where a rule has it once: nothing is set by the last of them alone."""
    for twice in (
        ["--tags", "main-*", "--tags", "fix-*"],
        ["--newest", "1", "--newest", "2", "--group-before", "-"],
        ["--pushed-days", "1", "--pushed-days", "2"],
        ["--versions", ">=1", "--versions", "<2"],
        ["--tags", "x", "--repositories", "a", "--repositories", "b"],
    ):
        outcome = admin.call("retention", "delete", builds, *twice, "--yes")
        assert outcome.status == 2, twice
        assert "is given 2 times, and a rule has it once: add a rule for each" in outcome.err
    assert "no rules" in admin.call("retention", "show", builds).err


def test_options_of_which_all_must_hold(admin: Person, builds: str) -> None:
    """Labels and annotations are given as often as needed; two values of one name can never hold."""
    words = ["--tags", "x", "--label", "env=dev", "--label", "tier=1", "--annotation", "a=1", "--annotation", "b=2"]
    assert admin.call("retention", "delete", builds, *words, "--yes").status == 0
    (rule,) = admin.read("retention", "show", builds)["rules"]
    assert (rule["labels"], rule["annotations"]) == ({"env": "dev", "tier": "1"}, {"a": "1", "b": "2"})
    outcome = admin.call("retention", "delete", builds, "--tags", "x", "--label", "env=dev", "--label", "env=prod")
    assert outcome.status == 2
    assert "env cannot be both dev and prod" in outcome.err
