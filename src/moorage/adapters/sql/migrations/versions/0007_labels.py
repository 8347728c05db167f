"""Labels of repositories, found by repository and by label."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "repository_labels",
        sa.Column("repository_id", _Id, sa.ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", _Name, primary_key=True),
        sa.Column("value", _Name, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("repositories_by_label", "repository_labels", ["name", "value", "repository_id"])
