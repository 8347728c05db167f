import json
from pathlib import Path

import pytest

from tests.clients.support.image import Layout
from tests.clients.support.registry import ADMIN, digest, tags
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server


@pytest.fixture
def name(crane: Client, registry: Server, project: str, layout: Layout) -> str:
    """A repository that Crane pushed an image to, tagged 1.0; it is logged in as the administrator."""
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    crane.run("push", layout.folder, f"{registry.address}/{project}/app:1.0")
    return f"{registry.address}/{project}/app"


def test_push_and_pull(crane: Client, name: str, layout: Layout, tmp_path: Path) -> None:
    """An image that is pushed and pulled again is the same to the byte of its manifest."""
    crane.run("pull", "--format", "oci", f"{name}:1.0", tmp_path / "back")
    index = json.loads((tmp_path / "back" / "index.json").read_bytes())
    assert [entry["digest"] for entry in index["manifests"]] == [layout.digest]


def test_digest_and_manifest(crane: Client, name: str, layout: Layout) -> None:
    """`digest`, `manifest` and `config` tell of the image that was pushed, and `validate` finds no fault."""
    assert crane.run("digest", f"{name}:1.0") == layout.digest
    assert len(json.loads(crane.run("manifest", f"{name}:1.0"))["layers"]) == 3
    assert json.loads(crane.run("config", f"{name}:1.0"))["config"]["Cmd"] == ["/greet"]
    assert "PASS" in crane.run("validate", "--remote", f"{name}:1.0")


def test_tag_and_list(crane: Client, name: str) -> None:
    """`tag` gives an image another tag, and `ls` lists both."""
    crane.run("tag", f"{name}:1.0", "latest")
    assert crane.run("ls", name).split() == ["1.0", "latest"]


def test_copy(crane: Client, registry: Server, project: str, name: str, layout: Layout) -> None:
    """`copy` takes an image to another project, where it is the same."""
    crane.run("copy", f"{name}:1.0", f"{registry.address}/{project}-too/app:2.0")
    assert digest(registry, f"{project}-too/app", "2.0") == layout.digest


def test_copy_all_tags(crane: Client, registry: Server, project: str, name: str) -> None:
    """`copy --all-tags` takes every tag of a repository to another project."""
    crane.run("tag", f"{name}:1.0", "latest")
    crane.run("copy", "--all-tags", name, f"{registry.address}/{project}-too/app")
    assert tags(registry, f"{project}-too/app") == ["1.0", "latest"]


def test_delete(crane: Client, registry: Server, project: str, name: str, layout: Layout) -> None:
    """`delete` by tag takes the tag away; by digest it takes the image away with all its tags."""
    crane.run("tag", f"{name}:1.0", "latest")
    crane.run("delete", f"{name}:latest")
    assert tags(registry, f"{project}/app") == ["1.0"]
    crane.run("delete", f"{name}@{layout.digest}")
    assert tags(registry, f"{project}/app") == []
    assert crane.refused("digest", f"{name}:1.0")


def test_catalog(crane: Client, registry: Server, project: str, name: str) -> None:
    """`catalog` lists the repository to the administrator."""
    assert name.startswith(registry.address)
    assert f"{project}/app" in crane.run("catalog", registry.address).split()


def test_append(crane: Client, name: str, tmp_path: Path) -> None:
    """`append` makes an image of a layer by itself, and `mutate` changes its settings in place."""
    layer = tmp_path / "layer.tar"
    layer.write_bytes(b"\0" * 10240)
    crane.run("append", "--new_layer", layer, "--new_tag", f"{name}:layer")
    crane.run("mutate", "--label", "made=here", "--tag", f"{name}:labelled", f"{name}:layer")
    assert json.loads(crane.run("config", f"{name}:labelled"))["config"]["Labels"] == {"made": "here"}


def test_blob(crane: Client, name: str, layout: Layout) -> None:
    """`blob` brings one layer, which has the digest that was asked for."""
    wanted = json.loads(crane.run("manifest", f"{name}:1.0"))["config"]
    stored = (layout.folder / "blobs" / "sha256" / wanted["digest"].removeprefix("sha256:")).read_text()
    assert crane.run("blob", f"{name}@{wanted['digest']}") == stored
