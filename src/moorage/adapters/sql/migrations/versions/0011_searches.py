"""The audit is searched by every field that tells apart: each index leaves out the events that say nothing there."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("events_from_address", "events", ["address", "id"])
    for name, column, told in (
        ("events_of_request", "request_id", "request_id <> ''"),
        ("events_about_object", "object", "object <> ''"),
        ("events_not_done", "outcome", "outcome <> 'done'"),
    ):
        where = sa.text(told)
        op.create_index(name, "events", [column, "id"], sqlite_where=where, postgresql_where=where)
