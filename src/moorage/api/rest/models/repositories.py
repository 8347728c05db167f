"""Repositories and their tags."""

from typing import Annotated

from pydantic import Field, StrictBool

from moorage.api.rest.models.body import Change, Short, Shown, Text
from moorage.rules.labels import MOST


class RepositoryChange(Change):
    """What shall be different; what is absent stays. Pulls by the old name are answered for a time."""

    name: Short = ""
    """another name within the project"""
    project: Short = ""
    """another project, where it goes with all that is in it; what is public there is public from then on"""

    public: StrictBool | None = None
    """may everybody pull, without a login? null: as the project is"""
    description: Annotated[Text, Field(examples=["The shop"])] = ""
    """Markdown"""
    labels: Annotated[
        dict[Annotated[str, Field(max_length=63)], Annotated[str, Field(strict=True, max_length=255)]],
        Field(max_length=MOST, examples=[{"env": "prod"}]),
    ] = Field(default={})
    """all of its labels, by name"""


class RepositoryShown(Shown):
    """A repository by its full name. `public` is its own choice; null: as the project is."""

    id: int
    """never used again"""
    name: str
    """the full name, with the project's"""
    tags: int
    """how many there are"""
    public: bool | None
    """its own choice; null: as the project is"""
    description: str
    """Markdown"""
    labels: dict[str, str]
    """by name"""
    created_at: float
    """seconds since the epoch"""
    pushed_at: float | None
    """when a manifest or tag was last pushed, in seconds since the epoch; null: never"""


class RepositoryDetail(RepositoryShown):
    """A repository, with its description as a page would show it."""

    description_html: str
    """the description as HTML, safe within any page"""


class RedirectShown(Shown):
    """A name that a repository or a project had before: until its time is over it leads to where that is now."""

    id: int
    """never used again"""
    name: str
    """the old name, of a repository with its project's"""
    kind: str
    """`repository` or `project`"""
    leads_to: str | None
    """what has had the name, as it is called now; null: you may not see that"""
    created_by: str
    """who gave the name up"""
    created_at: float
    """seconds since the epoch"""
    ends_at: float
    """seconds since the epoch"""


class TagShown(Shown):
    """A tag."""

    name: str
    """the tag"""
    pushed_at: float
    """when it last moved, in seconds since the epoch"""
    immutable: bool
    """does a rule of the project keep it from being moved and deleted?"""
    expires_at: float | None
    """when a rule of tags deletes it unless one of retention keeps it, in seconds since the epoch; null: never"""
    digest: str
    """the manifest that it names"""
