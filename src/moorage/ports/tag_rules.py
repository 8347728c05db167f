"""What the ledger knows of projects' tag rules."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from moorage.rules.tag_rule import TagRule
from moorage.rules.tag_rules import RuleBook


class Expiring(NamedTuple):
    """A project in which tags may end."""

    project_id: int
    project: str


class TagRules(Protocol):
    """The rules of each project, in their order."""

    def of_project(self, project_id: int | None) -> RuleBook:
        """The project's, in one look; none where there is no project yet. What cannot be read is not `readable`."""

    def put(self, project_id: int, rules: Sequence[TagRule]) -> None:
        """Let these be all of the project's."""

    def expiring(self, *, after: int, limit: int) -> Sequence[Expiring]:
        """Up to `limit` projects after this id whose rules let tags end."""
