"""The beginning of our own API: /api/v1/projects and what is in them, for administrators."""

import json
from dataclasses import dataclass
from typing import Any

from moorage.api.distribution import Distribution
from moorage.api.wire import JSON, Exchange, Headers, Reply
from moorage.oci.error import Code, Refusal
from moorage.oci.page import PageRequest
from moorage.oci.reference import RepositoryName
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import Project, RepositoryRecord
from moorage.service.delete_content import DeleteContent
from moorage.service.manage_projects import ManageProjects

ROOT = "/api/v1/"
_LARGEST = 64 * 1024
_PAGE = 100


@dataclass(frozen=True, slots=True)
class ProjectRoutes:
    """JSON in, JSON out; unknown fields are refused."""

    manage: ManageProjects
    delete: DeleteContent
    registry: Distribution

    async def answer(self, exchange: Exchange) -> Reply:
        """Find the resource; refusals are raised."""
        words = exchange.path.removeprefix(ROOT).strip("/").split("/")
        if exchange.header(b"sec-fetch-site") in {"cross-site", "same-site"}:
            raise Refusal(Code.DENIED, "a page of another site may not use this API in your name")
        who = await self.registry.identify(exchange)
        match ("GET" if exchange.method == "HEAD" else exchange.method, words):
            case ("GET", ["projects"]):
                return await self._page(exchange, who)
            case ("POST", ["projects"]):
                return await self._create(exchange, who)
            case ("GET", ["projects", name]):
                return _json(200, _project(await self.manage.find(who, name)))
            case ("PATCH", ["projects", name]):
                return await self._change(exchange, who, name)
            case ("DELETE", ["projects", name]):
                await self.manage.delete(who, name)
                return Reply(204)
            case ("GET", ["projects", name, "repositories"]):
                return await self._repositories(exchange, who, name)
            case ("DELETE", ["projects", name, "repositories", first, *rest]):
                access.require_administrator(who)
                await self.delete.repository(who, RepositoryName.within(name, "/".join([first, *rest])))
                return Reply(204)
            case _:
                raise _no_handler(exchange, words)

    async def _page(self, exchange: Exchange, who: Identity) -> Reply:
        asked = _asked(exchange)
        found = await self.manage.page(who, after=asked.after, size=asked.size)
        return _json(200, [_project(project) for project in found.items])

    async def _repositories(self, exchange: Exchange, who: Identity, name: str) -> Reply:
        asked = _asked(exchange)
        found = await self.manage.repositories(who, name, after=asked.after, size=asked.size)
        return _json(200, [_repository(record) for record in found.items])

    async def _create(self, exchange: Exchange, who: Identity) -> Reply:
        fields = await _fields(exchange, {"name": str, "public": bool})
        if "name" not in fields:
            raise Refusal(Code.QUERY_INVALID, "a project needs a name")
        project = await self.manage.create(who, fields["name"], public=fields.get("public", False))
        location = f"{exchange.base}{ROOT}projects/{project.name}".encode()
        return _json(201, _project(project), [(b"location", location)])

    async def _change(self, exchange: Exchange, who: Identity, name: str) -> Reply:
        fields = await _fields(exchange, {"public": bool})
        if "public" not in fields:
            return _json(200, _project(await self.manage.find(who, name)))
        return _json(200, _project(await self.manage.publish(who, name, public=fields["public"])))


def _no_handler(exchange: Exchange, words: list[str]) -> Refusal:
    match words:
        case ["projects"]:
            allowed = "GET, HEAD, POST"
        case ["projects", _]:
            allowed = "GET, HEAD, PATCH, DELETE"
        case ["projects", _, "repositories"]:
            allowed = "GET, HEAD"
        case ["projects", _, "repositories", *_]:
            allowed = "DELETE"
        case _:
            return Refusal(Code.ROUTE_UNKNOWN, f"there is nothing at {exchange.path[:200]!r}")
    return Refusal(
        Code.UNSUPPORTED,
        f"{exchange.method[:16]} is not for this address: use {allowed}",
        detail={"allow": allowed},
    )


def _asked(exchange: Exchange) -> PageRequest:
    return PageRequest.parse(exchange.ask("per_page") or str(_PAGE), exchange.ask("after"))


async def _fields(exchange: Exchange, known: dict[str, type]) -> dict[str, Any]:
    # A page of another site can make a browser send a form or plain text with a saved password, but never JSON.
    if (exchange.header(b"content-type") or "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(Code.MEDIA_UNSUPPORTED, "send the fields as JSON with the header Content-Type: application/json")
    try:
        fields = json.loads(await exchange.body(_LARGEST))
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise Refusal(Code.QUERY_INVALID, "send a JSON object")
    for name, value in fields.items():
        if name not in known:
            raise Refusal(Code.QUERY_INVALID, f"there is no field {name[:64]!r} here: use {', '.join(known)}")
        if type(value) is not known[name]:
            raise Refusal(Code.QUERY_INVALID, f"{name} is not a {known[name].__name__}")
    return fields


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "public": project.public,
        "created_at": project.created_at,
    }


def _repository(record: RepositoryRecord) -> dict[str, Any]:
    return {"id": record.id, "name": record.name, "tags": record.tags, "created_at": record.created_at}


def _json(status: int, value: object, headers: Headers | None = None) -> Reply:
    body = json.dumps(value).encode()
    return Reply(
        status,
        [
            (b"content-type", JSON),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            *(headers or []),
        ],
        body,
    )
