"""Behind a proxy: what our answers call us, whom we believe, and that layers stream through."""

import json
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.content import digest_of
from tests.support.curl import Curl
from tests.support.journal import logged
from tests.support.nginx import in_front_of
from tests.support.pushing import begin_upload, make_project
from tests.support.server import Server
from tests.support.slow import Wire
from tests.support.waiting import until

PUBLIC = "https://registry.example.com"
CONTENT = os.urandom(20_000_000)


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Server]:
    """A server that believes a proxy on the loopback address, and logs every request."""
    settings = {"MOORAGE_TRUSTED_PROXIES": "127.0.0.1", "MOORAGE_LOG_REQUESTS": "all"}
    with Server(tmp_path / "data", settings=settings) as server:
        yield server


def _ask(server: Server, method: str, path: str, **headers: str) -> dict[str, str]:
    return server.call(method, path, body=None, **headers)[1]


def test_a_blob_goes_through_nginx_whole(trusting: Server, certificate: tuple[Path, Path], tmp_path: Path) -> None:
    """With the guide's configuration all addresses are nginx's, and 20 MB come back as they went, in parts too."""
    (tmp_path / "content").write_bytes(CONTENT)
    digest = digest_of(CONTENT)
    with in_front_of(trusting, certificate, tmp_path) as port:
        outside = f"https://127.0.0.1:{port}"
        curl = Curl(trusting, certificate[0], tmp_path)
        challenge = curl.ask(f"{outside}/v2/", "-u", ":").headers["www-authenticate"]
        assert f'realm="{outside}/v2/token"' in challenge
        assert f'service="127.0.0.1:{port}"' in challenge
        location = curl.ask(f"{outside}/v2/team/app/blobs/uploads/", "-X", "POST").headers["location"]
        assert location.startswith(f"{outside}/v2/team/app/blobs/uploads/")
        pushed = curl.ask(f"{location}?digest={digest}", "-T", tmp_path / "content")
        assert pushed.status == 201
        assert pushed.headers["location"] == f"{outside}/v2/team/app/blobs/{digest}"
        assert curl.ask(pushed.headers["location"]).body == CONTENT
        part = curl.ask(pushed.headers["location"], "-H", "Range: bytes=1000-19999000")
        assert (part.status, part.body) == (206, CONTENT[1000:19_999_001])
        token = curl.ask(f"{outside}/v2/token?service=127.0.0.1:{port}&scope=repository:team/app:pull")
        bearer = f"Authorization: Bearer {json.loads(token.body)['token']}"
        assert curl.ask(f"{outside}/v2/team/app/tags/list", "-u", ":", "-H", bearer).status == 200


def test_an_upload_streams_through_nginx(trusting: Server, certificate: tuple[Path, Path], tmp_path: Path) -> None:
    """The first half of a layer is on our disk before the client has sent the second: nginx collects nothing."""
    make_project(trusting)
    path = begin_upload(trusting, "team/app")
    draft = trusting.data / "uploads" / path.rpartition("/")[2]
    half = len(CONTENT) // 2
    context = ssl.create_default_context(cafile=str(certificate[0]))
    with (
        in_front_of(trusting, certificate, tmp_path) as port,
        context.wrap_socket(
            socket.create_connection(("127.0.0.1", port), timeout=60), server_hostname="127.0.0.1"
        ) as wrapped,
        Wire(trusting, wrapped) as up,
    ):
        up.ask("PATCH", path, Content_Length=str(len(CONTENT)))
        up.say(CONTENT[:half])
        until(lambda: draft.exists() and draft.stat().st_size > half // 2, "the first half has arrived")
        up.say(CONTENT[half:])
        assert up.hear().startswith(b"HTTP/1.1 202")


def test_public_url_wins_over_all_that_is_told(tmp_path: Path) -> None:
    """With public_url every address is that one, whatever the request or a trusted proxy says."""
    settings = {"MOORAGE_PUBLIC_URL": PUBLIC + "/", "MOORAGE_TRUSTED_PROXIES": "127.0.0.0/8"}
    with Server(tmp_path / "data", settings=settings, password=None) as server:
        assert f"docker login {PUBLIC.removeprefix('https://')} -u admin" in server.output()
        forwarded = {"X_Forwarded_Proto": "http", "X_Forwarded_Host": "evil.example.com"}
        challenge = _ask(server, "GET", "/v2/", **forwarded)["www-authenticate"]
        assert f'realm="{PUBLIC}/v2/token"' in challenge
        assert 'service="registry.example.com"' in challenge
        page = server.call("GET", "/", body=None, **forwarded)[2]
        assert b"docker login registry.example.com\n" in page


def test_a_proxy_that_is_not_trusted_is_not_believed(tmp_path: Path) -> None:
    """Without trusted_proxies anybody could say anything: scheme, host and client are those of the connection."""
    settings = {"MOORAGE_LOG_REQUESTS": "all", "MOORAGE_TRUSTED_PROXIES": "10.0.0.0/8"}
    forwarded = {
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "evil.example.com",
        "X_Forwarded_For": "192.0.2.66",
        "Forwarded": "for=192.0.2.66;host=evil.example.com;proto=https",
    }
    with Server(tmp_path / "data", settings=settings) as server:
        make_project(server)
        location = _ask(server, "POST", "/v2/team/app/blobs/uploads/", **forwarded)["location"]
        assert location.startswith(f"http://{server.address}/v2/")
        assert {line["client"] for line in logged(server) if "client" in line} == {"127.0.0.1"}


def test_a_trusted_proxy_tells_scheme_host_and_client(trusting: Server) -> None:
    """The client is the last address that is not a trusted proxy's: what stands before it, anybody can invent."""
    make_project(trusting)
    headers = _ask(
        trusting, "POST", "/v2/team/app/blobs/uploads/",
        X_Forwarded_Proto="https", X_Forwarded_Host="registry.example.com",
        X_Forwarded_For="203.0.113.1, 192.0.2.66, 127.0.0.1",
    )  # fmt: skip
    assert headers["location"].startswith(f"{PUBLIC}/v2/team/app/blobs/uploads/")
    (line,) = until(
        lambda: [line for line in logged(trusting) if line.get("request_id") == headers["x-request-id"]],
        "the request is in the log",
    )
    assert line["client"] == "192.0.2.66"


@pytest.mark.parametrize(
    "told",
    [{"X_Forwarded_Proto": "javascript"}, {"X_Forwarded_Host": "a/b"}, {"X_Forwarded_Host": 'a" b'}],
)
def test_nonsense_of_a_trusted_proxy_becomes_no_address(trusting: Server, told: dict[str, str]) -> None:
    """Then addresses are relative, which is right wherever the client came from."""
    make_project(trusting)
    assert _ask(trusting, "POST", "/v2/team/app/blobs/uploads/", **told)["location"].startswith("/v2/team/app/")
