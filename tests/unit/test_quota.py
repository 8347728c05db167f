"""What a quota has room for, when somebody is warned, and what the refused are told."""

import re
from pathlib import Path

import pytest

from moorage import service
from moorage.oci.error import Code, Refusal
from moorage.rules import quota
from moorage.rules.quota import Limits, Quota, Recounted, Share, Standing, Usage

GB = 10**9


def at(used: int, limit: int | None = 100, *, warn_at: int = 80, project: str | None = "team") -> Standing:
    """A project that uses so much."""
    return Standing(project, used, limit, warn_at)


@pytest.mark.parametrize(
    ("used", "limit", "more", "fits"),
    [(0, 100, 100, True), (0, 100, 101, False), (99, 100, 1, True), (100, 100, 1, False), (0, None, 10**18, True),
     (0, 0, 1, False), (500, 100, 0, True), (500, 100, 1, False)],
)  # fmt: skip
def test_room(used: int, limit: int | None, more: int, *, fits: bool) -> None:
    """Up to the last byte; and what costs nothing fits also where the quota was lowered below what is there."""
    assert quota.fits(at(used, limit), more) is fits


@pytest.mark.parametrize(
    ("used", "near", "eased"),
    [(74, False, True), (75, False, False), (79, False, False), (80, True, False), (200, True, False)],
)
def test_warning(used: int, *, near: bool, eased: bool) -> None:
    """It begins at the threshold, and is news again once it has gone five percent of the quota below."""
    assert (at(used).is_near, at(used).is_eased) == (near, eased)


def test_nothing_is_near_without_a_limit() -> None:
    """Then nobody is warned."""
    assert (at(10**18, None).is_near, at(10**18, None).is_eased) == (False, True)


def test_what_counts() -> None:
    """A quota of its own before the settings, its threshold as well; without a limit there is none."""
    limits = Limits(project=10, total=20, warn_at=70)
    assert limits.for_project(None) == Quota(10, 70)
    assert limits.for_project(Quota(None)) == Quota(None, 70)
    assert limits.for_project(Quota(5, 90)) == Quota(5, 90)
    assert limits.for_all() == Quota(20, 70)
    assert quota.standing("team", Usage(3, warned=True), Quota(5, 90)) == Standing("team", 3, 5, 90, warned=True)


def test_the_refusal_of_a_project() -> None:
    """It says how much of how much is used, by what most, what does not fit, and what to do."""
    seen = [Share("team/app", 6_100_000_000), Share("team/web", 2 * GB), Share("team/x", 3), Share("team/y", 2)]
    refused = quota.exceeded(at(9_800_000_000, 10 * GB), 512_000_000, seen)
    assert refused.code is Code.QUOTA_EXCEEDED
    assert (refused.code.wire, refused.code.status) == ("DENIED", 403)
    assert refused.sentence == (
        "project team has used 9.8 of 10 GB (largest: team/app 6.1 GB, team/web 2 GB, team/x 3 bytes) and has no room "
        "for 512 MB more: delete images, or ask an administrator for more"
    )
    assert refused.detail["used"] == 9_800_000_000
    assert len(refused.detail["largest"]) == 3


def test_the_refusal_before_anything_is_known() -> None:
    """At the beginning of an upload nobody knows how much it is; and where nothing may be seen nothing is named."""
    assert quota.exceeded(at(100), 1, []).sentence == (
        "project team has used 100 of 100 bytes: delete images, or ask an administrator for more"
    )


def test_the_refusal_of_the_registry() -> None:
    """How much the whole registry keeps is nothing for whoever pushes."""
    refused = quota.exceeded(at(99, project=None), 5_000, [Share("other/secret", 90)])
    assert refused.sentence == (
        "the registry has no room for 5 kB more: delete images that nobody needs, or ask an administrator for more"
    )
    assert refused.detail == {"needed": 5_000}


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1_234_567, "1.2 MB"),
        (10 * GB, "10 GB"),
        (10**21, "1000 EB"),
    ],
)
def test_sizes(size: int, shown: str) -> None:
    """By powers of a thousand, as disks are sold."""
    assert quota.as_size(size) == shown


def test_a_count_is_right() -> None:
    """If neither the sum nor its parts differ."""
    assert Recounted(1, "team", 5, 5).is_right
    assert not Recounted(1, "team", 6, 5).is_right
    assert not Recounted(1, "team", 5, 5, whole=False).is_right
    assert Recounted(1, "team", 6, 5).drift == 1


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("0", 0),
        ("1000", 1000),
        ("10GB", 10 * GB),
        ("10 gb", 10 * GB),
        ("1.5TB", 1500 * GB),
        ("512MiB", 512 * 2**20),
        ("3k", 3000),
        ("0.1MB", 100_000),
        ("7 bytes", 7),
        ("4EiB", 2**62),
    ],
)
def test_sizes_as_people_write_them(written: str, size: int) -> None:
    """With a unit by powers of 1,000 or, with an i in it, of 1,024."""
    assert quota.parse_size(written) == size


@pytest.mark.parametrize("written", ["", "GB", "ten", "-1", "1e9", "10 XB", "1,5GB", "5EiB", "5iB", "9" * 19, "\u0661"])
def test_sizes_that_are_none(written: str) -> None:
    """They are refused with how to write one."""
    with pytest.raises(Refusal, match=r"as 10GB|more than a quota can be"):
        quota.parse_size(written)


@pytest.mark.parametrize("verb", ["blobs.link(", "manifests.put(", "repositories.rename("])
def test_whoever_brings_bytes_asks_for_room(verb: str) -> None:
    """Every use case that lets a project have more bytes asks first whether they fit."""
    bringing = [file for file in Path(service.__file__).parent.glob("*.py") if f"ledger.{verb}" in file.read_text()]
    assert bringing
    asks = ("self.room.require(", "self.room.require_kept(")
    forgetful = {file.name for file in bringing if not any(ask in file.read_text() for ask in asks)}
    # What only renews a link brings nothing; what brings back is a part of stories, which see below.
    assert forgetful <= {"fetch_blob.py", "unearthing.py"}


def test_whoever_brings_back_asks_for_room() -> None:
    """What was deleted comes back through one part of stories; whoever tells such a story asks as well."""
    files = Path(service.__file__).parent.glob("*.py")
    bringing = [file for file in files if re.search(r"unearthing\.(image|repository)\(", file.read_text())]
    assert [file.name for file in bringing if "self.room.require_kept(" not in file.read_text()] == []
    assert len(bringing) == 2
