"""The upload flows of real clients, over one connection: a blob, a large layer, a manifest, an image."""

from mmap import ACCESS_READ, mmap

from benchmarks.content import IMAGE_MANIFEST, Blob, Image, Source
from benchmarks.wire import OCTETS, Connection, relative, with_query


def blob(connection: Connection, repository: str, content: Blob, authorization: str) -> None:
    """POST, then PUT with the whole body."""
    location = with_query(begin(connection, repository, authorization), f"digest={content.digest}")
    connection.ask("PUT", location, authorization, body=content.data, **OCTETS).must_be(201)


def begin(connection: Connection, repository: str, authorization: str) -> str:
    """POST for a new upload; its location as path and query."""
    answer = connection.ask("POST", f"/v2/{repository}/blobs/uploads/", authorization)
    return relative(answer.must_be(202).headers["location"])


def layer_by_put(
    connection: Connection, repository: str, source: Source, tail: bytes, digest: str, authorization: str
) -> None:
    """POST, then one PUT with Content-Length: how containerd and oras push."""
    location = with_query(begin(connection, repository, authorization), f"digest={digest}")
    with source.path.open("rb", buffering=0) as file:
        connection.send_file("PUT", location, authorization, file.fileno(), source.size, tail).must_be(201)


def layer_by_patch(
    connection: Connection, repository: str, source: Source, tail: bytes, digest: str, authorization: str
) -> None:
    """POST, one chunked PATCH, an empty PUT: how Docker pushes."""
    location = begin(connection, repository, authorization)
    with source.path.open("rb", buffering=0) as file, mmap(file.fileno(), 0, access=ACCESS_READ) as pages:
        view = memoryview(pages)
        try:
            answer = connection.send_chunked("PATCH", location, authorization, view, tail).must_be(202)
        finally:
            view.release()
    closing = with_query(relative(answer.headers["location"]), f"digest={digest}")
    connection.ask("PUT", closing, authorization).must_be(201)


def manifest(
    connection: Connection,
    repository: str,
    reference: str,
    content: Blob,
    authorization: str,
    media_type: str = IMAGE_MANIFEST,
) -> None:
    """PUT a manifest; `reference` is a tag, or a digest with "?tag=…" parameters."""
    path = f"/v2/{repository}/manifests/{reference}"
    connection.ask("PUT", path, authorization, body=content.data, Content_Type=media_type).must_be(201)


def image(connection: Connection, repository: str, tag: str, content: Image, authorization: str) -> None:
    """A whole image: layer, config, manifest."""
    blob(connection, repository, content.layer, authorization)
    blob(connection, repository, content.config, authorization)
    manifest(connection, repository, tag, content.manifest, authorization)
