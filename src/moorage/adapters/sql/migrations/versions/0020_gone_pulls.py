"""Last pulls of manifests that are gone are marked when these go, so that forgetting them looks at nothing else.

One whose manifest is pushed again keeps its mark until it is looked at.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("last_pulls", sa.Column("gone", sa.SmallInteger, nullable=False, server_default="0"))
    op.execute(
        "UPDATE last_pulls SET gone = 1 WHERE NOT EXISTS (SELECT 1 FROM manifests m"
        " WHERE m.repository_id = last_pulls.repository_id AND m.digest = last_pulls.digest)"
    )
    gone = sa.text("gone = 1")
    op.create_index("pulls_of_gone", "last_pulls", ["pulled_at"], sqlite_where=gone, postgresql_where=gone)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER pull_of_gone AFTER DELETE ON manifests BEGIN UPDATE last_pulls SET gone = 1"
            " WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END"
        )
