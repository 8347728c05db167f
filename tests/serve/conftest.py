"""What several tests of the running program share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificate import make_certificate
from tests.support.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server as it is without any settings."""
    with Server(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the loopback address and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))
