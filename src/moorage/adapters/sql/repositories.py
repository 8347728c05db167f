"""Repositories in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.events import SqlEvents
from moorage.adapters.sql.session import Session
from moorage.oci.reference import RepositoryName
from moorage.rules.access import Place
from moorage.rules.facts import Event, RepositoryRecord

_PLACE = "SELECT p.id, p.public, r.id FROM repositories r JOIN projects p ON p.id = r.project_id WHERE r.name = :name"
_PROJECT = "SELECT id, public FROM projects WHERE name = :project"


class SqlRepositories:
    """See `ports.records.Repositories`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def place(self, name: RepositoryName) -> Place:
        """The repository with its project; the project alone; or neither."""
        row = self._session.one(_PLACE, name=name.text)
        if row is not None:
            return Place(name.text, name.project, row[0], bool(row[1]), row[2])
        return project_place(self._session, name)

    def ensure(self, name: RepositoryName, *, by: str, now: float) -> Place:
        """Insert what is missing of project and repository."""
        place = self.place(name)
        if place.exists:
            return place
        new_project = place.project_id is None and self._session.run(
            "INSERT INTO projects (name, public, created_at) VALUES (:name, 0, :now) ON CONFLICT (name) DO NOTHING",
            name=name.project,
            now=now,
        )
        self._session.run(
            "INSERT INTO repositories (project_id, name, created_at)"
            " SELECT id, :name, :now FROM projects WHERE name = :project ON CONFLICT (name) DO NOTHING",
            name=name.text,
            project=name.project,
            now=now,
        )
        made = self.place(name)
        events = SqlEvents(self._session)
        if new_project:
            events.record(Event("project.created", name.project, made.project_id, by, now))
        events.record(Event("repository.created", name.text, made.project_id, by, now))
        return made

    def forget_unused(self, repository_id: int) -> None:
        """Each condition is a look by an index."""
        self._session.run(
            "DELETE FROM repositories WHERE id = :id AND filled_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM blob_links WHERE repository_id = :id)"
            " AND NOT EXISTS (SELECT 1 FROM uploads WHERE repository_id = :id)",
            id=repository_id,
        )

    def delete(self, repository_id: int) -> None:
        """Rows that belong to it go with it; uploads too, their drafts are swept."""
        self._session.run("DELETE FROM tags WHERE repository_id = :id", id=repository_id)
        self._session.run("DELETE FROM repositories WHERE id = :id", id=repository_id)

    def page(self, *, sees_all: bool, after: str, limit: int) -> Sequence[str]:
        """By the index on the name, of those that ever held a manifest."""
        public = "" if sees_all else " AND p.public = 1"
        rows = self._session.all(
            "SELECT r.name FROM repositories r JOIN projects p ON p.id = r.project_id"
            f" WHERE r.name > :after AND r.filled_at IS NOT NULL{public} ORDER BY r.name LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [row[0] for row in rows]

    def of_project(self, project_id: int, *, after: str, limit: int) -> Sequence[RepositoryRecord]:
        """By the index on project and name."""
        rows = self._session.all(
            "SELECT r.id, r.name, (SELECT count(*) FROM tags t WHERE t.repository_id = r.id), r.created_at"
            " FROM repositories r WHERE r.project_id = :project_id AND r.name > :after"
            " ORDER BY r.name LIMIT :limit",
            project_id=project_id,
            after=after,
            limit=limit,
        )
        return [RepositoryRecord(*row) for row in rows]


def project_place(session: Session, name: RepositoryName) -> Place:
    """A repository that does not exist, in a project that may."""
    row = session.one(_PROJECT, project=name.project)
    if row is None:
        return Place(name.text, name.project)
    return Place(name.text, name.project, row[0], bool(row[1]))
