"""What several tests of the running program share."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.certificate import make_certificate
from tests.support.server import Server
from tests.support.wire import client_of


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server as it is without any settings."""
    with Server(tmp_path / "data", prepared=False) as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the loopback address and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    """One client for all, of a module that has a server of its own."""
    with client_of(server.url) as client:
        yield client
