"""People whom somebody else vouches for, and the groups that they are in by that word alone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_Time: sa.Double[float] = sa.Double()


def upgrade() -> None:
    op.add_column("accounts", sa.Column("source", sa.Text))
    op.add_column("accounts", sa.Column("subject", sa.Text))
    op.add_column("accounts", sa.Column("vouched_until", _Time))
    op.create_index("accounts_by_subject", "accounts", ["source", "subject"], unique=True)
    op.add_column("group_people", sa.Column("followed", sa.SmallInteger, nullable=False, server_default="0"))
