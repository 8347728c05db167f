"""The scene of the guide to retention with real clients: what is pulled after is what was shown before."""

import json
import re
from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.registry import ADMIN, digest, tags
from tests.clients.support.signing import INSECURE, OLD_FORM, VERIFY, sign
from tests.clients.support.tools import CURRENT, STABLE, Client
from tests.serve.test_docs import run_pasted
from tests.support.server import PASSWORD, Server

GUIDE = Path(__file__).parents[2] / "docs" / "retention.md"
BUILDS = 12


@pytest.fixture
def scripts(project: str) -> list[str]:
    """The lines of the scene, for the project of the test: rules and preview, then the job and its schedule."""
    section = GUIDE.read_text().partition("## Keep ten builds a branch, and everything released\n")[2]
    found = re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    return [script.replace("team", project) for script in found]


def build(docker: Client, greeter: Path, tmp_path: Path, name: str, *tagged: str) -> None:
    """A build that is unlike any other, pushed under these tags."""
    first, *others = tagged
    docker.run("build", "--tag", f"{name}:{first}", image.write_context(tmp_path / first, greeter, f"{name}:{first}"))
    for other in others:
        docker.run("tag", f"{name}:{first}", f"{name}:{other}")
    for tag in tagged:
        docker.run("push", f"{name}:{tag}")


@pytest.mark.parametrize("engine", [STABLE, CURRENT], indirect=True)
@pytest.mark.parametrize("generation", [CURRENT], indirect=True)
def test_ten_builds_a_branch(
    docker: Client,
    skopeo: Client,
    signer: Client,
    registry: Server,
    scripts: list[str],
    project: str,
    greeter: Path,
    tmp_path: Path,
) -> None:
    """Docker and skopeo push builds of two branches; an old build that was released stays, with its signature."""
    repository = f"{project}/app"
    name = f"{registry.address}/{repository}"
    assert registry.call("POST", "/api/v1/projects", body={"name": project})[0] == 201
    for client in (docker, skopeo):
        client.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    for number in range(1, BUILDS + 1):
        build(docker, greeter, tmp_path, name, f"main-{number}", *(["1.4.2"] if number == 2 else []))
    for number in (1, 2):
        layout = image.write_layout(tmp_path / f"fix-{number}", greeter, f"{project} fix {number}")
        skopeo.run("copy", f"oci:{layout}", f"docker://{name}:fix-login-{number}")
    old, released = (digest(registry, repository, tag) for tag in ("main-1", "1.4.2"))
    sign(signer, f"{name}@{old}")
    signer.run("sign", INSECURE, "--yes", "--key", "cosign.key", *OLD_FORM, f"{name}@{released}")
    signature = f"{released.replace(':', '-')}.sig"

    rules, carrying_out = scripts
    run_pasted(rules, registry, tmp_path)
    shown = json.loads(run_pasted(f"moorage retention preview {project} --json", registry, tmp_path))
    going = {tag["name"] for entry in shown["verdicts"] for tag in entry["tags"] if tag["verdict"] == "delete"}
    assert going == {"main-1", "main-2"}
    assert shown["delete_images"] == 2, "the oldest build, and its signature"
    before = set(tags(registry, repository))
    assert going <= before
    run_pasted(carrying_out, registry, tmp_path)

    kept = {"1.4.2", "fix-login-1", "fix-login-2", signature, *(f"main-{number}" for number in range(3, BUILDS + 1))}
    assert set(tags(registry, repository)) == kept == before - going
    for tag in kept - {signature}:
        skopeo.run("copy", f"docker://{name}:{tag}", f"dir:{tmp_path}/pulled-{tag}")
    for tag in ("main-3", "1.4.2"):
        docker.run("image", "rm", "--force", f"{name}:{tag}")
        docker.run("pull", f"{name}:{tag}")
    for gone in (":main-1", ":main-2", f"@{old}"):
        assert "unknown" in skopeo.refused("inspect", f"docker://{name}{gone}")
    assert "The signatures were verified" in signer.run(*VERIFY, "cosign.pub", f"{name}@{released}")
    status, _, listed = registry.call("GET", f"/v2/{repository}/referrers/{old}")
    assert (status, json.loads(listed)["manifests"]) == (200, [])
