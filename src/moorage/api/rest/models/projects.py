"""Projects."""

from typing import Annotated

from pydantic import Field, StrictBool

from moorage.api.rest.models.body import Change, Given, Short, Shown, Text


class NewProject(Given):
    """A project to be made."""

    name: Annotated[Short, Field(examples=["lab"])]
    """the first part of its repositories' names: lower-case letters, digits and single . _ - between them"""
    public: StrictBool = False
    """may everybody pull, without a login?"""
    description: Text = ""
    """Markdown"""
    time_zone: Short = ""
    """where the project's schedules are read; empty: the registry's (`jobs.time_zone`)"""


class ProjectChange(Change):
    """What shall be different; what is absent stays. The old name leads to the new one for a time."""

    name: Short = ""
    """another name: its repositories begin with it, and its robots log in with it"""

    public: StrictBool = False
    """may everybody pull, without a login?"""
    description: Annotated[Text, Field(examples=["What the team runs"])] = ""
    """Markdown"""
    time_zone: Annotated[Short, Field(examples=["Europe/Berlin"])] = ""
    """where the project's schedules are read; empty: the registry's (`jobs.time_zone`)"""


class ProjectShown(Shown):
    """A project. Its id is never used again."""

    id: int
    """never used again"""
    name: str
    """the first part of its repositories' names"""
    public: bool
    """may everybody pull, without a login?"""
    description: str
    """Markdown"""
    time_zone: str
    """where the project's schedules are read; empty: the registry's (`jobs.time_zone`)"""
    created_at: float
    """seconds since the epoch"""


class ProjectDetail(ProjectShown):
    """A project, with its description as a page would show it."""

    description_html: str
    """the description as HTML, safe within any page"""
