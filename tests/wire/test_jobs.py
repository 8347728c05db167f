"""Jobs, as our own API shows them."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import content
from tests.support.content import digest_of
from tests.support.server import PASSWORD, Server
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, client_of, refusal

_numbers = itertools.count(1)
OPEN = {"queued", "running"}


@pytest.fixture
def project(admin: Wire) -> str:
    """A project that no other test uses, with an image."""
    name = f"jobs-{next(_numbers)}"
    admin.push_image(f"{name}/app", "latest", layers=(name.encode(),))
    return name


@pytest.fixture(scope="module")
def resting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """The administrator of a server that leaves jobs to others: here they wait."""
    data = tmp_path_factory.mktemp("resting") / "data"
    with Server(data, settings={"MOORAGE_JOBS_INSIDE": "false"}) as server, client_of(server.url) as client:
        yield Wire.basic(client, ADMIN, PASSWORD)


def ended(who: Wire, path: str) -> dict[str, Any]:
    """The job, once it has ended."""
    return until(lambda: job if (job := who.get(path).json())["state"] not in OPEN else None, "it has ended") or {}


def test_of_a_project(admin: Wire, project: str) -> None:
    """Asked for by its owner: done soon, with what came of it; it reads what the project may read and nothing else."""
    answer = admin.ask("POST", f"/api/v1/projects/{project}/jobs", json={"kind": "verify"})
    assert answer.status_code == 201
    asked = answer.json()
    path = answer.headers["location"].partition(admin.address(""))[2]
    assert path == f"/api/v1/projects/{project}/jobs/{asked['id']}"
    assert (asked["kind"], asked["project"], asked["asked_by"]) == ("verify", project, ADMIN)
    job = ended(admin, path)
    assert job["state"] == "succeeded"
    assert job["result"] == {"blobs": 2, "damaged": 0, "unreadable": 0}
    assert (job["done"], job["total"], job["attempt"]) == (2, 2, 1)
    assert admin.get(f"/api/v1/jobs/{job['id']}").json() == job
    assert admin.get(f"/api/v1/projects/{project}/jobs").json() == [job]
    assert job in admin.get("/api/v1/jobs?kind=verify&state=succeeded&per_page=1000").json()
    assert admin.get(f"/api/v1/projects/{project}/jobs?state=failed").json() == []


def test_what_is_damaged(admin: Wire, server: Server, project: str) -> None:
    """It is named in the log, counted in the result, and served no more."""
    layer = digest_of(project.encode())
    (file,) = (server.data / "blobs").rglob(layer.partition(":")[2])
    file.write_bytes(bytes(len(project)))
    asked = admin.ask("POST", f"/api/v1/projects/{project}/jobs", json={"kind": "verify"}).json()
    job = ended(admin, f"/api/v1/jobs/{asked['id']}")
    assert job["result"] == {"blobs": 2, "damaged": 1, "unreadable": 0}
    for path in (f"/api/v1/jobs/{job['id']}/log", f"/api/v1/projects/{project}/jobs/{job['id']}/log"):
        [line] = admin.get(path).json()
        assert (line["number"], line["text"]) == (1, f"damaged: {layer}")
    assert admin.get(f"/v2/{project}/app/blobs/{layer}").status_code == 404


def test_of_elsewhere(admin: Wire, project: str) -> None:
    """A job of another project, or of the instance, is as unknown as one that never was."""
    wide = admin.ask("POST", "/api/v1/jobs", json={"kind": "verify"}).json()["id"]
    admin.ask("POST", "/api/v1/projects", json={"name": f"{project}-other"})
    other = admin.ask("POST", f"/api/v1/projects/{project}-other/jobs", json={"kind": "verify"}).json()["id"]
    sentences = set()
    for number in (wide, other, 999_999_999):
        path = f"/api/v1/projects/{project}/jobs/{number}"
        for method, address in (
            ("GET", path),
            ("GET", f"{path}/log"),
            ("POST", f"{path}/cancel"),
            ("POST", f"{path}/retry"),
        ):
            told = refusal(admin.ask(method, address), 404, "NAME_UNKNOWN")
            sentences.add(told["message"].replace(str(number), "N"))
    assert len(sentences) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "kind"),
        ({"kind": "of-tomorrow"}, "use verify"),
        ({"kind": "forget-audit"}, "use verify"),
        ({"kind": "verify", "parameters": {"after": "x"}}, "takes no parameters"),
        ({"kind": "verify", "parameters": {"after": 1}}, "string"),
        ({"kind": "verify", "parameters": {str(number): "" for number in range(21)}}, "20"),
        ({"kind": "verify", "attempts": 1000}, "there is no such field"),
        ({"kind": "verify", "asked_by": "somebody"}, "there is no such field"),
    ],
)
@pytest.mark.parametrize("is_wide", [True, False])
def test_what_cannot_be_asked_for(admin: Wire, public: str, body: dict[str, Any], words: str, *, is_wide: bool) -> None:
    """What comes by itself, what there is not, and fields that are not the asker's to set."""
    path = "/api/v1/jobs" if is_wide else f"/api/v1/projects/{public}/jobs"
    assert words in refusal(admin.ask("POST", path, json=body), 400)["message"]


def test_lists_that_cannot_be(admin: Wire) -> None:
    """Each is told what would do."""
    refusal(admin.get("/api/v1/jobs?state=asleep"), 400)
    refusal(admin.get("/api/v1/jobs?after=x"), 400)
    refusal(admin.get("/api/v1/jobs/0"), 400)
    refusal(admin.get("/api/v1/jobs?project=team"), 400)


def test_a_life(resting: Wire) -> None:
    """Asked for twice it is one job; cancelled it ends; tried again it waits; the audit tells of each."""
    jobs = "/api/v1/jobs"
    first, again = (resting.ask("POST", jobs, json={"kind": "verify"}).json() for _ in range(2))
    assert first == again
    path = f"{jobs}/{first['id']}"
    refusal(resting.ask("POST", f"{path}/retry"), 409, "CONFLICT")
    cancelled = resting.ask("POST", f"{path}/cancel").json()
    assert (cancelled["state"], cancelled["cancelling"]) == ("cancelled", False)
    assert cancelled["ended_at"] is not None
    refusal(resting.ask("POST", f"{path}/cancel"), 409, "CONFLICT")
    assert resting.ask("POST", f"{path}/retry").json()["state"] == "queued"
    told = [
        (event["kind"], event["before"] and event["before"]["state"], event["after"]["state"])
        for event in resting.get(f"/api/v1/audit?object=job:{first['id']}").json()
    ]
    assert told == [
        ("job.retried", "cancelled", "queued"),
        ("job.cancelled", "queued", "cancelled"),
        ("job.asked", None, "queued"),
        ("job.asked", None, "queued"),
    ]


def test_pages(resting: Wire) -> None:
    """The newest first, a page at a time, with their number."""
    resting.push_image("pages/app", "latest", layers=(content.CONFIG,))
    for project in ("pages", "pages-two"):
        resting.ask("POST", "/api/v1/projects", json={"name": project})
        resting.ask("POST", f"/api/v1/projects/{project}/jobs", json={"kind": "verify"})
    everything = [job["id"] for job in resting.get("/api/v1/jobs").json()]
    assert everything == sorted(everything, reverse=True)
    page = resting.get("/api/v1/jobs?per_page=1")
    assert page.headers["x-total-count"] == str(len(everything))
    following = page.headers["link"].partition("<")[2].partition(">")[0]
    assert [
        job["id"] for job in resting.client.get(following, headers={"Authorization": resting.header or ""}).json()
    ] == [everything[1]]


def test_metrics(resting: Wire) -> None:
    """How many wait of each kind, and for how long."""
    resting.ask("POST", "/api/v1/jobs", json={"kind": "verify"})

    def told() -> dict[str, float]:
        lines = [line for line in resting.get("/metrics").text.splitlines() if line.startswith("moorage_jobs")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    assert told()['moorage_jobs{kind="verify",state="queued"}'] >= 1
    until(lambda: told()["moorage_jobs_oldest_due_seconds"] > 0, "it has waited")
