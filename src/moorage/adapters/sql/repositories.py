"""Repositories in SQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.burial import bury_repository
from moorage.adapters.sql.events import SqlEvents
from moorage.adapters.sql.members import NEW_EPOCH, held_by, projects_of
from moorage.adapters.sql.redirects import SqlRedirects, missing_place
from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules.access import ANONYMOUS, HeldRole, Identity, Place
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import Listing
from moorage.rules.telling import told

_COLUMNS = "p.id, coalesce(r.public, p.public), r.id, p.epoch"
"""What makes a place of a repository r and its project p."""
_PLACE = f"SELECT {_COLUMNS} FROM repositories r JOIN projects p ON p.id = r.project_id WHERE r.name = :name"
_RECORD = (
    "r.id, r.name, (SELECT count(*) FROM tags t WHERE t.repository_id = r.id), r.created_at, r.public, r.description,"
    " r.pushed_at, r.bytes"
)
_SORTED = {"name": "r.name", "created_at": "r.created_at", "pushed_at": "r.pushed_at", "bytes": "r.bytes"}


class SqlRepositories:
    """See `ports.places.Repositories`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def place(self, name: RepositoryName, who: Identity = ANONYMOUS) -> Place:
        """The repository with its project; the project alone; or neither."""
        row = self._session.one(_PLACE, name=name.text)
        if row is not None:
            roles = held_by(self._session, who, row[0])
            return Place(name.text, name.project, row[0], bool(row[1]), row[2], row[3], roles)
        return missing_place(self._session, name, who)

    def find(self, repository_id: int) -> RepositoryRecord | None:
        """By its id."""
        row = self._session.one(f"SELECT {_RECORD} FROM repositories r WHERE r.id = :id", id=repository_id)
        return self._records([row])[0] if row else None

    def update(self, repository_id: int, *, public: bool | None, description: str) -> None:
        """Update both; another visibility is another epoch."""
        wanted = None if public is None else int(public)
        changed = self._session.run(
            "UPDATE repositories SET public = :public WHERE id = :id AND coalesce(public, -1) <> coalesce(:public, -1)",
            id=repository_id,
            public=wanted,
        )
        self._session.run(
            "UPDATE repositories SET description = :description WHERE id = :id",
            id=repository_id,
            description=description,
        )
        if changed:
            self._session.run(
                f"{NEW_EPOCH} WHERE id = (SELECT project_id FROM repositories WHERE id = :id)", id=repository_id
            )

    def ensure(self, name: RepositoryName, *, by: Identity, now: float) -> Place:
        """Insert what is missing of project and repository."""
        place = self.place(name)
        if place.exists:
            return place
        self._require_free(name, alone=place.project_id is None)
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
            events.record(told("project.created", by, now, place=made._replace(name=name.project)))
        events.record(told("repository.created", by, now, place=made))
        return made

    def _require_free(self, name: RepositoryName, *, alone: bool) -> None:
        redirects = SqlRedirects(self._session)
        if redirects.find(name.text, is_project=False) or (alone and redirects.find(name.project, is_project=True)):
            raise Refusal(
                Code.DENIED,
                f"{name} leads elsewhere since a rename: choose another name, or have that redirect removed",
            )

    def rename(self, repository_id: int, name: RepositoryName, *, project_id: int) -> None:
        """Update both; what names and patterns give is looked at anew."""
        self._session.run(
            f"{NEW_EPOCH} WHERE id = :project_id OR id = (SELECT project_id FROM repositories WHERE id = :id)",
            project_id=project_id,
            id=repository_id,
        )
        self._session.run(
            "UPDATE repositories SET name = :name, project_id = :project_id WHERE id = :id",
            name=name.text,
            project_id=project_id,
            id=repository_id,
        )

    def forget_unused(self, repository_id: int, *, by: Identity | None, now: float) -> None:
        """Each condition is a look by an index."""
        gone = self._session.one(
            "DELETE FROM repositories WHERE id = :id AND filled_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM blob_links WHERE repository_id = :id)"
            " AND NOT EXISTS (SELECT 1 FROM uploads WHERE repository_id = :id) RETURNING name, project_id",
            id=repository_id,
        )
        if gone is not None:
            self._session.run(f"{NEW_EPOCH} WHERE id = :id", id=gone[1])
            place = Place(gone[0], RepositoryName(gone[0]).project, gone[1])
            SqlEvents(self._session).record(told("repository.forgotten", by, now, place=place))

    def delete(self, repository_id: int, *, by: str, now: float, keep: bool) -> None:
        """Rows that belong to it go with it; uploads too, their drafts are swept."""
        if keep:
            bury_repository(self._session, repository_id, by=by, now=now)
        self._session.run(
            "INSERT INTO tag_moves (repository_id, tag, moved_from, moved_to, moved_at, moved_by)"
            " SELECT t.repository_id, t.name, m.digest, NULL, :now, :by FROM tags t"
            " JOIN manifests m ON m.id = t.manifest_id WHERE t.repository_id = :id",
            id=repository_id,
            now=now,
            by=by,
        )
        self._session.run(
            f"{NEW_EPOCH} WHERE id = (SELECT project_id FROM repositories WHERE id = :id)", id=repository_id
        )
        self._session.run("DELETE FROM tags WHERE repository_id = :id", id=repository_id)
        self._session.run("DELETE FROM repositories WHERE id = :id", id=repository_id)

    def page(self, who: Identity, *, after: str, limit: int) -> Sequence[Place]:
        """By the index on the name, of those that ever held a manifest."""
        seen, values = "", {}
        if not (who.administrator or who.auditor):
            seen = f" AND (coalesce(r.public, p.public) = 1 OR p.id IN ({projects_of(who)}))"
            values = {"account_id": who.user_id}
        rows = self._session.all(
            f"SELECT r.name, {_COLUMNS} FROM repositories r JOIN projects p ON p.id = r.project_id"
            f" WHERE r.name > :after AND r.filled_at IS NOT NULL{seen} ORDER BY r.name LIMIT :limit",
            after=after,
            limit=limit,
            **values,
        )
        return self._places(rows, who)

    def _places(self, rows: Sequence[Row], who: Identity) -> list[Place]:
        """Roles are looked up once for each project."""
        held: dict[int, tuple[HeldRole, ...]] = {}
        places = []
        for name, project_id, public, repository_id, epoch in rows:
            if project_id not in held:
                held[project_id] = held_by(self._session, who, project_id)
            project = RepositoryName(name).project
            places.append(Place(name, project, project_id, bool(public), repository_id, epoch, held[project_id]))
        return places

    def holders(self, digest: Digest, who: Identity, limit: int) -> list[Place]:
        """Repositories with a link to a blob: public ones, those that a token names, those where roles are held."""
        holder = (
            f"SELECT r.name, {_COLUMNS} FROM blobs b JOIN blob_links l ON l.blob_id = b.id"
            " JOIN repositories r ON r.id = l.repository_id JOIN projects p ON p.id = r.project_id"
            " WHERE b.digest = :digest"
        )
        rows: list[Row] = []
        for name in who.grants or {}:
            rows += self._session.all(f"{holder} AND r.name = :name", digest=str(digest), name=name)
        seen = " AND coalesce(r.public, p.public) = 1"
        values: dict[str, object] = {}
        if who.grants is None and (who.administrator or who.auditor):
            seen = ""
        elif who.grants is None and who.user_id is not None:
            seen = f" AND (coalesce(r.public, p.public) = 1 OR p.id IN ({projects_of(who)}))"
            values = {"account_id": who.user_id}
        rows += self._session.all(f"{holder}{seen} LIMIT :limit", digest=str(digest), limit=limit, **values)
        return self._places(rows, who)

    def of_project(self, project_id: int, listing: Listing) -> Sequence[RepositoryRecord]:
        """By the index on the project and what it is sorted by."""
        return self._records(lists.page(self._session, _source(project_id, listing), listing))

    def count(self, project_id: int, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _source(project_id, listing), listing, most)

    def _records(self, rows: Sequence[Row]) -> list[RepositoryRecord]:
        """With the labels of all of them, which are looked up at once."""
        ids = ", ".join(str(int(row[0])) for row in rows)
        labels: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for repository_id, name, value in self._session.each(
            f"SELECT repository_id, name, value FROM repository_labels WHERE repository_id IN ({ids})"
        ):
            labels[repository_id][name] = value
        return [_record(row, labels[row[0]]) for row in rows]

    def label(self, repository_id: int, labels: Mapping[str, str]) -> None:
        """Delete what there was, insert what shall be."""
        self._session.run("DELETE FROM repository_labels WHERE repository_id = :id", id=repository_id)
        self._session.run_many(
            "INSERT INTO repository_labels (repository_id, name, value) VALUES (:id, :name, :value)",
            [{"id": repository_id, "name": name, "value": value} for name, value in labels.items()],
        )


def _record(row: Row, labels: Mapping[str, str]) -> RepositoryRecord:
    public = None if row[4] is None else bool(row[4])
    return RepositoryRecord(row[0], row[1], row[2], row[3], public, row[5], labels, row[6], row[7])


def _source(project_id: int, listing: Listing) -> lists.Source:
    terms, values = ["r.project_id = :project_id"], dict[str, object](project_id=project_id)
    for number, label in enumerate(listing.where.get("labels", ())):
        terms.append(
            "r.id IN (SELECT repository_id FROM repository_labels"
            f" WHERE name = :label{number} AND value = :labelled{number})"
        )
        values |= {f"label{number}": label.name, f"labelled{number}": label.value}
    return lists.Source(_RECORD, f"repositories r WHERE {' AND '.join(terms)}", _SORTED, values)
