"""Rules of retention, what they would do, and how they were carried out."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from moorage.api.rest.models.body import Given, Short, Shown
from moorage.rules.pattern import EVERYTHING
from moorage.rules.retention_terms import MOST_DAYS, MOST_KEPT, MOST_RULES

Effect = Literal["keep", "delete"]
_Days = Annotated[float, Field(strict=True, ge=0, le=MOST_DAYS)]
_Named = Annotated[dict[Short, Short], Field(max_length=50)]


class RetentionRule(Given):
    """Chooses tags, or images without any, of which everything holds that is said here. Keep wins over delete."""

    effect: Effect
    """what becomes of what it chooses"""
    repositories: Annotated[Short, Field(examples=["web-*"])] = EVERYTHING
    """in which, by a pattern relative to the project"""
    labels: Annotated[_Named, Field(examples=[{"env": "dev"}])] = Field(default_factory=dict)
    """only in repositories that have all of these labels"""
    tags: Annotated[Short, Field(examples=["main-*"])] | None = None
    """tags of these names, by a pattern"""
    versions: Annotated[Short, Field(examples=[">=1.0.0 <2.0.0"])] | None = None
    """tags that are semantic versions within this range"""
    untagged: StrictBool = False
    """images that have no tag and belong to no other image; no tags then"""
    newest: Annotated[StrictInt, Field(ge=0, le=MOST_KEPT, examples=[10])] | None = None
    """so many of those that last moved; to delete: all but so many"""
    group_before: Annotated[Short, Field(examples=["-"])] = ""
    """newest counts tags apart that differ before the last of this: with "-", main-7 counts with main-8"""
    pushed_days: Annotated[_Days, Field(examples=[30])] | None = None
    """tags that moved within so many days; to delete: those that did not"""
    pulled_days: Annotated[_Days, Field(examples=[90])] | None = None
    """what was pulled, or whose tag moved, within so many days; to delete: what was not"""
    annotations: _Named = Field(default_factory=dict)
    """only images whose manifest has all of these annotations"""


_Rules = Annotated[list[RetentionRule], Field(max_length=MOST_RULES)]


class RetentionGiven(Given):
    """All of a project's rules."""

    rules: _Rules
    """in any order; which of several is named as the reason is the first"""


class RetentionPreview(Given):
    """Rules to be tried."""

    rules: _Rules | None = None
    """null: those that are set"""


class RetentionShown(Shown):
    """A project's rules."""

    rules: list[RetentionRule]
    """without any nothing is deleted"""
    set_by: str | None
    """who set them last"""
    set_at: float | None
    """seconds since the epoch"""
    next_at: float | None
    """when a schedule has them carried out, in seconds since the epoch; null: not before somebody asks for the job"""


class TagForeseen(Shown):
    """What becomes of a tag."""

    name: str
    """what it is called"""
    verdict: Effect
    """whether it stays"""
    reason: str
    """a sentence"""
    rule: int | None
    """which rule says so, counted from 1"""


class ImageForeseen(Shown):
    """What becomes of an image."""

    repository: str
    """its full name"""
    digest: str
    """of its manifest"""
    verdict: Effect
    """whether it stays"""
    reason: str
    """a sentence"""
    rule: int | None
    """which rule says so, counted from 1"""
    tags: list[TagForeseen]
    """all that name it"""
    pushed_at: float
    """seconds since the epoch"""
    pulled_at: float | None
    """seconds since the epoch; null: never"""
    restored_at: float | None
    """when it came back from the trash, in seconds since the epoch; null: never"""
    size: int
    """bytes of what its manifest names; others may share them"""


class RetentionForeseen(Shown):
    """What rules would do now."""

    images: int
    """how many were looked at"""
    delete_images: int
    """how many of them would go"""
    delete_tags: int
    """how many tags would go"""
    verdicts: list[ImageForeseen]
    """those that would go, or lose a tag, first; some of those that stay may be left out"""
    left_out: int
    """how many are"""
    too_large: list[str]
    """repositories with too many images to plan for: nothing of them goes"""
    pulls_known_since: float | None
    """seconds since the epoch, where a rule asks for pulls of before: what is older counts as pulled then"""
    rest: str | None
    """ask again with this as `after` for what follows; null: that was all"""
