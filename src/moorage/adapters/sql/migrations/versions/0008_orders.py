"""Lists in other orders than by name: when something was made, or last pushed to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_Time: sa.Double[float] = sa.Double()


def upgrade() -> None:
    op.add_column("repositories", sa.Column("pushed_at", _Time, nullable=False, server_default="0"))
    op.execute(
        "UPDATE repositories SET pushed_at ="
        " coalesce((SELECT max(m.pushed_at) FROM manifests m WHERE m.repository_id = repositories.id), 0)"
    )
    op.create_index("repositories_by_push", "repositories", ["project_id", "pushed_at", "name"])
    op.create_index("repositories_by_age", "repositories", ["project_id", "created_at", "name"])
    op.create_index("tags_by_move", "tags", ["repository_id", "moved_at", "name"])
    op.create_index("projects_by_age", "projects", ["created_at", "name"])
    op.create_index("accounts_by_age", "accounts", ["created_at", "name"])
    op.create_index("robots_by_age", "robots", ["project_id", "created_at", "name"])
