"""What projects ask of their tags: a row for each project that asks anything."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tag_rules",
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("expires", sa.SmallInteger, nullable=False),
    )
    where = sa.text("expires = 1")
    op.create_index("tag_rules_that_expire", "tag_rules", ["project_id"], sqlite_where=where, postgresql_where=where)
