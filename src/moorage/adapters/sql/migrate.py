"""Bring a database to the newest schema, forward only, with a copy of it set aside first."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from moorage.adapters.sql.sqlite import FILE, connect

HEAD = "0001"
"""The newest revision; a test compares it with the migrations themselves."""


class SchemaTooNew(Exception):  # noqa: N818 - names what was found
    """The database was written by a newer Moorage."""


def revision_of(file: Path) -> str | None:
    """The revision of a database; None if it is empty or not there. Cheap: needs no Alembic."""
    if not file.exists():
        return None
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    finally:
        connection.close()
    return str(row[0]) if row else None


def bring_up(folder: Path) -> Path | None:
    """Migrate the database in this folder; the copy that was made before, if there was something to copy.

    Raises SchemaTooNew and changes nothing if it comes from a newer version.
    """
    file = folder / FILE
    found = revision_of(file)
    if found == HEAD:
        return None
    if found is not None and found > HEAD:
        raise SchemaTooNew(
            f"{file} was written by a newer Moorage (schema {found}, this one knows {HEAD}): "
            "start that version, or restore a copy from the folder 'before-upgrade'"
        )
    copy = _set_aside(file, found) if found is not None else None
    _upgrade(file)
    return copy


def _set_aside(file: Path, revision: str) -> Path:
    folder = file.parent / "before-upgrade"
    folder.mkdir(exist_ok=True)
    copy = folder / f"moorage-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.db"
    source, target = sqlite3.connect(file), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return copy


def _upgrade(file: Path) -> None:
    # Heavy, and needed only here: a start on a current schema imports neither.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    connect(file).close()  # WAL before the first table
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()
