"""A client on one kept connection that pushes and pulls by every way the protocol knows, a thread's own."""

import http.client
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias
from urllib.parse import urlsplit

from moorage.oci import media_type as types
from tests.support.content import digest_of
from tests.support.server import Server


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """The path of the Location, without the host."""
        return urlsplit(self.headers["location"]).path

    @property
    def received(self) -> int:
        """How many bytes an upload has, as its Range tells; 0 stands for one byte too."""
        last = int(self.headers["range"].partition("-")[2])
        return last + 1 if last else 0


class Client:
    """Requests as the administrator. Raises OSError or HTTPException when the connection is lost."""

    def __init__(self, server: Server, timeout: float = 60) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
        basic = b64encode(f"admin:{server.password}".encode()).decode()
        self._authorization = {"Authorization": f"Basic {basic}"}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; underscores in header names stand for hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(method, path, body, {**self._authorization, **given})
            return self.answer()
        except BaseException:
            self._connection.close()
            raise

    def begin(self, repository: str) -> str:
        """Open an upload; the path of its session."""
        answer = self.ask("POST", f"/v2/{repository}/blobs/uploads/", b"")
        assert answer.status == 202, answer
        return answer.location

    def append(self, session: str, content: bytes, start: int | None = None) -> Answer:
        """PATCH; with `start` as a chunk that says where it begins, else as a stream."""
        if start is None:
            return self.ask("PATCH", session, content)
        return self.ask("PATCH", session, content, Content_Range=f"{start}-{start + len(content) - 1}")

    def begin_append(self, session: str, length: int, content: bytes, start: int | None = None) -> None:
        """Send the head of a PATCH of `length` bytes, and only the first of these; `send` and `answer` go on."""
        self._connection.putrequest("PATCH", session)
        headers = {**self._authorization, "Content-Length": str(length)}
        if start is not None:
            headers["Content-Range"] = f"{start}-{start + length - 1}"
        for name, value in headers.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(content)

    def send(self, content: bytes) -> None:
        """More of the body."""
        self._connection.send(content)

    def answer(self) -> Answer:
        """What the server says to the request that was sent last."""
        answer = self._connection.getresponse()
        content = answer.read()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def status(self, session: str) -> Answer:
        """How far an upload is."""
        return self.ask("GET", session)

    def cancel(self, session: str) -> Answer:
        """End an upload."""
        return self.ask("DELETE", session)

    def finish(self, session: str, digest: str, content: bytes = b"") -> Answer:
        """The closing PUT."""
        return self.ask("PUT", f"{session}?digest={digest}", content)

    def mount(self, repository: str, digest: str, source: str) -> Answer:
        """201 if it was mounted, 202 if the content is wanted after all."""
        return self.ask("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}&from={source}", b"")

    def blob(self, repository: str, digest: str, method: str = "GET") -> Answer:
        """Read, look at or delete a blob."""
        return self.ask(method, f"/v2/{repository}/blobs/{digest}")

    def put_manifest(self, repository: str, reference: str, content: bytes) -> Answer:
        """Push an OCI image manifest."""
        return self.ask("PUT", f"/v2/{repository}/manifests/{reference}", content, Content_Type=types.OCI_MANIFEST)

    def manifest(self, repository: str, reference: str, method: str = "GET") -> Answer:
        """Read, look at or delete a manifest or a tag."""
        return self.ask(method, f"/v2/{repository}/manifests/{reference}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


Way: TypeAlias = Callable[[Client, str, bytes], Answer]


def in_one_post(client: Client, repository: str, content: bytes) -> Answer:
    """POST with the digest and all bytes."""
    return client.ask("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(content)}", content)


def in_one_put(client: Client, repository: str, content: bytes) -> Answer:
    """POST, then PUT with all bytes."""
    return client.finish(client.begin(repository), digest_of(content), content)


def in_one_stream(client: Client, repository: str, content: bytes) -> Answer:
    """POST, one PATCH with all bytes, PUT with none: as Docker does."""
    session = client.begin(repository)
    appended = client.append(session, content)
    return client.finish(session, digest_of(content)) if appended.status == 202 else appended


def in_chunks(client: Client, repository: str, content: bytes) -> Answer:
    """POST, PATCH with a Content-Range for each third, the last one in the PUT."""
    session = client.begin(repository)
    size = len(content) // 3
    for start in (0, size) if size else ():
        appended = client.append(session, content[start : start + size], start)
        if appended.status != 202:
            return appended
    return client.finish(session, digest_of(content), content[2 * size :])


WAYS: tuple[Way, ...] = (in_one_post, in_one_put, in_one_stream, in_chunks)
"""Every way to push the bytes of a blob."""
