"""Projects in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.members import held_by, projects_of
from moorage.adapters.sql.session import Row, Session
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import LONGEST_NAME
from moorage.rules.access import ANONYMOUS, Identity, Place
from moorage.rules.facts import Project
from moorage.rules.listing import Listing
from moorage.rules.names import robot_title

_COLUMNS = "id, name, public, created_at, description, epoch, time_zone"


class SqlProjects:
    """See `ports.places.Projects`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> Project | None:
        """By its unique name."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM projects WHERE name = :name", name=name)
        return _project(row) if row else None

    def place(self, name: str, who: Identity = ANONYMOUS) -> Place:
        """With roles."""
        return project_place(self._session, name, name, who)

    def located(self, project_id: int, who: Identity = ANONYMOUS) -> Place | None:
        """By its id, with roles."""
        row = self._session.one("SELECT name FROM projects WHERE id = :id", id=project_id)
        return self.place(row[0], who) if row else None

    def create(self, name: str, *, public: bool, now: float, description: str = "") -> Project | None:
        """Insert unless the name is taken."""
        row = self._session.one(
            "INSERT INTO projects (name, public, created_at, description) VALUES (:name, :public, :now, :description)"
            f" ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}",
            name=name,
            public=int(public),
            now=now,
            description=description,
        )
        return _project(row) if row else None

    def update(self, project_id: int, *, public: bool, description: str, time_zone: str | None = None) -> None:
        """Update them; the epoch grows if the visibility changes."""
        self._session.run(
            "UPDATE projects SET description = :description, time_zone = :time_zone,"
            " epoch = epoch + (public <> :public), public = :public"
            " WHERE id = :id",
            id=project_id,
            public=int(public),
            description=description,
            time_zone=time_zone,
        )

    def rename(self, project_id: int, name: str) -> None:
        """Update it, and the beginnings of its repositories' and robots' names."""
        row = self._session.one(
            "SELECT name, (SELECT max(length(name)) FROM repositories WHERE project_id = :id) FROM projects"
            " WHERE id = :id",
            id=project_id,
        )
        assert row is not None  # noqa: S101 - whoever renames it has found it
        was, longest = row
        if (longest or 0) - len(was) + len(name) > LONGEST_NAME:
            raise Refusal(
                Code.NAME_INVALID,
                f"then a repository's name would have more than {LONGEST_NAME} characters: choose a shorter one",
            )
        self._session.run(
            "UPDATE projects SET name = :name, epoch = epoch + 1 WHERE id = :id", name=name, id=project_id
        )
        self._session.run(
            "UPDATE repositories SET name = :name || substr(name, :rest) WHERE project_id = :id",
            name=name,
            rest=len(was) + 1,
            id=project_id,
        )
        self._session.run(
            "DELETE FROM redirects WHERE is_project = 0"
            " AND name = (SELECT r.name FROM repositories r WHERE r.id = redirects.repository_id)"
            " AND repository_id IN (SELECT id FROM repositories WHERE project_id = :id)",
            id=project_id,
        )
        self._session.run(
            "UPDATE robots SET title = :begin || name WHERE project_id = :id",
            begin=robot_title(name, ""),
            id=project_id,
        )

    def hidden_by(self, project_id: int, name: str) -> str | None:
        """By the unique index on the redirects' names, for each repository."""
        row = self._session.one(
            "SELECT d.name FROM repositories r JOIN projects p ON p.id = r.project_id"
            " JOIN redirects d ON d.name = :name || substr(r.name, length(p.name) + 1) AND d.is_project = 0"
            " WHERE r.project_id = :id AND d.repository_id <> r.id LIMIT 1",
            name=name,
            id=project_id,
        )
        return row[0] if row else None

    def delete(self, project_id: int) -> bool:
        """Delete unless a repository stands in it."""
        return bool(
            self._session.run(
                "DELETE FROM projects WHERE id = :id"
                " AND NOT EXISTS (SELECT 1 FROM repositories WHERE project_id = :id)",
                id=project_id,
            )
        )

    def page(self, listing: Listing, *, visible_to: Identity | None) -> Sequence[Project]:
        """By the index on what it is sorted by."""
        return [_project(row) for row in lists.page(self._session, _source(listing, visible_to), listing)]

    def count(self, listing: Listing, *, visible_to: Identity | None, most: int) -> int:
        """The same."""
        return lists.count(self._session, _source(listing, visible_to), listing, most)


def _source(listing: Listing, visible_to: Identity | None) -> lists.Source:
    terms, values = ["1 = 1"], {**listing.where}
    if "public" in listing.where:
        terms.append("public = :public")
    if visible_to is not None:
        terms.append(f"(public = 1 OR id IN ({projects_of(visible_to)}))")
        values["account_id"] = visible_to.user_id
    columns = {"name": "name", "created_at": "created_at"}
    return lists.Source(_COLUMNS, f"projects WHERE {' AND '.join(terms)}", columns, values)


def project_place(session: Session, name: str, project: str, who: Identity) -> Place:
    """What does not exist (or is the project itself), in a project that may."""
    row = session.one("SELECT id, public, epoch FROM projects WHERE name = :project", project=project)
    if row is None:
        return Place(name, project)
    return Place(name, project, row[0], bool(row[1]), None, row[2], held_by(session, who, row[0]))


def _project(row: Row) -> Project:
    return Project(row[0], row[1], bool(row[2]), *row[3:])
