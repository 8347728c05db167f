"""The server under test as the client suite speaks of it: names of images, projects, and what was stored."""

import json
from typing import Any

from tests.support.server import Server

ADMIN = "admin"

_KINDS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = ", ".join(_KINDS)
"""Every kind of manifest, as a client of today asks for them."""


def make_project(server: Server, name: str, *, public: bool) -> None:
    """A new project, by the administrator."""
    status, _, body = server.call(
        "POST", "/api/v1/projects", body={"name": name, "public": public}, Content_Type="application/json"
    )
    assert status == 201, (status, body)


def publish(server: Server, name: str) -> None:
    """Let everybody pull from a project that is there already."""
    status, _, body = server.call(
        "PATCH", f"/api/v1/projects/{name}", body={"public": True}, Content_Type="application/json"
    )
    assert status == 200, (status, body)


def manifest(server: Server, repository: str, reference: str) -> dict[str, Any]:
    """A manifest as the registry holds it."""
    status, _, body = server.call("GET", f"/v2/{repository}/manifests/{reference}", Accept=MANIFESTS)
    assert status == 200, (status, body)
    parsed: dict[str, Any] = json.loads(body)
    return parsed


def digest(server: Server, repository: str, reference: str) -> str:
    """The digest that a tag points at."""
    status, headers, body = server.call("HEAD", f"/v2/{repository}/manifests/{reference}", Accept=MANIFESTS)
    assert status == 200, (status, body)
    return headers["docker-content-digest"]


def tags(server: Server, repository: str) -> list[str]:
    """The tags of a repository, sorted."""
    status, _, body = server.call("GET", f"/v2/{repository}/tags/list")
    assert status == 200, (status, body)
    names: list[str] = json.loads(body)["tags"]
    return sorted(names)


def repositories(server: Server, project: str) -> list[str]:
    """The names of a project's repositories."""
    status, _, body = server.call("GET", f"/api/v1/projects/{project}/repositories?per_page=100")
    assert status == 200, (status, body)
    return [entry["name"] for entry in json.loads(body)]


def complaints(log: str) -> list[str]:
    """The lines of a server's log that tell of a fault of its own."""
    marks = ("traceback", '"level": "error"', '"level":"error"', '"level": "critical"', '"level":"critical"')
    return [
        line
        for line in log.splitlines()
        if any(mark in line.lower() for mark in marks) or line.lstrip().startswith(("[ERROR]", "[CRITICAL]"))
    ]
