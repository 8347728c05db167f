"""Names that projects and repositories had before: for a time they lead to where these are now.

A redirect names its target by id, so that it goes on leading there however often that is renamed, and goes with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "redirects",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("name", _Name, nullable=False),
        sa.Column("is_project", sa.SmallInteger, nullable=False),
        sa.Column("project", _Name, nullable=False),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE")),
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE")),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", _Time, nullable=False),
        sa.Column("ends_at", _Time, nullable=False),
        sa.UniqueConstraint("name", "is_project"),
        sqlite_autoincrement=True,
    )
    op.create_index("redirects_from_project", "redirects", ["project"])
    op.create_index("redirects_to_project", "redirects", ["project_id"])
    op.create_index("redirects_to_repository", "redirects", ["repository_id"])
    op.create_index("redirects_by_end", "redirects", ["ends_at"])
