"""Webhooks by our own API: what is taken, what is shown to whom, and what is told of it."""

import itertools
from typing import Any

import pytest
from fastapi.routing import APIRoute

from tests.support import routes
from tests.support.server import PASSWORD
from tests.support.wire import Wire, refusal

ROOT = "/api/v1/projects"
NOWHERE = "https://127.0.0.1:1/hook?key=hidden-in-the-query"
_numbers = itertools.count(1)


@pytest.fixture
def project(admin: Wire) -> str:
    """The address of a project that no other test uses."""
    name = f"hooked-{next(_numbers)}"
    assert admin.ask("POST", ROOT, json={"name": name}).status_code == 201
    return f"{ROOT}/{name}"


def hook(admin: Wire, project: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A webhook that leads nowhere."""
    made = admin.ask("POST", f"{project}/webhooks", json={"url": NOWHERE, "events": ["*"], **more})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    assert made.headers["location"].endswith(f"{project}/webhooks/{found['id']}")
    return found


def person(admin: Wire, project: str, role: str) -> Wire:
    """Somebody with this role."""
    name = f"hooked-person-{next(_numbers)}"
    assert admin.ask("POST", "/api/v1/users", json={"name": name, "password": PASSWORD}).status_code == 201
    assert admin.ask("PUT", f"{project}/members/{name}", json={"role": role}).status_code == 201
    return Wire.basic(admin.client, name, PASSWORD)


def test_a_secret_is_shown_once(admin: Wire, project: str) -> None:
    """By what makes or takes it; then by no answer, and by no event."""
    made = hook(admin, project)
    given = hook(admin, project, secret="a secret of ours")
    assert made["secret"].startswith("whsec_")
    assert given["secret"] == "a secret of ours"
    own = f"{project}/webhooks/{made['id']}"
    rotated = admin.ask("POST", f"{own}/rotation", json={"secret": "another secret of ours", "overlap_seconds": 60})
    assert rotated.json()["secret"] == "another secret of ours"
    assert rotated.json()["previous_secret_until"] is not None
    ping = admin.ask("POST", f"{own}/test").json()
    shown = [
        admin.get(address).text
        for address in (
            f"{project}/webhooks",
            own,
            f"{own}/deliveries",
            f"{own}/deliveries/{ping['id']}",
            f"{project}/audit?per_page=1000",
            "/api/v1/audit?per_page=1000",
        )
    ]
    shown.append(admin.ask("PATCH", own, json={"description": "other"}).text)
    for secret in (made["secret"], "a secret of ours", "another secret of ours"):
        assert not [text for text in shown if secret in text]
    kinds = {event["kind"] for event in admin.get(f"{project}/audit").json()}
    assert {"webhook.created", "webhook.rotated", "webhook.updated", "webhook.tested"} <= kinds
    assert "hidden-in-the-query" not in admin.get(f"{project}/audit?per_page=1000").text


def test_who_sees_the_address(admin: Wire, project: str) -> None:
    """Owners see it whole; maintainers see the host."""
    own = f"{project}/webhooks/{hook(admin, project)['id']}"
    assert person(admin, project, "owner").get(own).json()["url"] == NOWHERE
    maintainer = person(admin, project, "maintainer")
    assert maintainer.get(own).json()["url"] == "https://127.0.0.1:1/..."
    assert "hidden-in-the-query" not in maintainer.get(f"{project}/webhooks").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "http:///"}, "webhook's url"),
        ({"url": "https://ann:secret@ci.example.com/"}, "no user and no password"),
        ({"url": "https://ci.example.com/\r\nX: y"}, "webhook's url"),
        ({"url": "https://ci.example.com/" + "x" * 2048}, "url"),
        ({"url": 7}, "url"),
        ({"events": []}, "events"),
        ({"events": ["login"]}, "no event that is sent"),
        ({"events": ["member.*"]}, "no event that is sent"),
        ({"events": ["*"] * 100}, "events"),
        ({"events": ["project.*"], "form": "docker"}, "tells of none"),
        ({"form": "smoke"}, "form"),
        ({"secret": "short"}, "secret"),
        ({"secret": "whsec_not base64!"}, "whsec_"),
        ({"repositories": []}, "repositories"),
        ({"repositories": ["a b"]}, "pattern"),
        ({"tags": [f"t{number}" for number in range(51)]}, "tags"),
        ({"project_id": 1}, "project_id"),
        ({"since": 0}, "since"),
        ({"sealed": "x"}, "sealed"),
    ],
)
def test_what_is_not_taken(admin: Wire, project: str, given: dict[str, Any], said: str) -> None:
    """Each is refused with a sentence, when it is made and when it is changed, and nothing is made."""
    body = {"url": NOWHERE, "events": ["*"], **given}
    assert said in refusal(admin.ask("POST", f"{project}/webhooks", json=body), 400)["message"]
    assert admin.get(f"{project}/webhooks").json() == []
    if "secret" not in given:
        own = f"{project}/webhooks/{hook(admin, project)['id']}"
        before = admin.get(own).json()
        refusal(admin.ask("PATCH", own, json=given), 400)
        assert admin.get(own).json() == before


def test_a_project_has_few(admin: Wire, project: str) -> None:
    """The next one is refused."""
    for _ in range(20):
        hook(admin, project)
    answer = admin.ask("POST", f"{project}/webhooks", json={"url": NOWHERE, "events": ["*"]})
    assert "at most 20" in refusal(answer, 409)["message"]


def test_trials_are_few(admin: Wire, project: str) -> None:
    """While many wait there are no more; a disabled one is not tried."""
    own = f"{project}/webhooks/{hook(admin, project)['id']}"
    for _ in range(10):
        assert admin.ask("POST", f"{own}/test").status_code == 201
    assert "wait already" in refusal(admin.ask("POST", f"{own}/test"), 409)["message"]
    assert admin.ask("PATCH", own, json={"disabled": True}).status_code == 200
    assert "enable it" in refusal(admin.ask("POST", f"{own}/test"), 409)["message"]
    dead = admin.get(f"{own}/deliveries?state=dead").json()
    assert {one["reason"] for one in dead} == {"the webhook was disabled"}
    assert "enable it" in refusal(admin.ask("POST", f"{own}/deliveries/{dead[0]['id']}/redeliver"), 409)["message"]


def test_deliveries_come_in_pages(admin: Wire, project: str) -> None:
    """The newest first, counted, and narrowed by how they stand."""
    own = f"{project}/webhooks/{hook(admin, project)['id']}"
    made = [admin.ask("POST", f"{own}/test").json()["id"] for _ in range(5)]
    first = admin.get(f"{own}/deliveries?per_page=2")
    assert [one["id"] for one in first.json()] == made[:-3:-1]
    assert first.headers["x-total-count"] == "5"
    following = first.links["next"]["url"]
    assert [one["id"] for one in admin.get(following).json()] == made[2:0:-1]
    assert admin.get(f"{own}/deliveries?state=delivered").json() == []
    refusal(admin.get(f"{own}/deliveries?state=lost"), 400)
    whole = admin.get(f"{own}/deliveries/{made[0]}").json()
    assert whole["body"]["type"] == "moorage.ping"


_NESTED = sorted(
    (route.path, method)
    for route in routes.rest().routes
    if isinstance(route, APIRoute) and route.path.startswith(f"{ROOT}/{{project}}/webhooks/{{number}}")
    for method in route.methods or ()
)


@pytest.mark.parametrize(("path", "method"), _NESTED)
def test_what_is_of_another_project_is_not_there(admin: Wire, project: str, path: str, method: str) -> None:
    """A foreign webhook, and a foreign delivery below one's own webhook, are as missing as one that never was."""
    other = f"{project}-other"
    assert admin.ask("POST", ROOT, json={"name": other.rpartition("/")[2]}).status_code == 201
    owner = person(admin, project, "owner")
    own, foreign = hook(admin, project)["id"], hook(admin, other)["id"]
    delivery = admin.ask("POST", f"{other}/webhooks/{foreign}/test").json()["id"]
    name = project.rpartition("/")[2]
    tried = [(foreign, delivery)] + ([(own, delivery)] if "{delivery}" in path else [])
    for number, sent in tried:
        asked = path.format(project=name, number=number, delivery=sent)
        missing = path.format(project=name, number=number if number == own else 999_999, delivery=999_999)
        for who in (owner, admin):
            answers = [who.ask(method, address, json={}) for address in (asked, missing)]
            told = [refusal(answer, 404)["message"] for answer in answers]
            assert told[0].replace(str(number), "#").replace(str(sent), "#") == (
                told[1].replace("999999", "#").replace(str(number), "#")
            )
    assert admin.get(f"{other}/webhooks/{foreign}").status_code == 200
