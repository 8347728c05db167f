"""Robots."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from moorage.api.rest.models.body import Change, Days, Given, Short, Shown, Text


class NewRobot(Given):
    """A robot to be made. Repositories are patterns relative to the project; `expires_in_days` null: never."""

    name: Annotated[Short, Field(examples=["builder"])]
    """lower-case letters, digits and single . _ - between them"""
    actions: Annotated[list[Short], Field(examples=[["pull", "push"]])] = Field(default=["pull"])
    """one or more of `pull`, `push`, `delete`"""
    repositories: list[Short] = Field(default=["**"])
    """patterns of names, relative to the project: `*` stays between slashes, `**` does not"""
    expires_in_days: Days | None = 30
    """null: never"""
    description: Text = ""
    """what it is for"""


class RobotChange(Change):
    """What shall be different; what is absent stays, and so does the secret."""

    disabled: Annotated[StrictBool, Field(examples=[True])] = False
    """is it kept out?"""
    description: Text = ""
    """what it is for"""
    actions: list[Short] = Field(default=[])
    """one or more of `pull`, `push`, `delete`; you need all that it held and all that it shall hold"""
    repositories: list[Short] = Field(default=[])
    """patterns of names, relative to the project: `*` stays between slashes, `**` does not"""
    expires_in_days: Days | None = None
    """for how long it lives on from now; null: for ever"""


class Rotation(Given):
    """How long the old secret still opens, and how long the robot lives on."""

    overlap_seconds: Annotated[StrictInt, Field(ge=0, le=30 * 86_400, examples=[3600])] = 86_400
    """for how long the old secret still opens"""
    expires_in_days: Days | None = 30
    """for how long the robot lives on from now; null: for ever"""


class RobotShown(Shown):
    """A robot. `name` is what it logs in with; `short_name` what it is called here."""

    id: int
    """never used again"""
    name: str
    """what it logs in with"""
    short_name: str
    """what it is called here"""
    description: str
    """what it is for"""
    actions: list[str]
    """what it may"""
    repositories: list[str]
    """patterns of names, relative to the project"""
    expires_at: float | None
    """seconds since the epoch; null: never"""
    disabled: bool
    """is it kept out?"""
    created_by: str
    """who made it"""
    created_at: float
    """seconds since the epoch"""
    last_used_at: float | None
    """seconds since the epoch; null: never"""
    last_used_from: str | None
    """an address; null: never used"""


class RobotMade(RobotShown):
    """A robot with the secret that has just been drawn: it is shown this once."""

    secret: str
    """its password, shown this once"""
