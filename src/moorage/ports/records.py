"""What the registry knows: a ledger of nouns, whose verbs stand in the modules beside this one.

A *story* is a plain function over `Ledger`. `Records.read` tells it what is; `Records.write` runs it as one
transaction, all or nothing, and may run it again if the database asks for that: a story must have no other effect.
All times are seconds since the epoch, all sizes bytes, all lists in byte order of their names, or as a `Listing` asks:
then they hold one entry more than its size if more follow.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from moorage.oci.error import Code, Refusal
from moorage.ports.content import Blobs, Manifests, Tags, Uploads
from moorage.ports.events import Events
from moorage.ports.garbage import Garbage
from moorage.ports.images import Images
from moorage.ports.jobs import Jobs, Schedules
from moorage.ports.news import News
from moorage.ports.people import Accounts, Groups, Invitations, SecondFactors, Sessions
from moorage.ports.places import Projects, Redirects, Repositories
from moorage.ports.quotas import Quotas, Statistics
from moorage.ports.retention import Retention
from moorage.ports.rights import CustomRoles, Members, PersonalTokens, Robots
from moorage.ports.search import Search
from moorage.ports.tag_rules import TagRules
from moorage.ports.trash import Trash
from moorage.ports.trusts import Issuers, Trusts
from moorage.ports.webhooks import Deliveries, Webhooks
from moorage.rules.access import Identity

Outcome = TypeVar("Outcome")


class RecordsUnavailable(Refusal):
    """The database cannot be read or written now."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAVAILABLE,
            "the registry's database cannot be used now: nothing was changed; try again, and tell its operator",
            retry_after=5,
        )


class RecordsFull(Refusal):
    """There is no room for more rows."""

    def __init__(self) -> None:
        super().__init__(
            Code.STORAGE_FULL,
            "the registry's database has no room left: nothing was changed; its operator has to make room",
        )


class Ledger(Protocol):
    """All that a story can read and, within `Records.write`, change."""

    @property
    def projects(self) -> Projects:
        """Projects."""

    @property
    def repositories(self) -> Repositories:
        """Repositories."""

    @property
    def redirects(self) -> Redirects:
        """Redirects."""

    @property
    def manifests(self) -> Manifests:
        """Manifests."""

    @property
    def tags(self) -> Tags:
        """Tags."""

    @property
    def images(self) -> Images:
        """Images as pages show them."""

    @property
    def tag_rules(self) -> TagRules:
        """Tag rules."""

    @property
    def trash(self) -> Trash:
        """What was deleted and can still be restored."""

    @property
    def blobs(self) -> Blobs:
        """Blobs."""

    @property
    def uploads(self) -> Uploads:
        """Uploads."""

    @property
    def garbage(self) -> Garbage:
        """Garbage."""

    @property
    def accounts(self) -> Accounts:
        """Accounts."""

    @property
    def groups(self) -> Groups:
        """Groups."""

    @property
    def sessions(self) -> Sessions:
        """Sessions of people in browsers."""

    @property
    def second_factors(self) -> SecondFactors:
        """Second factors."""

    @property
    def invitations(self) -> Invitations:
        """Invitations."""

    @property
    def members(self) -> Members:
        """Members."""

    @property
    def roles(self) -> CustomRoles:
        """Roles of one's own."""

    @property
    def robots(self) -> Robots:
        """Robots."""

    @property
    def personal_tokens(self) -> PersonalTokens:
        """Personal tokens."""

    @property
    def issuers(self) -> Issuers:
        """Issuers of identity tokens."""

    @property
    def trusts(self) -> Trusts:
        """Trusts in their tokens."""

    @property
    def events(self) -> Events:
        """Events."""

    @property
    def jobs(self) -> Jobs:
        """Jobs."""

    @property
    def schedules(self) -> Schedules:
        """What is asked for at times."""

    @property
    def webhooks(self) -> Webhooks:
        """Webhooks."""

    @property
    def deliveries(self) -> Deliveries:
        """Deliveries to webhooks."""

    @property
    def quotas(self) -> Quotas:
        """Bytes that are kept, and that may be."""

    @property
    def statistics(self) -> Statistics:
        """Pulls and pushes by day."""

    @property
    def retention(self) -> Retention:
        """Rules of retention."""

    @property
    def news(self) -> News:
        """News, and what needs somebody."""

    @property
    def search(self) -> Search:
        """Finding things."""


class Records(Protocol):
    """The way to the ledger."""

    async def read(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """Tell what is. Each verb sees all that was acknowledged before it. Raises RecordsUnavailable."""

    async def read_aside(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """The same beside the requests of all others, in turn: for what may have to wait for the disk."""

    async def read_apart(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """The same in another turn: for what reckons for seconds, which those in the first turn need not wait for."""

    async def write(
        self, story: Callable[[Ledger], Outcome], *, durable: bool = True, by: Identity | None = None
    ) -> Outcome:
        """One transaction: whatever the story raises undoes it and is raised here. Raises RecordsUnavailable.

        With `by` it begins by looking whether that identity still holds; TOKEN_REFUSED if it has ended meanwhile.
        When it returns, a `durable` change is safe from a power cut; others only from a crash of the program.
        """
