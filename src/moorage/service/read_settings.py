"""What is set, and from where; secrets are told of, not told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.roles import Action


class Setting(NamedTuple):
    """One, by its full name. `origin` is file, environment, option or default.

    Of a secret `value` says no more than whether it is set.
    """

    name: str
    value: str
    origin: str
    about: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """They are read at the start, and stay."""

    settings: Sequence[Setting]

    def all(self, who: Identity) -> Sequence[Setting]:
        """In the order of the documentation."""
        access.require_instance(who, Action.READ_INSTANCE)
        return self.settings
