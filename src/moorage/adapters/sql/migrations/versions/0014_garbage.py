"""What may be garbage is noted when it becomes so, and what the collector did is kept.

A link that no manifest of its repository names, and a blob that no repository links, are in doubt. The database notes
and forgets doubts by itself, in the transaction of the change: whoever writes cannot forget it. `since` is null until
the collector has seen the doubt, where the change itself does not know the time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_Size = sa.BigInteger()
_Time: sa.Double[float] = sa.Double()
_Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_OWNER = "(SELECT repository_id FROM manifests WHERE id = NEW.manifest_id)"
_ACQUIT = "DELETE FROM doubtful_links WHERE blob_id = (SELECT id FROM blobs WHERE digest = NEW.digest)"
_IS_NAMED = "EXISTS (SELECT 1 FROM manifest_links n WHERE n.digest = {digest} AND n.repository_id = {repository})"
_IS_LINKED = "EXISTS (SELECT 1 FROM blob_links k WHERE k.blob_id = {blob})"
_TRIGGERS = (
    (
        "manifest_links_insert_names",
        "AFTER INSERT ON manifest_links WHEN NEW.repository_id IS NOT NULL",
        f"{_ACQUIT} AND repository_id = NEW.repository_id;",
    ),
    (
        "manifest_links_insert_names_where",
        "AFTER INSERT ON manifest_links WHEN NEW.repository_id IS NULL",
        (
            f"{_ACQUIT} AND repository_id = {_OWNER};"
            f" UPDATE manifest_links SET repository_id = {_OWNER}"
            " WHERE manifest_id = NEW.manifest_id AND position = NEW.position;"
        ),
    ),
    (
        "manifest_links_delete_doubts",
        "AFTER DELETE ON manifest_links",
        (
            "INSERT INTO doubtful_links (repository_id, blob_id, since) SELECT l.repository_id, l.blob_id, NULL"
            " FROM blobs b JOIN blob_links l ON l.blob_id = b.id AND l.repository_id = OLD.repository_id"
            " WHERE b.digest = OLD.digest AND NOT "
            f"{_IS_NAMED.format(digest='OLD.digest', repository='OLD.repository_id')}"
            " ON CONFLICT DO NOTHING;"
        ),
    ),
    (
        "blob_links_insert_doubts",
        "AFTER INSERT ON blob_links",
        (
            "INSERT INTO doubtful_links (repository_id, blob_id, since)"
            " SELECT NEW.repository_id, b.id, NEW.linked_at FROM blobs b WHERE b.id = NEW.blob_id"
            f" AND NOT {_IS_NAMED.format(digest='b.digest', repository='NEW.repository_id')};"
            " DELETE FROM doubtful_blobs WHERE blob_id = NEW.blob_id;"
        ),
    ),
    (
        "blob_links_update_doubts",
        "AFTER UPDATE OF linked_at ON blob_links",
        (
            "UPDATE doubtful_links SET since = NEW.linked_at"
            " WHERE repository_id = NEW.repository_id AND blob_id = NEW.blob_id;"
        ),
    ),
    (
        "blob_links_delete_doubts",
        "AFTER DELETE ON blob_links",
        (
            "INSERT INTO doubtful_blobs (blob_id, since) SELECT OLD.blob_id, NULL"
            f" WHERE NOT {_IS_LINKED.format(blob='OLD.blob_id')} ON CONFLICT DO NOTHING;"
        ),
    ),
    (
        "blobs_insert_doubts",
        "AFTER INSERT ON blobs",
        ("INSERT INTO doubtful_blobs (blob_id, since) VALUES (NEW.id, NEW.stored_at);"),
    ),
    (
        "buried_links_delete_doubts",
        "AFTER DELETE ON buried_links",
        (
            "INSERT INTO doubtful_blobs (blob_id, since) SELECT b.id, NULL FROM blobs b"
            f" WHERE b.digest = OLD.digest AND NOT {_IS_LINKED.format(blob='b.id')} ON CONFLICT DO NOTHING;"
        ),
    ),
)


def upgrade() -> None:
    _name_repositories()
    _create_doubts()
    op.create_table(
        "collections",
        sa.Column("id", _Id, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False, server_default=""),
        sa.Column("held_until", _Time, nullable=False, server_default="0"),
        sa.Column("asked_by", sa.Text, nullable=False, server_default=""),
        sa.Column("started_at", _Time),
        sa.Column("ended_at", _Time),
        sa.Column("rounds", _Id, nullable=False, server_default="0"),
        *(
            sa.Column(f"{when}_{what}", _Size, nullable=False, server_default="0")
            for when in ("last", "total", "due", "waiting")
            for what in ("links", "blobs", "bytes")
        ),
    )
    op.execute("INSERT INTO collections (id) VALUES (1)")
    if op.get_bind().dialect.name == "sqlite":
        for name, when, what in _TRIGGERS:
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN {what} END")


def _name_repositories() -> None:
    """Whether a repository still names a digest is one look, however many images of others do."""
    op.add_column("manifest_links", sa.Column("repository_id", _Id))
    op.execute(
        "UPDATE manifest_links SET repository_id ="
        " (SELECT m.repository_id FROM manifests m WHERE m.id = manifest_links.manifest_id)"
    )
    op.drop_index("manifests_that_link", "manifest_links")
    op.create_index("manifests_that_link", "manifest_links", ["digest", "repository_id"])


def _create_doubts() -> None:
    """With what is in doubt already: the one look at everything there ever is."""
    op.create_table(
        "doubtful_links",
        sa.Column("repository_id", _Id, primary_key=True),
        sa.Column("blob_id", _Id, primary_key=True),
        sa.Column("since", _Time),
        sa.ForeignKeyConstraint(
            ["repository_id", "blob_id"], ["blob_links.repository_id", "blob_links.blob_id"], ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "doubtful_blobs",
        sa.Column("blob_id", _Id, sa.ForeignKey("blobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("since", _Time),
        sqlite_with_rowid=False,
    )
    op.create_index("doubtful_links_by_time", "doubtful_links", ["since"])
    op.create_index("doubtful_blobs_by_time", "doubtful_blobs", ["since"])
    named = _IS_NAMED.format(digest="b.digest", repository="l.repository_id")
    op.execute(
        "INSERT INTO doubtful_links (repository_id, blob_id) SELECT l.repository_id, l.blob_id"
        f" FROM blob_links l JOIN blobs b ON b.id = l.blob_id WHERE NOT {named}"
    )
    op.execute(
        f"INSERT INTO doubtful_blobs (blob_id) SELECT b.id FROM blobs b WHERE NOT {_IS_LINKED.format(blob='b.id')}"
    )
