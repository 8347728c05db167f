"""Bring a database to the newest schema, forward only, with a copy of it set aside first."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from moorage.adapters.sql.sqlite import FILE, connect

HEAD = "0024"
"""The newest revision; a test compares it with the migrations themselves."""


class SchemaTooNew(Exception):  # noqa: N818 - names what was found
    """The database was written by a newer Moorage."""


class DatabaseDamaged(Exception):  # noqa: N818 - names what was found
    """The file is no SQLite database, or one that cannot be read any more."""


def revision_of(file: Path) -> str | None:
    """The revision of a database; None if it is empty or not there. Cheap: needs no Alembic.

    Raises DatabaseDamaged.
    """
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseDamaged(
            f"{file} is damaged or no database of Moorage ({error}): restore a copy of the data folder"
        ) from error
    return str(row[0]) if row else None


def bring_up(folder: Path) -> Path | None:
    """Migrate the database in this folder; the copy that was made before, if there was something to copy.

    Raises DatabaseDamaged. Raises SchemaTooNew and changes nothing if it comes from a newer version.
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


def _upgrade(file: Path, to: str = "head") -> None:
    # Heavy, and needed only here: a start on a current schema imports neither.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine, event  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    connect(file).close()  # WAL before the first table
    # The driver begins no transaction before CREATE TABLE by itself: without this a crash half-way
    # would leave a schema that no start can use or mend.
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(file, isolation_level=None), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()
    engine.dispose()
