"""Every repository counts the changes to what can be pulled from it, so that readers know what they may keep.

SQLite counts by itself, in the transaction of the change: whoever writes cannot forget it. Elsewhere nobody reads it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OWN = "= {row}.repository_id"
_TRIGGERS = (
    ("tags", "INSERT", _OWN.format(row="NEW")),
    ("tags", "UPDATE", _OWN.format(row="NEW")),
    ("tags", "DELETE", _OWN.format(row="OLD")),
    ("manifests", "UPDATE", _OWN.format(row="NEW")),
    ("manifests", "DELETE", _OWN.format(row="OLD")),
    ("blob_links", "DELETE", _OWN.format(row="OLD")),
    # A blob that is linked stays; what may change of it is whether it is damaged.
    ("blobs", "UPDATE OF damaged_at, size", "IN (SELECT repository_id FROM blob_links WHERE blob_id = NEW.id)"),
)


def upgrade() -> None:
    op.add_column("repositories", sa.Column("turn", sa.Integer, nullable=False, server_default="0"))
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, change, whose in _TRIGGERS:
        only = " WHEN OLD.damaged_at IS NOT NEW.damaged_at OR OLD.size IS NOT NEW.size" if table == "blobs" else ""
        op.execute(
            f"CREATE TRIGGER {table}_{change.split()[0].lower()}_turns AFTER {change} ON {table}{only}"
            f" BEGIN UPDATE repositories SET turn = turn + 1 WHERE id {whose}; END"
        )
