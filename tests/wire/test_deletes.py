"""Deleting on the wire (end-9, end-10): what goes, what stays, and that it is missing at once."""

import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.wire import Wire, fresh, refusal


def test_a_tag(admin: Wire, name: str) -> None:
    """Deleting a tag forgets the tag alone: the manifest and its other tags stay."""
    manifest = admin.push_image(name, "1", "2")
    answer = admin.ask("DELETE", f"/v2/{name}/manifests/1")
    assert (answer.status_code, answer.content) == (202, b"")
    for method in ("GET", "HEAD", "DELETE"):
        refusal(admin.ask(method, f"/v2/{name}/manifests/1"), 404)
    assert admin.get(f"/v2/{name}/manifests/2").content == manifest
    assert admin.get(f"/v2/{name}/manifests/{digest_of(manifest)}").content == manifest
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == ["2"]
    assert admin.ask("DELETE", f"/v2/{name}/manifests/2").status_code == 202
    assert admin.get(f"/v2/{name}/manifests/{digest_of(manifest)}").content == manifest


def test_a_manifest(admin: Wire, name: str) -> None:
    """Deleting a manifest forgets the tags that name it, and no other."""
    manifest = admin.push_image(name, "1", "2")
    other = admin.push_image(name, "3", annotations={"salt": "other"})
    path = f"/v2/{name}/manifests/{digest_of(manifest)}"
    assert admin.ask("DELETE", path).status_code == 202
    for reference in ("1", "2", digest_of(manifest)):
        for method in ("GET", "HEAD"):
            refusal(admin.ask(method, f"/v2/{name}/manifests/{reference}"), 404)
    refusal(admin.ask("DELETE", path), 404, "MANIFEST_UNKNOWN")
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == ["3"]
    assert admin.get(f"/v2/{name}/manifests/3").content == other


def test_here_only(admin: Wire, name: str) -> None:
    """What is deleted in one repository stays in another."""
    other = fresh()
    manifest = admin.push_image(name, "1")
    admin.push_image(other, "1")
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest_of(manifest)}")
    assert admin.get(f"/v2/{other}/manifests/1").content == manifest


def test_pushed_again(admin: Wire, name: str) -> None:
    """What was deleted can be pushed again and is then as before."""
    manifest = admin.push_image(name, "1")
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest_of(manifest)}")
    admin.push_image(name, "1")
    assert admin.get(f"/v2/{name}/manifests/1").content == manifest


def test_a_child_of_an_index(admin: Wire, name: str) -> None:
    """The index of a deleted manifest stays, as sparse as it was pushed."""
    child = admin.push_image(name, "child")
    index = content.index([child])
    admin.push(name, "index", index, types.OCI_INDEX)
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest_of(child)}")
    assert admin.get(f"/v2/{name}/manifests/index").content == index


@pytest.mark.parametrize("reference", ["absent", digest_of(b"absent")])
def test_nothing(admin: Wire, name: str, reference: str) -> None:
    """Deleting what is not there is 404, by the code of what is missing."""
    refusal(admin.ask("DELETE", f"/v2/{name}/manifests/{reference}"), 404, "NAME_UNKNOWN")
    admin.push_image(name, "present")
    refusal(admin.ask("DELETE", f"/v2/{name}/manifests/{reference}"), 404, "MANIFEST_UNKNOWN")
    refusal(admin.ask("DELETE", f"/v2/{name}/blobs/{digest_of(b'absent')}"), 404, "BLOB_UNKNOWN")
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == ["present"]


def test_a_repository(admin: Wire, name: str) -> None:
    """A deleted repository is gone with tags, manifests, links and uploads; a new one under its name is empty."""
    project, _, short = name.partition("/")
    manifest = admin.push_image(name, "1", layers=(name.encode(),))
    location = admin.begin(name)
    assert admin.ask("DELETE", f"/api/v1/projects/{project}/repositories/{short}").status_code == 204
    for path in ("tags/list", "manifests/1", f"manifests/{digest_of(manifest)}", f"blobs/{digest_of(name.encode())}"):
        refusal(admin.get(f"/v2/{name}/{path}"), 404, "NAME_UNKNOWN")
    refusal(admin.get(location), 404, "BLOB_UPLOAD_UNKNOWN")
    admin.push_blob(name, b"{}")
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == []
    refusal(admin.get(f"/v2/{name}/manifests/{digest_of(manifest)}"), 404, "MANIFEST_UNKNOWN")
    refusal(admin.get(f"/v2/{name}/blobs/{digest_of(name.encode())}"), 404, "BLOB_UNKNOWN")
    refusal(admin.get(location), 404, "BLOB_UPLOAD_UNKNOWN")
