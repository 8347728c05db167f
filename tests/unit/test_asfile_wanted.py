"""What files say: every fault at once, each with its line; and what is read of a good file."""

import pytest

from moorage.cli.asfile.states import Wanted
from moorage.cli.asfile.wanted import parse
from moorage.cli.failing import Failure, Status


def wanted(*texts: str) -> Wanted:
    """Of files that are good."""
    return parse([(f"{number}.yaml", text.encode()) for number, text in enumerate(texts, 1)])


def faults(*texts: str) -> list[str]:
    """What is wrong with them."""
    with pytest.raises(Failure) as caught:
        wanted(*texts)
    assert caught.value.status is Status.USAGE
    return caught.value.hint.split("\n  ")


def test_every_fault_is_told_at_once() -> None:
    """Unknown keys with what may be meant, wrong types, names, patterns and actions that are none."""
    told = faults("""version: 1
projets: {}
roles:
  deployer: [pull, fly]
  King: [pull]
users:
  a b: {}
  ann: {admin: true, disabled: yes, password_env: 5}
groups:
  dev: ann
issuers:
  github: {keys: {}}
projects:
  team:
    public: 1
    description: 1.0
    members:
      ann: {repositories: "[a"}
      bob: []
    repositories:
      app: {labels: {"-": x}}
    robots:
      ci: {expires_in_days: 0, actions: [member:manage]}
      cd: {trusts: [{issuer: github, claims: {ref: "*"}}]}
""")
    assert [line.split(":")[1] for line in told] == [
        "2", "4", "5", "7", "8", "8", "8", "10", "12", "15", "16", "18", "18", "19", "21", "23", "23", "24",
    ]  # fmt: skip
    assert told[0] == "1.yaml:2: there is no 'projets' here: do you mean projects?"
    assert told[9] == "1.yaml:15: public: write true or false"
    assert "in quotes" in told[10]


@pytest.mark.parametrize("text", ["users: {}\n", "version: 2\n", "version: true\n", "version: '1'\n", "- version: 1\n"])
def test_a_file_says_which_form_it_has(text: str) -> None:
    """Else a later program could read it as something that it does not mean."""
    assert faults(text)


def test_what_stands_in_two_files_is_told_with_both_places() -> None:
    """Nobody could say which of them holds; other names of the section are joined."""
    one, other = "version: 1\nusers:\n  ann: {auditor: true}\n", "version: 1\nusers:\n  bob: {}\n"
    assert set(wanted(one, other).users or {}) == {"ann", "bob"}
    assert faults(one, one) == ["2.yaml:3: ann stands among the users at 1.yaml:3 as well"]
    project = "version: 1\nprojects:\n  team: {}\n"
    assert faults(project, project) == ["2.yaml:3: team stands among the projects at 1.yaml:3 as well"]


def test_faults_of_all_files_are_told_together() -> None:
    """One that cannot be read at all hides nothing of the others."""
    assert [line.partition(":")[0] for line in faults("a: [", "version: 1\nx: 1\n")] == ["1.yaml", "2.yaml"]


def test_roles_of_members_can_be_short_or_long() -> None:
    """A name, a role with patterns, or a list of both; each once."""
    held = (
        wanted("""version: 1
projects:
  team:
    members:
      ann: reader
      bob: {role: writer, tags: 'v*'}
      cid: [reader, {role: writer, repositories: 'web-*'}, reader]
""")
        .projects["team"]
        .members
        or {}
    )
    whole = {"repositories": "**", "tags": "**"}
    assert held["ann"].fields["roles"] == [{"role": "reader", **whole}]
    assert held["bob"].fields["roles"] == [{"role": "writer", "repositories": "**", "tags": "v*"}]
    assert len(held["cid"].fields["roles"]) == 2


def test_nothing_said_and_nothing_wanted_are_told_apart() -> None:
    """A section that is there and empty says that there shall be none."""
    found = wanted("version: 1\nusers: {}\nprojects:\n  team:\n    robots:\n")
    assert (found.users, found.groups) == ({}, None)
    assert (found.projects["team"].robots, found.projects["team"].members) == ({}, None)


def test_a_very_wrong_file_is_told_in_short() -> None:
    """Some faults, and how many more there are."""
    told = faults("version: 1\n" + "".join(f"x{number}: 1\n" for number in range(500)))
    assert (len(told), told[-1]) == (51, "and 450 more")
