import json
from pathlib import Path

from tests.clients.support.registry import ADMIN, digest
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server


def test_image_made_by_umoci(
    umoci: Client, skopeo: Client, registry: Server, project: str, greeter: Path, tmp_path: Path
) -> None:
    """An image that Umoci made goes into the registry, comes back unchanged, and unpacks."""
    made = tmp_path / "made"
    umoci.run("init", "--layout", made)
    umoci.run("new", "--image", f"{made}:1.0")
    umoci.run("insert", "--image", f"{made}:1.0", greeter, "/greet")
    umoci.run("config", "--image", f"{made}:1.0", "--config.cmd", "/greet", "--author", project)
    [entry] = json.loads((made / "index.json").read_bytes())["manifests"]

    name = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.run("copy", "--dest-creds", f"{ADMIN}:{PASSWORD}", f"oci:{made}:1.0", name)
    assert digest(registry, f"{project}/app", "1.0") == entry["digest"]

    skopeo.run("copy", "--src-creds", f"{ADMIN}:{PASSWORD}", name, f"oci:{tmp_path}/back:1.0")
    umoci.run("unpack", "--image", f"{tmp_path}/back:1.0", tmp_path / "bundle")
    assert (tmp_path / "bundle" / "rootfs" / "greet").read_bytes() == greeter.read_bytes()


def test_empty_image(umoci: Client, skopeo: Client, registry: Server, project: str, tmp_path: Path) -> None:
    """An image of no layers at all goes into the registry and comes back."""
    umoci.run("init", "--layout", tmp_path / "made")
    umoci.run("new", "--image", f"{tmp_path}/made:1.0")
    name = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.run("copy", "--dest-creds", f"{ADMIN}:{PASSWORD}", f"oci:{tmp_path}/made:1.0", name)
    skopeo.run("copy", "--src-creds", f"{ADMIN}:{PASSWORD}", name, f"oci:{tmp_path}/back:1.0")
