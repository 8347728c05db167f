"""People in a browser: their sessions, second factors with codes for when those are lost, and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()


def _account(*, primary_key: bool = False) -> sa.Column[int]:
    to = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    return sa.Column("account_id", _Id, to, primary_key=primary_key, nullable=False)


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        _account(),
        sa.Column("epoch", _Id, nullable=False),
        sa.Column("shown", sa.SmallInteger, nullable=False),
        sa.Column("started_at", _Time, nullable=False),
        sa.Column("seen_at", _Time, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("sessions_by_account", "sessions", ["account_id", "id"])
    op.create_index("sessions_by_use", "sessions", ["seen_at"])
    op.create_table(
        "second_factors",
        _account(primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("confirmed", sa.SmallInteger, nullable=False),
        sa.Column("spent", _Id, nullable=False),
        sa.Column("wrong", _Id, nullable=False),
        sa.Column("wrong_at", _Time, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        _account(primary_key=True),
        sa.Column("hash", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitations",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE")),
        sa.Column("role", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("made_by", _Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("made_at", _Time, nullable=False),
        sa.Column("expires_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("invitations_by_project", "invitations", ["project_id", "id"])
    op.create_index("invitations_by_maker", "invitations", ["made_by"])
    op.create_index("invitations_by_end", "invitations", ["expires_at"])
