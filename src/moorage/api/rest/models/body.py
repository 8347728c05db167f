"""What all bodies share. Unknown fields are refused on every write.

Times are seconds since the epoch. Nothing that is secret stands in an answer, but for the one that has just drawn it.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictInt

from moorage.api.rest.models.told import Told
from moorage.rules.identities import MOST_DAYS
from moorage.rules.names import LONGEST_PASSWORD

Text = Annotated[str, Field(strict=True, max_length=4096)]
Short = Annotated[str, Field(strict=True, max_length=256)]
Secret = Annotated[
    str,
    Field(strict=True, max_length=LONGEST_PASSWORD, json_schema_extra={"format": "password", "examples": ["PASSWORD"]}),
]
Days = Annotated[StrictInt, Field(ge=1, le=MOST_DAYS)]


class Shown(Told):
    """A body that we answer with."""


class Given(Told):
    """A body that somebody sends."""

    model_config = ConfigDict(extra="forbid")

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
