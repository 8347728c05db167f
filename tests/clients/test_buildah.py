from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.registry import ADMIN, manifest
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server


@pytest.fixture
def name(buildah: Client, registry: Server, project: str) -> str:
    """A repository's name; Buildah is logged in as the administrator."""
    buildah.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    return f"{registry.address}/{project}/app"


def build(buildah: Client, folder: Path, greeter: Path, name: str, architecture: str, manifest_list: str) -> None:
    """Make an image step by step, as scripts do, and enter it in a list."""
    container = buildah.run("from", "scratch")
    buildah.run("copy", container, image.write_context(folder, greeter, name), "/")
    buildah.run("config", "--cmd", "/greet", "--arch", architecture, container)
    buildah.run("commit", "--manifest", manifest_list, container, name)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("oci", "application/vnd.oci.image.config.v1+json"),
        ("v2s2", "application/vnd.docker.container.image.v1+json"),
    ],
)
def test_forms_of_manifest(
    buildah: Client,
    registry: Server,
    project: str,
    name: str,
    greeter: Path,
    tmp_path: Path,
    form: str,
    media_type: str,
) -> None:
    """An image is stored in the form it is pushed in, and can be pulled again."""
    buildah.run("build", "--tag", f"{name}:1.0", image.write_context(tmp_path / "context", greeter, name))
    buildah.run("push", "--format", form, f"{name}:1.0")
    assert manifest(registry, f"{project}/app", "1.0")["config"]["mediaType"] == media_type
    buildah.run("rmi", "--all", "--force")
    buildah.run("pull", f"{name}:1.0")


def test_zstd_layers(buildah: Client, registry: Server, project: str, name: str, greeter: Path, tmp_path: Path) -> None:
    """Layers that are compressed with zstd are kept as they are and can be pulled again."""
    buildah.run("build", "--tag", f"{name}:1.0", image.write_context(tmp_path / "context", greeter, name))
    buildah.run("push", "--format", "oci", "--compression-format", "zstd", f"{name}:1.0")
    layers = manifest(registry, f"{project}/app", "1.0")["layers"]
    assert {layer["mediaType"] for layer in layers} == {"application/vnd.oci.image.layer.v1.tar+zstd"}
    buildah.run("rmi", "--all", "--force")
    buildah.run("pull", f"{name}:1.0")


@pytest.mark.parametrize(
    ("form", "media_type"),
    [("oci", image.INDEX), ("v2s2", "application/vnd.docker.distribution.manifest.list.v2+json")],
)
def test_manifest_list(
    buildah: Client,
    registry: Server,
    project: str,
    name: str,
    greeter: Path,
    tmp_path: Path,
    form: str,
    media_type: str,
) -> None:
    """A list of two platforms is pushed with all its images, and a pull by its tag takes this machine's."""
    buildah.run("manifest", "create", "platforms")
    for architecture in (image.architecture(), "s390x"):
        build(buildah, tmp_path / architecture, greeter, f"{name}:{architecture}", architecture, "platforms")
    buildah.run("manifest", "push", "--all", "--format", form, "platforms", f"docker://{name}:all")
    stored = manifest(registry, f"{project}/app", "all")
    assert stored["mediaType"] == media_type
    entries = {entry["platform"]["architecture"]: entry["digest"] for entry in stored["manifests"]}
    assert set(entries) == {image.architecture(), "s390x"}
    for entry in entries.values():
        assert manifest(registry, f"{project}/app", entry)["schemaVersion"] == 2
    buildah.run("rm", "--all")
    buildah.run("pull", f"{name}:all")


def test_build_from_the_registry(buildah: Client, name: str, greeter: Path, tmp_path: Path) -> None:
    """A build whose base is in the registry pulls it from there."""
    buildah.run("build", "--tag", f"{name}:base", image.write_context(tmp_path / "context", greeter, name))
    buildah.run("push", f"{name}:base")
    buildah.run("rmi", "--all", "--force")
    folder = tmp_path / "child"
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM {name}:base\nCOPY Dockerfile /\n")
    buildah.run("build", "--tag", f"{name}:child", folder)
    buildah.run("push", f"{name}:child")
