"""Our own API keeps to its OpenAPI document, whatever it is asked: schemathesis draws the requests from the document.

It tries each operation with what the document allows, with what lies at its bounds, and with what it forbids.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks as openapi

from moorage.oci import media_type as types
from tests.support import content
from tests.support.document import document
from tests.support.examples import examples
from tests.support.pushing import push_blob
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor, enrol
from tests.support.wire import ADMIN, basic

ROOT = "/api/v1"
KNOWN: dict[str, list[object]] = {
    "projects": ["alpha", "beta"],
    "repositories": ["app", "deep/app"],
    "members": ["alma", "bruno"],
    "users": ["alma", "bruno"],
    "groups": ["club"],
    "roles": ["role"],
    "robots": ["robot"],
    "issuers": ["issuer"],
    "trusts": list(range(1, 20)),
    "redirects": list(range(1, 20)),
    "sessions": list(range(1, 20)),
    "tags": ["1", "1.4.2"],
    "trash/number": list(range(1, 40)),
    "trash/digest": [content.digest_of(content.image(annotations={"deleted": str(number)})) for number in range(5)],
    "invitations": list(range(1, 20)),
    "jobs": [1, 2, 3],
    "schedules": ["verify"],
    "webhooks": [1, 2, 3],
    "deliveries": list(range(1, 20)),
    "tokens": [1, 2, 3, 2**63],  # the last is more than the records can count to
    "?subject": ["alma", "anonymous"],
    "?action": ["pull", "member:read"],
}
"""What may well stand after these words of an address; without it hardly a request would reach anything."""
_REFUSED = 400
_SOME = 5


def _drawn() -> dict[str, Any]:
    """The document with what is known, and without If-Match: next to any value is 412, and hides all behind it."""
    found = document()
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            kept = [given for given in operation["parameters"] if given["name"] != "If-Match"]
            operation["parameters"] = [_with_known(path, method, given) for given in kept]
    return found


def _with_known(path: str, method: str, given: dict[str, Any]) -> dict[str, Any]:
    before = path.partition(f"/{{{given['name']}}}")[0].rpartition("/")[2]
    word = before if given["in"] == "path" else f"?{given['name']}"
    known = KNOWN.get(word, KNOWN.get(f"{word}/{given['name']}"))
    if known is None:
        return given
    if (method, before) in {("delete", "webhooks"), ("delete", "trash")}:
        known = known[1:]  # the first has what may be sent again, or is what may be restored
    return {**given, "example": known[0], "schema": {"anyOf": [{"enum": known}, given["schema"]]}}


BURIED = ("alpha/gone", "alpha/spare")
"""What is in the trash before each operation; an example's number 1 stands for the first, 2 for the second."""
schema = schemathesis.openapi.from_dict(_drawn(), config=SchemathesisConfig())


@schema.hook
def filter_case(_context: HookContext, case: Case[Any]) -> bool:
    """Spare the administrator who asks: whoever is disabled, deleted or has a new password gets 401 from then on."""
    words = {str(word).lower() for word in (case.path_parameters or {}).values()}
    if case.path.startswith(f"{ROOT}/users/{{name}}") and case.method != "GET" and ADMIN in words:
        return False
    is_first = case.path.endswith(("/webhooks/{number}", "/trash/{number}")) and words >= {"alpha", "1"}
    if is_first and case.method == "DELETE":
        return False
    body = case.body if isinstance(case.body, dict) else {}
    return not (case.path == f"{ROOT}/me/password" and body.get("old") == PASSWORD)


def refused_as_a_problem(_context: CheckContext, response: Response, _case: Case[Any]) -> None:
    """Every refusal is problem details, with the id of its request."""
    if response.status_code < _REFUSED:
        return
    assert response.headers["content-type"] == ["application/problem+json"]
    told = json.loads(response.content)
    assert told["status"] == response.status_code
    assert [told["request_id"]] == response.headers["x-request-id"]


OF_METHODS = [openapi.unsupported_method, openapi.allow_header_conformance]
"""Not below a repository: one may be called `app/tags`, and PATCH and DELETE there are its own."""
CHECKS = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
    openapi.negative_data_rejection,
    *OF_METHODS,
    refused_as_a_problem,
]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Connections as the administrator."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = basic(ADMIN, PASSWORD)
        yield session


@pytest.fixture(scope="module")
def done() -> Iterator[dict[str, bool]]:
    """By operation, whether one request of it was answered well: else all that is tried here proves nothing."""
    done: dict[str, bool] = {}
    yield done
    never = {operation for operation, well in done.items() if not well}
    assert never <= {f"PUT {ROOT}/me/password"}  # its filter is above


@pytest.fixture(autouse=True)
def known(server: Server, request: pytest.FixtureRequest) -> None:
    """What is known is there before each operation is tried, whatever became of it at the one before."""
    call = server.call
    for project in ("alpha", "beta"):
        call("POST", f"{ROOT}/projects", body={"name": project})
        call("PUT", f"{ROOT}/projects/{project}/quota", body={"bytes": None})
        call("PUT", f"{ROOT}/projects/{project}/tag-rules", body=b"[]", Content_Type="application/json")
    _delete_repository(server)
    for name in ("alpha/app", "alpha/deep/app"):
        if call("HEAD", f"/v2/{name}/manifests/1")[0] != 200:
            push_blob(server, name, content.CONFIG)
            call("PUT", f"/v2/{name}/manifests/1", body=content.image(), Content_Type=types.OCI_MANIFEST)
    for name in ("alma", "bruno"):
        if call("GET", f"{ROOT}/users/{name}")[0] != 200:
            call("POST", f"{ROOT}/users", body={"name": name, "password": PASSWORD})
    call("POST", f"{ROOT}/groups", body={"name": "club"})
    call("PUT", f"{ROOT}/groups/club/members/alma", body={})
    call("PUT", f"{ROOT}/projects/alpha/members/alma", body={"role": "writer"})
    call("PUT", f"{ROOT}/projects/alpha/groups/club", body={"role": "reader"})
    call("PUT", f"{ROOT}/roles/role", body={"actions": ["pull"]})
    for robots in ("projects/alpha/robots", "robots"):
        call("POST", f"{ROOT}/{robots}", body={"name": "robot"})
    issuer = {"name": "issuer", "url": "https://issuer.example.com", "audience": "registry"}
    call("POST", f"{ROOT}/issuers", body=issuer)
    for robots in ("projects/alpha/robots", "robots"):
        trusts = f"{ROOT}/{robots}/robot/trusts"
        if call("GET", trusts)[2] == b"[]":
            call("POST", trusts, body={"issuer": "issuer", "claims": {"sub": "somebody"}})
    call("POST", f"{ROOT}/me/tokens", body={"name": "token", "scopes": ["pull"]})
    if call("GET", f"{ROOT}/projects/alpha/redirects")[2] == b"[]":
        push_blob(server, "alpha/was", content.CONFIG)
        call("PATCH", f"{ROOT}/projects/alpha/repositories/was", body={"name": "is"})
    _delete(server)
    _invite(server)
    _hook(server)
    _sign_in(server)
    _ask(server, "cancel" if request.node.name.endswith("/retry]") else "retry")


def _delete_repository(server: Server) -> None:
    """Two are in the trash: what may be restored, and what may be ended."""
    buried = server.call("GET", f"{ROOT}/projects/alpha/trash")[2]
    for name in BURIED:
        if f'"{name}"'.encode() not in buried:
            push_blob(server, name, content.CONFIG)
            server.call("DELETE", f"{ROOT}/projects/alpha/repositories/{name.partition('/')[2]}")


def _buried(server: Server) -> dict[Any, int]:
    """By the number that examples have for it, the id that a repository in the trash has by now."""
    found = {one["name"]: one["id"] for one in json.loads(server.call("GET", f"{ROOT}/projects/alpha/trash")[2])}
    return {number: found[name] for number, name in enumerate(BURIED, start=1) if name in found}


def _delete(server: Server) -> None:
    """Images in the trash, a tag that can go back, and what the examples copy and promote."""
    call = server.call
    for number, digest in enumerate(KNOWN["trash/digest"]):
        if call("HEAD", f"/v2/alpha/app/manifests/{digest}")[0] != 200:
            _push(server, "alpha/app", "1", content.image(annotations={"deleted": str(number)}))
        call("DELETE", f"/v2/alpha/app/manifests/{digest}")
    for name in ("team/app", "alpha/app"):
        push_blob(server, name, content.CONFIG)
        for tag in ("1.4.2", "1"):
            _push(server, name, tag, content.image(annotations={"of": tag}))
            _push(server, name, tag, content.image())


def _push(server: Server, name: str, tag: str, manifest: bytes) -> None:
    server.call("PUT", f"/v2/{name}/manifests/{tag}", body=manifest, Content_Type=types.OCI_MANIFEST)


def _invite(server: Server) -> None:
    """So many that some are left when others were taken back."""
    for place, body in (("projects/alpha/", {"role": "reader"}), ("", {})):
        if len(json.loads(server.call("GET", f"{ROOT}/{place}invitations")[2])) < _SOME:
            server.call("POST", f"{ROOT}/{place}invitations", body=body)


def _ask(server: Server, wanted: str) -> None:
    """The first job waits, unless it is to be tried again: then it has been cancelled. Schedules are there."""
    if server.call("GET", f"{ROOT}/jobs/1")[0] != 200:
        server.call("POST", f"{ROOT}/projects/alpha/jobs", body={"kind": "verify"})
    server.call("POST", f"{ROOT}/jobs/1/{wanted}")
    for place in ("projects/alpha/", ""):
        server.call("PUT", f"{ROOT}/{place}schedules/verify", body={"cron": "30 3 * * 0"})


def _hook(server: Server) -> None:
    """Webhooks that lead nowhere, and one delivery that was given up, so that it may be sent again."""
    hooks = f"{ROOT}/projects/alpha/webhooks"
    found = json.loads(server.call("GET", hooks)[2])
    for hook in found[_SOME:]:  # there may be few
        server.call("DELETE", f"{hooks}/{hook['id']}")
    if len(found) < _SOME:
        server.call("POST", hooks, body={"url": "https://127.0.0.1:1/hook", "events": ["*"]})
    for hook in json.loads(server.call("GET", hooks)[2])[:1]:
        one = f"{hooks}/{hook['id']}"
        server.call("POST", f"{one}/test")
        for disabled in (True, False):
            server.call("PATCH", one, body={"disabled": disabled})
        server.call("POST", f"{one}/test")


def _sign_in(server: Server) -> None:
    """The administrator in a browser, and somebody with a second factor."""
    if server.call("GET", f"{ROOT}/me/sessions")[2] == b"[]":
        with Visitor(server.url) as visitor:
            visitor.sign_in(ADMIN)
    _, _, alma = server.call("GET", f"{ROOT}/users/alma")
    if not json.loads(alma).get("second_factor"):
        server.call("PUT", f"{ROOT}/users/alma/password", body={"password": PASSWORD})
        with Visitor(server.url) as visitor:
            if visitor.sign_in("alma").url.path == "/login/password":
                visitor.send("/login/password", {"old": PASSWORD, "new": f"{PASSWORD} of her own"})
            enrol(visitor)


def test_the_document(server: Server) -> None:
    """What is drawn from is what the server serves."""
    status, _, body = server.call("GET", f"{ROOT}/openapi.json")
    assert status == 200
    assert json.loads(body) == document()


@schema.parametrize()
@examples(5)
def test_every_operation(server: Server, session: requests.Session, done: dict[str, bool], case: Case[Any]) -> None:
    """No fault, no status, header, type or form that the document does not tell of, and what it forbids is refused."""
    excluded = OF_METHODS if "/repositories/{name}/" in case.path else []
    if "/trash/{number}" in case.path and isinstance(number := case.path_parameters["number"], int):
        case.path_parameters["number"] = _buried(server).get(number, number)
    answer = case.call_and_validate(base_url=server.url, session=session, checks=CHECKS, excluded_checks=excluded)
    done[case.operation.label] = done.get(case.operation.label, False) or answer.status_code < _REFUSED
