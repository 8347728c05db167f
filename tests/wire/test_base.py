"""What holds for every address: version header, error bodies, methods, malformed names, and the fixed addresses."""

import httpx
import pytest

from moorage.oci import media_type as types
from tests.support.content import digest_of
from tests.support.wire import Wire, challenge, refusal

DIGEST = digest_of(b"nothing")
SESSION = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("path", ["/v2/", "/v2"])
def test_version(admin: Wire, path: str) -> None:
    """end-1: whoever logged in is welcome, by GET and by HEAD."""
    answer = admin.get(path)
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
    answer = admin.head(path)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "2")


def test_nobody_is_asked_to_log_in(anonymous: Wire, server_address: str) -> None:
    """end-1: nobody is shown where tokens are to be had, without a scope."""
    answer = anonymous.get("/v2/")
    refusal(answer, 401, "UNAUTHORIZED")
    assert challenge(answer) == {"realm": f"http://{server_address}/v2/token", "service": server_address}


@pytest.fixture
def server_address(client: httpx.Client) -> str:
    """HOST:PORT of the server."""
    return client.base_url.netloc.decode()


METHODS = [
    ("/v2/", "GET, HEAD"),
    ("/v2/_catalog", "GET, HEAD"),
    ("/v2/_oci/ext/discover", "GET, HEAD"),
    ("/v2/token", "GET, POST"),
    ("/v2/a/tags/list", "GET, HEAD"),
    (f"/v2/a/referrers/{DIGEST}", "GET, HEAD"),
    ("/v2/a/manifests/latest", "GET, HEAD, PUT, DELETE"),
    (f"/v2/a/blobs/{DIGEST}", "GET, HEAD, DELETE"),
    ("/v2/a/blobs/uploads/", "POST"),
    (f"/v2/a/blobs/uploads/{SESSION}", "GET, PATCH, PUT, DELETE"),
    ("/healthz", "GET, HEAD"),
    ("/api/v1/projects", "GET, HEAD, POST"),
    ("/api/v1/projects/p", "DELETE, GET, HEAD, PATCH"),
    ("/api/v1/projects/p/repositories", "GET, HEAD"),
    ("/api/v1/projects/p/repositories/a/b", "DELETE, GET, HEAD, PATCH"),
    ("/api/v1/projects/p/members/m", "DELETE, GET, HEAD, PUT"),
]


@pytest.mark.parametrize(("path", "allowed"), METHODS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_methods(admin: Wire, path: str, allowed: str, method: str) -> None:
    """A method that an address does not know is 405 and says which it knows; one that it knows is never 405."""
    answer = admin.ask(method, path)
    if method in allowed.split(", "):
        assert answer.status_code != 405
        return
    refusal(answer, 405, "UNSUPPORTED")
    assert answer.headers["allow"] == allowed


UNKNOWN = [
    "/v2/team/app",
    "/v2/team/app/",
    "/v2/team/app/manifest/latest",
    "/v2/team/app/tags",
    "/v2/team/app/tags/",
    "/v2/manifests/latest",
    "/v2/team/app/manifests/a%2Fb",
    "/v2/_other",
    "/v2/_oci/ext/other",
    "/v1/_ping",
    "/nothing",
    "/v2x/",
    "/api/v1/nothing",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_nothing_there(admin: Wire, path: str) -> None:
    """An address that means nothing is 404 with the specified body."""
    refusal(admin.get(path), 404, "ROUTE_UNKNOWN" if path.startswith("/api/") else "UNSUPPORTED")


MALFORMED = [
    ("GET", "/v2/Team/app/manifests/latest", "NAME_INVALID"),
    ("GET", "/v2/team//app/manifests/latest", "NAME_INVALID"),
    ("GET", "/v2/-team/app/manifests/latest", "NAME_INVALID"),
    ("GET", "/v2/team/%20/manifests/latest", "NAME_INVALID"),
    ("GET", "/v2/team/%00/tags/list", "NAME_INVALID"),
    ("GET", "/v2/team/%FF/tags/list", "NAME_INVALID"),
    ("GET", "/v2/team/%2e%2e/app/tags/list", "NAME_INVALID"),
    ("GET", "/v2/team%2Fapp/tags/list", "NAME_INVALID"),
    ("GET", "/v2/team%2fapp/manifests/latest", "NAME_INVALID"),
    ("PUT", f"/v2/team/app%2F..%2F..%2Fetc/blobs/uploads/{SESSION}?digest={DIGEST}", "NAME_INVALID"),
    ("GET", f"/v2/{'a' * 256}/tags/list", "NAME_INVALID"),
    ("POST", "/v2/TEAM/blobs/uploads/", "NAME_INVALID"),
    ("GET", "/v2/team/app/manifests/.hidden", "TAG_INVALID"),
    ("GET", f"/v2/team/app/manifests/{'a' * 129}", "TAG_INVALID"),
    ("PUT", "/v2/team/app/manifests/a+b", "TAG_INVALID"),
    ("DELETE", "/v2/team/app/manifests/-a", "TAG_INVALID"),
    ("GET", "/v2/team/app/manifests/sha256:baddigest", "DIGEST_INVALID"),
    ("PUT", "/v2/team/app/manifests/sha256:baddigest", "DIGEST_INVALID"),
    ("DELETE", "/v2/team/app/manifests/md5:abc", "DIGEST_INVALID"),
    ("GET", "/v2/team/app/blobs/sha256:ABC", "DIGEST_INVALID"),
    ("HEAD", "/v2/team/app/blobs/latest", None),
    ("GET", "/v2/team/app/blobs/", "DIGEST_INVALID"),
    ("DELETE", f"/v2/team/app/blobs/sha512:{'a' * 64}", "DIGEST_INVALID"),
    ("GET", "/v2/team/app/referrers/latest", "DIGEST_INVALID"),
    ("POST", "/v2/team/app/blobs/uploads/?digest=sha256:no", "DIGEST_INVALID"),
    ("POST", "/v2/team/app/blobs/uploads/?mount=sha256:no&from=team/b", "DIGEST_INVALID"),
    ("POST", "/v2/team/app/blobs/uploads/?digest-algorithm=sha1", "DIGEST_INVALID"),
    ("GET", "/v2/team/app/tags/list?n=%FF", "UNSUPPORTED"),
]


@pytest.mark.parametrize(("method", "path", "code"), MALFORMED)
def test_malformed(admin: Wire, method: str, path: str, code: str | None) -> None:
    """What cannot be a name, a tag, a digest or a query is refused as such with 400, also within names on the way."""
    refusal(admin.ask(method, path), 400, code)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Basic", None),
        ("Basic !!!", None),
        ("Basic YWRtaW4=", None),
        ("Basic /////w==", None),
        ("Digest abc", None),
        ("Bearer", None),
        ("Bearer " + "a" * 20_000, None),
        ("Bearer nonsense", "invalid_token"),
        ("Bearer a.b.c", "invalid_token"),
        ("Bearer ä.ö.ü", "invalid_token"),
    ],
)
def test_unreadable_credentials(anonymous: Wire, header: str, reason: str | None) -> None:
    """A header that is no credential is 401 with a challenge, never taken for nobody and never a fault."""
    answer = anonymous.ask("GET", "/v2/", headers={"Authorization": header.encode()})
    refusal(answer, 401, "UNAUTHORIZED")
    assert challenge(answer).get("error") == reason


def test_refusals_by_head_have_no_body(admin: Wire, name: str) -> None:
    """A refused HEAD has the status and the headers of the refused GET, and no body."""
    path = f"/v2/{name}/manifests/latest"
    refused, headed = admin.get(path), admin.head(path)
    refusal(refused, 404, "NAME_UNKNOWN")
    refusal(headed, 404)
    assert headed.headers["content-length"] == refused.headers["content-length"]


def test_request_ids(admin: Wire) -> None:
    """Every answer has an id of its own, by which the log names it."""
    ids = {admin.get(path).headers["x-request-id"] for path in ("/v2/", "/v2/", "/v2/_catalog", "/nothing", "/healthz")}
    assert len(ids) == 5


@pytest.mark.parametrize("path", ["/v2/_oci/ext/discover", "/v2/team/app/_oci/ext/discover"])
def test_extensions(admin: Wire, path: str) -> None:
    """extensions/_oci.md: each extension has a name, a description, an address and its endpoints."""
    answer = admin.get(path)
    assert answer.status_code == 200
    found = {extension["name"]: extension for extension in answer.json()["extensions"]}
    assert set(found) == {"_oci", "_catalog"}
    for extension in found.values():
        assert set(extension) == {"name", "description", "url", "endpoints"}
        assert admin.get(extension["url"]).status_code == 200


@pytest.mark.parametrize(("path", "body"), [("/healthz", "ok\n"), ("/readyz", "ready\n")])
def test_health(anonymous: Wire, path: str, body: str) -> None:
    """Health is told to everybody, by GET and by HEAD."""
    answer = anonymous.get(path)
    assert (answer.status_code, answer.text) == (200, body)
    assert anonymous.head(path).status_code == 200


def test_metrics(anonymous: Wire, admin: Wire, name: str) -> None:
    """Requests are counted by kind; no repository's or person's name is told."""
    admin.push_image(name, "latest")
    text = anonymous.get("/metrics").text
    assert 'moorage_requests_total{method="PUT",operation="manifest",status="201"}' in text
    assert name not in text
    assert "admin" not in text


def test_welcome(anonymous: Wire, server_address: str) -> None:
    """A browser reads what this is, under a policy that lets nothing else in."""
    answer = anonymous.get("/")
    assert answer.status_code == 200
    assert f"docker login {server_address}" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    answer = anonymous.ask("GET", "/", headers={"Host": "<script>alert(1)</script>"})
    assert "<script>" not in answer.text


def test_hosts_that_cannot_be(admin: Wire, name: str) -> None:
    """A Host header that is no authority is in none of our answers' addresses."""
    answer = admin.ask("POST", f"/v2/{name}/blobs/uploads/", headers={"Host": 'evil"\\<host>'})
    assert answer.status_code in {202, 400}
    assert "evil" not in answer.headers.get("location", "")


def test_a_mirror_names_its_source(admin: Wire, client: httpx.Client, name: str) -> None:
    """A pull with `?ns=` of ourselves is answered with that namespace; of anybody else it is not."""
    admin.push_image(name, "latest")
    host = client.base_url.netloc.decode()
    assert admin.get(f"/v2/{name}/manifests/latest?ns={host}").headers["oci-namespace"] == host
    answer = admin.get(f"/v2/{name}/manifests/latest?ns=docker.example")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == types.OCI_MANIFEST
    assert "oci-namespace" not in answer.headers
