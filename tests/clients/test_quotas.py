"""A project that is full: each client gives up at once, and prints our sentence wherever it shows any.

`limit` is 0, so that no upload begins, or less than the first layer has, so that one is broken off.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.registry import ADMIN
from tests.clients.support.tools import CURRENT, STABLE, Client
from tests.support.server import PASSWORD, Server

PATIENCE = 20
"""Seconds in which a client has given up: those that tried again and again would need more."""
ADVICE = "delete images, or ask an administrator for more"


@pytest.fixture(params=[0, 5000])
def limit(request: pytest.FixtureRequest) -> int:
    """Bytes that the project may keep."""
    size: int = request.param
    return size


@pytest.fixture
def name(registry: Server, project: str, limit: int) -> str:
    """A repository in a project with that quota."""
    registry.call("POST", "/api/v1/projects", body={"name": project})
    status, _, told = registry.call("PUT", f"/api/v1/projects/{project}/quota", body={"bytes": limit})
    assert status == 200, told
    return f"{registry.address}/{project}/app"


def refused(push: Callable[[], str]) -> str:
    """What the client printed, which it did soon."""
    began = time.monotonic()
    told = push()
    assert time.monotonic() - began < PATIENCE, told
    return told


def is_told(told: str, project: str, limit: int) -> bool:
    """Does it say how much of the project's quota is used, and what to do?"""
    size = "5 kB" if limit else "0 bytes"
    return re.search(rf"project {project} has used [0-9.]+ of {size}", told) is not None and ADVICE in told


@pytest.mark.parametrize("engine", [STABLE, CURRENT], indirect=True)
def test_docker(
    docker: Client, registry: Server, name: str, project: str, limit: int, greeter: Path, tmp_path: Path
) -> None:
    """Docker says how much is used, and tries no more."""
    context = image.write_context(tmp_path / "context", greeter, project)
    docker.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    docker.run("build", "--tag", f"{name}:1.0", context)
    told = refused(lambda: docker.refused("push", f"{name}:1.0"))
    assert is_told(told, project, limit), told


@pytest.mark.parametrize("engine", ["image-store"], indirect=True)
def test_docker_image_store(
    docker: Client, registry: Server, name: str, project: str, greeter: Path, tmp_path: Path
) -> None:
    """With containerd's image store Docker gives up as soon; it shows the status alone."""
    context = image.write_context(tmp_path / "context", greeter, project)
    docker.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    docker.run("build", "--tag", f"{name}:1.0", context)
    told = refused(lambda: docker.refused("push", f"{name}:1.0"))
    assert "403" in told or "denied" in told or ADVICE in told


def test_podman(
    podman: Client, registry: Server, name: str, project: str, limit: int, greeter: Path, tmp_path: Path
) -> None:
    """Podman says how much is used."""
    context = image.write_context(tmp_path / "context", greeter, project)
    podman.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    podman.run("build", "--tag", f"{name}:1.0", context)
    told = refused(lambda: podman.refused("push", f"{name}:1.0"))
    assert is_told(told, project, limit), told


def test_skopeo(skopeo: Client, registry: Server, name: str, project: str, limit: int, layout: image.Layout) -> None:
    """Skopeo says how much is used."""
    skopeo.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    told = refused(lambda: skopeo.refused("copy", f"oci:{layout}", f"docker://{name}:1.0"))
    assert is_told(told, project, limit), told


def test_crane(crane: Client, registry: Server, name: str, project: str, limit: int, layout: image.Layout) -> None:
    """Crane says how much is used."""
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    told = refused(lambda: crane.refused("push", layout.folder, f"{name}:1.0"))
    assert is_told(told, project, limit), told


def test_ctr(ctr: Client, name: str, layout: image.Layout, tmp_path: Path) -> None:
    """`ctr` gives up as soon; it shows the status alone."""
    archive = image.archive(layout, tmp_path / "layout.tar")
    ctr.run("images", "import", "--no-unpack", "--base-name", name, archive)
    push = ("images", "push", "--plain-http", "--user", f"{ADMIN}:{PASSWORD}", f"{name}:1.0")
    told = refused(lambda: ctr.refused(*push))
    assert "403" in told, told
