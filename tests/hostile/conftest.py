"""One real server for all hostile input, which must tell of no fault and leave its folder alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from schemathesis.pytest.plugin import SchemathesisFunction

from tests.support.examples import LONG, register
from tests.support.journal import faults
from tests.support.server import Server
from tests.support.wire import client_of

register()
_HOUR = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Large examples may be shown in full, and the long version takes its time."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.filterwarnings("ignore:Generating overly large repr"))
            if LONG:
                item.add_marker(pytest.mark.timeout(_HOUR))
        if isinstance(item, SchemathesisFunction):
            # It names its items, but not their ids; of items that share one a test run in several processes keeps one.
            assert item.parent is not None
            item._id = item.parent.id.child(item.name)
    assert len({item.nodeid for item in items}) == len(items)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server logs all it can; at the end there must be no fault in the log. What is asked for waits for ever."""
    settings = {
        "MOORAGE_LOG_FORMAT": "json",
        "MOORAGE_LOG_LEVEL": "debug",
        "MOORAGE_LOG_REQUESTS": "all",
        "MOORAGE_JOBS_INSIDE": "false",
    }
    server = Server(tmp_path_factory.mktemp("hostile") / "data", settings=settings, quick=True).start()
    try:
        yield server
        assert server.stop() == 0
        assert faults(server) == []
    finally:
        server.kill()
        server.log.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    """One client for all, of a module that has a server of its own."""
    with client_of(server.url) as client:
        yield client
