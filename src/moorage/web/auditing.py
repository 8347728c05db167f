"""/audit: who did what, found by all that is known of it, and taken along as a file."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import differing, spreadsheet
from moorage.rules.facts import Event, EventFilter
from moorage.rules.sessions import Stage
from moorage.rules.telling import as_fields, as_line
from moorage.service.read_audit import MOST_EXPORTED, ReadAudit
from moorage.service.sign_in import SignIn
from moorage.web.administering import page
from moorage.web.lists import ROWS
from moorage.web.screen import screen
from moorage.web.streamed import Streamed
from moorage.web.visitor import Visitor, visitor

FIELDS = (
    "kind", "actor", "actor_kind", "repository", "object", "outcome", "tag", "digest", "address", "agent", "request_id",
)  # fmt: skip
"""What an event can be looked for by, besides its time and its project; as the API calls them."""
_LONGEST = 512
_LATEST = 1e12
_EVENTS = list[tuple[int, Event]]


def routes(sign_in: SignIn, read: ReadAudit) -> list[Route]:
    """The search, its answer as a file, and one event."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        asked, project = _asked(seen.request)
        after = seen.request.query_params.get("after", "")
        before = int(after) if re.fullmatch(r"[0-9]{1,18}", after) else None
        found = await read.search(seen.who, project, asked, before=before, size=ROWS)
        fields = {name: seen.request.query_params.get(name, "") for name in (*FIELDS, "project", "since", "until")}
        return await page(
            seen,
            "audit.html",
            refusal,
            found=found,
            fields=fields,
            is_narrowed=any(fields.values()),
            most=MOST_EXPORTED,
        )

    async def one(seen: Visitor, refusal: Refusal | None) -> Response:
        text = seen.request.path_params["event"]
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise Refusal(Code.ROUTE_UNKNOWN)
        event = await read.find(seen.who, int(text))
        changes = differing.lines(event.before, event.after)
        return await page(seen, "event.html", refusal, number=int(text), event=event, changes=changes)

    def export(name: str, media_type: str, told: Callable[[_EVENTS], bytes], head: bytes = b"") -> Route:
        async def handle(request: Request) -> Response:
            seen = await visitor(sign_in, request)
            seen.at(Stage.OPEN)
            asked, project = _asked(request)
            return Streamed(_pieces(await read.export(seen.who, project, asked), told, head), media_type, name)

        return Route(f"/audit/{name}", handle)

    return [
        export("audit.jsonl", "application/jsonl", _as_lines),
        export("audit.csv", "text/csv; charset=utf-8", _as_rows, spreadsheet.row(("time", *_COLUMNS)).encode()),
        *screen(sign_in, "/audit", show),
        *screen(sign_in, "/audit/{event}", one),
    ]


_COLUMNS = tuple(as_fields(0, Event("", "", None, "", 0.0)))


async def _pieces(found: AsyncIterator[_EVENTS], told: Callable[[_EVENTS], bytes], head: bytes) -> AsyncIterator[bytes]:
    yield head
    async for events in found:
        yield told(events)


def _as_lines(events: _EVENTS) -> bytes:
    return b"".join(as_line(number, event).text + b"\n" for number, event in events)


def _as_rows(events: _EVENTS) -> bytes:
    rows = []
    for number, event in events:
        fields = {**as_fields(number, event), "before": event.before, "after": event.after}
        moment = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        rows.append(spreadsheet.row((moment, *(fields[name] for name in _COLUMNS))))
    return "".join(rows).encode("utf-8", "replace")


def _asked(request: Request) -> tuple[EventFilter, str | None]:
    """What the address asks for, and in which project. Raises QUERY_INVALID."""
    given = {name: request.query_params.get(name, "").strip() for name in (*FIELDS, "project")}
    if any(len(value) > _LONGEST for value in given.values()):
        raise Refusal(Code.QUERY_INVALID, f"a field of the search has at most {_LONGEST} characters")
    project = given.pop("project")
    wanted = {name: value or None for name, value in given.items()}
    return EventFilter(None, **wanted, since=_time(request, "since"), until=_time(request, "until")), project or None


def _time(request: Request, name: str) -> float | None:
    """Seconds since the epoch, or a date, with a time of day or without; in UTC where no zone is told."""
    text = request.query_params.get(name, "").strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"[0-9.]{1,20}", text):
            found = float(text)
        else:
            moment = datetime.fromisoformat(text)
            found = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Refusal(Code.QUERY_INVALID, f"{text[:40]!r} is no time: write it as 2026-11-25T10:00") from None
    return min(max(found, 0.0), _LATEST)
