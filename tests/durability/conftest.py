"""A server with one worker and one with two; none of them may ever complain in its log."""

from collections.abc import Iterator

import pytest

from tests.durability.support.journal import complaints
from tests.support.server import Server


@pytest.fixture(scope="module", params=["1", "2"], ids=["one-worker", "two-workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server that many tests of a file share."""
    with Server(tmp_path_factory.mktemp("data"), options=("--workers", request.param)) as running:
        yield running
        assert not complaints(running)


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> str:
    """A repository of the test's own."""
    return f"durable/{request.node.originalname.replace('_', '-')}"
