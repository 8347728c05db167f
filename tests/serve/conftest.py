"""What several tests of the running program share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server as it is without any settings."""
    with Server(tmp_path / "data") as running:
        yield running
