"""One real server for the whole suite, and people who ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support.person import Person
from tests.support.certificate import make_certificate
from tests.support.server import PASSWORD, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server."""
    with Server(tmp_path_factory.mktemp("cli") / "data", quick=True) as running:
        yield running


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with TLS, and the certificate that signs itself."""
    cert, key = make_certificate(tmp_path_factory.mktemp("certificate"))
    options = ("--tls-cert", str(cert), "--tls-key", str(key))
    data = tmp_path_factory.mktemp("secure") / "data"
    with Server(data, options=options, scheme="https", quick=True) as running:
        yield running, cert


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Somebody who has logged in nowhere."""
    home = tmp_path / "home"
    home.mkdir()
    return Person(home)


@pytest.fixture
def admin(server: Server, tmp_path: Path) -> Person:
    """The administrator, by variables, as in a pipeline."""
    return known("admin", PASSWORD, server, tmp_path)


def known(name: str, password: str, server: Server, home: Path) -> Person:
    """Somebody by name and password."""
    return Person(
        home,
        {"MOORAGE_CLIENT_URL": server.url, "MOORAGE_CLIENT_USER": name, "MOORAGE_CLIENT_PASSWORD": password},
    )
