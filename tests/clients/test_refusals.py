"""A refusal is read by a person: what each client prints holds our sentence wherever that client can show it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.engines import Containerd
from tests.clients.support.registry import ADMIN
from tests.clients.support.tools import CURRENT, STABLE, Client
from tests.support.server import PASSWORD, Server

WRONG_PASSWORD = "the user name or password is wrong"
NOBODY = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Place:
    """A private project with one image in it, app:1.0."""

    project: str
    name: str

    @property
    def may_not_pull(self) -> str:
        """What somebody is told who is not logged in and would pull."""
        return f"anonymous may not pull from {self.project}/app: log in with an account that may"

    @property
    def may_not_push(self) -> str:
        """What somebody is told who is not logged in and would push."""
        return f"anonymous may not push to {self.project}/app: log in with an account that may"

    def has_no(self, kind: str, reference: str) -> str:
        """What somebody is told who asks for what is not there."""
        return f"{self.project}/app has no {kind} {reference}"


@pytest.fixture
def place(crane: Client, registry: Server, project: str, layout: image.Layout) -> Place:
    """A private image that was pushed by somebody else."""
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    crane.run("push", layout.folder, f"{registry.address}/{project}/app:1.0")
    return Place(project, f"{registry.address}/{project}/app")


WITH_BODIES = pytest.mark.parametrize("engine", [STABLE, CURRENT], indirect=True)
"""Docker Engines that read the body of a refusal; with containerd's image store one does not."""


def test_docker_login(docker: Client, registry: Server) -> None:
    """Docker tells that the password was wrong."""
    told = docker.refused("login", "--username", ADMIN, "--password-stdin", registry.address, feed="wrong")
    assert WRONG_PASSWORD in told


@WITH_BODIES
def test_docker_without_login(docker: Client, place: Place, greeter: Path, tmp_path: Path) -> None:
    """Docker tells somebody who is not logged in what they may not do, and what would help."""
    assert place.may_not_pull in docker.refused("pull", f"{place.name}:1.0")
    context = image.write_context(tmp_path / "context", greeter, place.name)
    docker.run("build", "--tag", f"{place.name}:2.0", context)
    assert place.may_not_push in docker.refused("push", f"{place.name}:2.0")


@WITH_BODIES
def test_docker_and_what_is_not_there(docker: Client, registry: Server, place: Place) -> None:
    """Docker tells which tag, which manifest or which repository there is not."""
    docker.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    assert place.has_no("tag", "none") in docker.refused("pull", f"{place.name}:none")
    assert place.has_no("manifest", NOBODY) in docker.refused("pull", f"{place.name}@{NOBODY}")
    told = docker.refused("pull", f"{registry.address}/{place.project}/other:1.0")
    assert f"there is no repository {place.project}/other" in told


@pytest.mark.parametrize("engine", ["image-store"], indirect=True)
def test_docker_image_store(docker: Client, registry: Server, place: Place, greeter: Path, tmp_path: Path) -> None:
    """With containerd's image store Docker tells apart missing rights and a missing tag."""
    assert "pull access denied" in docker.refused("pull", f"{place.name}:1.0")
    context = image.write_context(tmp_path / "context", greeter, place.name)
    docker.run("build", "--tag", f"{place.name}:2.0", context)
    assert "push access denied" in docker.refused("push", f"{place.name}:2.0")
    docker.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    assert f"{place.name}:none: not found" in docker.refused("pull", f"{place.name}:none")


def test_podman_login(podman: Client, registry: Server) -> None:
    """Podman refuses a wrong password in words of its own."""
    told = podman.refused("login", "--username", ADMIN, "--password-stdin", registry.address, feed="wrong")
    assert "invalid username/password" in told


def test_podman_without_login(podman: Client, place: Place, greeter: Path, tmp_path: Path) -> None:
    """Podman tells somebody who is not logged in what they may not do, and what would help."""
    assert place.may_not_pull in podman.refused("pull", f"{place.name}:1.0")
    context = image.write_context(tmp_path / "context", greeter, place.name)
    podman.run("build", "--tag", f"{place.name}:2.0", context)
    assert "anonymous may not" in podman.refused("push", f"{place.name}:2.0")


def test_podman_and_what_is_not_there(podman: Client, registry: Server, place: Place) -> None:
    """Podman tells which tag or which manifest there is not."""
    podman.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    assert place.has_no("tag", "none") in podman.refused("pull", f"{place.name}:none")
    assert place.has_no("manifest", NOBODY) in podman.refused("pull", f"{place.name}@{NOBODY}")


def test_skopeo_login(skopeo: Client, registry: Server) -> None:
    """Skopeo refuses a wrong password in words of its own."""
    told = skopeo.refused("login", "--username", ADMIN, "--password-stdin", registry.address, feed="wrong")
    assert "invalid username/password" in told


def test_skopeo_without_login(skopeo: Client, place: Place, layout: image.Layout) -> None:
    """Skopeo tells somebody who is not logged in what they may not do, and what would help."""
    assert place.may_not_pull in skopeo.refused("inspect", f"docker://{place.name}:1.0")
    assert "anonymous may not" in skopeo.refused("copy", f"oci:{layout}", f"docker://{place.name}:2.0")


def test_skopeo_and_what_is_not_there(skopeo: Client, registry: Server, place: Place) -> None:
    """Skopeo tells which tag or which manifest there is not."""
    skopeo.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    assert place.has_no("tag", "none") in skopeo.refused("inspect", f"docker://{place.name}:none")
    assert place.has_no("manifest", NOBODY) in skopeo.refused("inspect", f"docker://{place.name}@{NOBODY}")


def test_kubelet(containerd: Containerd, home: Path, place: Place) -> None:
    """A pod's events tell apart missing rights, a wrong password and a missing tag; containerd shows no more."""
    kubelet = containerd.kubelet(home)
    assert "server message: insufficient_scope" in kubelet.refused("pull", f"{place.name}:1.0")
    assert "401 Unauthorized" in kubelet.refused("pull", f"{place.name}:1.0", ADMIN, "wrong")
    assert f"{place.name}:none: not found" in kubelet.refused("pull", f"{place.name}:none", ADMIN, PASSWORD)
    assert "not found" in kubelet.refused("pull", f"{place.name}@{NOBODY}", ADMIN, PASSWORD)


def test_ctr(ctr: Client, place: Place) -> None:
    """`ctr` tells apart missing rights, a wrong password and a missing tag; it shows no more."""
    pull = ("images", "pull", "--plain-http")
    assert "server message: insufficient_scope" in ctr.refused(*pull, f"{place.name}:1.0")
    assert "401 Unauthorized" in ctr.refused(*pull, "--user", f"{ADMIN}:wrong", f"{place.name}:1.0")
    credentials = ("--user", f"{ADMIN}:{PASSWORD}")
    assert f"{place.name}:none: not found" in ctr.refused(*pull, *credentials, f"{place.name}:none")


def test_crane(crane: Client, registry: Server, place: Place) -> None:
    """Crane tells what is missing: a tag, the right password, or any login at all."""
    assert place.has_no("tag", "none") in crane.refused("manifest", f"{place.name}:none")
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed="wrong")
    assert WRONG_PASSWORD in crane.refused("manifest", f"{place.name}:1.0")
    crane.run("auth", "logout", registry.address)
    assert place.may_not_pull in crane.refused("manifest", f"{place.name}:1.0")


def test_oras(oras: Client, registry: Server, place: Place) -> None:
    """Oras tells what is missing: the right password, or any login at all."""
    words = ("login", "--plain-http", "--username", ADMIN, "--password-stdin", registry.address)
    assert WRONG_PASSWORD in oras.refused(*words, feed="wrong")
    assert place.may_not_pull in oras.refused("manifest", "fetch", "--plain-http", f"{place.name}:1.0")
