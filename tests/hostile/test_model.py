"""A real registry and a plain model of one are told the same; they must never disagree."""

import itertools
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from moorage.oci import media_type as types
from tests.support import content as made
from tests.support.examples import examples
from tests.support.model import NO_BLOB, NO_MANIFEST, NO_UPLOAD, Kept, Outcome, Repository, Session, cut
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, client_of, refusal

_worlds = itertools.count(1)
ANY = st.integers(0, 1000)
"""Chooses among what is there, whatever that is."""
PLACES = st.sampled_from(["a", "b/c", "d-d"])
SIZES = st.sampled_from([0, 1, 2, 1000, 70_000])
"""Of bodies; the largest is sent as a file."""
ALGORITHMS = st.sampled_from(["sha256", "sha256", "sha512"])
TAGS = st.sampled_from(["latest", "Latest", "1.0", "_x", "a.b-c"])
ARTIFACTS = st.sampled_from([None, "application/vnd.example.sbom", "application/vnd.example.sig"])
NOBODY = made.digest_of(b"nothing has this digest")
BOUNDS = st.none() | st.sampled_from([0, 1, 5, 999, 1000, 1003, 69_999, 70_500, 10**18])


class Registry(RuleBasedStateMachine):
    """Every rule says what must come of it, does it, and compares; each world has a project of its own."""

    wire: Wire

    def __init__(self) -> None:
        super().__init__()
        self.world = f"model{next(_worlds)}"
        self.repositories = {f"{self.world}/{place}": Repository() for place in ("a", "b/c", "d-d")}
        self.sessions: dict[str, Session] = {}
        self.ended: list[tuple[str, str]] = []
        self.deleted: dict[int, tuple[str, Repository]] = {}

    # ---- helpers ----

    def at(self, place: str) -> tuple[str, Repository]:
        """A repository's full name, and what the model knows of it."""
        name = f"{self.world}/{place}"
        return name, self.repositories[name]

    def own(self, size: int) -> bytes:
        """A body of this world alone, except that nothing is nothing everywhere."""
        return self.world.encode() + b"." * size if size else b""

    def ask(self, expected: Outcome, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        """Ask, and compare with what the model expects."""
        status, code = expected
        answer = self.wire.ask(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} for {expected}: {answer.text}"
        if status >= 400:
            refusal(answer, status, code)
        return answer

    def pick(self, number: int) -> tuple[str, Session]:
        """One of the open sessions."""
        return list(self.sessions.items())[number % len(self.sessions)]

    def open(self, name: str, answer: httpx.Response) -> None:
        """Note the session that this answer began."""
        location = httpx.URL(answer.headers["location"]).path
        assert location == f"/v2/{name}/blobs/uploads/{answer.headers['docker-upload-uuid']}"
        assert answer.headers["range"] == "0-0"
        self.repositories[name].exists = True
        self.sessions[location] = Session(name)

    def end(self, location: str) -> None:
        """Note that this session is over."""
        self.ended.append((self.sessions.pop(location).repository, location.rpartition("/")[2]))

    def give_up(self, name: str) -> None:
        """Note that nothing was brought into this repository by what has just ended; an unused one is gone."""
        repository = self.repositories[name]
        begun = any(session.repository == name for session in self.sessions.values())
        repository.exists = repository.filled or bool(repository.blobs) or begun

    def kept(self, name: str, content: bytes, digest: str, answer: httpx.Response) -> None:
        """Note that a repository has this blob now."""
        assert answer.headers["docker-content-digest"] == digest
        assert httpx.URL(answer.headers["location"]).path == f"/v2/{name}/blobs/{digest}"
        self.repositories[name].keep(content, digest)

    def walk(self, path: str) -> list[httpx.Response]:
        """A listing's pages, by their links."""
        pages = [self.ask((200, None), "GET", path)]
        while link := pages[-1].links.get("next"):
            assert len(pages) < 100
            pages.append(self.ask((200, None), "GET", str(httpx.URL(link["url"]).raw_path, "ascii")))
        return pages

    @initialize(place=PLACES)
    def begin_with_something(self, place: str) -> None:
        """An image and two that refer to it: an empty registry has little to disagree about."""
        for size in (1, 2):
            self.push_at_once(place, size, "sha256", right=True)
        self.push_image(place, [1], None, None, "tags", ["1.0", "latest"], "sha256")
        self.push_image(place, [], 0, "application/vnd.example.sbom", "digest", ["-"], "sha256")
        self.push_index(place, 0, None, "tag", ["_x"])

    # ---- uploads ----

    @rule(place=PLACES, algorithm=st.sampled_from([None, "sha256", "sha512", "md5", "SHA256"]))
    def begin(self, place: str, algorithm: str | None) -> None:
        """Open a session."""
        name, _ = self.at(place)
        known = algorithm in {None, "sha256", "sha512"}
        query = f"?digest-algorithm={algorithm}" if algorithm else ""
        expected = (202, None) if known else (400, "DIGEST_INVALID")
        answer = self.ask(expected, "POST", f"/v2/{name}/blobs/uploads/{query}")
        if known:
            self.open(name, answer)

    @precondition(lambda self: self.sessions)
    @rule(number=ANY, size=SIZES, claim=st.sampled_from(["", "right", "gap", "overlap", "long", "nonsense"]))
    def append(self, number: int, size: int, claim: str) -> None:
        """Bring a chunk that claims to belong here or there."""
        location, session = self.pick(number)
        content = self.own(size)
        headers, expected = _claim(claim, len(session.content), len(content))
        answer = self.ask(expected or (202, None), "PATCH", location, content=content, headers=headers)
        if expected is None:
            session.content += content
            assert answer.headers["range"] == session.range
            assert httpx.URL(answer.headers["location"]).path == location

    @precondition(lambda self: self.sessions)
    @rule(number=ANY)
    def progress(self, number: int) -> None:
        """Ask how far a session is."""
        location, session = self.pick(number)
        assert self.ask((204, None), "GET", location).headers["range"] == session.range

    @precondition(lambda self: self.sessions)
    @rule(
        number=ANY,
        size=SIZES,
        algorithm=ALGORITHMS,
        claim=st.sampled_from(["", "right", "gap", "nonsense"]),
        digest=st.sampled_from(["right", "right", "right", "wrong", "sha256:beef", "md5:00", ""]),
    )
    def finish(self, number: int, size: int, algorithm: str, claim: str, digest: str) -> None:
        """Close a session with a digest that fits, or does not."""
        location, session = self.pick(number)
        content = self.own(size)
        whole = session.content + content
        right = made.digest_of(whole, algorithm)
        stated = {"right": right, "wrong": made.digest_of(whole + b"!", algorithm)}.get(digest, digest)
        headers, refused = _claim(claim, len(session.content), len(content))
        if digest not in {"right", "wrong"}:
            refused = 400, "DIGEST_INVALID"
        expected = refused or ((201, None) if digest == "right" else (400, "DIGEST_INVALID"))
        answer = self.ask(expected, "PUT", location, params={"digest": stated}, content=content, headers=headers)
        if refused is None:
            self.end(location)
        if expected[0] == 201:
            self.kept(session.repository, whole, right, answer)
        elif refused is None:
            self.give_up(session.repository)

    @precondition(lambda self: self.sessions)
    @rule(number=ANY)
    def cancel(self, number: int) -> None:
        """Give a session up."""
        location, session = self.pick(number)
        self.ask((204, None), "DELETE", location)
        self.end(location)
        self.give_up(session.repository)

    @precondition(lambda self: self.ended or self.sessions)
    @rule(number=ANY, place=PLACES, method=st.sampled_from(["GET", "PATCH", "PUT", "DELETE"]))
    def not_a_session(self, number: int, place: str, method: str) -> None:
        """Use a session that is over, or one of another repository."""
        known = self.ended + [(session.repository, path.rpartition("/")[2]) for path, session in self.sessions.items()]
        repository, identity = known[number % len(known)]
        name, _ = self.at(place)
        if (f"/v2/{name}/blobs/uploads/{identity}") in self.sessions:
            return
        body = {"content": b"abc"} if method in {"PATCH", "PUT"} else {}
        query = f"?digest={made.digest_of(b'abc')}" if method == "PUT" else ""
        self.ask(NO_UPLOAD, method, f"/v2/{name}/blobs/uploads/{identity}{query}", **body)
        assert repository in self.repositories

    @rule(place=PLACES, size=SIZES, algorithm=ALGORITHMS, right=st.booleans())
    def push_at_once(self, place: str, size: int, algorithm: str, right: bool) -> None:  # noqa: FBT001 - drawn
        """A blob in one request, whole or not what it says."""
        name, _ = self.at(place)
        content = self.own(size)
        digest = made.digest_of(content if right else content + b"!", algorithm)
        expected = (201, None) if right else (400, "DIGEST_INVALID")
        answer = self.ask(expected, "POST", f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=content)
        if right:
            self.kept(name, content, digest, answer)
        else:
            self.give_up(name)

    @rule(place=PLACES, source=PLACES | st.sampled_from(["", "No/Name"]), size=SIZES.filter(bool), algorithm=ALGORITHMS)
    def mount(self, place: str, source: str, size: int, algorithm: str) -> None:
        """Take a blob from where it is; where it is not, a session begins."""
        name, _ = self.at(place)
        content = self.own(size)
        digest = made.digest_of(content, algorithm)
        origin = f"{self.world}/{source}" if source else ""
        looked = [self.repositories.get(origin, Repository())] if source else list(self.repositories.values())
        found = any(digest in repository.blobs for repository in looked)
        query = {"mount": digest, **({"from": origin} if source else {})}
        answer = self.ask((201 if found else 202, None), "POST", f"/v2/{name}/blobs/uploads/", params=query)
        if found:
            self.kept(name, content, digest, answer)
        else:
            self.open(name, answer)

    # ---- blobs ----

    @rule(place=PLACES, size=SIZES, algorithm=ALGORITHMS, method=st.sampled_from(["DELETE", "GET", "HEAD"]))
    def blob(self, place: str, size: int, algorithm: str, method: str) -> None:
        """Read or unlink a blob that may be there."""
        name, repository = self.at(place)
        digest = made.digest_of(self.own(size), algorithm)
        refused = repository.missing(repository.blobs.get(digest), NO_BLOB)
        status = 202 if method == "DELETE" else 200
        answer = self.ask(refused or (status, None), method, f"/v2/{name}/blobs/{digest}")
        if refused is None and method == "DELETE":
            del repository.blobs[digest]
        elif refused is None:
            assert answer.headers["docker-content-digest"] == digest
            assert answer.headers["content-length"] == str(len(self.own(size)))
            assert answer.content == (self.own(size) if method == "GET" else b"")

    @precondition(lambda self: any(repository.blobs for repository in self.repositories.values()))
    @rule(number=ANY, first=BOUNDS, last=BOUNDS)
    def blob_range(self, number: int, first: int | None, last: int | None) -> None:
        """Read a part of a blob."""
        held = [(name, d, blob) for name, each in self.repositories.items() for d, blob in each.blobs.items()]
        name, digest, blob = held[number % len(held)]
        asked = f"bytes={'' if first is None else first}-{'' if last is None else last}"
        path = f"/v2/{name}/blobs/{digest}"
        if not blob or first is last is None:
            assert self.ask((200, None), "GET", path, headers={"Range": asked}).content == blob
            return
        piece = cut(blob, first, last)
        expected = (206, None) if piece is not None else (416, "RANGE_INVALID")
        answer = self.ask(expected, "GET", path, headers={"Range": asked})
        if piece is not None:
            start = max(0, len(blob) - (last or 0)) if first is None else first
            assert answer.headers["content-range"] == f"bytes {start}-{start + len(piece) - 1}/{len(blob)}"
            assert answer.content == piece

    # ---- manifests ----

    @rule(
        place=PLACES,
        sizes=st.lists(SIZES, max_size=2),
        number=st.none() | ANY,
        artifact=ARTIFACTS,
        by=st.sampled_from(["tag", "digest", "tags", "tag and tags", "wrong"]),
        tags=st.lists(TAGS, min_size=1, max_size=3),
        algorithm=ALGORITHMS,
    )
    def push_image(
        self,
        place: str,
        sizes: list[int],
        number: int | None,
        artifact: str | None,
        by: str,
        tags: list[str],
        algorithm: str,
    ) -> None:
        """An image whose blobs may be missing, with a subject or without, by tag or digest."""
        _, repository = self.at(place)
        subject = self.subject(repository, number)
        more: dict[str, Any] = {"artifactType": artifact} if artifact else {}
        notes = {"of": self.world, "tag": tags[0]}
        content = made.image(
            *[self.own(size) for size in sizes], config=self.own(2), subject=subject, annotations=notes, **more
        )
        needed = [made.digest_of(self.own(size)) for size in (2, *sizes)]
        artifact_type = artifact or made.CONFIG_TYPE
        kept = Kept(content, types.OCI_MANIFEST, made.digest_of(subject) if subject else None, artifact_type, notes)
        self.push(place, kept, by, tags, algorithm, complete=all(digest in repository.blobs for digest in needed))

    @rule(
        place=PLACES,
        number=ANY,
        artifact=ARTIFACTS,
        by=st.sampled_from(["tag", "digest", "tags"]),
        tags=st.lists(TAGS, min_size=1, max_size=3),
    )
    def push_index(self, place: str, number: int, artifact: str | None, by: str, tags: list[str]) -> None:
        """An index of children that may come later."""
        _, repository = self.at(place)
        child = self.subject(repository, number) or b"{}"
        more: dict[str, Any] = {"subject": made.descriptor(child, types.OCI_MANIFEST)}
        content = made.index([child], **more, **({"artifactType": artifact} if artifact else {}))
        kept = Kept(content, types.OCI_INDEX, made.digest_of(child), artifact)
        self.push(place, kept, by, tags, "sha256", complete=True)

    def subject(self, repository: Repository, number: int | None) -> bytes | None:
        """A manifest that is there, or one that is not, or none."""
        if number is None:
            return None
        known = [
            *(manifest.content for manifest in repository.manifests.values()),
            made.image(annotations={"of": "no"}),
        ]
        return known[number % len(known)]

    def push(self, place: str, kept: Kept, by: str, tags: list[str], algorithm: str, *, complete: bool) -> None:
        """PUT a manifest in one of the ways there are."""
        name, repository = self.at(place)
        algorithm = "sha256" if by in {"tag", "tag and tags"} else algorithm
        digest = made.digest_of(kept.content, algorithm)
        reference = {"tag": tags[0], "tag and tags": tags[0], "wrong": made.digest_of(kept.content + b" ", algorithm)}
        more = tags if by in {"tags", "tag and tags"} else []
        expected = {"tag and tags": (400, "TAG_INVALID"), "wrong": (400, "DIGEST_INVALID")}.get(by, (201, None))
        if expected == (201, None) and not complete:
            expected = 404, "MANIFEST_BLOB_UNKNOWN"
        answer = self.ask(
            expected,
            "PUT",
            f"/v2/{name}/manifests/{reference.get(by, digest)}",
            params={"tag": more} if more else None,
            content=kept.content,
            headers={"Content-Type": kept.media_type},
        )
        if expected[0] != 201:
            return
        assert answer.headers["docker-content-digest"] == digest
        assert answer.headers.get("oci-subject") == kept.subject
        assert answer.headers.get_list("oci-tag") == list(dict.fromkeys(more))
        repository.put(kept, digest, tags[:1] if by == "tag" else more)

    @rule(
        place=PLACES,
        number=ANY,
        tag=st.none() | TAGS,
        method=st.sampled_from(["GET", "HEAD", "DELETE", "GET"]),
        fresh=st.booleans(),
    )
    def manifest(self, place: str, number: int, tag: str | None, method: str, fresh: bool) -> None:  # noqa: FBT001
        """Read or delete a manifest that may be there, by tag or digest."""
        name, repository = self.at(place)
        known = [*repository.manifests, NOBODY]
        reference = tag or known[number % len(known)]
        digest = repository.resolve(reference)
        refused = repository.missing(digest, NO_MANIFEST)
        headers = {"If-None-Match": f'W/"x", "{digest}"'} if fresh else {}
        status = 202 if method == "DELETE" else 304 if fresh else 200
        answer = self.ask(refused or (status, None), method, f"/v2/{name}/manifests/{reference}", headers=headers)
        if refused is not None or digest is None:
            return
        if method == "DELETE":
            repository.drop(reference)
            return
        assert answer.headers["docker-content-digest"] == digest
        if status == 200:
            kept = repository.manifests[digest]
            assert answer.headers["content-type"] == kept.media_type
            assert answer.headers["content-length"] == str(len(kept.content))
            assert answer.content == (kept.content if method == "GET" else b"")

    # ---- lists ----

    @rule(place=PLACES, size=st.sampled_from(["n=1", "n=2", "", "n=1000"]), last=st.sampled_from(["", "L", "latest"]))
    def tags(self, place: str, size: str, last: str) -> None:
        """All tags after one, page by page."""
        name, repository = self.at(place)
        path = f"/v2/{name}/tags/list?{size}&last={last}"
        if not repository.exists:
            self.ask((404, "NAME_UNKNOWN"), "GET", path)
            return
        pages = [page.json()["tags"] for page in self.walk(path)]
        assert [tag for page in pages for tag in page] == sorted(tag for tag in repository.tags if tag > last)
        assert all(len(page) <= int(size[2:] or 10_000) for page in pages)

    @rule(place=PLACES, number=ANY, size=st.sampled_from(["n=1", "n=2", ""]), artifact=ARTIFACTS)
    def referrers(self, place: str, number: int, size: str, artifact: str | None) -> None:
        """All that points to a manifest, page by page."""
        name, repository = self.at(place)
        known = [*(manifest.subject for manifest in repository.manifests.values() if manifest.subject), NOBODY]
        subject = known[number % len(known)]
        query = f"artifactType={artifact}" if artifact else ""
        pages = self.walk(f"/v2/{name}/referrers/{subject}?{size}&{query}")
        found = [entry for page in pages for entry in page.json()["manifests"]]
        assert found == list(repository.referrers(subject, artifact))
        assert {page.headers.get("oci-filters-applied") for page in pages} == {"artifactType" if artifact else None}

    @rule(size=st.sampled_from(["n=1", "n=2", "n=100"]))
    def catalogue(self, size: str) -> None:
        """This world's part of the catalogue."""
        found: list[str] = []
        path = f"/v2/_catalog?{size}&last={self.world}/"
        while not found or found[-1].startswith(f"{self.world}/"):
            page = self.ask((200, None), "GET", path)
            found += page.json()["repositories"]
            if "next" not in page.links:
                break
            path = str(httpx.URL(page.links["next"]["url"]).raw_path, "ascii")
        own = [name for name in found if name.startswith(f"{self.world}/")]
        assert own == sorted(name for name, repository in self.repositories.items() if repository.filled)

    @precondition(lambda self: len(self.sessions) > 3)
    @rule(place=PLACES)
    def forget(self, place: str) -> None:
        """Delete a repository with all that is in it."""
        name, repository = self.at(place)
        expected = (204, None) if repository.exists else (404, "NAME_UNKNOWN")
        path = f"/api/v1/projects/{self.world}/repositories/{place}"
        number = self.ask((200, None), "GET", path).json()["id"] if repository.exists else 0
        self.ask(expected, "DELETE", path)
        if repository.exists:
            repository.bury()
            self.deleted[number] = name, repository
        self.repositories[name] = Repository()
        for location in [path for path, session in self.sessions.items() if session.repository == name]:
            self.end(location)

    # ---- the way back ----

    @precondition(lambda self: any(repository.trash for repository in self.repositories.values()))
    @rule(place=PLACES, number=ANY, erase=st.sampled_from([False, False, False, True]))
    def restore_image(self, place: str, number: int, erase: bool) -> None:  # noqa: FBT001 - drawn
        """Bring a deleted image back, or end it for good."""
        name, repository = self.at(place)
        known = [*repository.trash, NOBODY]
        digest = known[number % len(known)]
        path = f"/api/v1/projects/{self.world}/repositories/{place}/trash"
        if repository.exists:
            listed = {entry["digest"]: tuple(entry["tags"]) for entry in self.ask((200, None), "GET", path).json()}
            assert listed == {digest: buried.tags for digest, buried in repository.trash.items()}
        refused = repository.missing(repository.trash.get(digest), NO_MANIFEST)
        if erase:
            self.ask(refused or (204, None), "DELETE", f"{path}/{digest}")
            if refused is None:
                del repository.trash[digest]
            return
        answer = self.ask(refused or (200, None), "POST", f"{path}/{digest}/restore")
        if refused is None:
            had = listed[digest]
            again = repository.restore(digest)
            left = [{"name": tag, "reason": "it names something else by now"} for tag in had if tag not in again]
            assert answer.json() == {"digest": digest, "tags": again, "left_out": left}
        assert name in self.repositories

    @rule(place=PLACES, tag=TAGS)
    def undo(self, place: str, tag: str) -> None:
        """Take a tag's last move back."""
        _, repository = self.at(place)
        moves = repository.moves.get(tag, [])
        before = moves[-1][0] if moves else None
        expected = repository.missing(moves or None, NO_MANIFEST)
        if expected is None and (
            before is None or not {before} & (repository.manifests.keys() | repository.trash.keys())
        ):
            expected = 409, "CONFLICT"
        path = f"/api/v1/projects/{self.world}/repositories/{place}/tags/{tag}"
        answer = self.ask(expected or (200, None), "POST", f"{path}/restore", json={})
        if expected is None and before is not None:
            if before not in repository.manifests:
                repository.raise_(before)
            repository.move(tag, before)
            assert answer.json()["digest"] == before
        if moves and repository.exists:
            told = [(move["before"], move["after"]) for move in self.ask((200, None), "GET", f"{path}/history").json()]
            assert told == moves[::-1][:100]

    @precondition(lambda self: self.deleted)
    @rule(number=ANY, place=st.none() | PLACES)
    def restore_repository(self, number: int, place: str | None) -> None:
        """Bring a deleted repository back, under its name or another."""
        deleted = list(self.deleted)[number % len(self.deleted)]
        name, repository = self.deleted[deleted]
        target = name if place is None else f"{self.world}/{place}"
        expected = (409, "CONFLICT") if self.repositories[target].exists else (200, None)
        path = f"/api/v1/projects/{self.world}/trash/{deleted}/restore"
        self.ask(expected, "POST", path, json={} if place is None else {"name": place})
        if expected[0] == 200:
            repository.bring_back()
            self.repositories[target] = repository
            del self.deleted[deleted]

    def teardown(self) -> None:
        """All that the model holds is there."""
        for name, repository in self.repositories.items():
            for digest, blob in repository.blobs.items():
                assert self.ask((200, None), "GET", f"/v2/{name}/blobs/{digest}").content == blob
            for reference in (*repository.manifests, *repository.tags):
                kept = repository.manifests[repository.resolve(reference) or ""]
                assert self.ask((200, None), "GET", f"/v2/{name}/manifests/{reference}").content == kept.content
        for location, session in self.sessions.items():
            assert self.ask((204, None), "GET", location).headers["range"] == session.range


def _claim(claim: str, received: int, length: int) -> tuple[dict[str, str], Outcome | None]:
    """The Content-Range that makes this claim, and the refusal that it earns."""
    if claim == "nonsense":
        return {"Content-Range": "bytes 5-2/*"}, (400, "BLOB_UPLOAD_INVALID")
    if not claim or not length or (claim == "overlap" and not received):
        return {}, None
    start = {"gap": received + 1, "overlap": received - 1}.get(claim, received)
    end = start + length - (0 if claim == "long" else 1)
    refused: dict[str, Outcome] = {
        "gap": (416, "BLOB_UPLOAD_INVALID"),
        "overlap": (416, "BLOB_UPLOAD_INVALID"),
        "long": (400, "SIZE_INVALID"),
    }
    return {"Content-Range": f"{start}-{end}"}, refused.get(claim)


def test_registry_and_model_agree(server: Server) -> None:
    """Whatever clients do in whatever order, every answer is the one that the model gives."""
    with client_of(server.url) as client:
        Registry.wire = Wire.basic(client, ADMIN, PASSWORD)
        run_state_machine_as_test(Registry, settings=examples(30, steps=50))
