"""Bring content into a running registry by plain calls."""

from tests.support.content import digest_of
from tests.support.server import Server


def make_project(server: Server, name: str = "team") -> None:
    """As the administrator."""
    status, _, body = server.call("POST", "/api/v1/projects", body={"name": name})
    assert status == 201, body


def begin_upload(server: Server, repository: str) -> str:
    """The path of a new upload session."""
    status, headers, body = server.call("POST", f"/v2/{repository}/blobs/uploads/")
    assert status == 202, body
    return headers["location"].removeprefix(server.url)


def push_blob(server: Server, repository: str, content: bytes) -> str:
    """The digest."""
    digest = digest_of(content)
    path = begin_upload(server, repository)
    status, _, body = server.call("PUT", f"{path}?digest={digest}", body=content)
    assert status == 201, body
    return digest
