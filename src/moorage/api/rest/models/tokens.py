"""Personal tokens."""

from typing import Annotated

from pydantic import Field

from moorage.api.rest.models.body import Days, Given, Short, Shown


class NewToken(Given):
    """A personal token to be made. Repositories are patterns of full names; none: all that its owner may."""

    name: Annotated[Short, Field(examples=["laptop"])]
    """what you call it: letters, digits, blanks and . _ - : / @"""
    scopes: Annotated[list[Short], Field(examples=[["pull"]])]
    """one or more of `pull`, `push`, `delete`, and `admin` for all that you may"""
    repositories: list[Short] = Field(default=[])
    """patterns of full names; none: all that you may"""
    expires_in_days: Days | None = 90
    """null: never"""


class TokenShown(Shown):
    """A personal token."""

    id: int
    """never used again"""
    name: str
    """what you call it"""
    scopes: list[str]
    """what it may of what you may"""
    repositories: list[str]
    """patterns of full names; none: all that you may"""
    expires_at: float | None
    """seconds since the epoch; null: never"""
    created_at: float
    """seconds since the epoch"""
    last_used_at: float | None
    """seconds since the epoch; null: never"""
    last_used_from: str | None
    """an address; null: never used"""


class TokenMade(TokenShown):
    """A personal token with its secret: it is shown this once."""

    secret: str
    """the token itself, shown this once"""
