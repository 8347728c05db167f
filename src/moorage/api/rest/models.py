"""What goes in and out of our API, as the OpenAPI document shows it. Unknown fields are refused on every write.

Times are seconds since the epoch. Nothing that is secret stands in an answer, but for the one that has just drawn it.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from moorage.rules.names import LONGEST_PASSWORD

Text = Annotated[str, Field(strict=True, max_length=4096)]
Short = Annotated[str, Field(strict=True, max_length=256)]
Secret = Annotated[str, Field(strict=True, max_length=LONGEST_PASSWORD, json_schema_extra={"format": "password"})]
Days = Annotated[StrictInt, Field(ge=1, le=3650)]


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). `code` is the registry protocol's word for it."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str


_STATUSES = {
    400: "The request is not valid; `faults` names what is wrong",
    401: "Log in",
    403: "You may not do this",
    404: "There is no such thing, or you may not see it",
    405: "The address has no such method",
    409: "It conflicts with what there is",
    412: "It has changed since (`If-Match`)",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many wrong passwords; `Retry-After` says when to try again",
    503: "The registry cannot do this at the moment",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
    for status, meaning in _STATUSES.items()
}
"""The refusals that any operation may answer with."""


class Given(BaseModel):
    """A body that somebody sends."""

    model_config = ConfigDict(extra="forbid")


class NewProject(Given):
    """A project to be made."""

    name: Short
    public: StrictBool = False
    description: Text = ""


class ProjectChange(Given):
    """What shall be different; what is absent stays."""

    public: StrictBool | None = None
    description: Text | None = None


class ProjectShown(BaseModel):
    """A project. Its id is never used again."""

    id: int
    name: str
    public: bool
    description: str
    created_at: float


class RepositoryChange(Given):
    """What shall be different; what is absent stays. `public` null: as the project is."""

    public: StrictBool | None = None
    description: Text | None = None


class RepositoryShown(BaseModel):
    """A repository by its full name. `public` is its own choice; null: as the project is."""

    id: int
    name: str
    tags: int
    public: bool | None
    description: str
    created_at: float


class TagShown(BaseModel):
    """A tag."""

    name: str


class RoleGiven(Given):
    """A role where it holds: patterns of repository names, relative to the project, and of tags."""

    role: Short
    repositories: Short = "**"
    tags: Short = "**"


class MemberGiven(Given):
    """One role for the whole project (`role`), or several with patterns (`roles`)."""

    role: Short | None = None
    roles: list[RoleGiven] | None = None


class RoleShown(BaseModel):
    """A role that a member holds."""

    role: str
    repositories: str
    tags: str


class MemberShown(BaseModel):
    """A person or group with roles in a project. `role` is the one held in the whole project, if there is one."""

    name: str
    kind: str
    role: str | None
    roles: list[RoleShown]


class CustomRoleGiven(Given):
    """The actions that a role of one's own is made of."""

    actions: list[Short]


class CustomRoleShown(BaseModel):
    """A role and its actions."""

    name: str
    built_in: bool
    actions: list[str]


class NewUser(Given):
    """A person to be let in. `must_change`: the password opens nothing until they have changed it."""

    name: Short
    password: Secret
    must_change: StrictBool = False


class UserChange(Given):
    """What shall be different; what is absent stays."""

    administrator: StrictBool | None = None
    auditor: StrictBool | None = None
    disabled: StrictBool | None = None


class UserShown(BaseModel):
    """A person."""

    id: int
    name: str
    administrator: bool
    auditor: bool
    disabled: bool
    must_change: bool
    created_at: float
    last_seen_at: float | None


class PasswordSet(Given):
    """A password that an administrator sets."""

    password: Secret


class PasswordChange(Given):
    """One's own password: the one that holds, and the one that shall."""

    old: Secret
    new: Secret


class NewGroup(Given):
    """A group to be made."""

    name: Short


class GroupShown(BaseModel):
    """A group, and how many people are in it."""

    id: int
    name: str
    members: int


class PersonShown(BaseModel):
    """Somebody in a group."""

    name: str


class NewRobot(Given):
    """A robot to be made. Repositories are patterns relative to the project; `expires_in_days` null: never."""

    name: Short
    actions: list[Short] = Field(default=["pull"])
    repositories: list[Short] = Field(default=["**"])
    expires_in_days: Days | None = 30
    description: Text = ""


class RobotChange(Given):
    """What shall be different; what is absent stays."""

    disabled: StrictBool | None = None
    description: Text | None = None


class Rotation(Given):
    """How long the old secret still opens, and how long the robot lives on."""

    overlap_seconds: Annotated[StrictInt, Field(ge=0, le=30 * 86_400)] = 86_400
    expires_in_days: Days | None = 30


class RobotShown(BaseModel):
    """A robot. `name` is what it logs in with; `short_name` what it is called here."""

    id: int
    name: str
    short_name: str
    description: str
    actions: list[str]
    repositories: list[str]
    expires_at: float | None
    disabled: bool
    created_by: str
    created_at: float
    last_used_at: float | None
    last_used_from: str | None


class RobotMade(RobotShown):
    """A robot with the secret that has just been drawn: it is shown this once."""

    secret: str


class NewToken(Given):
    """A personal token to be made. Repositories are patterns of full names; none: all that its owner may."""

    name: Short
    scopes: list[Short]
    repositories: list[Short] = Field(default=[])
    expires_in_days: Days | None = 90


class TokenShown(BaseModel):
    """A personal token."""

    id: int
    name: str
    scopes: list[str]
    repositories: list[str]
    expires_at: float | None
    created_at: float
    last_used_at: float | None
    last_used_from: str | None


class TokenMade(TokenShown):
    """A personal token with its secret: it is shown this once."""

    secret: str


class EventShown(BaseModel):
    """What happened, or was refused: who, what, where, from where, and how it was before and after."""

    id: int
    at: float
    kind: str
    outcome: str
    actor: str
    actor_kind: str
    repository: str
    object: str
    tag: str | None
    digest: str | None
    address: str
    agent: str
    request_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ExplainedShown(BaseModel):
    """Whether somebody may, and why."""

    allowed: bool
    why: list[str]
