"""An upload session's verbs."""

import pytest

from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code
from moorage.oci.span import Span
from moorage.rules.access import ANONYMOUS, Grant, Identity, Kind
from moorage.rules.upload import Upload, is_stale, unknown
from tests.support.refused import refused

OWNER = Identity(Kind.USER, "admin", 1, administrator=True)
SESSION = Upload("id", "team/app", 5, OWNER.key, Algorithm.SHA256, 10, None, 100.0, 100.0)


@pytest.mark.parametrize(
    ("claimed", "length"),
    [(None, None), (None, 5), (Span(10, 15), None), (Span(10, 15), 5), (Span(10, 11), 1)],
)
def test_what_comes_next(claimed: Span | None, length: int | None) -> None:
    """A stream, or a chunk that begins where the last ended and is as long as it says."""
    assert SESSION.accept(claimed, length) is SESSION


@pytest.mark.parametrize("claimed", [Span(0, 10), Span(9, 12), Span(11, 12), Span(2**40, 2**40 + 1)])
def test_gaps_and_overlaps(claimed: Span) -> None:
    """A chunk that begins elsewhere is refused, and told where to go on."""
    with refused(Code.RANGE_INVALID, "go on at byte 10") as caught:
        SESSION.accept(claimed, claimed.length)
    assert caught.value.detail == {"received": 10}


def test_lengths_that_differ() -> None:
    """A chunk whose two lengths differ is refused before its first byte."""
    with refused(Code.SIZE_INVALID):
        SESSION.accept(Span(10, 15), 4)


def test_advance() -> None:
    """The next state counts more and was touched now; the former state stays as it was."""
    proven = Digest.of(b"x" * 20)
    later = SESSION.advance(20, proven, 200.0)
    assert (later.received, later.proven, later.touched_at, later.started_at) == (20, proven, 200.0, 100.0)
    assert (SESSION.received, SESSION.proven, SESSION.touched_at) == (10, None, 100.0)


def test_sessions_of_others_are_unknown() -> None:
    """Somebody else's session gets the very refusal of one that never was; a token of the owner is the owner."""
    token = Identity(Kind.USER, "admin", 1, administrator=True, grants={"team/app": Grant(frozenset({"push"}), 1)})
    assert SESSION.owned_by(OWNER) is SESSION
    assert SESSION.owned_by(token) is SESSION
    for other in (ANONYMOUS, Identity(Kind.USER, "admin", 2, administrator=True)):
        with refused(Code.BLOB_UPLOAD_UNKNOWN) as caught:
            SESSION.owned_by(other)
        assert caught.value.sentence == unknown("id").sentence
        assert caught.value.detail == unknown("id").detail


def test_staleness() -> None:
    """A session is stale when nothing came for longer than the patience, not at its very end."""
    assert not is_stale(100.0, 110.0, 10.0)
    assert is_stale(100.0, 110.1, 10.0)
