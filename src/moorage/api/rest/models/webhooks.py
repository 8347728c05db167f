"""Webhooks and what was sent to them."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, StrictBool, StrictInt

from moorage.api.rest.models.body import Change, Given, Short, Shown, Text
from moorage.rules.signatures import LONGEST_SECRET, OVERLAP
from moorage.rules.webhooks import LONGEST_URL

Url = Annotated[str, Field(strict=True, max_length=LONGEST_URL, examples=["https://ci.example.com/hooks/moorage"])]
SigningSecret = Annotated[
    str,
    Field(
        strict=True,
        max_length=LONGEST_SECRET,
        json_schema_extra={"format": "password", "examples": ["a secret of your own"]},
    ),
]
Form: TypeAlias = Literal["cloudevents", "docker", "slack"]
State: TypeAlias = Literal["waiting", "delivered", "dead"]
Events = Annotated[list[Short], Field(examples=[["manifest.pushed", "tag.*"]])]


class NewWebhook(Given):
    """Where events shall be sent."""

    url: Url
    """where to; without a user or a password in it"""
    events: Events
    """kinds of event: `*` for all that are usual, `manifest.*` for those of manifests, or one by its name"""
    secret: SigningSecret | None = None
    """what signs; null: one is made"""
    form: Annotated[Form, Field(examples=["cloudevents"])] = "cloudevents"
    """`cloudevents`, `docker` (the notifications of the distribution project) or `slack` (a sentence)"""
    repositories: list[Short] = Field(default=["**"])
    """patterns of names, relative to the project: `*` stays between slashes, `**` does not"""
    tags: list[Short] = Field(default=["**"])
    """patterns of tags; where not all are meant, what is about no tag is not sent"""
    description: Text = ""
    """what it is for"""
    disabled: StrictBool = False
    """is nothing sent?"""


class WebhookChange(Change):
    """What shall be different; what is absent stays, and so does the secret."""

    url: Url = ""
    """where to; what waits goes there too"""
    events: Events = Field(default=[])
    """kinds of event"""
    form: Annotated[Form, Field(examples=["slack"])] = "cloudevents"
    """of what happens from now on"""
    repositories: list[Short] = Field(default=[])
    """patterns of names, relative to the project"""
    tags: list[Short] = Field(default=[])
    """patterns of tags"""
    description: Text = ""
    """what it is for"""
    disabled: Annotated[StrictBool, Field(examples=[True])] = False
    """is nothing sent? What waits is then given up, and what happens meanwhile is not sent later"""


class WebhookRotation(Given):
    """Another secret, and how long the old one signs as well."""

    secret: SigningSecret | None = None
    """what signs from now on; null: one is made"""
    overlap_seconds: Annotated[StrictInt, Field(ge=0, le=30 * 86_400, examples=[3600])] = int(OVERLAP)
    """for how long both sign"""


class WebhookShown(Shown):
    """Where events are sent. Its secret is never shown again."""

    id: int
    """never used again"""
    url: str
    """where to; whoever may not change it sees the host alone"""
    form: Form
    """in which form"""
    events: list[str]
    """kinds of event"""
    repositories: list[str]
    """patterns of names, relative to the project"""
    tags: list[str]
    """patterns of tags"""
    description: str
    """what it is for"""
    disabled: bool
    """is nothing sent?"""
    failing_since: float | None
    """seconds since the epoch; null: what was sent last arrived"""
    previous_secret_until: float | None
    """until then the secret before signs as well; null: there is none"""
    created_by: str
    """who made it"""
    created_at: float
    """seconds since the epoch"""


class WebhookMade(WebhookShown):
    """A webhook with the secret that signs what it is sent: it is shown this once."""

    secret: str
    """what signs, shown this once"""


class DeliveryShown(Shown):
    """What was sent, or waits to be."""

    id: int
    """never used again"""
    message: str
    """the header `webhook-id`, the same at each attempt"""
    kind: str
    """the kind of event, or `ping`"""
    event: int | None
    """the number of the event in the audit; null for a ping"""
    repository: str
    """of which repository or project it tells"""
    state: State
    """`waiting`, `delivered`, or `dead`: given up"""
    attempts: int
    """how often it was tried"""
    due_at: float | None
    """when it is tried next; null: it has ended, or others of its repository go before it"""
    created_at: float
    """seconds since the epoch"""
    tried_at: float | None
    """when it was tried last; null: never"""
    ended_at: float | None
    """when it arrived or was given up; null: it waits"""
    status: int | None
    """of the last answer; null: there was none"""
    reason: str
    """why the last attempt failed, or it was given up"""
    answer: str
    """the beginning of the last answer"""
    seconds: float | None
    """how long the last attempt took"""


class DeliveryWhole(DeliveryShown):
    """What was sent, with its body."""

    body: dict[str, Any]
    """what is sent"""
