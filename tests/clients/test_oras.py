import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.support.registry import ADMIN, digest, manifest, tags
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server

KIND = "application/vnd.example.report"


@pytest.fixture
def name(oras: Client, registry: Server, project: str) -> str:
    """A repository that Oras pushed an artifact of two files to, tagged 1.0; it is logged in."""
    oras.run("login", "--plain-http", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)
    (oras.home / "report.txt").write_text(f"all is well with {project}\n")
    (oras.home / "data.json").write_text(f'{{"of": "{project}"}}')
    name = f"{registry.address}/{project}/app"
    oras.run(
        "push", "--plain-http", "--artifact-type", KIND, f"{name}:1.0",
        "report.txt:text/plain", "data.json:application/json",
    )  # fmt: skip
    return name


def attach(oras: Client, name: str, kind: str, text: str) -> None:
    """Hang a file onto the artifact."""
    (oras.home / "note.txt").write_text(text)
    oras.run("attach", "--plain-http", "--artifact-type", kind, f"{name}:1.0", "note.txt:text/plain")


def discover(oras: Client, name: str, *more: str) -> list[dict[str, Any]]:
    """What hangs on the artifact."""
    told = json.loads(oras.run("discover", "--plain-http", "--format", "json", *more, f"{name}:1.0"))
    found: list[dict[str, Any]] = told.get("referrers") or told.get("manifests") or []
    return found


def test_push_and_pull(oras: Client, registry: Server, project: str, name: str, tmp_path: Path) -> None:
    """An artifact of files comes back with the same files, and keeps its kind."""
    oras.run("pull", "--plain-http", "--output", tmp_path / "back", f"{name}:1.0")
    assert (tmp_path / "back" / "report.txt").read_bytes() == (oras.home / "report.txt").read_bytes()
    assert (tmp_path / "back" / "data.json").read_bytes() == (oras.home / "data.json").read_bytes()
    assert manifest(registry, f"{project}/app", "1.0")["artifactType"] == KIND


def test_attach_and_discover(oras: Client, registry: Server, project: str, name: str) -> None:
    """What is attached to an artifact is found from it, by kind too, without a tag of its own."""
    attach(oras, name, "application/vnd.example.sbom", "a list of parts")
    attach(oras, name, "application/vnd.example.note", "a note")
    assert {found["artifactType"] for found in discover(oras, name)} == {
        "application/vnd.example.sbom",
        "application/vnd.example.note",
    }
    only = discover(oras, name, "--artifact-type", "application/vnd.example.note")
    assert [found["artifactType"] for found in only] == ["application/vnd.example.note"]
    assert tags(registry, f"{project}/app") == ["1.0"]


def test_copy_with_referrers(oras: Client, registry: Server, project: str, name: str) -> None:
    """`cp --recursive` takes an artifact to another project with all that hangs on it."""
    attach(oras, name, "application/vnd.example.note", "a note")
    target = f"{registry.address}/{project}-too/app"
    oras.run("cp", "--recursive", "--from-plain-http", "--to-plain-http", f"{name}:1.0", f"{target}:1.0")
    assert digest(registry, f"{project}-too/app", "1.0") == digest(registry, f"{project}/app", "1.0")
    assert len(discover(oras, target)) == 1


def test_tags_and_repositories(oras: Client, registry: Server, project: str, name: str) -> None:
    """`tag`, `repo tags`, `repo ls` and `resolve` agree on what is there."""
    oras.run("tag", "--plain-http", f"{name}:1.0", "stable", "latest")
    assert oras.run("repo", "tags", "--plain-http", name).split() == ["1.0", "latest", "stable"]
    assert f"{project}/app" in oras.run("repo", "ls", "--plain-http", registry.address).split()
    assert oras.run("resolve", "--plain-http", f"{name}:stable") == digest(registry, f"{project}/app", "1.0")


def test_delete(oras: Client, name: str) -> None:
    """A manifest that is deleted is gone, and what hung on it is not found any more."""
    attach(oras, name, "application/vnd.example.note", "a note")
    [note] = discover(oras, name)
    oras.run("manifest", "delete", "--plain-http", "--force", f"{name}@{note['digest']}")
    assert discover(oras, name) == []
    oras.run("manifest", "delete", "--plain-http", "--force", f"{name}:1.0")
    assert oras.refused("manifest", "fetch", "--plain-http", f"{name}:1.0")


def test_blobs(oras: Client, name: str) -> None:
    """A blob by itself can be pushed, fetched and deleted."""
    (oras.home / "blob").write_text("a blob by itself")
    told = json.loads(oras.run("blob", "push", "--plain-http", "--descriptor", name, "blob"))
    assert oras.run("blob", "fetch", "--plain-http", "--output", "-", f"{name}@{told['digest']}") == "a blob by itself"
    oras.run("blob", "delete", "--plain-http", "--force", f"{name}@{told['digest']}")
    assert oras.refused("blob", "fetch", "--plain-http", "--output", "-", f"{name}@{told['digest']}")


def test_index(oras: Client, registry: Server, project: str, name: str) -> None:
    """An index is made of what the repository holds, by tag."""
    oras.run("manifest", "index", "create", "--plain-http", f"{name}:all", "1.0")
    entries = manifest(registry, f"{project}/app", "all")["manifests"]
    assert [entry["digest"] for entry in entries] == [digest(registry, f"{project}/app", "1.0")]
