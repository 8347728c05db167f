"""The scenes of the guide to access, played with real clients: who may, may, and who may not is told so."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.support import image
from tests.clients.support.tools import CURRENT, STABLE, Client
from tests.support.issuer import AUDIENCE, Issuer
from tests.support.server import PASSWORD, Server

ENGINES = pytest.mark.parametrize("engine", [STABLE, CURRENT], indirect=True)
Call = Callable[..., Any]
CREDENTIALS = ("--creds", f"admin:{PASSWORD}")


@pytest.fixture
def api(registry: Server) -> Call:
    """Calls of the API by the administrator."""

    def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        status, _, answer = registry.call(method, f"/api/v1{path}", body=body)
        assert status < 300, (status, answer)
        return json.loads(answer) if answer else None

    return call


@pytest.fixture
def people(api: Call, project: str) -> Callable[[str], str]:
    """A project, and people who hold roles in it."""
    api("POST", "/projects", {"name": project})

    def hire(role: str) -> str:
        name = f"{project}-{role}"[-60:].strip("-")
        api("POST", "/users", {"name": name, "password": PASSWORD})
        api("PUT", f"/projects/{project}/members/{name}", {"role": role})
        return name

    return hire


def log_in(client: Client, registry: Server, name: str, password: str = PASSWORD) -> None:
    """As this person or robot."""
    client.run("login", "--username", name, "--password-stdin", registry.address, feed=password)


def copy(layout: image.Layout, registry: Server, repository: str, tag: str) -> tuple[str, str, str]:
    """The words of a push by skopeo."""
    return "copy", f"oci:{layout}", f"docker://{registry.address}/{repository}:{tag}"


def test_a_team_with_three_roles(
    skopeo: Client, registry: Server, api: Call, people: Callable[[str], str], project: str, layout: image.Layout
) -> None:
    """The writer pushes, the reader pulls and cannot push, only the maintainer deletes; each is told why not."""
    writer, reader, maintainer = people("writer"), people("reader"), people("maintainer")
    shown = f"docker://{registry.address}/{project}/app:1.0"
    log_in(skopeo, registry, writer)
    skopeo.run(*copy(layout, registry, f"{project}/app", "1.0"))
    assert f"{writer} may not delete from {project}/app" in skopeo.refused("delete", shown)
    log_in(skopeo, registry, reader)
    assert layout.digest in skopeo.run("inspect", shown)
    assert "may not push to" in skopeo.refused(*copy(layout, registry, f"{project}/app", "2.0"))
    log_in(skopeo, registry, maintainer)
    skopeo.run("delete", shown)
    assert [entry["name"] for entry in api("GET", f"/projects/{project}/repositories")] == [f"{project}/app"]


@ENGINES
def test_ci_with_a_robot(
    docker: Client, registry: Server, api: Call, project: str, greeter: Path, tmp_path: Path
) -> None:
    """A robot logs in with docker, pushes where it may, is refused where not, and opens nothing once it is deleted."""
    api("POST", "/projects", {"name": project})
    robot = api("POST", f"/projects/{project}/robots",
                {"name": "ci", "actions": ["pull", "push"], "repositories": ["web-*"]})  # fmt: skip
    log_in(docker, registry, robot["name"], robot["secret"])
    context = image.write_context(tmp_path / "context", greeter, project)
    for repository in ("web-shop", "db"):
        docker.run("build", "--tag", f"{registry.address}/{project}/{repository}:1.0", context)
    docker.run("push", f"{registry.address}/{project}/web-shop:1.0")
    told = docker.refused("push", f"{registry.address}/{project}/db:1.0")
    assert f"may not push to {project}/db" in told
    api("DELETE", f"/projects/{project}/robots/ci")
    docker.run("logout", registry.address)
    docker.refused("login", "--username", robot["name"], "--password-stdin", registry.address, feed=robot["secret"])


@ENGINES
def test_ci_without_a_secret(
    docker: Client, skopeo: Client, registry: Server, api: Call, project: str, greeter: Path, tmp_path: Path
) -> None:
    """A job logs in with its identity token and pushes; the token of another repository's job opens nothing."""
    with Issuer() as issuer:
        api("POST", "/projects", {"name": project})
        trusted = {"name": project, "url": issuer.url, "audience": AUDIENCE, "keys": issuer.published()}
        api("POST", "/issuers", trusted)
        robot = api("POST", f"/projects/{project}/robots", {"name": "ci", "actions": ["pull", "push"]})["name"]
        claims = {"repository": "acme/app", "ref": "refs/heads/*"}
        api("POST", f"/projects/{project}/robots/ci/trusts", {"issuer": project, "claims": claims})
        token, other = issuer.token(), issuer.token(repository="acme/other")
        log_in(docker, registry, robot, token)
        name = f"{registry.address}/{project}/app:1.0"
        docker.run("build", "--tag", name, image.write_context(tmp_path / "context", greeter, project))
        docker.run("push", name)
        docker.run("pull", name)
        assert '"Digest"' in skopeo.run("inspect", "--creds", f"{robot}:{token}", f"docker://{name}")
        told = docker.refused("login", "--username", robot, "--password-stdin", registry.address, feed=other)
        assert "does not prove that this job is this robot" in told
        skopeo.refused("inspect", "--no-creds", f"docker://{name}")
        api("DELETE", f"/issuers/{project}")


@ENGINES
def test_a_personal_token(
    docker: Client, registry: Server, people: Callable[[str], str], project: str, greeter: Path, tmp_path: Path
) -> None:
    """A token to pull is a password for docker that pulls and does not push, though its owner may."""
    owner = people("owner")
    wanted = {"name": "laptop", "scopes": ["pull"]}
    status, _, answer = registry.call("POST", "/api/v1/me/tokens", body=wanted, user=owner)
    assert status == 201
    name = f"{registry.address}/{project}/app:1.0"
    context = image.write_context(tmp_path / "context", greeter, project)
    docker.run("build", "--tag", name, context)
    log_in(docker, registry, owner)
    docker.run("push", name)
    log_in(docker, registry, owner, json.loads(answer)["secret"])
    docker.run("pull", name)
    assert f"{owner} may not push to {project}/app" in docker.refused("push", name)


@ENGINES
def test_undo_a_bad_push_at_night(
    docker: Client, skopeo: Client, registry: Server, api: Call, project: str, greeter: Path, tmp_path: Path
) -> None:
    """What a tag named before a bad push is pulled again after one action, and whatever was deleted comes back too."""
    log_in(docker, registry, "admin")
    name = f"{registry.address}/{project}/app"
    docker.run("build", "--tag", f"{name}:stable", image.write_context(tmp_path / "good", greeter, f"{project} good"))
    docker.run("push", f"{name}:stable")
    good = digest_of(skopeo, name)
    docker.run("build", "--tag", f"{name}:stable", image.write_context(tmp_path / "bad", greeter, f"{project} bad"))
    docker.run("push", f"{name}:stable")
    bad = digest_of(skopeo, name)
    assert bad != good
    here = f"/projects/{project}/repositories/app"
    assert [move["after"] for move in api("GET", f"{here}/tags/stable/history")] == [bad, good]
    assert api("POST", f"{here}/tags/stable/restore", {})["digest"] == good
    assert good in docker.run("pull", f"{name}:stable")
    assert bad in docker.run("pull", f"{name}@{bad}")
    skopeo.run("delete", *CREDENTIALS, f"docker://{name}:stable")
    skopeo.refused("inspect", *CREDENTIALS, f"docker://{name}:stable")
    assert api("POST", f"{here}/tags/stable/restore", {})["digest"] == good
    assert digest_of(skopeo, name) == good
    api("DELETE", here)
    skopeo.refused("inspect", *CREDENTIALS, f"docker://{name}:stable")
    (deleted,) = api("GET", f"/projects/{project}/trash")
    api("POST", f"/projects/{project}/trash/{deleted['id']}/restore", {})
    docker.run("rmi", f"{name}:stable")
    assert good in docker.run("pull", f"{name}:stable")
    api("PUT", f"{here}/tags/promoted", {"digest": bad})
    api("POST", f"/projects/{project}/repositories/other/copies",
        {"from": f"{project}/app", "reference": "promoted", "tags": ["stable"]})  # fmt: skip
    assert bad in docker.run("pull", f"{registry.address}/{project}/other:stable")


def digest_of(skopeo: Client, name: str) -> str:
    """What `stable` names."""
    return str(json.loads(skopeo.run("inspect", *CREDENTIALS, f"docker://{name}:stable"))["Digest"])


def test_a_leaver(
    skopeo: Client, registry: Server, api: Call, people: Callable[[str], str], project: str, layout: image.Layout
) -> None:
    """Who is disabled is refused from then on, with the login that is saved as well."""
    leaver = people("owner")
    log_in(skopeo, registry, leaver)
    skopeo.run(*copy(layout, registry, f"{project}/app", "1.0"))
    api("PATCH", f"/users/{leaver}", {"disabled": True})
    skopeo.refused("login", "--username", leaver, "--password-stdin", registry.address, feed=PASSWORD)


def test_a_public_project(
    skopeo: Client, registry: Server, api: Call, people: Callable[[str], str], project: str, layout: image.Layout
) -> None:
    """What is public is pulled without a login; what its owner closes again is not."""
    owner = people("owner")
    log_in(skopeo, registry, owner)
    skopeo.run(*copy(layout, registry, f"{project}/app", "1.0"))
    skopeo.run("logout", registry.address)
    shown = f"docker://{registry.address}/{project}/app:1.0"
    skopeo.refused("inspect", shown)
    api("PATCH", f"/projects/{project}", {"public": True})
    assert layout.digest in skopeo.run("inspect", shown)
    api("PATCH", f"/projects/{project}/repositories/app", {"public": False})
    skopeo.refused("inspect", shown)


def test_a_full_project(
    skopeo: Client,
    registry: Server,
    api: Call,
    people: Callable[[str], str],
    project: str,
    greeter: Path,
    tmp_path: Path,
) -> None:
    """A push that does not fit is told by what the room is taken; once that is deleted the same push succeeds."""
    old = image.write_layout(tmp_path / "old", greeter, f"{project} old", bulk=3_000_000)
    new = image.write_layout(tmp_path / "new", greeter, f"{project} new", bulk=3_000_000)
    log_in(skopeo, registry, people("maintainer"))
    skopeo.run(*copy(old, registry, f"{project}/old", "1.0"))
    used = api("GET", f"/projects/{project}/quota")["used"]
    api("PUT", f"/projects/{project}/quota", {"bytes": used + 1_000_000})
    told = skopeo.refused(*copy(new, registry, f"{project}/new", "1.0"))
    assert re.search(rf"project {project} has used [0-9.]+ of [0-9.]+ MB \(largest: {project}/old [0-9.]+ MB", told), (
        told
    )
    skopeo.run("inspect", f"docker://{registry.address}/{project}/old:1.0")
    api("DELETE", f"/projects/{project}/repositories/old")
    skopeo.run(*copy(new, registry, f"{project}/new", "1.0"))
    assert api("GET", f"/projects/{project}/quota")["largest"][0]["name"] == f"{project}/new"
