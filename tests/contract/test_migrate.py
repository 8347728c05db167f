"""A database is brought to the newest schema, forward only, and never without a copy."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from moorage.adapters.sql import migrate
from moorage.adapters.sql.migrate import DatabaseDamaged, SchemaTooNew, bring_up, revision_of
from moorage.adapters.sql.sqlite import FILE


def execute(file: Path, sql: str) -> list[tuple[object, ...]]:
    """Run one statement and give its rows."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def test_head_is_the_newest_revision() -> None:
    """The revision that the program compares with is the head of the migrations, and they have one head only."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_new_folder(tmp_path: Path) -> None:
    """An empty folder gets the newest schema in WAL mode, with nothing to copy; doing it again does nothing."""
    assert revision_of(tmp_path / FILE) is None
    assert bring_up(tmp_path) is None
    assert revision_of(tmp_path / FILE) == migrate.HEAD
    assert execute(tmp_path / FILE, "PRAGMA journal_mode") == [("wal",)]
    before = (tmp_path / FILE).read_bytes()
    assert bring_up(tmp_path) is None
    assert (tmp_path / FILE).read_bytes() == before
    assert not (tmp_path / "before-upgrade").exists()


def test_a_newer_database(folder: Path) -> None:
    """A database of a newer version is refused with what to do, and is not touched."""
    execute(folder / FILE, "UPDATE alembic_version SET version_num = '9999'")
    before = (folder / FILE).read_bytes()
    with pytest.raises(SchemaTooNew, match=r"schema 9999.*before-upgrade"):
        bring_up(folder)
    assert (folder / FILE).read_bytes() == before
    assert not (folder / "before-upgrade").exists()


def test_a_copy_before_an_upgrade(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before an older database is changed a whole copy of it is set aside; nothing is overwritten by the next."""
    execute(folder / FILE, "INSERT INTO projects (name, public, created_at) VALUES ('kept', 0, 1.0)")
    found: list[list[Path]] = []

    def upgrade(file: Path) -> None:
        found.append(list((file.parent / "before-upgrade").iterdir()))

    newest = migrate.HEAD
    monkeypatch.setattr(migrate, "HEAD", f"{int(newest) + 1:04}")
    monkeypatch.setattr(migrate, "_upgrade", upgrade)
    first, second = bring_up(folder), bring_up(folder)
    assert first is not None
    assert second is not None
    assert first != second
    assert found[0] == [first]
    for copy in (first, second):
        assert revision_of(copy) == newest
        assert execute(copy, "SELECT name FROM projects") == [("kept",)]
        assert execute(copy, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_damaged_database(tmp_path: Path, content: bytes) -> None:
    """A file that is no database is told as such, and stays as it was."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DatabaseDamaged, match="damaged"):
        bring_up(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_somebody_elses_database(tmp_path: Path) -> None:
    """A database that is not Moorage's is not written to."""
    execute(tmp_path / FILE, "CREATE TABLE other (id INTEGER)")
    with pytest.raises(DatabaseDamaged):
        bring_up(tmp_path)
    assert execute(tmp_path / FILE, "SELECT name FROM sqlite_master") == [("other",)]


def test_numbers_are_never_given_twice(folder: Path) -> None:
    """Every table whose ids leave the program numbers its rows so that no id comes back."""
    tables = execute(folder / FILE, "SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    numbered = {name for name, sql in tables if "AUTOINCREMENT" in str(sql)}
    assert {"projects", "repositories", "blobs", "manifests", "accounts", "events", "tag_moves"} <= numbered


@pytest.mark.parametrize(
    ("counted", "since"),
    [
        pytest.param((), None, id="nothing was counted: it begins now"),
        pytest.param(("INSERT INTO last_pulls VALUES (1, 'sha256:1', 5000), (1, 'sha256:2', 4000)",), 4000, id="pulls"),
        pytest.param(("INSERT INTO daily_statistics VALUES (1, 3, 1, 1, 1, 1)",), 4 * 86_400, id="a day"),
    ],
)
def test_since_when_pulls_are_known(tmp_path: Path, counted: tuple[str, ...], since: float | None) -> None:
    """Since the migration, or since what the database knows already; never earlier than that proves."""
    file, before = tmp_path / FILE, time.time()
    migrate._upgrade(file, "0018")
    for sql in (
        "INSERT INTO projects (id, name, public, created_at) VALUES (1, 'team', 0, 0)",
        "INSERT INTO repositories (id, project_id, name, created_at) VALUES (1, 1, 'team/app', 0)",
        *counted,
    ):
        execute(file, sql)
    bring_up(tmp_path)
    (known,) = [float(str(value)) for (value,) in execute(file, "SELECT since FROM pulls_known")]
    assert before <= known <= time.time() if since is None else known == since


def test_pulls_of_what_was_gone_before(tmp_path: Path) -> None:
    """Those that a database has from before are marked as well."""
    file = tmp_path / FILE
    migrate._upgrade(file, "0019")
    for sql in (
        "INSERT INTO projects (id, name, public, created_at) VALUES (1, 'team', 0, 0)",
        "INSERT INTO repositories (id, project_id, name, created_at) VALUES (1, 1, 'team/app', 0)",
        (
            "INSERT INTO manifests (id, repository_id, digest, media_type, size, pushed_by, pushed_at, content)"
            " VALUES (1, 1, 'sha256:1', '', 0, '', 0, '')"
        ),
        "INSERT INTO last_pulls VALUES (1, 'sha256:1', 5000), (1, 'sha256:2', 4000)",
    ):
        execute(file, sql)
    bring_up(tmp_path)
    assert execute(file, "SELECT digest FROM last_pulls WHERE gone = 1") == [("sha256:2",)]


def test_garbage_of_before(tmp_path: Path) -> None:
    """What is garbage in a database from before there was a collector is noted, and what images need is not."""
    file = tmp_path / FILE
    migrate._upgrade(file, "0011")
    for sql in (
        "INSERT INTO projects (id, name, public, created_at) VALUES (1, 'team', 0, 0)",
        "INSERT INTO repositories (id, project_id, name, created_at) VALUES (1, 1, 'team/app', 0), (2, 1, 'team/b', 0)",
        (
            "INSERT INTO blobs (id, digest, size, stored_at) VALUES (1, 'sha256:1', 1, 0), (2, 'sha256:2', 1, 0),"
            " (3, 'sha256:3', 1, 0)"
        ),
        "INSERT INTO blob_links (repository_id, blob_id, linked_at) VALUES (1, 1, 0), (2, 1, 0), (1, 2, 0)",
        (
            "INSERT INTO manifests (id, repository_id, digest, media_type, size, pushed_by, pushed_at, content)"
            " VALUES (1, 1, 'sha256:9', '', 0, '', 0, '')"
        ),
        (
            "INSERT INTO manifest_links (manifest_id, position, role, digest, size, media_type)"
            " VALUES (1, 0, 'layer', 'sha256:1', 1, '')"
        ),
    ):
        execute(file, sql)
    bring_up(tmp_path)
    doubts = "SELECT repository_id, blob_id, since FROM doubtful_links ORDER BY 1, 2"
    assert execute(file, doubts) == [(1, 2, None), (2, 1, None)]
    assert execute(file, "SELECT blob_id, since FROM doubtful_blobs") == [(3, None)]
    assert execute(file, "SELECT repository_id FROM manifest_links") == [(1,)]
