"""Documents that are almost right: manifests, projects, token requests."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci import media_type as types
from tests.support import content, raw, warped
from tests.support.examples import examples
from tests.support.pushing import push_blob
from tests.support.raw import basic
from tests.support.server import Server
from tests.support.verdict import check

NAME = "warped/known"
LAYER = b"a layer"
SUBJECT = content.image(LAYER)
NOTES = {"org.example.key": "value"}
IMAGE = content.image_fields(LAYER, subject=SUBJECT, annotations=NOTES, artifactType="application/vnd.example")
INDEX = content.index_fields([SUBJECT], subject=content.descriptor(SUBJECT, types.OCI_MANIFEST), annotations=NOTES)
DOCKER = {**content.image_fields(LAYER), "mediaType": types.DOCKER_MANIFEST}
JSON = (b"Content-Type", b"application/json")
TAKEN = {"MANIFEST_INVALID", "MANIFEST_BLOB_UNKNOWN", "SIZE_INVALID"}


@pytest.fixture(scope="module", autouse=True)
def known(server: Server) -> None:
    """What the right parts of the manifests point to."""
    for blob in (content.CONFIG, LAYER):
        push_blob(server, NAME, blob)


@given(warped.labelled([IMAGE, INDEX, DOCKER]))
@examples(300)
def test_a_manifest_is_taken_whole_or_refused(server: Server, labelled: tuple[bytes, str]) -> None:
    """What is taken reads back byte for byte and stands among the referrers; what is not is refused by its code."""
    document, media_type = labelled
    path = f"/v2/{NAME}/manifests/{content.digest_of(document)}".encode()
    headers = [basic(), (b"Content-Type", media_type.encode("latin-1"))]
    answer = raw.ask(server.port, b"PUT", path, headers, document)
    check(answer)
    if answer.status != 201:
        assert answer.code in TAKEN
        return
    found = raw.ask(server.port, b"GET", path, [basic()])
    assert found.status == 200
    assert found.body == document
    fields = json.loads(document)
    assert found.header("content-type") == (fields.get("mediaType") or media_type)
    if fields.get("subject") is not None:
        assert fields["subject"]["digest"] == answer.header("oci-subject")
        assert content.digest_of(document) in referrers(server, fields["subject"]["digest"])


def referrers(server: Server, subject: str) -> dict[str, dict[str, Any]]:
    """By their digests, from all pages."""
    found: dict[str, dict[str, Any]] = {}
    path = f"/v2/{NAME}/referrers/{subject}"
    while path:
        page = raw.ask(server.port, b"GET", path.encode(), [basic()])
        check(page)
        assert page.status == 200
        found |= {entry["digest"]: entry for entry in page.json["manifests"]}
        link = page.header("link")
        path = "/v2/" + link.partition(">")[0].partition("/v2/")[2] if link else ""
    return found


@given(warped.documents([{"name": "warped-project", "public": True}]))
@examples(100)
def test_a_project_is_made_of_good_fields_only(server: Server, document: bytes) -> None:
    """A project comes of a known name and a truth value; anything else is refused and makes none."""
    answer = raw.ask(
        server.port, b"POST", b"/api/v1/projects", [basic(), (b"Content-Type", b"application/json")], document
    )
    check(answer)
    assert answer.status in {201, 400, 409, 413}
    if answer.status == 201:
        fields = json.loads(document)
        assert set(fields) <= {"name", "public"}
        assert answer.json["name"] == fields["name"]
        assert answer.json["public"] is fields.get("public", False)
        path = f"/api/v1/projects/{quote(fields['name'])}".encode()
        assert raw.ask(server.port, b"DELETE", path, [basic()]).status == 204


@given(
    st.dictionaries(
        st.sampled_from(["grant_type", "username", "password", "refresh_token", "scope", "access_type", "service"]),
        st.sampled_from(["password", "refresh_token", "offline", "admin", "a.b.c", "e30.e30.e30", "", "repository:a:*"])
        | st.text(max_size=20),
    )
)
@examples(60)
def test_no_form_buys_a_token_by_chance(server: Server, form: dict[str, str]) -> None:
    """A token request without the right password or a saved login is refused, whatever it says."""
    body = "&".join(f"{name}={quote(value)}" for name, value in form.items()).encode()
    headers = [(b"Content-Type", b"application/x-www-form-urlencoded")]
    answer = raw.ask(server.port, b"POST", b"/v2/token", headers, body)
    check(answer)
    assert answer.status in {400, 401, 429}
