"""Each port's suite runs on every adapter of it; its tests are coroutines, each in an event loop of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from moorage.adapters.disk import store as disk
from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.memory import MemoryBlobs
from moorage.adapters.sql.migrate import bring_up
from moorage.adapters.sql.sqlite import FILE, SqliteRecords
from moorage.ports.blobs import BlobStore
from moorage.ports.records import Records
from tests.support.coroutines import pytest_pyfunc_call  # noqa: F401 - a hook is used by being here


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that does not wait for a draft's former holder to be noticed."""
    monkeypatch.setattr(disk, "_PAUSE", 0.0)


@pytest.fixture(params=["memory", "disk"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, impatient: None) -> Iterator[BlobStore]:  # noqa: ARG001
    """An empty store of blobs, of each kind."""
    if request.param == "memory":
        yield MemoryBlobs()
        return
    DiskBlobs.prepare(tmp_path)
    store = DiskBlobs(tmp_path)
    yield store
    store.close()


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema, to be copied."""
    folder = tmp_path_factory.mktemp("schema")
    bring_up(folder)
    return folder / FILE


@pytest.fixture
def folder(schema: Path, tmp_path: Path) -> Path:
    """A data folder with an empty database."""
    shutil.copy(schema, tmp_path / FILE)
    return tmp_path


@pytest.fixture(params=["sqlite"])
def records(folder: Path) -> Iterator[Records]:
    """Empty records, of each kind."""
    kept = SqliteRecords(folder)
    yield kept
    kept.close()
