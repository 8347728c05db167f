"""Projects in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.rules.facts import Project

_COLUMNS = "id, name, public, created_at"


class SqlProjects:
    """See `ports.records.Projects`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> Project | None:
        """By its unique name."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM projects WHERE name = :name", name=name)
        return _project(row) if row else None

    def create(self, name: str, *, public: bool, now: float) -> Project | None:
        """Insert unless the name is taken."""
        row = self._session.one(
            "INSERT INTO projects (name, public, created_at) VALUES (:name, :public, :now)"
            f" ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}",
            name=name,
            public=int(public),
            now=now,
        )
        return _project(row) if row else None

    def publish(self, project_id: int, *, public: bool) -> None:
        """Update the flag."""
        self._session.run("UPDATE projects SET public = :public WHERE id = :id", id=project_id, public=int(public))

    def delete(self, project_id: int) -> bool:
        """Delete unless a repository stands in it."""
        return bool(
            self._session.run(
                "DELETE FROM projects WHERE id = :id"
                " AND NOT EXISTS (SELECT 1 FROM repositories WHERE project_id = :id)",
                id=project_id,
            )
        )

    def page(self, *, after: str, limit: int) -> Sequence[Project]:
        """By the unique index on the name."""
        rows = self._session.all(
            f"SELECT {_COLUMNS} FROM projects WHERE name > :after ORDER BY name LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [_project(row) for row in rows]


def _project(row: Row) -> Project:
    return Project(row[0], row[1], bool(row[2]), row[3])
