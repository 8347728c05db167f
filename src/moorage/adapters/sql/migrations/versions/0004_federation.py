"""Issuers of identity tokens that are trusted, what their tokens must claim to be a robot, and which were shown."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "issuers",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("algorithms", sa.Text, nullable=False),
        sa.Column("keys", sa.Text),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "trusts",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("robot_id", _Id, sa.ForeignKey("robots.id", ondelete="CASCADE"), nullable=False),
        sa.Column("issuer_id", _Id, sa.ForeignKey("issuers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("claims", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("trusts_of_robot", "trusts", ["robot_id", "issuer_id"])
    op.create_index("trusts_of_issuer", "trusts", ["issuer_id"])
    op.create_table(
        "assertions",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("robot_id", _Id, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("spent", sa.SmallInteger, nullable=False),
        sa.Column("until", _Time, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("assertions_by_end", "assertions", ["until"])
