"""What may go, what has to wait, and what is kept."""

from dataclasses import replace

import pytest

from moorage.oci.digest import Digest
from moorage.rules.garbage import Amount, BlobInDoubt, LinkInDoubt, Position, Verdict, judge_blob, judge_link

BEFORE = 1000.0
LINK = LinkInDoubt(1, 2, Digest.of(b"layer"), 5, since=BEFORE, linked_at=BEFORE, is_named=False)
BLOB = BlobInDoubt(
    2, Digest.of(b"layer"), 5, since=BEFORE, stored_at=BEFORE, is_linked=False, is_buried=False, is_coming=False
)


def test_a_link_that_nobody_names() -> None:
    """It goes when it has been in doubt for the grace time, to the very moment."""
    assert judge_link(LINK, before=BEFORE) is Verdict.GO


@pytest.mark.parametrize(
    "link",
    [
        replace(LINK, since=None),
        replace(LINK, since=BEFORE + 0.001),
        replace(LINK, linked_at=BEFORE + 0.001),
    ],
    ids=["not-seen-yet", "young-doubt", "renewed"],
)
def test_a_link_that_waits(link: LinkInDoubt) -> None:
    """Until the grace time is over it waits, counted from the doubt and from its last renewal."""
    assert judge_link(link, before=BEFORE) is Verdict.WAIT


def test_a_link_that_is_named() -> None:
    """However old the doubt: a link that a manifest names is kept."""
    assert judge_link(replace(LINK, is_named=True), before=BEFORE) is Verdict.KEEP


def test_a_blob_that_nobody_links() -> None:
    """It goes when it has been in doubt for the grace time."""
    assert judge_blob(BLOB, before=BEFORE) is Verdict.GO


@pytest.mark.parametrize(
    "blob",
    [
        replace(BLOB, since=None),
        replace(BLOB, since=BEFORE + 0.001),
        replace(BLOB, stored_at=BEFORE + 0.001),
        replace(BLOB, is_coming=True),
    ],
    ids=["not-seen-yet", "young-doubt", "stored-again", "commit-under-way"],
)
def test_a_blob_that_waits(blob: BlobInDoubt) -> None:
    """A blob that was stored just now, or is coming again, waits."""
    assert judge_blob(blob, before=BEFORE) is Verdict.WAIT


@pytest.mark.parametrize(
    "blob", [replace(BLOB, is_linked=True), replace(BLOB, is_buried=True)], ids=["linked", "buried"]
)
def test_a_blob_that_is_needed(blob: BlobInDoubt) -> None:
    """However old the doubt: what a repository links stays, and what may have to be restored."""
    assert judge_blob(blob, before=BEFORE) is Verdict.KEEP


def test_positions() -> None:
    """What nobody has seen yet stands before all others, in its own order."""
    unseen = replace(LINK, since=None)
    assert unseen.position == Position(0.0, 1, 2)
    assert unseen.position < LINK.position
    assert replace(BLOB, since=None).position < BLOB.position


def test_amounts_add_up() -> None:
    """Field by field."""
    assert Amount(1, 2, 3) + Amount(10, 20, 30) == Amount(11, 22, 33)
