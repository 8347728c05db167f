from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.registry import ADMIN, digest, make_project, tags
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server

RUN = ("run", "--rm", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
"""A container of the suite needs no network and few files, so it runs where the limits cannot be raised."""


def login(podman: Client, registry: Server) -> str:
    """Log in as the administrator."""
    return podman.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)


@pytest.fixture
def built(podman: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> str:
    """The name of an image that Podman built, tagged 1.0."""
    name = f"{registry.address}/{project}/app"
    podman.run("build", "--tag", f"{name}:1.0", image.write_context(tmp_path / "context", greeter, project))
    return name


def test_login(podman: Client, registry: Server) -> None:
    """`podman login` succeeds with the right password, and tells who is logged in."""
    assert "Login Succeeded!" in login(podman, registry)
    assert podman.run("login", "--get-login", registry.address) == ADMIN


def test_round_trip(podman: Client, registry: Server, project: str, built: str) -> None:
    """An image that was built and pushed can be pulled by tag and by digest, and it runs."""
    login(podman, registry)
    podman.run("push", f"{built}:1.0")
    assert tags(registry, f"{project}/app") == ["1.0"]
    podman.run("image", "rm", "--all", "--force")
    podman.run("pull", f"{built}:1.0")
    assert podman.run(*RUN, f"{built}:1.0") == image.GREETING
    podman.run("image", "rm", "--all", "--force")
    podman.run("pull", f"{built}@{digest(registry, f'{project}/app', '1.0')}")


def test_run_pulls(podman: Client, registry: Server, built: str) -> None:
    """`podman run` of an image that is not there pulls it."""
    login(podman, registry)
    podman.run("push", f"{built}:1.0")
    podman.run("image", "rm", "--all", "--force")
    assert podman.run(*RUN, "--quiet", f"{built}:1.0") == image.GREETING


def test_logout(podman: Client, registry: Server, built: str) -> None:
    """After `podman logout` a private image can neither be pulled nor pushed."""
    login(podman, registry)
    podman.run("push", f"{built}:1.0")
    podman.run("logout", registry.address)
    assert podman.refused("push", f"{built}:1.0")
    podman.run("image", "rm", "--all", "--force")
    assert podman.refused("pull", f"{built}:1.0")


def test_public_project(podman: Client, registry: Server, project: str, built: str) -> None:
    """Somebody who never logged in pulls from a public project, and may not push to it."""
    make_project(registry, project, public=True)
    login(podman, registry)
    podman.run("push", f"{built}:1.0")
    podman.run("logout", registry.address)
    assert podman.refused("push", f"{built}:1.0")
    podman.run("image", "rm", "--all", "--force")
    podman.run("pull", f"{built}:1.0")
