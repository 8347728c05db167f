"""What the registry knows: repositories, tags, manifests, links, uploads, people, events.

A *story* is a plain function over `Ledger`. `Records.read` tells it what is; `Records.write` runs it as one
transaction, all or nothing, and may run it again if the database asks for that: a story must have no other effect.
All times are seconds since the epoch, all sizes bytes, all lists in byte order of their names, or as a `Listing` asks:
then they hold one entry more than its size if more follow.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.manifest import Manifest
from moorage.oci.page import Page
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.garbage import Garbage
from moorage.ports.jobs import Jobs, Schedules
from moorage.ports.quotas import Quotas, Statistics
from moorage.ports.retention import Retention
from moorage.ports.tag_rules import TagRules
from moorage.ports.trash import Trash
from moorage.ports.webhooks import Deliveries, Webhooks
from moorage.rules.access import ANONYMOUS, Identity, Place
from moorage.rules.facts import (
    Account,
    BlobRecord,
    CustomRole,
    Event,
    EventFilter,
    EventsFound,
    Group,
    GroupPerson,
    Invitation,
    KeptFactor,
    Member,
    PersonalToken,
    Project,
    Redirect,
    Referrer,
    RepositoryRecord,
    Robot,
    RoleSpec,
    Source,
    StoredManifest,
    Stream,
    Subject,
    TagMove,
    TagRecord,
    TagsThen,
)
from moorage.rules.federation import Issuer, Trust
from moorage.rules.listing import Listing, Total
from moorage.rules.sessions import Session
from moorage.rules.upload import Upload

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


class Projects(Protocol):
    """Projects by name."""

    def find(self, name: str) -> Project | None:
        """The project of this name."""

    def place(self, name: str, who: Identity = ANONYMOUS) -> Place:
        """The project as access sees it, with the roles that `who` holds in it."""

    def create(self, name: str, *, public: bool, now: float, description: str = "") -> Project | None:
        """Make it; None if there is one already."""

    def update(self, project_id: int, *, public: bool, description: str, time_zone: str | None = None) -> None:
        """Change it; another visibility begins a new epoch."""

    def rename(self, project_id: int, name: str) -> None:
        """Let it have another name, and with it its repositories and robots; a new epoch begins.

        Raises NAME_INVALID if a repository's name would become too long.
        """

    def hidden_by(self, project_id: int, name: str) -> str | None:
        """A redirect of something else that one of its repositories would hide if the project had this name."""

    def delete(self, project_id: int) -> bool:
        """Forget it, with members and robots, if it has no repository; whether it is gone."""

    def page(self, listing: Listing, *, visible_to: Identity | None) -> Sequence[Project]:
        """Projects: all, or those that are public or in which somebody holds a role."""

    def count(self, listing: Listing, *, visible_to: Identity | None, most: int) -> int:
        """How many there are, up to `most`."""


class Repositories(Protocol):
    """Repositories by full name."""

    def place(self, name: RepositoryName, who: Identity = ANONYMOUS) -> Place:
        """The repository as access sees it, whether it exists or not, with the roles that `who` holds there.

        Where nothing has the name, but something had it before that `who` may see: with the place of that.
        """

    def ensure(self, name: RepositoryName, *, by: Identity, now: float) -> Place:
        """The repository, made now if needed, with its project, which is private; what was made is an event.

        Raises DENIED where a redirect has the name: nothing takes it silently.
        """

    def rename(self, repository_id: int, name: RepositoryName, *, project_id: int) -> None:
        """Let it have this name, in this project; new epochs of both projects begin."""

    def find(self, repository_id: int) -> RepositoryRecord | None:
        """What a listing says of it."""

    def update(self, repository_id: int, *, public: bool | None, description: str) -> None:
        """Change it; another visibility begins a new epoch of its project."""

    def label(self, repository_id: int, labels: Mapping[str, str]) -> None:
        """Let these be all of its labels."""

    def forget_unused(self, repository_id: int, *, by: Identity | None, now: float) -> None:
        """Forget it if it never held a manifest and has neither blob nor upload: somebody began and gave up.

        That is an event, as its making was: by somebody, or (None) by the registry itself.
        """

    def delete(self, repository_id: int, *, by: str, now: float, keep: bool) -> None:
        """Forget it with its tags, whose moves are recorded, manifests, links and uploads.

        With `keep` it can be restored from `trash`, with its tags and manifests.
        """

    def page(self, who: Identity, *, after: str, limit: int) -> Sequence[Place]:
        """Up to `limit` places after this name that held a manifest and might be open to them; rules choose."""

    def of_project(self, project_id: int, listing: Listing) -> Sequence[RepositoryRecord]:
        """The project's; `labels` in `listing.where` are those that they have."""

    def count(self, project_id: int, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""


class Redirects(Protocol):
    """Names that repositories and projects had before. Each leads to its target's id, and goes with it."""

    def keep(
        self,
        name: str,
        *,
        by: str,
        now: float,
        until: float,
        project_id: int | None = None,
        repository_id: int | None = None,
    ) -> None:
        """Let this name lead to a project or to a repository, until then; wherever it led before."""

    def find(self, name: str, *, is_project: bool) -> Redirect | None:
        """The redirect of this name."""

    def get(self, redirect_id: int) -> Redirect | None:
        """The redirect with this id."""

    def remove(self, redirect_id: int) -> None:
        """Forget it."""

    def of_project(self, project_id: int, name: str, *, after: int, limit: int) -> Sequence[Redirect]:
        """Up to `limit` after this id: names that lead to the project or into it, and old names that were in it."""

    def count(self, project_id: int, name: str, *, most: int) -> int:
        """How many these are, up to `most`."""

    def ended(self, *, before: float, limit: int) -> Sequence[Redirect]:
        """Up to `limit` whose time was over before this."""


class Manifests(Protocol):
    """Manifests within repositories."""

    def find(
        self, name: RepositoryName, reference: Reference, who: Identity = ANONYMOUS
    ) -> tuple[Place, StoredManifest | None]:
        """The manifest that a tag or digest names there, and the place for `who`, in one look.

        Roles are looked up only where the identity does not already say all (`access.vouches`). Where nothing has the
        name, the manifest is that of what had it before, if `who` may see that.
        """

    def put(self, repository_id: int, digest: Digest, manifest: Manifest, *, by: str, now: float) -> tuple[int, bool]:
        """Keep it with its links; its id and whether it is new there."""

    def tags_of(self, manifest_id: int) -> Sequence[str]:
        """The names of the tags that point to it."""

    def delete(self, manifest_id: int, *, by: str, now: float, keep: bool) -> Sequence[str]:
        """Forget it and the tags that point to it, and record their moves; the names of these.

        With `keep` it can be restored from `trash`.
        """

    def referrers(
        self, repository_id: int, subject: Digest, *, artifact_type: str | None, after: int, limit: int, room: int
    ) -> Page[Referrer]:
        """Up to `limit` manifests with this subject and, if given, type, with ids after `after`.

        Fewer, but at least one, if their annotations would take more than `room` bytes as JSON.
        """


class Tags(Protocol):
    """Tags within repositories, and where they pointed before."""

    def point(self, repository_id: int, tag: Tag, manifest_id: int, digest: Digest, *, by: str, now: float) -> bool:
        """Let the tag name this manifest and record the move; False if it did already."""

    def named(self, repository_id: int, tag: Tag) -> Digest | None:
        """The digest that the tag names; None if there is none."""

    def needing(self, repository_id: int, digest: Digest, *, limit: int) -> Sequence[str]:
        """Up to `limit` tags whose image is this manifest, or needs this manifest or blob."""

    def delete(self, repository_id: int, tag: Tag, *, by: str, now: float) -> Digest | None:
        """Forget the tag, not its manifest, and record the move; what it named, None if there was none."""

    def page(self, repository_id: int, *, after: str, limit: int) -> Sequence[str]:
        """Up to `limit` tags after this one."""

    def listed(self, repository_id: int, listing: Listing) -> Sequence[TagRecord]:
        """The repository's, with when they last moved."""

    def count(self, repository_id: int, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def find(self, repository_id: int, tag: Tag) -> TagRecord | None:
        """The tag as it is."""

    def history(self, repository_id: int, tag: Tag, *, before: int | None = None, limit: int) -> Sequence[TagMove]:
        """Up to `limit` of its moves, those before the one with this id; the newest first."""

    def count_moves(self, repository_id: int, tag: Tag, *, most: int) -> int:
        """How many these are, up to `most`."""

    def ever_named(self, repository_id: int, tag: Tag, digest: Digest) -> bool:
        """Did it ever name this?"""

    def found_then(self, repository_id: int, tag: Tag, at: float) -> TagRecord | None:
        """The tag as it was at this time."""

    def listed_then(self, repository_id: int, at: float, listing: Listing) -> TagsThen:
        """The repository's as they were at this time, by name.

        Where most names were none then it may give fewer, after a bounded look: another one goes on from its `rest`.
        """

    def count_then(self, repository_id: int, at: float, listing: Listing, *, most: int) -> Total:
        """How many these are: counted up to `most`, and as far as one look reaches."""


class Blobs(Protocol):
    """Which blobs exist, and which repositories may read them."""

    def find(self, name: RepositoryName, digest: Digest, who: Identity = ANONYMOUS) -> tuple[Place, BlobRecord | None]:
        """The blob, if that repository has a link to it, and the place for `who`, in one look, as for manifests."""

    def known(self, digest: Digest) -> BlobRecord | None:
        """The blob, whoever has a link to it."""

    def record(self, digest: Digest, size: int, *, now: float) -> BlobRecord:
        """The blob is stored and good: make or mend its record."""

    def link(self, repository_id: int, blob_id: int, *, now: float) -> None:
        """Let the repository read it. Its project has it from then on: ask for room first."""

    def unlink(self, repository_id: int, digest: Digest) -> bool:
        """Take the repository's link away; whether there was one."""

    def missing(self, repository_id: int, digests: Sequence[Digest]) -> Sequence[Digest]:
        """Those of these that the repository has no link to, or whose content is damaged."""

    def holders(self, digest: Digest, who: Identity) -> Sequence[Place]:
        """A few repositories with a link to the blob that might be open to them; rules choose."""

    def condemn(self, digest: Digest, *, now: float) -> None:
        """Its content was damaged at `now`: serve it no more, unless somebody has pushed it again since."""

    def page(self, *, after: str, limit: int, project_id: int | None = None) -> Sequence[BlobRecord]:
        """Up to `limit` blobs after this digest; of a project, those that its repositories may read."""

    def amount(self, project_id: int | None = None) -> int:
        """How many there are, or how many a project's repositories may read. Not for the event loop: it counts."""


class Uploads(Protocol):
    """Upload sessions, and the commits that are under way."""

    def start(self, upload: Upload) -> None:
        """Remember a new session."""

    def find(self, upload_id: str) -> Upload | None:
        """The session."""

    def advance(self, upload: Upload) -> bool:
        """Remember the session's new state; False if it is gone."""

    def end(self, upload_id: str) -> bool:
        """Forget the session; whether there was one."""

    def untouched(self, *, before: float, limit: int) -> Sequence[Upload]:
        """Up to `limit` sessions to which nothing came since `before`."""

    def distrust(self) -> None:
        """Before anybody is served: the machine may have lost power since.

        Forget what is proven of unfinished uploads, and the claims of sweeps that were cut off.
        """

    def intend(self, upload_id: str, digest: Digest, *, now: float) -> bool:
        """A commit under this digest is about to begin; False while leftovers under it are being removed."""

    def fulfil(self, upload_id: str) -> bool:
        """That commit has ended; False if a sweep has claimed it meanwhile: its bytes are gone, or going."""

    def abandoned(self, *, before: float, limit: int) -> Sequence[tuple[str, Digest]]:
        """Commits that began, or were claimed, before `before` and never ended."""

    def claim(self, upload_id: str, *, before: float, now: float) -> bool:
        """Take an abandoned commit, to remove its bytes; False if it is not abandoned since `before`."""

    def give_back(self, upload_id: str) -> None:
        """A claimed commit whose bytes could not be removed is no longer claimed; a later sweep comes back to it."""

    def intended(self, digest: Digest, *, besides: str) -> bool:
        """Is another commit of the same digest under way?"""


class Accounts(Protocol):
    """People who can log in."""

    def find(self, name: str) -> Account | None:
        """The account of this name."""

    def get(self, account_id: int) -> Account | None:
        """The account with this id."""

    def resembles(self, name: str) -> bool:
        """Is there one of this name, in upper-case or lower-case letters?"""

    def create(
        self, name: str, password_hash: str, *, administrator: bool, now: float, must_change: bool = False
    ) -> Account | None:
        """Make it; None if there is one already."""

    def create_vouched(self, name: str, source: Source, subject: str, *, now: float) -> Account | None:
        """Make one that a source vouches for, without a password; None if the name is taken, in capitals or not."""

    def vouched(self, source: Source, subject: str) -> Account | None:
        """The account of whom a source calls this."""

    def vouched_by(self, source: Source, *, after: str, limit: int) -> Sequence[tuple[str, Account]]:
        """Whom a source vouches for, or did, with what it calls them, in that order and from after that."""

    def vouch(self, account_id: int, *, until: float) -> None:
        """Its source vouches for it until then. What was issued before stays."""

    def renew_password(self, account_id: int, password_hash: str, *, must_change: bool = False) -> None:
        """Set another password and end everything issued before."""

    def update(self, account_id: int, *, administrator: bool, auditor: bool, disabled: bool) -> None:
        """Change what they are to the instance, and end everything issued before."""

    def begin_epoch(self, account_id: int) -> None:
        """End everything issued before, but personal tokens."""

    def delete(self, account_id: int) -> None:
        """Forget them, with roles, memberships and personal tokens."""

    def page(self, listing: Listing) -> Sequence[Account]:
        """Accounts."""

    def count(self, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def seen(self, account_id: int, *, at: float) -> None:
        """Note when they last logged in."""

    def holds(self, who: Identity) -> bool:
        """Is this person still there, enabled, of the same epoch, and their personal token? Or the robot, enabled?"""

    def administrators(self, now: float) -> int:
        """How many administrators there are who can log in."""

    def any(self) -> bool:
        """Is there any account?"""


class Groups(Protocol):
    """Groups of people. Every change of who is in one begins a new epoch of the projects that know the group."""

    def find(self, name: str) -> Group | None:
        """The group of this name."""

    def create(self, name: str, *, now: float) -> Group | None:
        """Make it; None if there is one already."""

    def delete(self, group_id: int) -> None:
        """Forget it, with the roles it gave."""

    def page(self, listing: Listing) -> Sequence[Group]:
        """Groups, by name."""

    def count(self, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def people(self, group_id: int, listing: Listing) -> Sequence[GroupPerson]:
        """Those who are in it, by name."""

    def count_people(self, group_id: int, listing: Listing, *, most: int) -> int:
        """How many they are, up to `most`."""

    def join(self, group_id: int, account_id: int) -> bool:
        """Let somebody in; False if they were."""

    def leave(self, group_id: int, account_id: int) -> bool:
        """Let somebody go; False if they were not in it."""

    def follow(self, account_id: int, names: Collection[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Let somebody be in those of these groups that there are; which they came into, and which they went out of.

        They go out of no group that a person let them into.
        """


class Sessions(Protocol):
    """People in browsers, by the hash of their cookie."""

    def start(self, session: Session, hashed: str) -> Session:
        """Keep it, whatever id it had."""

    def find(self, hashed: str) -> Session | None:
        """The session of this cookie."""

    def touch(self, session: Session) -> None:
        """Note when and from where it was used last."""

    def end(self, session_id: int, account_id: int) -> bool:
        """Forget it, if it is this person's; whether it was there."""

    def end_all(self, account_id: int, *, but: int | None = None) -> int:
        """Forget all of somebody's but this one; how many went."""

    def keep_newest(self, account_id: int, most: int) -> None:
        """Forget all of somebody's but so many; those that the account's epoch has ended too."""

    def half(self, *, started_before: float, limit: int) -> Sequence[tuple[Session, str]]:
        """Up to `limit` that began before then and still wait for a second factor, with whose they are."""

    def of(self, account_id: int) -> Sequence[Session]:
        """Somebody's that are of the account's epoch and wait for nothing, the newest first."""

    def forget(self, *, unused_since: float, started_before: float) -> int:
        """Forget those that nobody used since then, or that are as old as that; how many went."""


class SecondFactors(Protocol):
    """Second factors of people, and the codes for when one is lost."""

    def find(self, account_id: int) -> KeptFactor | None:
        """Somebody's."""

    def put(self, account_id: int, kept: KeptFactor) -> None:
        """Let this be somebody's."""

    def remove(self, account_id: int) -> bool:
        """Forget it with its codes; whether there was one."""

    def put_codes(self, account_id: int, hashes: Sequence[str]) -> None:
        """Let these be all codes for when it is lost."""

    def spend_code(self, account_id: int, hashed: str) -> bool:
        """Use one up; whether it was there."""

    def codes(self, account_id: int) -> int:
        """How many are left."""


class Invitations(Protocol):
    """Invitations by link, by the hash of their secret."""

    def create(self, invitation: Invitation, hashed: str) -> Invitation:
        """Make it, whatever id it had."""

    def find(self, hashed: str) -> Invitation | None:
        """The invitation of this secret."""

    def get(self, invitation_id: int) -> Invitation | None:
        """The invitation with this id."""

    def remove(self, invitation_id: int) -> bool:
        """Use it up, or take it back; whether it was there."""

    def page(self, project_id: int | None, *, after: int, limit: int) -> Sequence[Invitation]:
        """Up to `limit` after this id: the project's, or those to the registry alone."""

    def count(self, project_id: int | None, *, most: int) -> int:
        """How many these are, up to `most`."""

    def forget(self, *, ended_before: float) -> int:
        """Forget those that ended before then; how many went."""


class Members(Protocol):
    """Who holds which roles in projects. Every change begins a new epoch of the project."""

    def find(self, project_id: int, subject: Subject) -> Member | None:
        """Somebody's roles there; None if they have none."""

    def put(self, project_id: int, subject: Subject, roles: Sequence[RoleSpec], *, now: float) -> None:
        """Let these be all of somebody's roles there."""

    def remove(self, project_id: int, subject: Subject) -> bool:
        """Take all roles away; whether there were any."""

    def page(self, project_id: int) -> Sequence[Member]:
        """All members, people first, in order of their names."""


class CustomRoles(Protocol):
    """Roles of one's own."""

    def find(self, name: str) -> CustomRole | None:
        """The role of this name."""

    def put(self, role: CustomRole, *, now: float) -> None:
        """Make or change it; the projects in which it is held begin a new epoch."""

    def delete(self, name: str) -> bool:
        """Forget it unless somebody holds it; whether it is gone."""

    def page(self) -> Sequence[CustomRole]:
        """All of them."""


class Robots(Protocol):
    """Machines' identities, by their title: their name on the wire."""

    def find(self, title: str) -> Robot | None:
        """The robot of this title; or the one that had it while its project had a name that still leads to it."""

    def create(self, robot: Robot) -> Robot | None:
        """Make it, whatever id it had; None if there is one of its title."""

    def update(self, robot: Robot) -> None:
        """Change all but its title, and begin a new epoch of it."""

    def delete(self, robot_id: int) -> None:
        """Forget it."""

    def page(self, project_id: int | None, listing: Listing) -> Sequence[Robot]:
        """The project's, or the instance's."""

    def count(self, project_id: int | None, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def used(self, robot_id: int, *, at: float, address: str) -> None:
        """Note when and from where it was last used."""


class PersonalTokens(Protocol):
    """Tokens that people made for themselves; only a hash of each is kept."""

    def find(self, secret_hash: str) -> PersonalToken | None:
        """The token with this hash."""

    def get(self, token_id: int) -> PersonalToken | None:
        """The token with this id."""

    def create(self, token: PersonalToken, secret_hash: str) -> PersonalToken | None:
        """Keep it, whatever id it had; None if its owner has one of this name."""

    def delete(self, account_id: int, token_id: int) -> PersonalToken | None:
        """Forget a token of this account; what it was."""

    def revoke(self, account_id: int) -> None:
        """Forget all of somebody's."""

    def of_account(self, account_id: int) -> Sequence[PersonalToken]:
        """All of somebody's, the newest first."""

    def used(self, token_id: int, *, at: float, address: str) -> None:
        """Note when and from where it was last used."""


class Issuers(Protocol):
    """Whose identity tokens are trusted, by name."""

    def find(self, name: str) -> Issuer | None:
        """The issuer of this name."""

    def by_url(self, url: str) -> Issuer | None:
        """The issuer with this very url."""

    def create(self, issuer: Issuer) -> Issuer | None:
        """Keep it, whatever id it had; None if there is one of its name or its url."""

    def update(self, issuer: Issuer) -> None:
        """Change all but name and url, and begin new epochs of the robots that it vouches for."""

    def delete(self, issuer_id: int) -> None:
        """Forget it with its trusts, and begin new epochs of the robots that it vouched for."""

    def page(self, listing: Listing) -> Sequence[Issuer]:
        """Issuers, by name."""

    def count(self, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""


class Trusts(Protocol):
    """What identity tokens must claim to be a robot, and which were shown."""

    def of_robot(self, robot_id: int) -> Sequence[Trust]:
        """All of a robot's, the oldest first."""

    def get(self, trust_id: int) -> Trust | None:
        """The trust with this id."""

    def create(self, trust: Trust) -> Trust:
        """Keep it, whatever id it had."""

    def delete(self, trust_id: int) -> None:
        """Forget it, and begin a new epoch of its robot."""

    def show(self, fingerprint: str, robot_id: int, address: str, *, spend: bool, until: float) -> bool:
        """Note that an identity token was shown, until it ends; may it be?

        It is bound to the robot and the address that showed it first. Who spends it must be the first, and is the last.
        """

    def forget_shown(self, *, before: float, limit: int) -> int:
        """Forget up to `limit` shown tokens that ended before this time; how many went."""


class Events(Protocol):
    """What happened, in order."""

    def record(self, event: Event) -> None:
        """Write it down."""

    def page(self, *, after: int, limit: int) -> Sequence[tuple[int, Event]]:
        """Up to `limit` events after this number, with their numbers."""

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventsFound:
        """Up to `limit` events that fit, of those before this number.

        Where several filters narrow it may give fewer, after a bounded look: another one goes on from its `rest`.
        """

    def count(self, wanted: EventFilter, *, most: int) -> Total:
        """How many events fit: counted up to `most`, and where several filters narrow as far as one look reaches."""

    def newest(self) -> int:
        """The number of the newest event; 0 without any."""

    def stream(self, stream: str) -> Stream | None:
        """How a stream of events stands; None if there is no such stream yet."""

    def claim(self, stream: str, holder: str, *, now: float, until: float) -> int | None:
        """Take a stream of events until then, if nobody else has it now: the number of the last event that was sent.

        A stream that is new begins behind the newest event.
        """

    def advance(self, stream: str, holder: str, position: int, *, until: float) -> bool:
        """Events up to this number were sent, and the stream is held until then; False if somebody else has it now."""

    def forget(self, *, before: float, limit: int, upto: int | None = None) -> int:
        """Forget up to `limit` of the oldest events that happened before this time; how many went.

        With `upto` only events up to this number go.
        """


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


class Records(Protocol):
    """The way to the ledger."""

    async def read(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """Tell what is. Each verb sees all that was acknowledged before it. Raises RecordsUnavailable."""

    async def read_aside(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """The same beside the requests of all others, in turn: for what may have to wait for the disk."""

    async def write(
        self, story: Callable[[Ledger], Outcome], *, durable: bool = True, by: Identity | None = None
    ) -> Outcome:
        """One transaction: whatever the story raises undoes it and is raised here. Raises RecordsUnavailable.

        With `by` it begins by looking whether that identity still holds; TOKEN_REFUSED if it has ended meanwhile.
        When it returns, a `durable` change is safe from a power cut; others only from a crash of the program.
        """
