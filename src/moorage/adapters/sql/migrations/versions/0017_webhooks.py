"""Webhooks, and what is on its way to them.

A delivery that is to be tried has a time when it is due; behind it in its line the others have none, so that looking
for what is due never passes over what waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("repositories", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("previous_sealed", sa.Text),
        sa.Column("previous_until", _Time),
        sa.Column("disabled", sa.SmallInteger, nullable=False),
        sa.Column("since", _Id, nullable=False),
        sa.Column("failing_since", _Time),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("webhooks_of_project", "webhooks", ["project_id", "id"])
    enabled = sa.text("disabled = 0")
    op.create_index("webhooks_enabled", "webhooks", ["since"], sqlite_where=enabled, postgresql_where=enabled)
    op.create_table(
        "deliveries",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("webhook_id", _Id, sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("event", _Id),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _Time),
        sa.Column("created_at", _Time, nullable=False),
        sa.Column("begun_at", _Time, nullable=False),
        sa.Column("tried_at", _Time),
        sa.Column("ended_at", _Time),
        sa.Column("status", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("seconds", _Time),
        sa.UniqueConstraint("webhook_id", "event"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_of_webhook", "deliveries", ["webhook_id", "id"])
    op.create_index("deliveries_by_state", "deliveries", ["webhook_id", "state", "id"])
    for name, columns, told in (
        ("deliveries_due", ["due_at"], "due_at IS NOT NULL"),
        ("deliveries_in_line", ["webhook_id", "line", "id"], "state = 'waiting'"),
        ("deliveries_waiting", ["id"], "state = 'waiting'"),
        ("deliveries_by_end", ["ended_at"], "ended_at IS NOT NULL"),
    ):
        where = sa.text(told)
        op.create_index(name, "deliveries", columns, sqlite_where=where, postgresql_where=where)
