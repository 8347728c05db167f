"""What a project asks of its tags."""

from typing import Annotated, Literal

from pydantic import Field

from moorage.api.rest.models.body import Days, Given, Short, Shown
from moorage.rules.tag_rules_check import MOST_HOLDERS

_Names = Annotated[list[Short], Field(max_length=MOST_HOLDERS)]


class TagRuleGiven(Given):
    """A rule; of each kind the first that matches repository and tag counts."""

    kind: Annotated[Literal["immutable", "required", "forbidden", "reserved", "expires"], Field(examples=["immutable"])]
    """what it asks: that tags stay, have a form, are not there, are for some only, or end"""
    repositories: Short = "**"
    """pattern of names relative to the project: `*` stays between slashes, `**` does not"""
    tags: Annotated[Short | None, Field(examples=["v*"])] = None
    """pattern of tags; null without `tags_regex`: all"""
    tags_regex: Short | None = None
    """regular expression over whole tags, in place of `tags`"""
    action: Literal["refuse", "warn", "allow"] = "refuse"
    """`warn` (of `forbidden`, `required`) only tells; `allow` is an exception from those of its kind below it"""
    reason: Annotated[Short, Field(examples=["a release never changes"])] = ""
    """one line for whoever is refused"""
    form: Literal["semver", "calendar", "git-sha", "regex"] | None = None
    """of `required`: which form"""
    regex: Short | None = None
    """of the form `regex`: regular expression over whole tags"""
    roles: _Names = Field(default=[])
    """of `reserved`: who holds one of these roles there may"""
    users: _Names = Field(default=[])
    """of `reserved`: these people may"""
    robots: _Names = Field(default=[])
    """of `reserved`: these robots of the project or the instance may"""
    days: Days | None = None
    """of `expires`: after how many"""


class TagRuleShown(Shown):
    """A rule. The same fields, and who set it when."""

    kind: str
    """what it asks"""
    repositories: str
    """pattern of names relative to the project"""
    tags: str | None
    """pattern of tags; null: see `tags_regex`"""
    tags_regex: str | None
    """regular expression over whole tags"""
    action: str
    """`refuse`, `warn` or `allow`"""
    reason: str
    """one line for whoever is refused"""
    form: str | None
    """of `required`: which form"""
    regex: str | None
    """of the form `regex`: regular expression over whole tags"""
    roles: list[str]
    """of `reserved`: who holds one of these roles there may"""
    users: list[str]
    """of `reserved`: these people may"""
    robots: list[str]
    """of `reserved`: these robots may, by their names on the wire"""
    days: int | None
    """of `expires`: after how many"""
    set_by: str
    """who wrote it as it is"""
    set_at: float
    """seconds since the epoch"""
