"""One real server for the whole suite, asked over real sockets."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.people import enrol
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor
from tests.support.wire import ADMIN, Roaming, Wire, client_of, fresh


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server; at the end it must have told of no fault."""
    server = Server(
        tmp_path_factory.mktemp("wire") / "data", settings={"MOORAGE_LOG_FORMAT": "json"}, quick=True
    ).start()
    try:
        yield server
        assert server.stop() == 0
        faults = [line for line in server.output().splitlines() if '"level": "error"' in line or "Traceback" in line]
        assert faults == []
    finally:
        server.kill()
        server.log.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def roaming() -> Roaming:
    """How the one client reaches the server."""
    return Roaming()


@pytest.fixture(autouse=True)
def _elsewhere(roaming: Roaming) -> None:
    """Each test asks from an address of its own."""
    roaming.move()


@pytest.fixture(scope="session")
def client(server: Server, roaming: Roaming) -> Iterator[httpx.Client]:
    """One client for all, with its connections."""
    with client_of(server.url, roaming) as client:
        yield client


@pytest.fixture(scope="session")
def admin(client: httpx.Client) -> Wire:
    """The administrator by password."""
    return Wire.basic(client, ADMIN, PASSWORD)


@pytest.fixture(scope="session")
def anonymous(client: httpx.Client) -> Wire:
    """Nobody."""
    return Wire.anonymous(client)


@pytest.fixture(scope="session")
def colleague(server: Server, client: httpx.Client) -> Wire:
    """A second administrator by password."""
    enrol(server.data, "colleague", PASSWORD, administrator=True)
    return Wire.basic(client, "colleague", PASSWORD)


@pytest.fixture(scope="session")
def person(server: Server, client: httpx.Client) -> Wire:
    """Somebody with an account and no further right, by password."""
    enrol(server.data, "person", PASSWORD, administrator=False)
    return Wire.basic(client, "person", PASSWORD)


@pytest.fixture(scope="session")
def public(admin: Wire) -> str:
    """A public project."""
    assert admin.ask("POST", "/api/v1/projects", json={"name": "open", "public": True}).status_code == 201
    return "open"


@pytest.fixture
def visitor(server: Server) -> Iterator[Visitor]:
    """A browser in which nobody has signed in."""
    with Visitor(server.url) as visitor:
        yield visitor


@pytest.fixture
def name() -> str:
    """A repository in a private project, which no other test uses."""
    return fresh()


@pytest.fixture
def open_name(public: str) -> str:
    """A repository in a public project, which no other test uses."""
    return fresh(public)
