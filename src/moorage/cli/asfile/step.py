"""One step from what there is to what is wanted: a request, and what it does in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from moorage.cli.asfile.faults import Place


class Verb(Enum):
    """What becomes of a thing."""

    MAKE = "make"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, and how it is and shall be; None before: nothing was there."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what is secret comes from or goes to; the step itself holds no secret. At most one of them is set."""

    password_env: str | None = None
    password_file: str | None = None
    secret_file: str | None = None
    draws_secret: bool = False
    """Does the answer hold a secret, shown this once?"""
    sent_as: str = "password"
    """The field of the body that what comes from a variable goes into."""


@dataclass(frozen=True, slots=True)
class Step:
    """`seen` is what the step was decided on: it is done only if the address still shows that (`If-Match`)."""

    verb: Verb
    what: str
    place: Place | None
    method: str
    path: str
    body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    differences: tuple[Difference, ...] = ()
    seen: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    sources: Sources = field(default_factory=Sources)
