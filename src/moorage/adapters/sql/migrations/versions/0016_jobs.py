"""Jobs with their logs, what is asked for at times, and the time zone of a project, in which these times are read."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()


def _project() -> sa.Column[int]:
    return sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE"))


def upgrade() -> None:
    op.add_column("projects", sa.Column("time_zone", sa.Text))
    op.create_table(
        "jobs",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        _project(),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", _Time, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", _Time, nullable=False),
        sa.Column("attempt", _Id, nullable=False),
        sa.Column("attempts", _Id, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", _Time),
        sa.Column("started_at", _Time),
        sa.Column("ended_at", _Time),
        sa.Column("done", _Id, nullable=False),
        sa.Column("total", _Id),
        sa.Column("bookmark", sa.Text, nullable=False),
        sa.Column("cancelling", sa.SmallInteger, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("turn", _Id, nullable=False),
        sqlite_autoincrement=True,
    )
    for name, columns, those in (
        ("jobs_due", ["due_at", "id"], "state = 'queued'"),
        ("jobs_running", ["lease_until", "id"], "state = 'running'"),
        ("jobs_failed", ["kind"], "state = 'failed'"),
        ("jobs_ended", ["ended_at"], "ended_at IS NOT NULL"),
    ):
        op.create_index(name, "jobs", columns, sqlite_where=sa.text(those), postgresql_where=sa.text(those))
    op.create_index("jobs_by_project", "jobs", ["project_id", "id"])
    op.create_index("jobs_by_kind", "jobs", ["kind", "id"])
    op.create_index("jobs_by_state", "jobs", ["state", "id"])
    op.create_table(
        "job_lines",
        sa.Column("job_id", _Id, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", _Id, primary_key=True),
        sa.Column("at", _Time, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "schedules",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        _project(),
        sa.Column("cron", sa.Text, nullable=False),
        sa.Column("zone", sa.Text),
        sa.Column("next_at", _Time, nullable=False),
        sa.Column("enabled", sa.SmallInteger, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("schedules_of", "schedules", ["kind", sa.text("coalesce(project_id, 0)")], unique=True)
    op.create_index("schedules_by_project", "schedules", ["project_id"])
    op.create_index("schedules_due", "schedules", ["next_at"])
