"""How many bytes each project keeps, and the registry as a whole; what is pulled and pushed on which day.

Bytes are counted in the transaction of whatever changes them, by triggers: whoever writes cannot forget it. A change is
a row of its own in `usage_deltas` (project 0 is the registry), which a round adds up into `usage` later, so that no two
pushes want the same row. A repository that is deleted counts beforehand: when its links go, by the cascade, its row is
gone and they count no more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Size = sa.BigInteger()
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_DELTA = "INSERT INTO usage_deltas (project_id, bytes)"
_ONE_MORE = " ON CONFLICT (project_id, blob_id) DO UPDATE SET links = links + 1"
_PROJECT = "(SELECT project_id FROM repositories WHERE id = {row}.repository_id)"
_ONE = f"project_id = {_PROJECT} AND blob_id = {{row}}.blob_id"
_NEW, _OLD = _ONE.format(row="NEW"), _ONE.format(row="OLD")
_LINKED = "(SELECT blob_id FROM blob_links WHERE repository_id = OLD.id)"
_MANIFESTS = "(SELECT coalesce(sum(size), 0) FROM manifests WHERE repository_id = OLD.id)"

_LEAVE = (
    f"{_DELTA} SELECT OLD.project_id, -b.size FROM project_blobs p JOIN blobs b ON b.id = p.blob_id"
    f" WHERE p.project_id = OLD.project_id AND p.links = 1 AND p.blob_id IN {_LINKED};"
    f" DELETE FROM project_blobs WHERE project_id = OLD.project_id AND links = 1 AND blob_id IN {_LINKED};"
    f" UPDATE project_blobs SET links = links - 1 WHERE project_id = OLD.project_id AND blob_id IN {_LINKED};"
    f" {_DELTA} VALUES (OLD.project_id, -{_MANIFESTS});"
)
"""A repository leaves its project, with all that it holds."""
_ENTER = (
    f"{_DELTA} SELECT NEW.project_id, size FROM blobs WHERE id IN {_LINKED} AND id NOT IN"
    " (SELECT blob_id FROM project_blobs WHERE project_id = NEW.project_id);"
    " INSERT INTO project_blobs (project_id, blob_id, links)"
    f" SELECT NEW.project_id, blob_id, 1 FROM blob_links WHERE repository_id = OLD.id{_ONE_MORE};"
    f" {_DELTA} VALUES (NEW.project_id, {_MANIFESTS});"
)
"""And enters another one."""

_TRIGGERS = {
    "blob_links_insert_counts AFTER INSERT ON blob_links": (
        f"{_DELTA} SELECT r.project_id, b.size FROM repositories r JOIN blobs b ON b.id = NEW.blob_id"
        " WHERE r.id = NEW.repository_id"
        f" AND NOT EXISTS (SELECT 1 FROM project_blobs WHERE {_NEW});"
        " INSERT INTO project_blobs (project_id, blob_id, links)"
        f" SELECT project_id, NEW.blob_id, 1 FROM repositories WHERE id = NEW.repository_id{_ONE_MORE};"
        " UPDATE repositories SET bytes = bytes + (SELECT size FROM blobs WHERE id = NEW.blob_id)"
        " WHERE id = NEW.repository_id;"
    ),
    "blob_links_delete_counts AFTER DELETE ON blob_links": (
        f"{_DELTA} SELECT project_id, -(SELECT size FROM blobs WHERE id = OLD.blob_id) FROM project_blobs"
        f" WHERE {_OLD} AND links = 1;"
        f" DELETE FROM project_blobs WHERE {_OLD} AND links = 1;"
        f" UPDATE project_blobs SET links = links - 1 WHERE {_OLD};"
        " UPDATE repositories SET bytes = bytes - (SELECT size FROM blobs WHERE id = OLD.blob_id)"
        " WHERE id = OLD.repository_id;"
    ),
    "manifests_insert_counts AFTER INSERT ON manifests": (
        f"{_DELTA} SELECT project_id, NEW.size FROM repositories WHERE id = NEW.repository_id;"
        f" {_DELTA} VALUES (0, NEW.size);"
        " UPDATE repositories SET bytes = bytes + NEW.size WHERE id = NEW.repository_id;"
    ),
    "manifests_delete_counts AFTER DELETE ON manifests": (
        f"{_DELTA} SELECT project_id, -OLD.size FROM repositories WHERE id = OLD.repository_id;"
        f" {_DELTA} SELECT 0, -OLD.size FROM repositories WHERE id = OLD.repository_id;"
        " UPDATE repositories SET bytes = bytes - OLD.size WHERE id = OLD.repository_id;"
    ),
    "repositories_move_counts AFTER UPDATE OF project_id ON repositories WHEN OLD.project_id <> NEW.project_id": (
        f"{_LEAVE} {_ENTER}"
    ),
    # A row that is about to go must not be changed by its own trigger: so nothing here touches the repository itself.
    "repositories_delete_counts BEFORE DELETE ON repositories": f"{_LEAVE} {_DELTA} VALUES (0, -{_MANIFESTS});",
    "blobs_insert_counts AFTER INSERT ON blobs": f"{_DELTA} VALUES (0, NEW.size);",
    "blobs_delete_counts AFTER DELETE ON blobs": f"{_DELTA} VALUES (0, -OLD.size);",
    "blobs_size_counts AFTER UPDATE OF size ON blobs WHEN OLD.size <> NEW.size": (
        f"{_DELTA} VALUES (0, NEW.size - OLD.size);"
        f" {_DELTA} SELECT DISTINCT r.project_id, NEW.size - OLD.size FROM blob_links l"
        " JOIN repositories r ON r.id = l.repository_id WHERE l.blob_id = NEW.id;"
        " UPDATE repositories SET bytes = bytes + NEW.size - OLD.size"
        " WHERE id IN (SELECT repository_id FROM blob_links WHERE blob_id = NEW.id);"
    ),
    "projects_delete_counts AFTER DELETE ON projects": (
        "DELETE FROM usage WHERE project_id = OLD.id; DELETE FROM usage_deltas WHERE project_id = OLD.id;"
    ),
}


def upgrade() -> None:
    op.add_column("repositories", sa.Column("bytes", _Size, nullable=False, server_default="0"))
    op.create_index("repositories_by_bytes", "repositories", ["project_id", "bytes"])
    op.create_table(
        "project_blobs",
        sa.Column("project_id", _Id, primary_key=True),
        sa.Column("blob_id", _Id, primary_key=True),
        sa.Column("links", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_deltas",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("project_id", _Id, nullable=False),
        sa.Column("bytes", _Size, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("deltas_of_project", "usage_deltas", ["project_id", "bytes"])
    op.create_table(
        "usage",
        sa.Column("project_id", _Id, primary_key=True),
        sa.Column("bytes", _Size, nullable=False),
        sa.Column("warned", sa.SmallInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "quotas",
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("bytes", _Size),
        sa.Column("warn_at", sa.Integer),
    )
    _create_statistics()
    _count()
    if op.get_bind().dialect.name == "sqlite":
        for head, body in _TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {head} BEGIN {body} END")


def _create_statistics() -> None:
    whose = sa.ForeignKey("repositories.id", ondelete="CASCADE")
    op.create_table(
        "daily_statistics",
        sa.Column("repository_id", _Id, whose, primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        *(sa.Column(name, _Size, nullable=False) for name in ("pulls", "pulled_bytes", "pushes", "pushed_bytes")),
        sqlite_with_rowid=False,
    )
    op.create_index("statistics_by_day", "daily_statistics", ["day"])
    op.create_table(
        "last_pulls",
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", _Name, primary_key=True),
        sa.Column("pulled_at", _Time, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("pulls_by_time", "last_pulls", ["repository_id", "pulled_at"])


def _count() -> None:
    """What is here already, once."""
    op.execute(
        "INSERT INTO project_blobs (project_id, blob_id, links) SELECT r.project_id, l.blob_id, count(*)"
        " FROM blob_links l JOIN repositories r ON r.id = l.repository_id GROUP BY r.project_id, l.blob_id"
    )
    op.execute(
        "UPDATE repositories SET bytes = coalesce((SELECT sum(b.size) FROM blob_links l"
        " JOIN blobs b ON b.id = l.blob_id WHERE l.repository_id = repositories.id), 0)"
        " + coalesce((SELECT sum(m.size) FROM manifests m WHERE m.repository_id = repositories.id), 0)"
    )
    op.execute(
        "INSERT INTO usage (project_id, bytes) SELECT p.id,"
        " coalesce((SELECT sum(b.size) FROM project_blobs l JOIN blobs b ON b.id = l.blob_id"
        " WHERE l.project_id = p.id), 0)"
        " + coalesce((SELECT sum(m.size) FROM manifests m JOIN repositories r ON r.id = m.repository_id"
        " WHERE r.project_id = p.id), 0) FROM projects p"
    )
    op.execute(
        "INSERT INTO usage (project_id, bytes) VALUES (0, (SELECT coalesce(sum(size), 0) FROM blobs)"
        " + (SELECT coalesce(sum(size), 0) FROM manifests))"
    )
