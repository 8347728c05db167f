"""A database of another version: an older one is copied and brought up, a newer one is left alone."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.ddl.impl import DefaultImpl

import moorage
from moorage.adapters.sql.migrate import HEAD, bring_up, revision_of
from tests.support.command import moorage as run
from tests.support.pushing import make_project, push_blob
from tests.support.server import Server, free_port

_NEXT = f"{int(HEAD) + 1:04}"
_MIGRATION = f"""
from alembic import op
import sqlalchemy as sa
revision = "{_NEXT}"
down_revision = "{HEAD}"

def upgrade() -> None:
    op.add_column("projects", sa.Column("of_tomorrow", sa.Text()))
"""


@pytest.fixture
def tomorrow(tmp_path: Path) -> dict[str, str]:
    """Variables with which the next version of the program runs: a copy of this one with one migration more."""
    package = Path(moorage.__file__).parent
    copy = tmp_path / "tomorrow" / "moorage"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "adapters/sql/migrations/versions" / f"{_NEXT}_tomorrow.py").write_text(_MIGRATION)
    migrate = copy / "adapters/sql/migrate.py"
    text = migrate.read_text()
    assert f'HEAD = "{HEAD}"' in text
    migrate.write_text(text.replace(f'HEAD = "{HEAD}"', f'HEAD = "{_NEXT}"'))
    return {"PYTHONPATH": str(copy.parent)}


def test_the_newest_revision_is_the_one_that_the_code_names() -> None:
    """A migration that is added without naming it would never run."""
    versions = Path(moorage.__file__).parent / "adapters/sql/migrations/versions"
    assert max(file.name[:4] for file in versions.glob("0*.py")) == HEAD


def test_an_upgrade_sets_a_copy_aside_and_keeps_all(tmp_path: Path, tomorrow: dict[str, str]) -> None:
    """The next version tells where the copy lies, serves what was pushed before, and this one refuses to go back."""
    data = tmp_path / "data"
    with Server(data) as server:
        make_project(server)
        digest = push_blob(server, "team/app", b"kept")
    with Server(data, settings=tomorrow) as server:
        (copy,) = (data / "before-upgrade").iterdir()
        assert f"a copy from before: {copy}" in server.output()
        assert server.call("GET", f"/v2/team/app/blobs/{digest}")[2] == b"kept"
    assert revision_of(copy) == HEAD
    assert revision_of(data / "moorage.db") == _NEXT
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT name FROM projects").fetchall() == [("team",)]
    connection.close()

    before = (data / "moorage.db").read_bytes()
    refused = run("serve", "--data", data, "--listen", f"127.0.0.1:{free_port()}")
    assert refused.status == 1
    assert f"was written by a newer Moorage (schema {_NEXT}, this one knows {HEAD})" in refused.err
    assert refused.err.count("\n") == 1
    assert (data / "moorage.db").read_bytes() == before
    for command in (("verify",), ("admin", "recover")):
        refused = run(*command, "--data", data)
        assert refused.status == 1
        assert "is of another version of Moorage" in refused.err


def test_a_current_database_is_not_copied(tmp_path: Path) -> None:
    """Starting the same version again leaves no copies behind."""
    with Server(tmp_path / "data") as server:
        server.stop()
        server.start()
    assert not (tmp_path / "data" / "before-upgrade").exists()


def test_a_migration_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle of the first schema changes nothing, and the next start brings it up whole."""
    made = []
    create = DefaultImpl.create_table

    def create_four(self: DefaultImpl, *words: object, **named: object) -> None:
        made.append(1)
        if len(made) > 4:
            raise KeyboardInterrupt
        create(self, *words, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(DefaultImpl, "create_table", create_four)
        with pytest.raises(KeyboardInterrupt):
            bring_up(tmp_path)
    assert len(made) == 5
    assert revision_of(tmp_path / "moorage.db") is None
    assert bring_up(tmp_path) is None
    assert revision_of(tmp_path / "moorage.db") == HEAD
