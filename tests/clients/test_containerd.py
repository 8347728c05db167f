from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.engines import Containerd
from tests.clients.support.registry import ADMIN, digest, publish
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server

CREDENTIALS = ("--plain-http", "--user", f"{ADMIN}:{PASSWORD}")


@pytest.fixture
def name(crane: Client, registry: Server, project: str, layout: image.Layout) -> str:
    """The name of an image that somebody else pushed, so that containerd has nothing of it yet."""
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    crane.run("push", layout.folder, f"{registry.address}/{project}/app:1.0")
    return f"{registry.address}/{project}/app:1.0"


@pytest.fixture
def kubelet(containerd: Containerd, home: Path) -> Client:
    """What asks containerd for images as a kubelet does."""
    return containerd.kubelet(home)


def test_push(ctr: Client, registry: Server, project: str, layout: image.Layout, tmp_path: Path) -> None:
    """`ctr` pushes an image as it is."""
    name = f"{registry.address}/{project}/app"
    archive = image.archive(layout, tmp_path / "layout.tar")
    ctr.run("images", "import", "--no-unpack", "--base-name", name, archive)
    ctr.run("images", "push", *CREDENTIALS, f"{name}:1.0")
    assert digest(registry, f"{project}/app", "1.0") == layout.digest


def test_push_to_another_project(ctr: Client, registry: Server, project: str, name: str, layout: image.Layout) -> None:
    """An image that was pulled from one project is pushed to another, its layers mounted from the first."""
    other = f"{registry.address}/{project}-too/app:1.0"
    ctr.run("images", "pull", *CREDENTIALS, name)
    ctr.run("images", "tag", name, other)
    ctr.run("images", "push", *CREDENTIALS, other)
    assert digest(registry, f"{project}-too/app", "1.0") == layout.digest


def test_pull(ctr: Client, name: str) -> None:
    """`ctr` pulls an image and unpacks it."""
    ctr.run("images", "pull", *CREDENTIALS, name)
    assert name in ctr.run("images", "ls", "--quiet")


def test_pull_by_digest(ctr: Client, name: str, layout: image.Layout) -> None:
    """`ctr` pulls an image by its digest alone."""
    ctr.run("images", "pull", *CREDENTIALS, f"{name.removesuffix(':1.0')}@{layout.digest}")


def test_kubelet_with_credentials(kubelet: Client, name: str) -> None:
    """A node pulls a private image with its pod's pull secret, and again when it has it already."""
    first = kubelet.run("pull", name, ADMIN, PASSWORD)
    assert first.startswith("sha256:")
    assert kubelet.run("pull", name, ADMIN, PASSWORD) == first
    kubelet.run("remove", name)


def test_kubelet_by_digest(kubelet: Client, name: str, layout: image.Layout) -> None:
    """A node pulls an image that a pod names by digest."""
    pinned = f"{name.removesuffix(':1.0')}@{layout.digest}"
    assert kubelet.run("pull", pinned, ADMIN, PASSWORD).startswith("sha256:")
    kubelet.run("remove", pinned)


def test_kubelet_with_a_wrong_password(kubelet: Client, name: str) -> None:
    """A node with a wrong pull secret is refused."""
    assert kubelet.refused("pull", name, ADMIN, "not the password")


def test_kubelet_without_credentials(kubelet: Client, name: str) -> None:
    """A node without a pull secret may not pull a private image."""
    assert kubelet.refused("pull", name)


def test_kubelet_and_a_public_project(kubelet: Client, registry: Server, project: str, name: str) -> None:
    """A node without a pull secret pulls from a public project."""
    publish(registry, project)
    assert kubelet.run("pull", name).startswith("sha256:")
    kubelet.run("remove", name)


def test_kubelet_with_foreign_credentials(kubelet: Client, registry: Server, project: str, name: str) -> None:
    """A node whose pull secret is meant for somebody else may still pull what everybody may."""
    publish(registry, project)
    assert kubelet.run("pull", name, "somebody", "of-another-registry").startswith("sha256:")
    kubelet.run("remove", name)


def test_large_layer(
    kubelet: Client, crane: Client, registry: Server, project: str, greeter: Path, tmp_path: Path
) -> None:
    """A layer of many megabytes comes down whole, however the node asks for it."""
    layout = image.write_layout(tmp_path / "layout", greeter, project, bulk=16 * 1024 * 1024)
    name = f"{registry.address}/{project}/large:1.0"
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    crane.run("push", layout.folder, name)
    assert kubelet.run("pull", name, ADMIN, PASSWORD).startswith("sha256:")
    kubelet.run("remove", name)


def test_mirror(containerd: Containerd, kubelet: Client, registry: Server, project: str, name: str) -> None:
    """A node that takes us as the mirror of another host pulls from us, whosever credentials it sends along."""
    publish(registry, project)
    containerd.mirror("registry.example", registry.url)
    image_there = f"registry.example/{project}/app:1.0"
    assert kubelet.run("pull", image_there).startswith("sha256:")
    kubelet.run("remove", image_there)
    assert kubelet.run("pull", image_there, "somebody", "of-the-other-host").startswith("sha256:")
    kubelet.run("remove", image_there)
    assert name.startswith(registry.address)
