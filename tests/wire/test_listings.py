"""Tags, catalogue and referrers on the wire (end-8a, end-8b, end-12a, end-12b)."""

import re
from urllib.parse import urlsplit

import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, client_of, fresh, refusal

TAGS = ["0.9", "1", "1.0", "1.0-rc.1", "10", "2", "A", "Z", "_", "a", "b", "latest", "z"]
"""In the order of their bytes."""


def following(answer_link: str | None) -> str | None:
    """The address of the next page in a Link header."""
    if answer_link is None:
        return None
    match = re.fullmatch(r'<(http://[^>]+)>; rel="next"', answer_link)
    assert match is not None, answer_link
    return match.group(1)


def pages(who: Wire, path: str, field: str) -> list[list[str]]:
    """Every page from this address on."""
    gathered, address = [], path
    while address:
        answer = who.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["cache-control"] == "no-cache, no-transform"
        gathered.append(answer.json()[field])
        address = following(answer.headers.get("link")) or ""
    return gathered


@pytest.fixture
def tagged(admin: Wire, name: str) -> str:
    """A repository with all the tags, pushed out of order."""
    admin.push_image(name, *reversed(TAGS))
    return name


def test_all_tags(admin: Wire, tagged: str) -> None:
    """All tags come in byte order with the repository's name; HEAD tells the same length."""
    answer = admin.get(f"/v2/{tagged}/tags/list")
    assert answer.json() == {"name": tagged, "tags": TAGS}
    assert "link" not in answer.headers
    headed = admin.head(f"/v2/{tagged}/tags/list")
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == answer.headers["content-length"]


@pytest.mark.parametrize("size", [1, 5, 12, 13, 14, 10_000, 10**17])
def test_pages_of_tags(admin: Wire, tagged: str, size: int) -> None:
    """Following Link gives every tag once, in order, `n` at a time; the last page has no Link."""
    found = pages(admin, f"/v2/{tagged}/tags/list?n={size}", "tags")
    assert [tag for page in found for tag in page] == TAGS
    assert all(len(page) == size for page in found[:-1])
    assert len(found) == -(-len(TAGS) // size)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?n=0", []),
        ("?n=0&last=1", []),
        ("?n=", TAGS),
        ("?last=", TAGS),
        ("?last=1.0", TAGS[3:]),
        ("?last=1.0&n=2", TAGS[3:5]),
        ("?last=aa&n=2", ["b", "latest"]),
        ("?last=B", TAGS[7:]),
        ("?last=zz", []),
        ("?last=%F0%9F%9A%A2", []),
        ("?last=%00", TAGS),
        ("?last=" + "a" * 5000 + "&n=1", ["b"]),
    ],
    ids=lambda value: str(value)[:16],
)
def test_last(admin: Wire, tagged: str, query: str, expected: list[str]) -> None:
    """`last` need not be a tag that is there: the list goes on after where it would stand."""
    answer = admin.get(f"/v2/{tagged}/tags/list{query}")
    assert (answer.status_code, answer.json()["tags"]) == (200, expected)


def test_a_page_after_its_last_tag_was_deleted(admin: Wire, tagged: str) -> None:
    """Deleting the tag that a Link names loses no other."""
    answer = admin.get(f"/v2/{tagged}/tags/list?n=4")
    assert admin.ask("DELETE", f"/v2/{tagged}/manifests/{TAGS[3]}").status_code == 202
    assert pages(admin, following(answer.headers["link"]) or "", "tags") == [TAGS[4:8], TAGS[8:12], TAGS[12:]]


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "1e3", "%2B1", "9" * 30, "%D9%A3"])
@pytest.mark.parametrize("path", ["/v2/{name}/tags/list", "/v2/_catalog", "/v2/{name}/referrers/{digest}"])
def test_senseless_page_sizes(admin: Wire, name: str, path: str, number: str) -> None:
    """An `n` that is no number of entries is 400 everywhere."""
    admin.push_blob(name, b"{}")
    address = path.format(name=name, digest=digest_of(b"x"))
    refusal(admin.get(f"{address}?n={number}"), 400, "PAGINATION_NUMBER_INVALID")


def test_tags_of_nothing(admin: Wire, name: str) -> None:
    """A repository without tags has an empty list; one that is not there is unknown."""
    refusal(admin.get(f"/v2/{name}/tags/list"), 404, "NAME_UNKNOWN")
    admin.push_blob(name, b"{}")
    assert admin.get(f"/v2/{name}/tags/list").json() == {"name": name, "tags": []}


def test_catalogue(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The catalogue holds what was ever filled, in byte order and pages; who may see less sees less."""
    with Server(tmp_path_factory.mktemp("catalogue")) as server, client_of(server.url) as client:
        admin = Wire.basic(client, ADMIN, PASSWORD)
        assert admin.get("/v2/_catalog").json() == {"repositories": []}
        admin.ask("POST", "/api/v1/projects", json={"name": "b", "public": True})
        names = ["a/x", "a/y", "alone", "b-c/x", "b/x", "b/y"]
        for name in reversed(names):
            admin.push_image(name, "latest")
        admin.push_blob("a/unfilled", b"{}")
        assert [entry for page in pages(admin, "/v2/_catalog?n=4", "repositories") for entry in page] == names
        assert pages(admin, "/v2/_catalog?n=3&last=alone", "repositories") == [names[3:]]
        assert admin.get("/v2/_catalog?n=0").json() == {"repositories": []}
        nobody = Wire.anonymous(client)
        refusal(nobody.get("/v2/_catalog"), 401, "UNAUTHORIZED")
        for who, expected in ((nobody, ["b/x", "b/y"]), (admin, names)):
            assert who.narrowed("registry:catalog:*").get("/v2/_catalog").json() == {"repositories": expected}
        refusal(admin.narrowed("repository:a/x:pull").get("/v2/_catalog"), 401, "UNAUTHORIZED")
        digest = admin.get("/v2/a/x/manifests/latest").headers["docker-content-digest"]
        admin.ask("DELETE", f"/v2/a/x/manifests/{digest}")
        admin.ask("DELETE", "/api/v1/projects/a/repositories/y")
        assert "a/y" not in admin.get("/v2/_catalog").json()["repositories"]


def attach(who: Wire, name: str, subject: bytes, salt: str, artifact_type: str) -> bytes:
    """Push an artifact that points to the subject, by its digest."""
    return who.push_image(name, subject=subject, artifactType=artifact_type, annotations={"salt": salt})


def test_referrers(admin: Wire, name: str) -> None:
    """Referrers are an index of descriptors with type and annotations, in the order of their pushes."""
    subject = admin.push_image(name, "1.0")
    first = attach(admin, name, subject, "1", "application/x.sbom")
    second = attach(admin, name, subject, "2", "application/x.signature")
    plain = admin.push_image(name, subject=subject)
    attach(admin, name, b"another subject", "3", "application/x.sbom")
    answer = admin.get(f"/v2/{name}/referrers/{digest_of(subject)}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == types.OCI_INDEX
    assert "oci-filters-applied" not in answer.headers
    body = answer.json()
    assert (body["schemaVersion"], body["mediaType"]) == (2, types.OCI_INDEX)
    assert [entry["digest"] for entry in body["manifests"]] == [digest_of(one) for one in (first, second, plain)]
    assert body["manifests"][0] == {
        "mediaType": types.OCI_MANIFEST,
        "digest": digest_of(first),
        "size": len(first),
        "artifactType": "application/x.sbom",
        "annotations": {"salt": "1"},
    }
    assert body["manifests"][2]["artifactType"] == content.CONFIG_TYPE
    assert "annotations" not in body["manifests"][2]


def test_referrers_by_type(admin: Wire, name: str) -> None:
    """A filter is applied and said to be, also where it leaves nothing."""
    subject = admin.push_image(name, "1.0")
    attach(admin, name, subject, "1", "application/x.sbom")
    signature = attach(admin, name, subject, "2", "application/x.signature+json")
    path = f"/v2/{name}/referrers/{digest_of(subject)}"
    answer = admin.client.get(
        path, params={"artifactType": "application/x.signature+json"}, headers={"Authorization": admin.header or ""}
    )
    assert [entry["digest"] for entry in answer.json()["manifests"]] == [digest_of(signature)]
    assert answer.headers["oci-filters-applied"] == "artifactType"
    answer = admin.get(f"{path}?artifactType=application/none")
    assert answer.json()["manifests"] == []
    assert answer.headers["oci-filters-applied"] == "artifactType"
    assert "oci-filters-applied" not in admin.get(f"{path}?artifactType=").headers


@pytest.mark.parametrize("digest", [digest_of(b"never pushed"), digest_of(b"never pushed", "sha512")])
def test_referrers_of_nothing(admin: Wire, anonymous: Wire, name: str, open_name: str, digest: str) -> None:
    """The referrers of an unknown subject, or in an unknown repository, are an empty index."""
    admin.push_blob(open_name, b"{}")
    for who, where in ((admin, name), (admin, open_name), (anonymous, open_name), (anonymous, fresh("open"))):
        answer = who.get(f"/v2/{where}/referrers/{digest}")
        assert (answer.status_code, answer.json()["manifests"]) == (200, [])
        assert answer.headers["content-type"] == types.OCI_INDEX


def test_referrers_before_their_subject(admin: Wire, name: str) -> None:
    """An artifact that was pushed first is found when its subject comes; when it is deleted it is no more."""
    subject = content.image(annotations={"salt": name})
    artifact = attach(admin, name, subject, "1", "application/x.sbom")
    path = f"/v2/{name}/referrers/{digest_of(subject)}"
    assert len(admin.get(path).json()["manifests"]) == 1
    admin.push_image(name, "1.0", annotations={"salt": name})
    assert len(admin.get(path).json()["manifests"]) == 1
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest_of(artifact)}")
    assert admin.get(path).json()["manifests"] == []


@pytest.mark.parametrize("narrowed", [False, True])
def test_pages_of_referrers(admin: Wire, name: str, narrowed: bool) -> None:  # noqa: FBT001 - a column
    """Pages of referrers hold every one once; their Links keep the filter."""
    subject = admin.push_image(name, "1.0")
    made = [attach(admin, name, subject, str(number), "application/x+json") for number in range(5)]
    attach(admin, name, subject, "other", "application/y")
    query = "?n=2&artifactType=application/x%2Bjson" if narrowed else "?n=2"
    address: str | None = f"/v2/{name}/referrers/{digest_of(subject)}{query}"
    found: list[str] = []
    while address:
        answer = admin.get(address)
        assert len(answer.json()["manifests"]) <= 2
        assert answer.headers.get("oci-filters-applied") == ("artifactType" if narrowed else None)
        found += [entry["digest"] for entry in answer.json()["manifests"]]
        address = following(answer.headers.get("link"))
        assert address is None or urlsplit(address).path.endswith(digest_of(subject))
    assert found[:5] == [digest_of(one) for one in made]
    assert len(found) == (5 if narrowed else 6)


def test_large_pages_of_referrers(admin: Wire, name: str) -> None:
    """Referrers with large annotations are cut into pages that clients take, without losing one."""
    subject = admin.push_image(name, "1.0")
    made = [attach(admin, name, subject, str(number) * 1_500_000, "application/x") for number in range(3)]
    address: str | None = f"/v2/{name}/referrers/{digest_of(subject)}"
    found: list[str] = []
    while address:
        answer = admin.get(address)
        assert len(answer.content) < 4 * 1024 * 1024
        found += [entry["digest"] for entry in answer.json()["manifests"]]
        address = following(answer.headers.get("link"))
    assert found == [digest_of(one) for one in made]


def test_senseless_last_of_referrers(admin: Wire, name: str) -> None:
    """A `last` that no Link gave is refused."""
    for last in ("x", "-1", "9" * 30):
        answer = admin.get(f"/v2/{name}/referrers/{digest_of(b'x')}?last={last}")
        refusal(answer, 400, "PAGINATION_NUMBER_INVALID")
