"""A file that was written says what was found, whatever the texts hold; nothing secret stands in it."""

import json
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from moorage.cli.asfile.exporting import document, written
from moorage.cli.asfile.plan import decide
from moorage.cli.asfile.reading import plain
from moorage.cli.asfile.states import Found, FoundProject
from moorage.cli.asfile.tree import read
from moorage.cli.asfile.wanted import parse

NOW = 1_000_000.0
ME = {"name": "admin", "administrator": True, "auditor": False}
WORDS = st.sampled_from(["no", "null", "true", "~", "1e3", "0o17", "089", "1.0", "=", "<<", "2030-01-31", "0x1f", "y"])
TEXTS = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.sampled_from("\n\t #:-'\"|>\x85\u2028\ufeff")
)


SCHEDULE = {
    "kind": "verify", "cron": "30 3 * * 0", "time_zone": None, "enabled": False, "next_at": None, "set_by": "ann",
}  # fmt: skip


def said(description: str, name: str = "ann", label: str = "") -> Found:
    """A registry with everything that a file can say, and these texts in it."""
    whole = {"repositories": "**", "tags": "**"}
    robot = {
        "id": 3, "short_name": "ci", "description": description, "actions": ["push", "pull"],
        "repositories": ["b", "a"],
        "created_at": NOW - 86_400, "expires_at": NOW + 10 * 86_400, "disabled": True, "secret": "mor_never",
        "trusts": [{"id": 2, "issuer": "hub", "claims": {"ref": label or "refs/*", "sub": "x"}}],
    }  # fmt: skip
    roles = [{"role": "writer", "repositories": "web-*", "tags": "**"}, {"role": "reader", **whole}]
    project = FoundProject(
        {"id": 1, "name": "team", "public": True, "description": description, "time_zone": "Europe/Berlin"},
        members={name: {"name": name, "kind": "user", "roles": roles}},
        groups={name: {"name": name, "kind": "group", "roles": roles[1:]}},
        repositories={
            "app": {"id": 2, "name": "team/app", "public": None, "description": description, "labels": {"env": label}}
        },
        robots={"ci": robot},
        schedules={"verify": SCHEDULE},
    )
    keys = {"keys": [{"kty": "RSA", "n": "0x10", "e": "AQAB", "exp": 1}]}
    hub = {"name": "hub", "url": "https://a", "audience": "b", "algorithms": ["RS256", "ES256"], "keys": keys}
    return Found(
        ME,
        roles={
            "reader": {"name": "reader", "built_in": True, "actions": ["pull"]},
            "writer": {"name": "writer", "built_in": True, "actions": ["pull"]},
            "own": {"name": "own", "built_in": False, "actions": ["push", "pull"]},
        },
        users={name: {"name": name, "administrator": False, "auditor": True, "disabled": False}},
        groups={name: {"id": 1, "name": name, "people": [name]}},
        issuers={"hub": hub},
        robots={"ci": robot},
        schedules={"verify": SCHEDULE},
        projects={"team": project},
    )  # fmt: skip


@example("\x85", "no")
@example("one\u2028two\n\n  three \n", "\N{PILE OF POO}")
@given(
    TEXTS | WORDS,
    WORDS | st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="*"), max_size=9),
)
def test_what_was_written_says_what_was_found(description: str, label: str) -> None:
    """Nothing is left to do, even to those who prune; and it says the same to YAML 1.1."""
    found = said(description, label=label)
    text = written(document(found), "https://registry.example.com")
    outcome = decide(parse([("f", text.encode())]), found, prune=True, now=NOW)
    assert (outcome.steps, outcome.faults) == ([], [])
    assert yaml.safe_load(text) == plain(read("f", text.encode())[0])


@given(WORDS.filter(lambda word: word.isalnum()))
def test_names_may_look_like_anything(name: str) -> None:
    """As those of people who are called no or 1e3."""
    found = said("", name)
    outcome = decide(parse([("f", written(document(found), "").encode())]), found, prune=True, now=NOW)
    assert (outcome.steps, outcome.faults) == ([], [])


def test_it_is_always_the_same_and_holds_no_secret() -> None:
    """In the order of names; the days of a robot are those of its whole life."""
    document_ = document(said("x"))
    text = written(document_, "https://registry.example.com")
    assert "mor_" not in text
    assert "expires_in_days: 11" in text
    assert text == written(json.loads(json.dumps(document_)), "https://registry.example.com")
    assert list(document_) == ["version", "roles", "users", "groups", "issuers", "projects", "robots", "schedules"]


def test_what_may_not_be_seen_is_left_out() -> None:
    """A section that stands in the file empty would be taken for one with nothing in it."""
    row: dict[str, Any] = {"id": 1, "name": "team", "public": True, "description": "", "time_zone": ""}
    found = Found({**ME, "administrator": False}, roles={}, projects={"team": FoundProject(row)})
    assert document(found) == {"version": 1, "projects": {"team": {"public": True, "description": ""}}}
