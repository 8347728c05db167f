"""What tags named at a time is found by an index; what was deleted lies in tables of its own, until it is forgotten.

No table of what is alive holds a row of what is deleted. A blob whose digest is in `buried_links` is needed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_index("moves_by_time", "tag_moves", ["repository_id", "tag", "moved_at", "id"])
    op.create_table(
        "buried_repositories",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("name", _Name, nullable=False),
        sa.Column("public", sa.SmallInteger),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sa.Column("filled_at", _Time),
        sa.Column("pushed_at", _Time, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("buried_at", _Time, nullable=False),
        sa.Column("buried_by", sa.Text, nullable=False),
    )
    op.create_index("buried_repositories_of_project", "buried_repositories", ["project_id", "id"])
    op.create_index("buried_repositories_by_time", "buried_repositories", ["buried_at"])
    op.create_table(
        "buried_manifests",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("repository_id", _Id, nullable=False),
        sa.Column("with_repository", sa.SmallInteger, nullable=False),
        sa.Column("digest", _Name, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("artifact_type", sa.Text),
        sa.Column("subject", _Name),
        sa.Column("annotations", sa.Text),
        sa.Column("pushed_by", sa.Text, nullable=False),
        sa.Column("pushed_at", _Time, nullable=False),
        sa.Column("buried_at", _Time, nullable=False),
        sa.Column("buried_by", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("repository_id", "digest"),
    )
    op.create_index("buried_manifests_of_repository", "buried_manifests", ["repository_id", "id"])
    op.create_index("buried_manifests_by_time", "buried_manifests", ["buried_at"])
    op.create_table(
        "buried_descriptors",
        sa.Column("manifest_id", _Id, sa.ForeignKey("buried_manifests.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("digest", _Name, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "buried_links",
        sa.Column("manifest_id", _Id, sa.ForeignKey("buried_manifests.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", _Name, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("buried_links_of_digest", "buried_links", ["digest"])
    op.create_table(
        "buried_tags",
        sa.Column("manifest_id", _Id, sa.ForeignKey("buried_manifests.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", _Name, primary_key=True),
        sqlite_with_rowid=False,
    )
