"""Scopes of a registry token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.scope import MOST, Scope, parse_scopes

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=10)
NAMES = st.lists(WORDS, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["/", ":"]).map(lambda s: s.join(parts))
)


@given(st.sampled_from(["repository", "registry"]), NAMES, st.frozensets(WORDS, max_size=4))
def test_round_trip(kind: str, name: str, actions: frozenset[str]) -> None:
    """A scope is read as it was written, also where its name holds colons."""
    scope = Scope(kind, name, actions)
    assert Scope.parse(str(scope)) == scope


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("repository:team/app:pull", Scope("repository", "team/app", frozenset({"pull"}))),
        ("repository:team/app:pull,push", Scope("repository", "team/app", frozenset({"pull", "push"}))),
        ("repository:team/app:push, pull,", Scope("repository", "team/app", frozenset({"pull", "push"}))),
        ("repository:host:5000/app:pull", Scope("repository", "host:5000/app", frozenset({"pull"}))),
        ("repository(plugin):team/app:pull", Scope("repository", "team/app", frozenset({"pull"}))),
        ("repository:team/app:", Scope("repository", "team/app", frozenset())),
        ("registry:catalog:*", Scope("registry", "catalog", frozenset({"*"}))),
        ("repository:app", None),
        ("repository", None),
        ("repository::pull", None),
        (":app:pull", None),
        ("::", None),
        ("", None),
    ],
)
def test_forms(text: str, expected: Scope | None) -> None:
    """Ports and resource classes are understood; what does not look like a scope is nothing."""
    assert Scope.parse(text) == expected


def test_several() -> None:
    """Repeated fields and fields with spaces give all their scopes in order; nonsense among them is passed over."""
    texts = ["repository:a:pull repository:b:push", "nonsense", "repository:c:pull"]
    assert [scope.name for scope in parse_scopes(texts)] == ["a", "b", "c"]


def test_at_most() -> None:
    """A request is heard for a bounded number of scopes."""
    assert len(parse_scopes([f"repository:r{number}:pull" for number in range(MOST + 50)])) == MOST
