import json
from pathlib import Path

import pytest

from tests.clients.support.image import INDEX, MANIFEST, Layout
from tests.clients.support.registry import ADMIN, digest, manifest, tags
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def skopeo(skopeo: Client, registry: Server) -> Client:
    """Skopeo, logged in as the administrator."""
    skopeo.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    return skopeo


def test_oci_round_trip(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """An OCI layout that is pushed and pulled again is the same to the byte of its manifest."""
    image = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.run("copy", f"oci:{layout}", image)
    assert digest(registry, f"{project}/app", "1.0") == layout.digest
    skopeo.run("copy", image, f"oci:{tmp_path}/back:1.0")
    index = json.loads((tmp_path / "back" / "index.json").read_bytes())
    assert [entry["digest"] for entry in index["manifests"]] == [layout.digest]


def test_copy_by_digest(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """An image can be copied out by its digest alone."""
    repository = f"docker://{registry.address}/{project}/app"
    skopeo.run("copy", f"oci:{layout}", f"{repository}:1.0")
    skopeo.run("copy", f"{repository}@{layout.digest}", f"dir:{tmp_path}/back")
    assert (tmp_path / "back" / "manifest.json").exists()


@pytest.mark.parametrize(("form", "media_type"), [("v2s2", DOCKER_MANIFEST), ("oci", MANIFEST)])
def test_forms_of_manifest(
    skopeo: Client, registry: Server, project: str, layout: Layout, form: str, media_type: str
) -> None:
    """An image is stored in the form it is pushed in: Docker's version 2 schema 2, or OCI."""
    skopeo.run("copy", "--format", form, f"oci:{layout}", f"docker://{registry.address}/{project}/app:{form}")
    assert manifest(registry, f"{project}/app", form)["mediaType"] == media_type


def test_docker_archive(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """An image goes out as an archive for `docker load` and comes back in."""
    repository = f"docker://{registry.address}/{project}/app"
    skopeo.run("copy", f"oci:{layout}", f"{repository}:1.0")
    skopeo.run("copy", f"{repository}:1.0", f"docker-archive:{tmp_path}/app.tar:app:1.0")
    skopeo.run("copy", f"docker-archive:{tmp_path}/app.tar", f"{repository}:back")
    assert tags(registry, f"{project}/app") == ["1.0", "back"]


def test_folder(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """An image goes out as a plain folder and comes back in with the same digest."""
    repository = f"docker://{registry.address}/{project}/app"
    skopeo.run("copy", f"oci:{layout}", f"{repository}:1.0")
    skopeo.run("copy", f"{repository}:1.0", f"dir:{tmp_path}/folder")
    skopeo.run("copy", "--preserve-digests", f"dir:{tmp_path}/folder", f"{repository}:back")
    assert digest(registry, f"{project}/app", "back") == layout.digest


def test_zstd_layers(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """Layers that are compressed with zstd are kept as they are and can be pulled again."""
    image = f"docker://{registry.address}/{project}/app:zstd"
    skopeo.run("copy", "--format", "oci", "--dest-compress-format", "zstd", f"oci:{layout}", f"dir:{tmp_path}/plain")
    skopeo.run("copy", "--dest-compress-format", "zstd", f"dir:{tmp_path}/plain", image)
    skopeo.run("copy", image, f"oci:{tmp_path}/back:1.0")


def test_between_repositories(skopeo: Client, registry: Server, project: str, layout: Layout) -> None:
    """An image can be copied from one project to another, and is the same there."""
    source = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.run("copy", f"oci:{layout}", source)
    skopeo.run("copy", source, f"docker://{registry.address}/{project}-too/deep/er/app:1.0")
    assert digest(registry, f"{project}-too/deep/er/app", "1.0") == layout.digest


def test_list_tags(skopeo: Client, registry: Server, project: str, layout: Layout) -> None:
    """`list-tags` tells every tag of a repository."""
    repository = f"docker://{registry.address}/{project}/app"
    for tag in ("1.0", "1.1", "latest"):
        skopeo.run("copy", f"oci:{layout}", f"{repository}:{tag}")
    assert json.loads(skopeo.run("list-tags", repository))["Tags"] == ["1.0", "1.1", "latest"]


def test_inspect(skopeo: Client, registry: Server, project: str, layout: Layout) -> None:
    """`inspect` tells an image's digest, its layers and its neighbours, and `--raw` the manifest itself."""
    image = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.run("copy", f"oci:{layout}", image)
    told = json.loads(skopeo.run("inspect", image))
    assert told["Digest"] == layout.digest
    assert told["RepoTags"] == ["1.0"]
    assert len(told["Layers"]) == 3
    assert json.loads(skopeo.run("inspect", "--raw", image))["mediaType"] == MANIFEST
    assert json.loads(skopeo.run("inspect", "--config", image))["config"]["Cmd"] == ["/greet"]


def test_delete(skopeo: Client, registry: Server, project: str, layout: Layout) -> None:
    """`delete` takes an image away, and it cannot be pulled any more."""
    image = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.run("copy", f"oci:{layout}", image)
    skopeo.run("delete", image)
    assert skopeo.refused("inspect", image)


def test_sync(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """`sync` takes a whole repository to a folder, and puts it into another project."""
    repository = f"{registry.address}/{project}/app"
    for tag in ("1.0", "1.1"):
        skopeo.run("copy", f"oci:{layout}", f"docker://{repository}:{tag}")
    skopeo.run("sync", "--src", "docker", "--dest", "dir", repository, tmp_path / "out")
    skopeo.run("sync", "--src", "dir", "--dest", "docker", tmp_path / "out", f"{registry.address}/{project}-too")
    assert tags(registry, f"{project}-too/app") == ["1.0", "1.1"]


def test_whole_index(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """`copy --all` carries an index with all its images there and back."""
    entry = json.loads((layout.folder / "index.json").read_bytes())["manifests"][0]
    entry["platform"] = {"os": "linux", "architecture": "amd64"}
    entry.pop("annotations")
    folder = tmp_path / "index"
    folder.mkdir()
    for blob in (layout.folder / "blobs" / "sha256").iterdir():
        name = f"{blob.name}.manifest.json" if blob.name in layout.digest else blob.name
        (folder / name).write_bytes(blob.read_bytes())
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
    (folder / "manifest.json").write_text(json.dumps(index))
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    image = f"docker://{registry.address}/{project}/app:all"
    skopeo.run("copy", "--all", f"dir:{folder}", image)
    assert manifest(registry, f"{project}/app", "all") == index
    skopeo.run("copy", "--all", image, f"dir:{tmp_path}/back")
    assert json.loads((tmp_path / "back" / "manifest.json").read_bytes()) == index


def test_by_an_old_name(skopeo: Client, registry: Server, project: str, layout: Layout, tmp_path: Path) -> None:
    """A private image that was renamed is pulled by its old name, and what is pushed there is told the new one."""
    old, new = (f"docker://{registry.address}/{project}/{name}:1.0" for name in ("renamed", "front"))
    skopeo.run("copy", f"oci:{layout}", old)
    path = f"/api/v1/projects/{project}/repositories/renamed"
    assert registry.call("PATCH", path, body={"name": "front"})[0] == 200
    skopeo.run("copy", old, f"oci:{tmp_path}/back:1.0")
    assert skopeo.run("inspect", "--format", "{{.Digest}}", old).strip() == layout.digest
    refused = skopeo.refused("copy", f"oci:{layout}", old)
    assert f"{project}/renamed is now {project}/front" in refused
    skopeo.run("copy", f"oci:{layout}", new)
