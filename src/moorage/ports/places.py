"""Where content is: projects, repositories, and where old names lead. See `ports.records`."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from moorage.oci.reference import RepositoryName
from moorage.rules.access import ANONYMOUS, Identity, Place
from moorage.rules.facts import Project, Redirect, RepositoryRecord
from moorage.rules.listing import Listing


class Projects(Protocol):
    """Projects by name."""

    def find(self, name: str) -> Project | None:
        """The project of this name."""

    def place(self, name: str, who: Identity = ANONYMOUS) -> Place:
        """The project as access sees it, with the roles that `who` holds in it."""

    def located(self, project_id: int, who: Identity = ANONYMOUS) -> Place | None:
        """The project with this id as access sees it, with the roles that `who` holds in it."""

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
