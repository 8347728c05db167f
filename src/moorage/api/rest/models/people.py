"""People and groups."""

from typing import Annotated

from pydantic import Field, StrictBool

from moorage.api.rest.models.body import Change, Given, Secret, Short, Shown


class NewUser(Given):
    """A person to be let in. `must_change`: the password opens nothing until they have changed it."""

    name: Annotated[Short, Field(examples=["ada"])]
    """letters and digits, with single . _ @ - between them"""
    password: Secret
    """from 8 to 1024 characters"""
    must_change: StrictBool = False
    """open nothing until they have chosen another?"""


class UserChange(Change):
    """What shall be different; what is absent stays."""

    administrator: StrictBool = False
    """may they do everything?"""
    auditor: StrictBool = False
    """may they read everything?"""
    disabled: Annotated[StrictBool, Field(examples=[True])] = False
    """are they kept out?"""


class UserShown(Shown):
    """A person."""

    id: int
    """never used again"""
    name: str
    """what they log in with"""
    administrator: bool
    """may they do everything?"""
    auditor: bool
    """may they read everything?"""
    disabled: bool
    """are they kept out?"""
    must_change: bool
    """does their password open nothing until they have chosen another?"""
    second_factor: bool
    """is a password alone not enough?"""
    created_at: float
    """seconds since the epoch"""
    source: str | None
    """who vouches for them: `oidc` or `ldap`; null: nobody, they have a password here"""
    last_seen_at: float | None
    """seconds since the epoch; null: never"""


class SessionShown(Shown):
    """A browser in which somebody is signed in."""

    id: int
    """never used again"""
    address: str
    """from where it was used last"""
    agent: str
    """what it calls itself"""
    started_at: float
    """seconds since the epoch"""
    last_seen_at: float
    """seconds since the epoch, to the minute"""


class PasswordSet(Given):
    """A password that an administrator sets."""

    password: Secret
    """from 8 to 1024 characters"""


class PasswordChange(Given):
    """One's own password: the one that holds, and the one that shall."""

    old: Secret
    """the one that holds"""
    new: Secret
    """from 8 to 1024 characters"""


class NewGroup(Given):
    """A group to be made."""

    name: Annotated[Short, Field(examples=["crew"])]
    """letters and digits, with single . _ @ - between them"""


class GroupShown(Shown):
    """A group, and how many people are in it."""

    id: int
    """never used again"""
    name: str
    """its name"""
    members: int
    """how many people are in it"""


class PersonShown(Shown):
    """Somebody in a group."""

    name: str
    """what they log in with"""
