"""What people look for when they look around: news, and what needs somebody; a part of the ledger."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from moorage.rules.access import Identity
from moorage.rules.facts import Event, EventsFound
from moorage.rules.quota import Quota


class FailedJob(NamedTuple):
    """A job that was given up; `project` None is the instance."""

    id: int
    kind: str
    project_id: int | None
    project: str | None
    ended_at: float


class EndingRobot(NamedTuple):
    """A robot whose time ends, or has; `project` None is the instance."""

    name: str
    title: str
    project_id: int | None
    project: str | None
    expires_at: float


class IllWebhook(NamedTuple):
    """A webhook to which something did not go. `given_up`: it is sent nothing any more, as nothing had arrived."""

    id: int
    project_id: int
    project: str
    url: str
    given_up: bool


class Held(NamedTuple):
    """A project in which somebody holds a role: bytes, its own quota, and when something was last pushed (0: never)."""

    project_id: int
    name: str
    public: bool
    used: int
    quota: Quota | None
    pushed_at: float


class News(Protocol):
    """Events as `rules.news` knows them, and the state of things. `among` are ids of projects; None: all, and none."""

    def page(
        self, among: Collection[int] | None, kinds: Sequence[str], *, before: int | None, limit: int
    ) -> EventsFound:
        """Up to `limit` of these kinds before this number, the newest first; after a bounded look maybe fewer."""

    def since(self, number: int, *, limit: int) -> Sequence[tuple[int, Event]]:
        """Up to `limit` events after this number, whatever their kind."""

    def made_at(self, repository_id: int | None) -> float | None:
        """When a repository was made; None where there is none."""

    def in_reach(self, who: Identity, *, most: int) -> Sequence[int]:
        """Up to `most` ids of projects in which they hold a role, or in which something is public."""

    def held(self, who: Identity, *, limit: int) -> Sequence[Held]:
        """Up to `limit` projects in which they hold a role, those first to which something was pushed last."""

    def failed_jobs(self, among: Collection[int] | None, *, since: float, limit: int) -> Sequence[FailedJob]:
        """Up to `limit` that were given up since then, the newest first."""

    def ending_robots(self, among: Collection[int] | None, *, before: float, limit: int) -> Sequence[EndingRobot]:
        """Up to `limit` enabled ones whose time ends before then, the first to end first."""

    def ill_webhooks(self, among: Collection[int] | None, *, limit: int) -> Sequence[IllWebhook]:
        """Up to `limit` that were disabled as nothing arrived, or that have a delivery that was given up."""

    def near_quota(self, *, warn_at: int, limit: int) -> Sequence[str]:
        """Up to `limit` names of projects that might be near a quota of their own, or of whom somebody was warned."""
