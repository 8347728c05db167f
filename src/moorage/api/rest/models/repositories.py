"""Repositories and their tags."""

from typing import Annotated

from pydantic import Field, StrictBool

from moorage.api.rest.models.body import Change, Shown, Text


class RepositoryChange(Change):
    """What shall be different; what is absent stays. `public` null: as the project is."""

    public: StrictBool | None = None
    """may everybody pull, without a login? null: as the project is"""
    description: Annotated[Text, Field(examples=["The shop"])] = ""
    """Markdown"""


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
    created_at: float
    """seconds since the epoch"""


class TagShown(Shown):
    """A tag."""

    name: str
    """the tag"""
