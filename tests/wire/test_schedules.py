"""When jobs come by themselves, as our own API lets people say."""

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.wire import Wire, refusal

_numbers = itertools.count(1)
NIGHTLY = {"cron": "30 3 * * *"}


@pytest.fixture
def project(admin: Wire) -> str:
    """A project that no other test uses."""
    name = f"schedules-{next(_numbers)}"
    assert admin.ask("POST", "/api/v1/projects", json={"name": name}).status_code == 201
    return name


def clock(schedule: dict[str, Any], zone: str) -> str:
    """What a clock there shows when it comes."""
    return datetime.fromtimestamp(schedule["next_at"], ZoneInfo(zone)).strftime("%H:%M")


def test_of_a_project(admin: Wire, project: str) -> None:
    """Set, read, listed, changed, switched off, removed; the audit tells of each."""
    path = f"/api/v1/projects/{project}/schedules/verify"
    refusal(admin.get(path), 404)
    made = admin.ask("PUT", path, json=NIGHTLY).json()
    assert made.items() >= {"kind": "verify", "cron": "30 3 * * *", "enabled": True, "set_by": "admin"}.items()
    assert clock(made, "UTC") == "03:30"
    assert admin.get(path).json() == made
    assert admin.get(f"/api/v1/projects/{project}/schedules").json() == [made]
    tag = admin.get(path).headers["etag"]
    off = admin.ask("PUT", path, json={**NIGHTLY, "enabled": False}, headers={"If-Match": tag}).json()
    assert (off["enabled"], off["next_at"]) == (False, None)
    refusal(admin.ask("DELETE", path, headers={"If-Match": tag}), 412)
    assert admin.ask("DELETE", path).status_code == 204
    refusal(admin.ask("DELETE", path), 404)
    told = admin.get(f"/api/v1/projects/{project}/audit?object=schedule:verify").json()
    assert [event["kind"] for event in told] == ["schedule.removed", "schedule.set", "schedule.set"]
    assert told[0]["before"] == {"cron": "30 3 * * *", "time_zone": None, "enabled": False}


def test_the_projects_time_zone(admin: Wire, project: str) -> None:
    """A schedule that names none follows the project's, from the moment at which that is changed."""
    path = f"/api/v1/projects/{project}/schedules/verify"
    admin.ask("PUT", path, json=NIGHTLY)
    for zone in ("Asia/Kathmandu", "America/St_Johns", ""):
        changed = admin.ask("PATCH", f"/api/v1/projects/{project}", json={"time_zone": zone})
        assert changed.json()["time_zone"] == zone
        assert clock(admin.get(path).json(), zone or "UTC") == "03:30"
    admin.ask("PATCH", f"/api/v1/projects/{project}", json={"time_zone": "Asia/Kathmandu"})
    assert clock(admin.ask("PUT", path, json=NIGHTLY).json(), "Asia/Kathmandu") == "03:30"
    own = admin.ask("PUT", path, json={**NIGHTLY, "time_zone": "Europe/Berlin"}).json()
    assert clock(own, "Europe/Berlin") == "03:30"
    admin.ask("PATCH", f"/api/v1/projects/{project}", json={"description": "another"})
    assert admin.get(path).json() == own
    assert admin.get(f"/api/v1/projects/{project}").json()["time_zone"] == "Asia/Kathmandu"


def test_what_comes_by_itself(admin: Wire) -> None:
    """An administrator moves it; removed, it comes as it did before."""
    path = "/api/v1/schedules/forget-jobs"
    before = admin.get(path).json()
    assert (before["cron"], before["set_by"]) == ("37 * * * *", "")
    assert admin.ask("PUT", path, json=NIGHTLY).json()["set_by"] == "admin"
    assert admin.ask("DELETE", path).status_code == 204
    assert admin.get(path).json() == before
    assert "forget-audit" in [schedule["kind"] for schedule in admin.get("/api/v1/schedules").json()]


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("verify", {}, "cron"),
        ("verify", {"cron": "often"}, "five fields"),
        ("verify", {"cron": "0 0 31 2,4 *"}, "cannot be read"),
        ("verify", {"cron": "99 * * * *"}, "cannot be read"),
        ("verify", {**NIGHTLY, "time_zone": "Sea/Atlantis"}, "no time zone"),
        ("verify", {**NIGHTLY, "time_zone": "../../etc/passwd"}, "no time zone"),
        ("verify", {**NIGHTLY, "next_at": 1}, "there is no such field"),
        ("of-tomorrow", NIGHTLY, "no kind of job"),
        ("forget-audit", NIGHTLY, "no kind of job"),
    ],
)
def test_what_cannot_be(admin: Wire, public: str, kind: str, body: dict[str, Any], words: str) -> None:
    """A sentence says what would do."""
    answer = admin.ask("PUT", f"/api/v1/projects/{public}/schedules/{kind}", json=body)
    assert words in refusal(answer, 400)["message"]


@pytest.mark.parametrize("zone", ["Sea/Atlantis", "/etc/passwd", "..", "Europe", "\x00", "x" * 200])
def test_no_time_zone(admin: Wire, public: str, zone: str) -> None:
    """Whatever file it names."""
    answer = admin.ask("PATCH", f"/api/v1/projects/{public}", json={"time_zone": zone})
    assert "no time zone" in refusal(answer, 400)["message"]
