"""Quotas on the wire: what is refused, with which words, and what costs nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import content
from tests.support.content import CONFIG, digest_of
from tests.support.server import PASSWORD, Server
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, client_of, fresh, refusal

ROOT = "/api/v1"
LAYER = b"l" * 10_000
PIECE = 2_000


@pytest.fixture
def project(admin: Wire) -> str:
    """A project of one's own."""
    name = fresh().replace("/", "-quota-")
    assert admin.ask("POST", f"{ROOT}/projects", json={"name": name}).status_code == 201
    return name


@pytest.fixture
def limit(admin: Wire, project: str) -> Callable[[int | None], None]:
    """Gives the project a quota."""

    def set_quota(size: int | None) -> None:
        answer = admin.ask("PUT", f"{ROOT}/projects/{project}/quota", json={"bytes": size})
        assert answer.status_code == 200, answer.text

    return set_quota


def quota(admin: Wire, project: str) -> dict[str, Any]:
    """How the project stands."""
    answer = admin.get(f"{ROOT}/projects/{project}/quota")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def used(admin: Wire, project: str) -> int:
    """What it keeps, in bytes."""
    return int(quota(admin, project)["used"])


def whole(admin: Wire, name: str, blob: bytes) -> httpx.Response:
    """A push in one request."""
    return admin.ask("POST", f"/v2/{name}/blobs/uploads/", params={"digest": digest_of(blob)}, content=blob)


def events(admin: Wire, project: str, kind: str) -> list[dict[str, Any]]:
    """What the audit tells of the project and what is in it, the newest first."""
    found: list[dict[str, Any]] = admin.get(f"{ROOT}/projects/{project}/audit?kind={kind}").json()
    return found


def test_what_is_used(admin: Wire, project: str) -> None:
    """Layers once for a project, however many images have them; manifests for each that has them; the largest first."""
    manifest = admin.push_image(f"{project}/app", "1.0", layers=(LAYER,))
    admin.push_image(f"{project}/web", "1.0", layers=(LAYER,))
    found = quota(admin, project)
    assert found["used"] == len(LAYER) + len(CONFIG) + 2 * len(manifest)
    each = len(LAYER) + len(CONFIG) + len(manifest)
    assert sorted(share["name"] for share in found["largest"]) == [f"{project}/app", f"{project}/web"]
    assert [share["bytes"] for share in found["largest"]] == [each, each]
    assert (found["bytes"], found["own"], found["warn_at"]) == (None, False, 80)
    admin.ask("DELETE", f"{ROOT}/projects/{project}/repositories/app")
    assert used(admin, project) == each
    admin.ask("DELETE", f"{ROOT}/projects/{project}/repositories/web")
    assert used(admin, project) == 0


def test_an_upload_without_room(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """It is refused with a sentence that says by how much and by what, and leaves nothing behind."""
    admin.push_blob(f"{project}/app", LAYER)
    limit(10_500)
    error = refusal(whole(admin, f"{project}/other", b"x" * 501), 403, "DENIED")
    assert error["message"] == (
        f"project {project} has used 10 of 10.5 kB (largest: {project}/app 10 kB) and has no room for 501 bytes more: "
        "delete images, or ask an administrator for more"
    )
    assert error["detail"]["used"] == 10_000
    assert error["detail"]["quota"] == 10_500
    assert used(admin, project) == 10_000
    assert admin.get(f"{ROOT}/projects/{project}/repositories/other").status_code == 404
    assert whole(admin, f"{project}/other", b"x" * 500).status_code == 201


def test_nothing_of_a_large_body_is_taken(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """Where its length is told, the refusal comes before the body, and the upload is over."""
    limit(1000)
    location = admin.begin(f"{project}/app")
    refusal(admin.ask("PATCH", location, content=b"x" * 1001), 403, "DENIED")
    refusal(admin.get(location), 404, "BLOB_UPLOAD_UNKNOWN")


def test_chunks_without_a_length(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """A body of unknown length is broken off where the room ends, and the upload is over."""

    def pieces() -> Iterator[bytes]:
        yield from [b"x" * PIECE] * 50

    limit(3 * PIECE)
    location = admin.begin(f"{project}/app")
    error = refusal(admin.ask("PATCH", location, content=pieces()), 403, "DENIED")
    assert "has used 0 of 6 kB and has no room for" in error["message"]
    refusal(admin.get(location), 404, "BLOB_UPLOAD_UNKNOWN")
    assert used(admin, project) == 0


def test_a_full_project_begins_no_upload(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """At the first request already, with the same words; only what is there already may come again."""
    admin.push_blob(f"{project}/app", LAYER)
    limit(10_000)
    error = refusal(admin.ask("POST", f"/v2/{project}/app/blobs/uploads/"), 403, "DENIED")
    assert error["message"] == (
        f"project {project} has used 10 of 10 kB (largest: {project}/app 10 kB): delete images, or ask an "
        "administrator for more"
    )
    assert whole(admin, f"{project}/other", LAYER).status_code == 201
    assert used(admin, project) == 10_000


def test_a_layer_that_is_there_costs_nothing(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """Also where it comes in pieces and its digest is told at the end, though there is less room than it has bytes."""
    admin.push_blob(f"{project}/app", LAYER)
    limit(10_001)
    location = admin.begin(f"{project}/other")
    for begin in range(0, len(LAYER), PIECE):
        answer = admin.ask("PATCH", location, content=LAYER[begin : begin + PIECE])
        assert answer.status_code == 202, answer.text
        location = answer.headers["location"]
    assert admin.ask("PUT", location, params={"digest": digest_of(LAYER)}).status_code == 201
    assert used(admin, project) == 10_000


def test_another_layer_of_that_size_is_refused_at_the_end(
    admin: Wire, project: str, limit: Callable[[int], None]
) -> None:
    """It might have been one that is there; it is not, and nothing of it is kept."""
    admin.push_blob(f"{project}/app", LAYER)
    limit(10_001)
    location = admin.begin(f"{project}/other")
    answer = admin.ask("PATCH", location, content=b"x" * len(LAYER))
    assert answer.status_code == 202, answer.text
    other = digest_of(b"x" * len(LAYER))
    refusal(admin.ask("PUT", answer.headers["location"], params={"digest": other}), 403, "DENIED")
    assert admin.head(f"/v2/{project}/other/blobs/{other}").status_code == 404
    refusal(admin.get(answer.headers["location"]), 404, "BLOB_UPLOAD_UNKNOWN")


def test_a_mount_costs_what_it_brings(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """From another project its size, from the same one nothing."""
    elsewhere = fresh()
    digest = admin.push_blob(elsewhere, LAYER)
    limit(9_999)
    asked = f"/v2/{project}/app/blobs/uploads/?mount={digest}&from={elsewhere}"
    assert "no room for 10 kB more" in refusal(admin.ask("POST", asked), 403, "DENIED")["message"]
    assert used(admin, project) == 0
    limit(10_000)
    assert admin.ask("POST", asked).status_code == 201
    within = f"/v2/{project}/other/blobs/uploads/?mount={digest}&from={project}/app"
    assert admin.ask("POST", within).status_code == 201
    assert used(admin, project) == 10_000


def test_manifests_count(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """One that is new needs room; one that is there may be pushed again, and get another tag."""
    manifest = admin.push_image(f"{project}/app", "1.0")
    limit(used(admin, project))
    assert admin.push(f"{project}/app", "1.1", manifest).status_code == 201
    other = content.image(annotations={"salt": "another"})
    refusal(admin.push(f"{project}/app", "2.0", other), 403, "DENIED")
    assert admin.head(f"/v2/{project}/app/manifests/2.0").status_code == 404


def test_what_costs_nothing_under_a_lowered_quota(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """Where there is more already than may be, only what adds bytes is refused; all else goes on as before."""
    app = f"{project}/app"
    manifest = admin.push_image(app, "1.0", layers=(LAYER,))
    other = admin.push_image(app, "2.0", layers=(LAYER,), annotations={"salt": "another"})
    tags = f"{ROOT}/projects/{project}/repositories/app/tags"
    assert admin.push(app, "moved", manifest).status_code == 201
    assert admin.push(app, "moved", other).status_code == 201
    limit(10)
    before = used(admin, project)
    copy = {"from": app, "reference": "2.0", "tags": ["stable"]}
    for answer in (
        admin.push(app, "1.0", manifest),
        admin.push(app, "1.1", manifest),
        whole(admin, app, LAYER),
        whole(admin, f"{project}/beside", LAYER),
        admin.ask("POST", f"/v2/{app}/blobs/uploads/?mount={digest_of(LAYER)}&from={app}"),
        admin.ask("PUT", f"{tags}/1.2", json={"digest": digest_of(manifest)}),
        admin.ask("POST", f"{tags}/moved/restore", json={}),
        admin.ask("POST", f"{ROOT}/projects/{project}/repositories/app/copies", json=copy),
        admin.ask("PATCH", f"{ROOT}/projects/{project}/repositories/beside", json={"name": "elsewhere"}),
    ):
        assert answer.is_success, answer.text
    assert used(admin, project) == before
    aside = {**copy, "tags": ["1.0"]}
    answer = admin.ask("POST", f"{ROOT}/projects/{project}/repositories/other/copies", json=aside)
    refusal(answer, 403)
    admin.ask("DELETE", f"/v2/{app}/manifests/{digest_of(other)}")
    smaller = used(admin, project)
    assert smaller == before - len(other)
    for answer in (
        admin.push(app, "3.0", content.image(annotations={"salt": "new"})),
        admin.ask("POST", f"{tags}/2.0/restore", json={"digest": digest_of(other)}),
    ):
        assert answer.status_code == 403, answer.text
    assert used(admin, project) == smaller


def test_a_move_needs_room(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """A repository goes to another project only if that has room for what it does not have yet."""
    limit(15_000)
    source = f"{project}-source"
    assert admin.ask("POST", f"{ROOT}/projects", json={"name": source}).status_code == 201
    for name in (f"{source}/app", f"{project}/has"):
        admin.push_blob(name, LAYER)
    admin.push_blob(f"{source}/app", b"y" * 6_000)
    move = {"project": project}
    answer = admin.ask("PATCH", f"{ROOT}/projects/{source}/repositories/app", json=move)
    assert "no room for 6 kB more" in refusal(answer, 403)["detail"]
    assert used(admin, source) == 16_000
    limit(16_000)
    assert admin.ask("PATCH", f"{ROOT}/projects/{source}/repositories/app", json=move).status_code == 200
    assert (used(admin, source), used(admin, project)) == (0, 16_000)


def test_many_at_once(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """However many push together, never more comes in than there is room for, and no less."""
    limit(5 * PIECE)
    admin.push_blob(f"{project}/app", b"")
    blobs = [bytes([number]) * PIECE for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda blob: whole(admin, f"{project}/app", blob).status_code, blobs))
    assert sorted(answers) == [201] * 5 + [403] * 15
    assert used(admin, project) == 5 * PIECE


def test_what_the_pusher_may_not_see_is_not_named(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """The refusal names repositories only that they may pull from; so does the quota."""
    writer = f"{project}-writer"
    admin.ask("POST", f"{ROOT}/users", json={"name": writer, "password": PASSWORD})
    roles = {"roles": [{"role": "writer", "repositories": "app", "tags": "**"}]}
    assert admin.ask("PUT", f"{ROOT}/projects/{project}/members/{writer}", json=roles).status_code == 201
    admin.push_blob(f"{project}/secret", LAYER)
    admin.push_blob(f"{project}/app", b"a" * 100)
    limit(10_100)
    wire = Wire.basic(admin.client, writer, PASSWORD)
    for asking in (wire, wire.narrowed(f"repository:{project}/app:pull,push")):
        error = refusal(whole(asking, f"{project}/app", b"z"), 403, "DENIED")
        assert f"(largest: {project}/app 100 bytes)" in error["message"]
        assert "secret" not in str(error)
    assert [share["name"] for share in quota(wire, project)["largest"]] == [f"{project}/app"]


def test_somebody_is_warned_once(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """When the threshold is crossed there is one event; each push tells the pusher in a header."""
    limit(10_000)
    plain = admin.push(f"{project}/app", "0.1", admin.push_image(f"{project}/app", "0.1"))
    assert "warning" not in plain.headers
    admin.push_blob(f"{project}/app", b"w" * 8_000)
    told = admin.push(f"{project}/app", "0.2", content.image())
    assert f'299 - "project {project} has used 8.' in told.headers["warning"]
    assert "of 10 kB" in told.headers["warning"]
    [event] = events(admin, project, "quota.warned")
    assert event["repository"] == project
    assert event["actor"] == ADMIN
    assert (event["after"]["quota"], event["after"]["warn_at"]) == (10_000, 80)
    admin.push_blob(f"{project}/app", b"v" * 10)
    assert len(events(admin, project, "quota.warned")) == 1
    limit(100_000)  # far below the threshold, so that a next crossing is news
    limit(9_000)
    admin.push_blob(f"{project}/app", b"u" * 10)
    assert len(events(admin, project, "quota.warned")) == 2


def test_the_audit_of_quotas(admin: Wire, project: str, limit: Callable[[int | None], None]) -> None:
    """Each change is told with how it was and is; what changes nothing is not; refusals are told soon."""
    limit(10)
    limit(10)
    limit(None)
    assert admin.ask("DELETE", f"{ROOT}/projects/{project}/quota").status_code == 204
    assert admin.ask("DELETE", f"{ROOT}/projects/{project}/quota").status_code == 204
    told = [(event["before"], event["after"]) for event in events(admin, project, "quota.changed")]
    ten, free = {"bytes": 10, "warn_at": None}, {"bytes": None, "warn_at": None}
    assert told == [(free, None), (ten, free), (None, ten)]
    limit(0)
    for _ in range(3):
        refusal(whole(admin, f"{project}/app", b"zz"), 403, "DENIED")
    [event] = until(lambda: events(admin, project, "quota.refused"), "the refusals are told")
    assert (event["outcome"], event["repository"]) == ("refused", f"{project}/app")
    assert "has used 0 of 0 bytes" in event["after"]["reason"]
    assert not [one for one in events(admin, project, "access.refused") if "quota" in str(one["after"])]


def test_conditions(admin: Wire, project: str, limit: Callable[[int], None]) -> None:
    """A quota is changed only as it was seen; that somebody pushes meanwhile is no other state."""
    limit(100_000)
    path = f"{ROOT}/projects/{project}/quota"
    seen = admin.get(path).headers["etag"]
    admin.push_blob(f"{project}/app", LAYER)
    assert admin.get(path).headers["etag"] == seen
    stated = {"If-Match": seen}
    assert admin.ask("PUT", path, json={"bytes": 200_000}, headers=stated).status_code == 200
    refusal(admin.ask("PUT", path, json={"bytes": 300_000}, headers=stated), 412)
    refusal(admin.ask("DELETE", path, headers=stated), 412)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"bytes": -1},
        {"bytes": 1.5},
        {"bytes": "10GB"},
        {"bytes": 2**63},
        {"bytes": 1, "warn_at": 0},
        {"bytes": 1, "warn_at": 101},
        {"bytes": 1, "more": 2},
    ],
)
def test_quotas_that_are_none(admin: Wire, project: str, body: dict[str, Any]) -> None:
    """They are refused, and nothing is changed."""
    refusal(admin.ask("PUT", f"{ROOT}/projects/{project}/quota", json=body), 400)
    assert not quota(admin, project)["own"]


def test_no_such_project(admin: Wire) -> None:
    """It has no quota, and gets none."""
    for method, more in (("GET", {}), ("PUT", {"json": {"bytes": 1}}), ("DELETE", {})):
        refusal(admin.ask(method, f"{ROOT}/projects/nobody-has-it/quota", **more), 404)


def test_recount(admin: Wire, project: str) -> None:
    """Counted anew nothing was wrong."""
    admin.push_image(f"{project}/app", "1.0", layers=(LAYER,))
    answer = admin.ask("POST", f"{ROOT}/quota/recount")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["drift"], found["mended"]) == (0, [])
    assert found["projects"] >= 1


def test_the_settings(tmp_path: Path) -> None:
    """Projects without a quota have that of the settings; the whole registry has its own, whose size is not told."""
    settings = {
        "MOORAGE_QUOTA_PROJECT_BYTES": "12000",
        "MOORAGE_QUOTA_TOTAL_BYTES": "21000",
        "MOORAGE_QUOTA_WARN_AT": "50",
    }
    with Server(tmp_path / "data", settings=settings) as server, client_of(server.url) as client:
        admin = Wire.basic(client, ADMIN, PASSWORD)
        admin.push_blob("one/app", LAYER)
        refusal(whole(admin, "one/app", b"x" * 2001), 403, "DENIED")
        admin.ask("PUT", f"{ROOT}/projects/one/quota", json={"bytes": None})
        assert whole(admin, "one/app", b"x" * 2001).status_code == 201
        admin.push_blob("two/app", LAYER)  # the registry has it already
        error = refusal(whole(admin, "one/app", b"y" * 9_000), 403, "DENIED")
        assert error["message"].startswith("the registry has no room for 9 kB more:")
        assert "used" not in str(error)
        found = admin.get(f"{ROOT}/quota").json()
        assert (found["used"], found["bytes"], found["warn_at"]) == (12_001, 21_000, 50)
        assert found["largest"] == [{"name": "one", "bytes": 12_001}, {"name": "two", "bytes": 10_000}]
        [event] = admin.get(f"{ROOT}/audit?kind=quota.warned&object=instance").json()
        assert event["after"] == {"used": 12_001, "quota": 21_000, "warn_at": 50}
        assert quota(admin, "two") == {
            "bytes": 12_000,
            "own": False,
            "warn_at": 50,
            "used": 10_000,
            "largest": [{"name": "two/app", "bytes": 10_000}],
        }
