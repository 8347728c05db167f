"""A server with one worker and one with two; none of them may ever complain in its log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.support.house import House, furnish
from tests.durability.support.journal import complaints
from tests.support.coroutines import pytest_pyfunc_call  # noqa: F401 - a hook is used by being here
from tests.support.examples import register
from tests.support.server import Server

register()


@pytest.fixture(scope="module", params=["1", "2"], ids=["one-worker", "two-workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server that many tests of a file share."""
    with Server(tmp_path_factory.mktemp("data"), options=("--workers", request.param)) as running:
        yield running
        assert not complaints(running)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, not started yet, that the test may kill."""
    server = Server(tmp_path / "data")
    yield server
    server.kill()
    server.log.unlink()


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> str:
    """A repository of the test's own."""
    return f"durable/{request.node.originalname.replace('_', '-')}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The use cases of pushing and sweeping on the real adapters, in this process, with a clock of the test's own."""
    furnished = furnish(tmp_path)
    yield furnished
    furnished.close()
