"""One real server for the whole suite, and the real clients, each in a home of its own."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.engines import KINDS, NODES, Containerd, Docker
from tests.clients.support.registry import ADMIN, complaints
from tests.clients.support.tools import CURRENT, GENERATIONS, Client, need
from tests.support.server import PASSWORD, Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a real client."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.client)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that all clients speak to; at the end it must not have told of a fault."""
    server = Server(tmp_path_factory.mktemp("registry") / "data").start()
    try:
        yield server
        server.stop()
        told = complaints(server.output())
        assert not told, "the server's log tells of faults:\n" + "\n".join(told[:20])
    finally:
        server.kill()
        server.log.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def greeter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in every image of the suite."""
    return image.compile_greeter(tmp_path_factory.mktemp("greeter"))


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A project's name that no other test uses."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")
    module = request.node.path.stem.removeprefix("test_")
    return f"{module}-{words}"[:60].strip("-")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A client's home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def nook() -> Iterator[Path]:
    """A folder with a short name, as names of sockets in it may not be long."""
    with tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def layout(tmp_path: Path, greeter: Path, project: str) -> image.Layout:
    """An image in an OCI layout, of layers that no other test pushes."""
    return image.write_layout(tmp_path / "layout", greeter, project)


@pytest.fixture(params=GENERATIONS)
def generation(request: pytest.FixtureRequest) -> str:
    """Debian stable's clients, then today's."""
    name: str = request.param
    return name


@pytest.fixture(scope="session", params=KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Docker]:
    """A Docker Engine that runs for the whole suite."""
    running = Docker.start(request.param)
    yield running
    running.stop()


@pytest.fixture
def docker(engine: Docker, home: Path) -> Client:
    """Docker's command line on that engine, logged in nowhere."""
    return engine.client(home)


@pytest.fixture(scope="session", params=NODES)
def containerd(request: pytest.FixtureRequest) -> Iterator[Containerd]:
    """A containerd with its CRI plugin, as a Kubernetes node runs it."""
    running = Containerd.start(request.param)
    yield running
    running.stop()


@pytest.fixture
def ctr(containerd: Containerd, home: Path) -> Client:
    """The command line of that containerd."""
    return containerd.client(home)


def _storage(name: str, generation: str, home: Path, nook: Path, registry: Server) -> Client:
    """A client of containers/storage with plain-file storage, a login file and settings of its own."""
    command = need(name, generation)
    settings = home / ".config" / "containers"
    settings.mkdir(parents=True)
    (home / "auth.json").write_text("{}")  # the older ones insist that it is there
    (settings / "registries.conf").write_text(f'[[registry]]\nlocation = "{registry.address}"\ninsecure = true\n')
    (settings / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}\n')
    (home / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{home}/graph"\nrunroot = "{nook}/run"\n'
    )
    (home / "containers.conf").write_text(
        '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'tmp_dir = "{nook}/tmp"\n'
        'runtime = "runc"\n[containers]\nlog_driver = "k8s-file"\n'
    )
    return Client(
        name,
        generation,
        command,
        home,
        environment={
            "CONTAINERS_STORAGE_CONF": f"{home}/storage.conf",
            "CONTAINERS_CONF": f"{home}/containers.conf",
            "REGISTRY_AUTH_FILE": f"{home}/auth.json",
            "BUILDAH_ISOLATION": "chroot",
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
            "TMPDIR": str(home),
        },
    )


@pytest.fixture
def skopeo(generation: str, home: Path, nook: Path, registry: Server) -> Client:
    """Skopeo, logged in nowhere."""
    return _storage("skopeo", generation, home, nook, registry)


@pytest.fixture
def podman(generation: str, home: Path, nook: Path, registry: Server) -> Client:
    """Podman, logged in nowhere."""
    return _storage("podman", generation, home, nook, registry)


@pytest.fixture
def buildah(generation: str, home: Path, nook: Path, registry: Server) -> Client:
    """Buildah, logged in nowhere."""
    return _storage("buildah", generation, home, nook, registry)


@pytest.fixture
def umoci(generation: str, home: Path) -> Client:
    """Umoci, which makes images in OCI layouts."""
    return Client("umoci", generation, need("umoci", generation), home)


@pytest.fixture
def crane(tmp_path: Path) -> Client:
    """Crane, logged in nowhere, and in a home where no other client sees its login."""
    home = tmp_path / "crane"
    home.mkdir()
    return Client("crane", CURRENT, need("crane", CURRENT), home)


@pytest.fixture
def oras(home: Path) -> Client:
    """Oras, logged in nowhere."""
    return Client("oras", CURRENT, need("oras", CURRENT), home)


@pytest.fixture
def cosign(home: Path) -> Client:
    """Cosign, logged in nowhere, with a password for its keys."""
    return Client("cosign", CURRENT, need("cosign", CURRENT), home, environment={"COSIGN_PASSWORD": "a key's own"})


@pytest.fixture
def signer(cosign: Client, registry: Server) -> Client:
    """Cosign with a key pair, logged in, and told that there is no transparency log nor time stamp to ask."""
    cosign.run("login", "--username", ADMIN, "--password", PASSWORD, registry.address)
    cosign.run("generate-key-pair")
    cosign.run("signing-config", "create", "--out", "signing.json")
    cosign.run("trusted-root", "create", "--out", "root.json")
    return cosign
