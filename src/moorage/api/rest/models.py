"""What goes in and out of our API, as the OpenAPI document shows it. Unknown fields are refused on every write.

Times are seconds since the epoch. Nothing that is secret stands in an answer, but for the one that has just drawn it.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from moorage.rules.names import LONGEST_PASSWORD

Text = Annotated[str, Field(strict=True, max_length=4096)]
Short = Annotated[str, Field(strict=True, max_length=256)]
Secret = Annotated[
    str,
    Field(strict=True, max_length=LONGEST_PASSWORD, json_schema_extra={"format": "password", "examples": ["PASSWORD"]}),
]
Days = Annotated[StrictInt, Field(ge=1, le=3650)]


PROBLEM = "Problem"
"""What the document calls a refusal."""


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)
    type: str
    """always `about:blank`: the status and the code say what it is"""
    title: str
    """what the code means in general"""
    status: int
    """the HTTP status again"""
    detail: str
    """what was wrong with this request, for a person"""
    code: str
    """what was wrong, for a program"""
    request_id: str
    """stands in the log, and in the header `X-Request-Id`"""


_STATUSES = {
    400: "The request is not valid; `faults` names what is wrong",
    401: "Log in",
    403: "You may not do this",
    404: "There is no such thing, or you may not see it",
    405: "The address has no such method",
    408: "The body came too slowly",
    409: "It conflicts with what there is",
    412: "It has changed since (`If-Match`)",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many wrong passwords; `Retry-After` says when to try again",
    500: "Something went wrong in the registry; its log says more",
    503: "The registry cannot do this at the moment",
    507: "The registry's storage is full",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }
    for status, meaning in _STATUSES.items()
}
"""The refusals that any operation may answer with."""


class Shown(BaseModel):
    """A body that we answer with."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Given(BaseModel):
    """A body that somebody sends."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    def stated(self) -> dict[str, Any]:
        """The fields that were sent; what a change leaves out is not among them."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _without_defaults(schema: dict[str, Any]) -> None:
    """What a change leaves out stays as it is: a default in the document would have clients send it."""
    for field in schema["properties"].values():
        field.pop("default", None)


class Change(Given):
    """A body that changes what it names, and nothing else. The defaults below are never used, only left out."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class NewProject(Given):
    """A project to be made."""

    name: Annotated[Short, Field(examples=["team"])]
    """the first part of its repositories' names: lower-case letters, digits and single . _ - between them"""
    public: StrictBool = False
    """may everybody pull, without a login?"""
    description: Text = ""
    """Markdown"""


class ProjectChange(Change):
    """What shall be different; what is absent stays."""

    public: StrictBool = False
    """may everybody pull, without a login?"""
    description: Annotated[Text, Field(examples=["What the team runs"])] = ""
    """Markdown"""


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
    created_at: float
    """seconds since the epoch"""


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
    created_at: float
    """seconds since the epoch"""
    last_seen_at: float | None
    """seconds since the epoch; null: never"""


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
    """What shall be different; what is absent stays."""

    disabled: Annotated[StrictBool, Field(examples=[True])] = False
    """is it kept out?"""
    description: Text = ""
    """what it is for"""


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


class EventShown(Shown):
    """What happened, or was refused: who, what, where, from where, and how it was before and after."""

    id: int
    """grows with time"""
    at: float
    """seconds since the epoch"""
    kind: str
    """what happened, as in `project.created`"""
    outcome: str
    """`done` or `refused`"""
    actor: str
    """who did it"""
    actor_kind: str
    """what they are"""
    repository: str
    """where; empty: not in one"""
    object: str
    """what it was done to, as in `user:NAME`"""
    tag: str | None
    """which tag, if one"""
    digest: str | None
    """which manifest, if one"""
    address: str
    """from where"""
    agent: str
    """with what program"""
    request_id: str
    """as in the log and in the answer"""
    before: dict[str, Any] | None
    """how it was"""
    after: dict[str, Any] | None
    """how it is now"""


class ExplainedShown(Shown):
    """Whether somebody may, and why."""

    allowed: bool
    """may they?"""
    why: list[str]
    """the reasons, each a sentence"""
