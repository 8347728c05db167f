"""The OpenAPI document: what FastAPI reads from the routes, told in our words and without what is not so."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from moorage.api.rest.models.refusal import PROBLEM, PROBLEMS, Problem

_TAGS = {
    "projects": "A project is the first part of repositories' names; it holds members and robots.",
    "repositories": "A push makes a repository. Names are relative to the project; slashes may be written as %2F.",
    "tag rules": "What a project asks of its tags; whoever breaks a rule is refused, administrators too.",
    "tags": "What they name and named; moves and copies of images for which nobody pushes.",
    "trash": "What was deleted and can still be restored, for as many days as the registry is set to.",
    "members": "Who holds which role in a project, and why somebody may do something.",
    "roles": "The built-in roles, and roles of your own.",
    "people": "People who log in with a name and a password, and your own account.",
    "invitations": "Links by which people join the registry or a project, once; a page accepts them.",
    "groups": "People who are given roles together.",
    "robots": "Identities of machines: some rights, for a time. A secret is shown once, by what draws it.",
    "workload identity": "Jobs that are robots by the identity token of whoever runs them: no secret is kept.",
    "webhooks": "Where events of a project are sent, signed, and what became of it.",
    "tokens": "Your own tokens: some of your rights, for a time, instead of your password.",
    "jobs": "What is done beside the requests: how far it is, what it said; once asked for it is done, whoever dies.",
    "schedules": "When jobs come by themselves: at times of cron, in a time zone.",
    "retention": "Which images go with time: rules that keep and delete, and what they would do, shown beforehand.",
    "audit": "What happened, and what was refused.",
    "garbage": "What nobody needs any more goes by itself, step by step.",
    "quotas": "How many bytes projects keep, and how many they may; administrators of the registry say how many.",
    "statistics": "What was pulled and pushed on which day.",
}
_DONE = {"200": "Done", "201": "Made", "204": "Done; the answer has no body"}
_CHANGES = frozenset({"put", "patch", "delete"})
_LINK = '`<ADDRESS>; rel="next"` if there is a next page'
_CONDITION = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "do it only if a GET of this address still gives this `ETag`; `*`: only if it is there",
    "schema": {"type": "string"},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document of the app's routes."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=[{"name": name, "description": meaning} for name, meaning in _TAGS.items()],
    )
    for operations in made["paths"].values():
        for method, operation in operations.items():
            _mend(method, operation, is_read="get" in operations)
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's refusals; ours are problem details
        schemas.pop(name, None)
    schemas[PROBLEM] = Problem.model_json_schema()
    made["components"]["responses"] = {str(status): refused for status, refused in PROBLEMS.items()}
    made["components"]["securitySchemes"] = {
        "password": {"type": "http", "scheme": "basic"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    made["security"] = [{"password": []}, {"token": []}]
    return made


def _mend(method: str, operation: dict[str, Any], *, is_read: bool) -> None:
    operation["tags"] = operation["tags"][-1:]  # a route's own tag comes after its router's
    operation["summary"] = operation["summary"].capitalize()
    answers = operation["responses"]
    answers.pop("422", None)  # we say 400, as the registry protocol does
    parameters = operation.setdefault("parameters", [])
    for status in map(str, PROBLEMS):
        answers[status] = {"$ref": f"#/components/responses/{status}"}
    for status, meaning in _DONE.items():
        if status in answers:
            answers[status]["description"] = meaning
    if method == "get":
        headers = answers["200"].setdefault("headers", {})
        headers["ETag"] = _header("names this state of it, for `If-Match`")
        if any(parameter["name"] == "after" for parameter in parameters):
            headers["Link"] = _header(_LINK)
        if answers["200"]["content"].get("application/json", {}).get("schema", {}).get("type") == "array":
            headers["X-Total-Count"] = _header("how many entries there are in all pages", "integer")
            headers["X-Total-Count-Capped"] = _header("`true`: there are so many at least")
    if method in _CHANGES and is_read:
        parameters.append(_CONDITION)


def _header(meaning: str, kind: str = "string") -> dict[str, Any]:
    return {"description": meaning, "schema": {"type": kind}}
