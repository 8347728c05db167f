"""Quotas: how many bytes a project and the whole registry may keep, when somebody is warned, what the refused are told.

A project keeps the blobs that its repositories link to, each counted once however many of them do, and its manifests.
The registry keeps every blob once, whoever links to it or nobody any more, and all manifests.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from moorage.oci.error import Code, Refusal

SLACK = 5
"""Percent of the quota below the warning's threshold at which a next crossing warns again."""
TOTAL = 0
"""Stands for the registry as a whole where ids of projects do: these begin with 1."""
LARGEST = 2**62
"""Bytes that a quota can be at the most: so that sums stay within 64 bits."""
_NAMED = 3
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
_STEP, _WHOLE = 1000, 100


class Quota(NamedTuple):
    """A project's own quota: bytes, None for no limit at all; `warn_at` percent, None as in the settings."""

    bytes: int | None
    warn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings say: bytes for a project without a quota of its own, bytes in all, percent."""

    project: int | None = None
    total: int | None = None
    warn_at: int = 80

    def for_project(self, own: Quota | None) -> Quota:
        """What counts for a project with this quota of its own, or with none."""
        if own is None:
            return Quota(self.project, self.warn_at)
        return Quota(own.bytes, self.warn_at if own.warn_at is None else own.warn_at)

    def for_all(self) -> Quota:
        """What counts for the registry."""
        return Quota(self.total, self.warn_at)


class Usage(NamedTuple):
    """Bytes that are kept, and whether somebody was warned of it."""

    used: int
    warned: bool = False


class Share(NamedTuple):
    """What one repository, or one project, keeps, in bytes."""

    name: str
    bytes: int


class Recounted(NamedTuple):
    """What was kept in mind of a project's bytes, or of the registry's, and what they are; a `drift` of 0 is right.

    `whole` says that the parts are right too: which blobs the project has how often, and the repositories' bytes.
    """

    project_id: int
    name: str
    kept: int
    counted: int
    whole: bool = True

    @property
    def drift(self) -> int:
        """Bytes by which the count was too high."""
        return self.kept - self.counted

    @property
    def is_right(self) -> bool:
        """Is there nothing to mend?"""
        return self.whole and not self.drift


@dataclass(frozen=True, slots=True)
class Standing:
    """How a project, or without one the registry, stands; `limit` in bytes, `warn_at` in percent of it."""

    project: str | None
    used: int
    limit: int | None
    warn_at: int
    warned: bool = False

    @property
    def free(self) -> int | None:
        """Bytes that may still come, None for any number; below 0 where the quota was lowered."""
        return None if self.limit is None else self.limit - self.used

    @property
    def is_near(self) -> bool:
        """Has it come to where somebody is warned?"""
        return self.limit is not None and self.used * _WHOLE >= self.limit * self.warn_at

    @property
    def is_eased(self) -> bool:
        """Has it gone far enough below that a next crossing is news?"""
        return self.limit is None or self.used * _WHOLE < self.limit * max(0, self.warn_at - SLACK)

    @property
    def sentence(self) -> str:
        """How much is used of how much, for those who may know it. There has to be a limit."""
        assert self.limit is not None  # noqa: S101 - see above
        title = "the registry" if self.project is None else f"project {self.project}"
        return f"{title} has used {used_of(self.used, self.limit)}"


class QuotaExceeded(Refusal):
    """There is no room for so much more."""


def standing(project: str | None, usage: Usage, quota: Quota) -> Standing:
    """How it stands; the quota says what counts, with its threshold."""
    assert quota.warn_at is not None  # noqa: S101 - what Limits give
    return Standing(project, usage.used, quota.bytes, quota.warn_at, usage.warned)


def fits(now: Standing, more: int) -> bool:
    """Is there room for so many bytes more? What costs nothing always fits, also where the quota was lowered."""
    return more <= 0 or now.free is None or more <= now.free


def exceeded(now: Standing, more: int, seen: Sequence[Share]) -> QuotaExceeded:
    """The refusal of so many bytes more, 1 where nobody knows yet how many.

    `seen` are the largest repositories of those that they may pull from. How much the whole registry keeps is for its
    administrators and auditors.
    """
    rest = f"for {as_size(more)} more" if more > 1 else ""
    if now.project is None:
        return QuotaExceeded(
            Code.QUOTA_EXCEEDED,
            f"the registry has no room {rest or 'left'}: delete images that nobody needs, or ask an administrator for "
            "more",
            detail={"needed": more},
        )
    named = ", ".join(f"{share.name} {as_size(share.bytes)}" for share in seen[:_NAMED])
    rest = f" and has no room {rest}" if rest else ""
    return QuotaExceeded(
        Code.QUOTA_EXCEEDED,
        f"{now.sentence}{named and f' (largest: {named})'}{rest}: delete images, or ask an administrator for more",
        detail={
            "used": now.used,
            "quota": now.limit,
            "needed": more,
            "largest": [{"name": share.name, "bytes": share.bytes} for share in seen[:_NAMED]],
        },
    )


def used_of(used: int, limit: int) -> str:
    """As in 9.8 of 10 GB, both in the unit of the limit."""
    power = _power(limit)
    return f"{_number(used, power)} of {_number(limit, power)} {_UNITS[power]}"


def as_size(size: int) -> str:
    """Bytes as people read them, by powers of 1,000."""
    power = _power(size)
    return f"{_number(size, power)} {_UNITS[power]}"


def _power(size: int) -> int:
    power = 0
    while abs(size) >= _STEP ** (power + 1) and power < len(_UNITS) - 1:
        power += 1
    return power


def _number(size: int, power: int) -> str:
    return f"{size / _STEP**power:.1f}".removesuffix(".0")


_SIZE = re.compile(r"(\d{1,19}(?:\.\d{1,6})?) ?(?:bytes?|([kmgtpe])?(i)?b?)", re.IGNORECASE | re.ASCII)


def parse_size(text: str) -> int:
    """Bytes as people write them: 10GB, 1.5 TB, 512MiB, 1000. Raises QUERY_INVALID."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise Refusal(Code.QUERY_INVALID, f"{text[:40]!r} is no size: write it as 10GB, 1.5TB or 512MiB")
    power = " kmgtpe".index(found[2].lower()) if found[2] else 0
    size = int(Decimal(found[1]) * (1024 if found[3] else _STEP) ** power)
    if size > LARGEST:
        raise Refusal(Code.QUERY_INVALID, f"{text[:40]!r} is more than a quota can be: the most is 4 EiB")
    return size
