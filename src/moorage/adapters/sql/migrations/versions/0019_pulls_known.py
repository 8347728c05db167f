"""Since when pulls are known: who deletes what nobody pulls must not take what was pulled before for never pulled.

A database that counted already began to by the first pull that it still knows of, or by the end of the first day that
it still has counts of.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_Time: sa.Double[float] = sa.Double()
_DAY = 86_400


def upgrade() -> None:
    table = op.create_table("pulls_known", sa.Column("since", _Time, nullable=False))
    ask = op.get_bind().execute
    pulled = ask(sa.text("SELECT min(pulled_at) FROM last_pulls")).scalar()
    counted = ask(sa.text("SELECT min(day) FROM daily_statistics")).scalar()
    ends = [] if counted is None else [(counted + 1) * _DAY]
    op.bulk_insert(table, [{"since": min([time.time(), *ends, *([] if pulled is None else [pulled])])}])
