"""The first schema: projects, repositories, manifests, tags with their moves, blobs, uploads, accounts, events.

Times are seconds since the epoch, sizes bytes. Names sort by byte. Rows that belong to a repository go with it,
except the moves of its tags: history outlives what it tells of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Size = sa.BigInteger()
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("public", sa.SmallInteger, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "repositories",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("created_at", _Time, nullable=False),
        sa.Column("filled_at", _Time),
        sqlite_autoincrement=True,
    )
    op.create_index("repositories_of_project", "repositories", ["project_id", "name"])
    op.create_table(
        "blobs",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("digest", _Name, nullable=False, unique=True),
        sa.Column("size", _Size, nullable=False),
        sa.Column("stored_at", _Time, nullable=False),
        sa.Column("damaged_at", _Time),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "blob_links",
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("blob_id", _Id, sa.ForeignKey("blobs.id"), primary_key=True),
        sa.Column("linked_at", _Time, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("links_of_blob", "blob_links", ["blob_id"])
    op.create_table(
        "manifests",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", _Name, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", _Size, nullable=False),
        sa.Column("artifact_type", sa.Text),
        sa.Column("subject", _Name),
        sa.Column("annotations", sa.Text),
        sa.Column("pushed_by", sa.Text, nullable=False),
        sa.Column("pushed_at", _Time, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("repository_id", "digest"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "manifests_of_subject",
        "manifests",
        ["repository_id", "subject", "id"],
        sqlite_where=sa.text("subject IS NOT NULL"),
        postgresql_where=sa.text("subject IS NOT NULL"),
    )
    op.create_table(
        "manifest_links",
        sa.Column("manifest_id", _Id, sa.ForeignKey("manifests.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("digest", _Name, nullable=False),
        sa.Column("size", _Size, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("manifests_that_link", "manifest_links", ["digest"])
    op.create_table(
        "tags",
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", _Name, primary_key=True),
        sa.Column("manifest_id", _Id, sa.ForeignKey("manifests.id"), nullable=False),
        sa.Column("moved_at", _Time, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("tags_of_manifest", "tags", ["manifest_id"])
    op.create_table(
        "tag_moves",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("repository_id", _Id, nullable=False),
        sa.Column("tag", _Name, nullable=False),
        sa.Column("moved_from", sa.Text),
        sa.Column("moved_to", sa.Text),
        sa.Column("moved_at", _Time, nullable=False),
        sa.Column("moved_by", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("moves_of_tag", "tag_moves", ["repository_id", "tag", "id"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("received", _Size, nullable=False),
        sa.Column("proven", sa.Text),
        sa.Column("started_at", _Time, nullable=False),
        sa.Column("touched_at", _Time, nullable=False),
    )
    op.create_index("uploads_by_touch", "uploads", ["touched_at"])
    op.create_index("uploads_of_repository", "uploads", ["repository_id"])
    op.create_table(
        "commits",
        sa.Column("upload_id", sa.Text, primary_key=True),
        sa.Column("digest", _Name, nullable=False),
        sa.Column("begun_at", _Time, nullable=False),
        sa.Column("claimed", sa.SmallInteger, nullable=False),
    )
    op.create_index("commits_of_digest", "commits", ["digest"])
    op.create_table(
        "accounts",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("administrator", sa.SmallInteger, nullable=False),
        sa.Column("disabled", sa.SmallInteger, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "events",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("repository", _Name, nullable=False),
        sa.Column("project_id", _Id),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("happened_at", _Time, nullable=False),
        sa.Column("tag", sa.Text),
        sa.Column("digest", sa.Text),
        sqlite_autoincrement=True,
    )
