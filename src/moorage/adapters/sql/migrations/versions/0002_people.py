"""Who may do what: groups, members with roles, roles of one's own, robots, personal tokens; events become an audit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TEXT_COLUMNS = ("object", "address", "agent", "request_id")


def upgrade() -> None:
    op.add_column("projects", sa.Column("description", sa.Text, nullable=False, server_default=""))
    op.add_column("projects", sa.Column("epoch", sa.Integer, nullable=False, server_default="1"))
    op.add_column("repositories", sa.Column("public", sa.SmallInteger))
    op.add_column("repositories", sa.Column("description", sa.Text, nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("auditor", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("accounts", sa.Column("must_change", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("accounts", sa.Column("seen_at", _Time))
    op.create_table(
        "groups",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "group_people",
        sa.Column("account_id", _Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("group_id", _Id, sa.ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("people_of_group", "group_people", ["group_id"])
    op.create_table(
        "roles",
        sa.Column("name", _Name, primary_key=True),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", _Id, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("group_id", _Id, sa.ForeignKey("groups.id", ondelete="CASCADE")),
        sa.Column("role", _Name, nullable=False),
        sa.Column("repositories", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("members_by_account", "members", ["account_id", "project_id"])
    op.create_index("members_by_group", "members", ["group_id", "project_id"])
    op.create_index("members_of_project", "members", ["project_id"])
    op.create_index("members_by_role", "members", ["role"])
    op.create_table(
        "robots",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("title", _Name, nullable=False, unique=True),
        sa.Column("name", _Name, nullable=False),
        sa.Column("project_id", _Id, sa.ForeignKey("projects.id", ondelete="CASCADE")),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("repositories", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text),
        sa.Column("previous_until", _Time),
        sa.Column("expires_at", _Time),
        sa.Column("disabled", sa.SmallInteger, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False),
        sa.Column("used_at", _Time),
        sa.Column("used_from", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("robots_of_project", "robots", ["project_id", "name"])
    op.create_table(
        "personal_tokens",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("account_id", _Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", _Name, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("repositories", sa.Text, nullable=False),
        sa.Column("expires_at", _Time),
        sa.Column("created_at", _Time, nullable=False),
        sa.Column("used_at", _Time),
        sa.Column("used_from", sa.Text),
        sa.UniqueConstraint("account_id", "name"),
        sqlite_autoincrement=True,
    )
    for name in _TEXT_COLUMNS:
        op.add_column("events", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("events", sa.Column("actor_kind", sa.Text, nullable=False, server_default="user"))
    op.add_column("events", sa.Column("outcome", sa.Text, nullable=False, server_default="done"))
    op.add_column("events", sa.Column("was", sa.Text))
    op.add_column("events", sa.Column("became", sa.Text))
    op.create_index("events_of_project", "events", ["project_id", "id"])
    op.create_index("events_of_actor", "events", ["actor", "id"])
    op.create_index("events_of_repository", "events", ["repository", "id"])
    op.create_index("events_of_kind", "events", ["kind", "id"])
    op.create_index("events_by_time", "events", ["happened_at"])
