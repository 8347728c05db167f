"""Redirects in SQL: what had a name before, and where it is now. Looked at only where nothing has the name."""

from collections.abc import Sequence

from moorage.adapters.sql.members import held_by
from moorage.adapters.sql.projects import project_place
from moorage.adapters.sql.session import Row, Session
from moorage.oci.reference import RepositoryName
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Redirect

_REDIRECT = (
    "SELECT d.id, d.name, d.is_project, coalesce(r.name, o.name), coalesce(d.project_id, r.project_id), d.made_by,"
    " d.made_at, d.ends_at FROM redirects d LEFT JOIN repositories r ON r.id = d.repository_id"
    " LEFT JOIN projects o ON o.id = d.project_id"
)
_PLACE = "p.id, coalesce(r.public, p.public), r.id, p.epoch FROM repositories r JOIN projects p ON p.id = r.project_id"
_BY_OWN_NAME = (
    f"SELECT r.name, {_PLACE} JOIN redirects d ON d.repository_id = r.id WHERE d.name = :name AND d.is_project = 0"
)
_BY_NAME = f"SELECT r.name, {_PLACE} WHERE r.name = :name"
_PROJECT = (
    "SELECT p.name FROM redirects d JOIN projects p ON p.id = d.project_id WHERE d.name = :name AND d.is_project = 1"
)


def missing_place(session: Session, name: RepositoryName, who: Identity) -> Place:
    """What there is to say of a name that no repository has: its project, and where it leads, to who may see that."""
    place = project_place(session, name.text, name.project, who)
    moved = _moved(session, name, who, alone=place.project_id is None)
    return place if moved is None or not access.sees(who, moved) else place._replace(moved_to=moved)


def _moved(session: Session, name: RepositoryName, who: Identity, *, alone: bool) -> Place | None:
    """By its own redirect; or, where its project's name is `alone` too, by that of the project."""
    row = session.one(_BY_OWN_NAME, name=name.text)
    if row is None and alone and (project := session.one(_PROJECT, name=name.project)) is not None:
        now = f"{project[0]}/{name.inner}"
        row = session.one(_BY_NAME, name=now) or session.one(_BY_OWN_NAME, name=now)
        if row is None:
            return project_place(session, now, project[0], who)
    if row is None:
        return None
    found, project_id, public, repository_id, epoch = row
    held = held_by(session, who, project_id)
    return Place(found, RepositoryName(found).project, project_id, bool(public), repository_id, epoch, held)


_OF_PROJECT = (
    "SELECT id FROM redirects WHERE project_id = :project_id UNION"
    " SELECT id FROM redirects WHERE project = :name AND is_project = 0 UNION"
    " SELECT e.id FROM repositories s JOIN redirects e ON e.repository_id = s.id WHERE s.project_id = :project_id"
)


class SqlRedirects:
    """See `ports.places.Redirects`."""

    def __init__(self, session: Session) -> None:
        self._session = session

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
        """Insert, or let it lead elsewhere from now on."""
        self._session.run(
            "INSERT INTO redirects (name, is_project, project, project_id, repository_id, made_by, made_at, ends_at)"
            " VALUES (:name, :is_project, :project, :project_id, :repository_id, :by, :now, :until)"
            " ON CONFLICT (name, is_project) DO UPDATE SET project_id = :project_id, repository_id = :repository_id,"
            " made_by = :by, made_at = :now, ends_at = :until",
            name=name,
            is_project=int(project_id is not None),
            project=name if project_id is not None else RepositoryName(name).project,
            project_id=project_id,
            repository_id=repository_id,
            by=by,
            now=now,
            until=until,
        )

    def find(self, name: str, *, is_project: bool) -> Redirect | None:
        """By its unique name."""
        row = self._session.one(
            f"{_REDIRECT} WHERE d.name = :name AND d.is_project = :is_project", name=name, is_project=int(is_project)
        )
        return _redirect(row) if row else None

    def get(self, redirect_id: int) -> Redirect | None:
        """By its id."""
        row = self._session.one(f"{_REDIRECT} WHERE d.id = :id", id=redirect_id)
        return _redirect(row) if row else None

    def remove(self, redirect_id: int) -> None:
        """Delete."""
        self._session.run("DELETE FROM redirects WHERE id = :id", id=redirect_id)

    def of_project(self, project_id: int, name: str, *, after: int, limit: int) -> Sequence[Redirect]:
        """By the indexes on what a redirect begins with and ends at."""
        rows = self._session.all(
            f"{_REDIRECT} WHERE d.id > :after AND d.id IN ({_OF_PROJECT}) ORDER BY d.id LIMIT :limit",
            project_id=project_id,
            name=name,
            after=after,
            limit=limit,
        )
        return [_redirect(row) for row in rows]

    def count(self, project_id: int, name: str, *, most: int) -> int:
        """The same."""
        row = self._session.one(
            f"SELECT count(*) FROM (SELECT 1 FROM ({_OF_PROJECT}) AS found LIMIT :most) AS counted",
            project_id=project_id,
            name=name,
            most=most,
        )
        return int(row[0]) if row else 0

    def ended(self, *, before: float, limit: int) -> Sequence[Redirect]:
        """By the index on the end."""
        rows = self._session.all(
            f"{_REDIRECT} WHERE d.ends_at < :before ORDER BY d.ends_at LIMIT :limit", before=before, limit=limit
        )
        return [_redirect(row) for row in rows]


def _redirect(row: Row) -> Redirect:
    return Redirect(row[0], row[1], bool(row[2]), *row[3:])
