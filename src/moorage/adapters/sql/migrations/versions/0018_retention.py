"""Rules of retention of each project."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()
_Project = "projects.id"


def upgrade() -> None:
    op.create_table(
        "retention_policies",
        sa.Column("project_id", _Id, sa.ForeignKey(_Project, ondelete="CASCADE"), primary_key=True),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", _Time, nullable=False),
    )
