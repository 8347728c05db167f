"""How far each stream of events has come, and which process keeps it going."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()


def upgrade() -> None:
    op.create_table(
        "streams",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", _Id, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", _Time, nullable=False),
    )
