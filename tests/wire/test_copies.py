"""Copies of images between repositories, on the wire."""

from typing import Any

import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.people import enrol
from tests.support.server import PASSWORD, Server
from tests.support.wire import Wire, fresh, refusal
from tests.wire.test_history import API, at, done, events, pulled

LAYER = b"a layer that is copied"


def copy(who: Wire, target: str, source: str, reference: str, *tags: str, **more: object) -> object:
    """Copy an image; what was answered."""
    return done(
        who.ask(
            "POST", at(target, "/copies"), json={"from": source, "reference": reference, "tags": list(tags), **more}
        )
    )


def test_an_image(admin: Wire, name: str) -> None:
    """It is pulled from its new place with its layers, and stays where it was; nothing is sent."""
    manifest = admin.push_image(name, "1.0", layers=(LAYER,))
    digest, target = digest_of(manifest), fresh()
    expected = {"digest": digest, "tags": ["1.0", "stable"], "manifests": 1, "new": 1}
    assert copy(admin, target, name, "1.0", "1.0", "stable") == expected
    for reference in ("1.0", "stable", digest):
        assert admin.get(f"/v2/{target}/manifests/{reference}").content == manifest
    for blob in (LAYER, content.CONFIG):
        assert admin.get(f"/v2/{target}/blobs/{digest_of(blob)}").content == blob
    assert pulled(admin, name, "1.0") == digest
    kinds = events(admin, target)
    assert ("repository.created", None) in kinds
    assert ("image.copied", None) in kinds
    assert ("manifest.pushed", "stable") in kinds
    assert copy(admin, target, name, digest, "1.0") == {**expected, "tags": ["1.0"], "new": 0}
    assert done(admin.get(at(target, "/tags/1.0/history")))[0]["before"] is None


def test_an_index_with_what_refers_to_it(admin: Wire, name: str) -> None:
    """An index brings its images along, and what refers to any of them, unless that is not wanted."""
    images = [admin.push_image(name, layers=(salt,)) for salt in (b"amd64", b"arm64")]
    index = content.index(images)
    assert admin.push(name, "1.0", index, types.OCI_INDEX).status_code == 201
    signature = admin.push_image(name, subject=index, artifactType="application/x.sig")
    sbom = admin.push_image(name, subject=images[0], artifactType="application/x.sbom")
    of_sbom = admin.push_image(name, subject=sbom, artifactType="application/x.sig")
    for referrers, count in ((False, 3), (True, 6)):
        target = fresh()
        assert copy(admin, target, name, "1.0", "1.0", referrers=referrers) == {
            "digest": digest_of(index), "tags": ["1.0"], "manifests": count, "new": count
        }  # fmt: skip
        for manifest in (index, *images):
            assert admin.get(f"/v2/{target}/manifests/{digest_of(manifest)}").content == manifest
        for manifest in (signature, sbom, of_sbom):
            answer = admin.get(f"/v2/{target}/manifests/{digest_of(manifest)}")
            assert answer.status_code == (200 if referrers else 404)
    listed = admin.get(f"/v2/{target}/referrers/{digest_of(index)}").json()["manifests"]
    assert [entry["digest"] for entry in listed] == [digest_of(signature)]


def test_within_a_repository(admin: Wire, name: str) -> None:
    """From a repository into itself it is a promotion."""
    digest = digest_of(admin.push_image(name, "1.0"))
    assert copy(admin, name, name, "1.0", "stable") == {
        "digest": digest, "tags": ["stable"], "manifests": 1, "new": 0
    }  # fmt: skip
    assert pulled(admin, name, "stable") == digest


def test_what_cannot_be_copied(admin: Wire, name: str) -> None:
    """What is not there is missing; what is no name is refused; and nothing is made of either."""
    admin.push_image(name, "1.0")
    target = fresh()
    for source, reference, status in (
        (name, "none", 404),
        (name, digest_of(b"nothing"), 404),
        (fresh(), "1.0", 404),
        ("No/Name", "1.0", 400),
        (name, "-bad", 400),
        (name, "sha256:beef", 400),
        ("", "1.0", 400),
    ):
        given = {"from": source, "reference": reference}
        refusal(admin.ask("POST", at(target, "/copies"), json=given), status)
    wrong = {"from": name, "reference": "1.0", "tags": ["-bad"]}
    refusal(admin.ask("POST", at(target, "/copies"), json=wrong), 400, "TAG_INVALID")
    many = {**wrong, "tags": [str(number) for number in range(101)]}
    refusal(admin.ask("POST", at(target, "/copies"), json=many), 400)
    missing = f"{API}/projects/{fresh().replace('/', '-')}/repositories/app/copies"
    refusal(admin.ask("POST", missing, json={"from": name, "reference": "1.0"}), 404, "NAME_UNKNOWN")
    refusal(admin.get(at(target)), 404, "NAME_UNKNOWN")


def test_too_much(admin: Wire, name: str) -> None:
    """What would hold up everybody who writes is refused with what to do."""
    admin.push_blob(name, content.CONFIG)
    subject = admin.push_image(name, "1.0")
    for number in range(5):
        admin.push_image(name, subject=subject, annotations={"salt": str(number), "big": "x" * 3_500_000})
    given = {"from": name, "reference": "1.0", "tags": ["1.0"]}
    target = fresh()
    told = refusal(admin.ask("POST", at(target, "/copies"), json=given), 413)
    assert "without referrers" in told["message"]
    done(admin.ask("POST", at(target, "/copies"), json={**given, "referrers": False}))


@pytest.mark.parametrize("held", ["pull there and push here", "push here", "pull there"])
def test_who_may(server: Server, admin: Wire, held: str) -> None:
    """It takes pull at the source and push at the target; a hidden source is answered as a missing one."""
    source, target = (fresh(fresh().replace("/", "-")) for _ in range(2))
    admin.push_image(source, "1.0")
    admin.push_image(target, "0.9")
    person = fresh().replace("/", "-")
    enrol(server.data, person, PASSWORD, administrator=False)
    who = Wire.basic(admin.client, person, PASSWORD)
    roles = {
        "pull there and push here": ("reader", "writer"),
        "push here": ("", "writer"),
        "pull there": ("reader", "reader"),
    }
    for repository, role in zip((source, target), roles[held], strict=True):
        if role:
            path = f"{API}/projects/{repository.partition('/')[0]}/members/{person}"
            done(admin.ask("PUT", path, json={"role": role}))
    given = {"from": source, "reference": "1.0", "tags": ["1.0"]}
    answer = who.ask("POST", at(target, "/copies"), json=given)
    if held == "pull there and push here":
        assert answer.status_code == 201
        return
    if held == "pull there":
        refusal(answer, 403, "DENIED")
    else:
        told = refusal(answer, 404, "NAME_UNKNOWN")["message"]
        missing = who.ask("POST", at(target, "/copies"), json={**given, "from": f"{source}-none"})
        assert refusal(missing, 404)["message"].replace(f"{source}-none", source) == told
    assert pulled(admin, target, "1.0") is None


def test_a_digest_gives_no_link(admin: Wire, name: str) -> None:
    """A foreign layer whose digest is somebody else's blob does not come into reach by a copy."""
    secret = b"a secret layer of another repository"
    admin.push_blob(fresh(), secret)
    foreign = {
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "digest": digest_of(secret),
        "size": len(secret),
        "urls": ["https://example.com/layer"],
    }
    admin.push_blob(name, content.CONFIG)
    fields = content.image_fields()
    fields["layers"] = [foreign]
    manifest = content.encode(fields)
    assert admin.push(name, "1.0", manifest).status_code == 201
    target = fresh()
    copy(admin, target, name, "1.0", "1.0")
    for repository in (name, target):
        refusal(admin.get(f"/v2/{repository}/blobs/{digest_of(secret)}"), 404, "BLOB_UNKNOWN")


def test_what_the_audits_tell(admin: Wire) -> None:
    """Of a copy into another project neither learns the other's names, unless the source is public."""
    source, other = fresh().replace("/", "-"), fresh().replace("/", "-")
    digest = digest_of(admin.push_image(f"{source}/app", "1.0"))
    admin.push_image(f"{other}/own", "1.0")

    def copied(target: str, origin: str, kind: str = "image.copied") -> dict[str, Any]:
        copy(admin, target, origin, "1.0", "1.0")
        project = (target if kind == "image.copied" else origin).partition("/")[0]
        found: dict[str, Any] = done(admin.get(f"{API}/projects/{project}/audit?kind={kind}"))[0]
        return found

    there = copied(f"{other}/app", f"{source}/app")
    assert there["after"] == {"tags": ["1.0"], "manifests": 1}
    out = copied(f"{other}/app2", f"{source}/app", "image.copied_out")
    assert (out["repository"], out["digest"]) == (f"{source}/app", digest)
    assert out["after"] == {"reference": "1.0", "manifests": 1}
    (same,) = done(admin.get(f"{API}/audit?kind=image.copied&request_id={out['request_id']}"))
    assert same["repository"] == f"{other}/app2"
    assert copied(f"{other}/twice", f"{other}/own")["after"]["from"] == f"{other}/own"
    assert done(admin.get(f"{API}/projects/{other}/audit?kind=image.copied_out")) == []
    done(admin.ask("PATCH", f"{API}/projects/{source}", json={"public": True}))
    assert copied(f"{other}/public", f"{source}/app")["after"]["from"] == f"{source}/app"
