"""Tag rules as people meet them: what each client prints when a rule refuses, and the scene of the guide."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.support import image
from tests.clients.support.registry import ADMIN, digest
from tests.clients.support.tools import CURRENT, STABLE, Client
from tests.serve.test_docs import run_pasted
from tests.support.server import PASSWORD, Server

GUIDE = Path(__file__).parents[2] / "docs" / "tag-rules.md"
REASON = "a release never changes"
GRAPHS = pytest.mark.parametrize("engine", [STABLE, CURRENT], indirect=True)
"""Docker Engines that keep images by themselves."""
Rules = Callable[..., None]


@pytest.fixture
def rules(registry: Server, project: str) -> Rules:
    """Makes these all rules of the test's project."""
    assert registry.call("POST", "/api/v1/projects", body={"name": project})[0] == 201

    def rule(*given: dict[str, Any]) -> None:
        body = json.dumps(given).encode()
        path = f"/api/v1/projects/{project}/tag-rules"
        status, _, answer = registry.call("PUT", path, body=body, Content_Type="application/json")
        assert status == 200, answer

    return rule


def immutable(project: str) -> str:
    """The sentence, with the rule, who set it, why, and what to do."""
    return (
        f"the tag v1 of {project}/app is immutable and cannot be moved (rule 1 of project {project}, set by admin: "
        f"{REASON}): push another tag, or ask an owner to change the rule"
    )


IMMUTABLE = {"kind": "immutable", "tags": "v*", "reason": REASON}


def log_in(client: Client, registry: Server) -> None:
    """As the administrator, for whom the rules hold as well."""
    client.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)


def build(client: Client, greeter: Path, folder: Path, name: str) -> None:
    """An image that is unlike any other."""
    client.run("build", "--tag", name, image.write_context(folder, greeter, str(folder)))


@GRAPHS
def test_docker(docker: Client, registry: Server, rules: Rules, project: str, greeter: Path, tmp_path: Path) -> None:
    """Docker prints the whole sentence, for each kind of rule; the same image again is welcome."""
    name = f"{registry.address}/{project}/app"
    log_in(docker, registry)
    rules(
        IMMUTABLE,
        {"kind": "forbidden", "tags": "latest", "reason": "say which"},
        {"kind": "required", "tags_regex": r"[^vl].*", "form": "semver"},
    )
    for tag in ("v1", "latest", "one"):
        build(docker, greeter, tmp_path / tag, f"{name}:{tag}")
    for _ in range(2):
        docker.run("push", f"{name}:v1")
    told = docker.refused("push", f"{name}:latest")
    assert (
        f"the tag latest of {project}/app is not wanted (rule 2 of project {project}, set by admin: say which)" in told
    )
    assert "is not a semantic version, as 1.4.2" in docker.refused("push", f"{name}:one")
    build(docker, greeter, tmp_path / "other", f"{name}:v1")
    assert f"denied: {immutable(project)}" in docker.refused("push", f"{name}:v1")


@pytest.mark.parametrize("engine", ["image-store"], indirect=True)
def test_docker_image_store(
    docker: Client, registry: Server, rules: Rules, project: str, greeter: Path, tmp_path: Path
) -> None:
    """With containerd's image store docker prints the sentence as well, and the tag stays where it is."""
    name = f"{registry.address}/{project}/app"
    log_in(docker, registry)
    rules(IMMUTABLE)
    build(docker, greeter, tmp_path / "v1", f"{name}:v1")
    docker.run("push", f"{name}:v1")
    before = digest(registry, f"{project}/app", "v1")
    build(docker, greeter, tmp_path / "other", f"{name}:v1")
    assert immutable(project) in docker.refused("push", f"{name}:v1")
    assert digest(registry, f"{project}/app", "v1") == before


def test_podman(podman: Client, registry: Server, rules: Rules, project: str, greeter: Path, tmp_path: Path) -> None:
    """Podman prints the whole sentence."""
    name = f"{registry.address}/{project}/app"
    log_in(podman, registry)
    rules(IMMUTABLE)
    for folder in ("one", "other"):
        build(podman, greeter, tmp_path / folder, f"{name}:{folder}")
    podman.run("push", f"{name}:one", f"{name}:v1")
    assert immutable(project) in podman.refused("push", f"{name}:other", f"{name}:v1")


def test_skopeo(skopeo: Client, registry: Server, rules: Rules, project: str, greeter: Path, tmp_path: Path) -> None:
    """Skopeo prints the whole sentence, also when it would delete; today's prints the warning about `latest`, too."""
    name = f"docker://{registry.address}/{project}/app"
    one, other = (image.write_layout(tmp_path / salt, greeter, f"{project}-{salt}") for salt in ("one", "other"))
    log_in(skopeo, registry)
    rules(IMMUTABLE)
    for _ in range(2):
        skopeo.run("copy", f"oci:{one}", f"{name}:v1")
    assert immutable(project) in skopeo.refused("copy", f"oci:{other}", f"{name}:v1")
    assert "is immutable and cannot be deleted" in skopeo.refused("delete", f"{name}:v1")
    assert digest(registry, f"{project}/app", "v1") == one.digest
    told = skopeo.run("copy", f"oci:{one}", f"{name}:latest")
    assert skopeo.generation == STABLE or "latest does not say which version it names" in told


def test_ctr(ctr: Client, registry: Server, rules: Rules, project: str, greeter: Path, tmp_path: Path) -> None:
    """Today's `ctr` prints the whole sentence, Debian's that it was refused; the tag stays where it is."""
    name = f"{registry.address}/{project}/app"
    rules(IMMUTABLE)
    push = ("images", "push", "--plain-http", "--user", f"{ADMIN}:{PASSWORD}", f"{name}:v1")
    one, other = (image.write_layout(tmp_path / salt, greeter, f"{project}-{salt}", tag="v1") for salt in ("1", "2"))
    for layout in (one, other):
        archive = image.archive(layout, tmp_path / f"{layout.folder.name}.tar")
        ctr.run("images", "import", "--no-unpack", "--base-name", name, archive)
        if layout is one:
            ctr.run(*push)
    assert ("403 Forbidden" if ctr.generation == STABLE else immutable(project)) in ctr.refused(*push)
    assert digest(registry, f"{project}/app", "v1") == one.digest


@GRAPHS
def test_nobody_can_overwrite_a_release(
    docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path
) -> None:
    """The scene of the guide, as it is written there, and docker's words as they are written there."""
    section = GUIDE.read_text().partition("## Nobody can overwrite a release\n")[2].partition("\n## ")[0]

    def here(text: str) -> str:
        return text.replace("127.0.0.1:5000", registry.address).replace("team", project)

    (script,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    (shown,) = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    command, told = here(shown).removeprefix("$ docker ").splitlines()
    log_in(docker, registry)
    name = f"{registry.address}/{project}/app:v1.0"
    build(docker, greeter, tmp_path / "release", name)
    for line in here(script).splitlines():
        words = shlex.split(line)
        if words[0] == "docker":
            docker.run(*words[1:])
        else:
            run_pasted(line, registry, tmp_path)
    docker.run(*shlex.split(command))
    build(docker, greeter, tmp_path / "other", name)
    assert told in docker.refused(*shlex.split(command))
