"""Members of projects, roles, and why somebody may."""

from typing import Annotated

from pydantic import Field

from moorage.api.rest.models.body import Given, Short, Shown


class RoleGiven(Given):
    """A role where it holds: patterns of repository names, relative to the project, and of tags."""

    role: Short
    """a built-in role, or one of your own"""
    repositories: Short = "**"
    """pattern of names relative to the project: `*` stays between slashes, `**` does not"""
    tags: Short = "**"
    """pattern of tags"""


class MemberGiven(Given):
    """One role for the whole project (`role`), or several with patterns (`roles`)."""

    role: Annotated[Short | None, Field(examples=["writer"])] = None
    """the one role, in the whole project"""
    roles: list[RoleGiven] | None = None
    """several, each where it holds; give either this or `role`"""


class RoleShown(Shown):
    """A role that a member holds."""

    role: str
    """its name"""
    repositories: str
    """pattern of names relative to the project"""
    tags: str
    """pattern of tags"""


class MemberShown(Shown):
    """A person or group with roles in a project. `role` is the one held in the whole project, if there is one."""

    name: str
    """of the user or group"""
    kind: str
    """`user` or `group`"""
    role: str | None
    """the one held in the whole project; null: none is"""
    roles: list[RoleShown]
    """all that are held"""


class CustomRoleGiven(Given):
    """The actions that a role of one's own is made of."""

    actions: Annotated[list[Short], Field(examples=[["pull", "audit:read"]])]
    """what it may, as in the permission matrix: `pull`, `push`, `member:read`, …"""


class CustomRoleShown(Shown):
    """A role and its actions."""

    name: str
    """its name"""
    built_in: bool
    """is it one that is always there?"""
    actions: list[str]
    """what it may"""


class ExplainedShown(Shown):
    """Whether somebody may, and why."""

    allowed: bool
    """may they?"""
    why: list[str]
    """the reasons, each a sentence"""
