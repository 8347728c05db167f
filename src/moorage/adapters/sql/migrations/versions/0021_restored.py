"""When an image was brought back from the trash last: from then on its age is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("manifests", sa.Column("restored_at", sa.Double()))
