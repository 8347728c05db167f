"""For who looks around: what happened in a project without what is loud, tags and images wherever they are.

An image's digest is found by its first twelve letters after the algorithm's name, which both algorithms write with six:
the whole of it would make the index five times as large.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"

_NEWS = (
    "kind NOT IN ('manifest.pulled', 'blob.pushed', 'blob.mounted', 'blob.deleted', 'login', 'login.failed',"
    " 'access.refused') AND (kind <> 'manifest.pushed' OR tag IS NOT NULL)"
)


def upgrade() -> None:
    for name, table, columns, those in (
        ("news_of_project", "events", ["project_id", "id"], _NEWS),
        ("repositories_public", "repositories", ["project_id"], "public = 1"),
        ("robots_by_end", "robots", ["expires_at"], "expires_at IS NOT NULL"),
    ):
        where = sa.text(those)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    op.create_index("tags_by_name", "tags", ["name", "repository_id"])
    op.create_index("manifests_by_digest", "manifests", [sa.text("substr(digest, 8, 12)")])
