"""Statistics on the wire: what counts, for whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support import content
from tests.support.content import CONFIG, digest_of
from tests.support.server import PASSWORD
from tests.support.waiting import until
from tests.support.wire import Wire, fresh, refusal

ROOT = "/api/v1"
LAYER = b"l" * 10_000
_SUMS = ("pulls", "pulled_bytes", "pushes", "pushed_bytes")


@pytest.fixture
def project(admin: Wire) -> str:
    """A project of one's own."""
    name = fresh().replace("/", "-statistics-")
    assert admin.ask("POST", f"{ROOT}/projects", json={"name": name}).status_code == 201
    return name


def told(wire: Wire, project: str, query: str = "") -> dict[str, Any]:
    """The project's statistics."""
    answer = wire.get(f"{ROOT}/projects/{project}/statistics{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sums(of: dict[str, Any]) -> tuple[int, ...]:
    """Pulls, pulled bytes, pushes, pushed bytes."""
    return tuple(of[name] for name in _SUMS)


def settled(wire: Wire, project: str, expected: tuple[int, ...]) -> dict[str, Any]:
    """The statistics, once they tell this; they are written every second."""

    def look() -> dict[str, Any] | None:
        found = told(wire, project)
        return found if sums(found) == expected else None

    seen = until(look, f"{expected} counted")
    assert seen is not None
    return seen


def test_what_counts(admin: Wire, project: str) -> None:
    """GETs of manifests are pulls, HEADs are none; bytes are those of all that goes out and comes in."""
    name = f"{project}/app"
    manifest = admin.push_image(name, "1.0", layers=(LAYER,))
    pushed = len(LAYER) + len(CONFIG) + len(manifest)
    found = settled(admin, project, (0, 0, 1, pushed))
    assert found["parts"][0]["last_pulled_at"] is None
    path = f"/v2/{name}/manifests/1.0"
    etag = admin.head(path).headers["etag"]
    assert admin.get(path).status_code == 200
    assert admin.get(f"/v2/{name}/manifests/{digest_of(manifest)}").status_code == 200
    assert admin.get(path, If_None_Match=etag).status_code == 304
    blob = f"/v2/{name}/blobs/{digest_of(LAYER)}"
    assert admin.get(blob).status_code == 200
    assert admin.get(blob, Range="bytes=0-99").status_code == 206
    admin.head(blob)
    found = settled(admin, project, (3, 2 * len(manifest) + len(LAYER) + 100, 1, pushed))
    [part] = found["parts"]
    assert part["name"] == name
    assert sums(part) == sums(found)
    assert part["stored_bytes"] == pushed
    now = datetime.now(UTC)
    assert now.timestamp() - 60 < part["last_pulled_at"] <= now.timestamp()
    [day] = found["days"]
    assert day["day"] in {now.date().isoformat(), (now - timedelta(minutes=1)).date().isoformat()}
    assert sums(day) == sums(found)


def test_chunks_count(admin: Wire, project: str) -> None:
    """Bytes that come in several requests count all, also where the upload is given up."""
    location = admin.begin(f"{project}/app")
    location = admin.ask("PATCH", location, content=b"x" * 100).headers["location"]
    assert admin.ask("PUT", location, params={"digest": digest_of(b"x" * 150)}, content=b"x" * 50).status_code == 201
    settled(admin, project, (0, 0, 0, 150))


def test_an_old_name_counts_where_it_leads(admin: Wire, project: str) -> None:
    """What is pulled by the name of before is pulled from the repository as it is called now."""
    manifest = admin.push_image(f"{project}/old", "1.0")
    settled(admin, project, (0, 0, 1, len(CONFIG) + len(manifest)))
    renamed = admin.ask("PATCH", f"{ROOT}/projects/{project}/repositories/old", json={"name": "new"})
    assert renamed.status_code == 200
    assert admin.get(f"/v2/{project}/old/manifests/1.0").status_code == 200
    found = settled(admin, project, (1, len(manifest), 1, len(CONFIG) + len(manifest)))
    assert [part["name"] for part in found["parts"]] == [f"{project}/new"]


def test_which_days_and_which_repository(admin: Wire, project: str) -> None:
    """Days are those asked for, both ends among them; a repository stands alone if it is named."""
    first, second = (
        admin.push_image(f"{project}/app", "1.0"),
        admin.push_image(f"{project}/web", "1.0", layers=(LAYER,)),
    )
    both = 2 * len(CONFIG) + len(first) + len(second) + len(LAYER)
    found = settled(admin, project, (0, 0, 2, both))
    today = found["last"]
    assert sums(told(admin, project, f"?from={today}&to={today}")) == sums(found)
    past = told(admin, project, "?from=2020-01-01&to=2020-12-31")
    assert (past["first"], past["last"], past["days"]) == ("2020-01-01", "2020-12-31", [])
    assert sums(past) == (0, 0, 0, 0)
    only = told(admin, project, "?repository=app")
    assert [part["name"] for part in only["parts"]] == [f"{project}/app"]
    assert sums(only) == (0, 0, 1, len(CONFIG) + len(first))
    assert sum(only["days"][0][name] for name in _SUMS) == sum(sums(only))


def test_pages_of_parts(admin: Wire, project: str) -> None:
    """Parts come in pages as other lists do; what is summed is not."""
    for name in ("a", "b", "c"):
        admin.push_image(f"{project}/{name}", "1.0")
    admin.get(f"/v2/{project}/b/manifests/1.0")
    until(lambda: told(admin, project)["pulls"] == 1 and told(admin, project)["pushes"] == 3, "all is counted")
    names, target = list[str](), f"{ROOT}/projects/{project}/statistics?per_page=2"
    while target:
        answer = admin.get(target)
        assert answer.headers["x-total-count"] == "3"
        assert answer.json()["pushes"] == 3
        names += [part["name"] for part in answer.json()["parts"]]
        target = answer.links.get("next", {}).get("url", "")
    assert names == [f"{project}/{name}" for name in "bac"]
    registry = admin.get(f"{ROOT}/statistics?per_page=1")
    assert len(registry.json()["parts"]) == 1
    assert int(registry.headers["x-total-count"]) >= 1
    refusal(admin.get(f"{ROOT}/statistics?after=nonsense"), 400)


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "to=0",
        "from=2020-1-1",
        "from=2020-01-02&to=2020-01-01",
        "from=2000-01-01",
        "since=2020-01-01",
        "repository=A%20B",
    ],
)
def test_questions_that_are_none(admin: Wire, project: str, query: str) -> None:
    """They are refused with a reason."""
    refusal(admin.get(f"{ROOT}/projects/{project}/statistics?{query}"), 400)


def test_whoever_sees_some_repositories(admin: Wire, project: str) -> None:
    """To them the others count nothing, neither in the sums nor by name."""
    reader = f"{project}-reader"
    admin.ask("POST", f"{ROOT}/users", json={"name": reader, "password": PASSWORD})
    roles = {"roles": [{"role": "reader", "repositories": "app", "tags": "**"}]}
    assert admin.ask("PUT", f"{ROOT}/projects/{project}/members/{reader}", json=roles).status_code == 201
    seen = admin.push_image(f"{project}/app", "1.0")
    hidden = admin.push_image(f"{project}/secret", "1.0", layers=(LAYER,))
    everything = 2 * len(CONFIG) + len(seen) + len(hidden) + len(LAYER)
    settled(admin, project, (0, 0, 2, everything))
    wire = Wire.basic(admin.client, reader, PASSWORD)
    found = told(wire, project)
    assert sums(found) == (0, 0, 1, len(CONFIG) + len(seen))
    assert [part["name"] for part in found["parts"]] == [f"{project}/app"]
    for inner in ("secret", "missing"):
        refusal(wire.get(f"{ROOT}/projects/{project}/statistics?repository={inner}"), 404)


def test_of_the_registry(admin: Wire, project: str) -> None:
    """All projects together, and the hundred with the most pulls."""
    manifest = admin.push_image(f"{project}/app", "1.0")
    for _ in range(5):
        admin.get(f"/v2/{project}/app/manifests/1.0")
    settled(admin, project, (5, 5 * len(manifest), 1, len(CONFIG) + len(manifest)))
    found = admin.get(f"{ROOT}/statistics").json()
    [part] = [part for part in found["parts"] if part["name"] == project]
    assert sums(part) == (5, 5 * len(manifest), 1, len(CONFIG) + len(manifest))
    assert part["stored_bytes"] == len(CONFIG) + len(manifest)
    assert all(whole >= one for whole, one in zip(sums(found), sums(part), strict=True))
    assert sums(found) == tuple(sum(day[name] for day in found["days"]) for name in _SUMS)


def test_what_is_kept_is_told_to_prometheus(admin: Wire, project: str) -> None:
    """As one number for the whole registry: no names."""
    admin.push_image(f"{project}/app", layers=(LAYER,), annotations={"for": content.digest_of(project.encode())})
    before = admin.get(f"{ROOT}/quota").json()["used"]
    until(
        lambda: any(
            line.startswith("moorage_stored_bytes") and float(line.split()[-1]) == before
            for line in admin.get("/metrics").text.splitlines()
        ),
        "the metric tells what is kept",
    )
