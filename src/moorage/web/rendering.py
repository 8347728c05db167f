"""Templates become answers, under headers that let a page do nothing but show itself and send its own forms."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from moorage.oci.error import Code, Refusal

if TYPE_CHECKING:
    from jinja2 import Environment

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
"""The referrer policy is not `no-referrer`: under that browsers leave out the origin by which we know our own forms."""


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - whatever a page shows
    """The page; what it is given is text, and stands as text."""
    return HTMLResponse(_templates().get_template(template).render(values), status, HEADERS)


def render_refused(template: str, refusal: Refusal, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as above
    """The same with what was wrong in it, as `fault`; never 401, with which browsers ask for a password themselves."""
    status = refusal.code.status if refusal.code is not Code.UNAUTHORIZED else Code.DENIED.status
    answer = render(template, status, fault=refusal.sentence, **values)
    if refusal.retry_after is not None:
        answer.headers["retry-after"] = str(refusal.retry_after)
    return answer


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - idle processes do without it

    made = Environment(
        loader=PackageLoader("moorage.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": _moment, "instant": _instant}
    return made


def _moment(at: float) -> str:
    """For people, to the minute."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _instant(at: float) -> str:
    """For machines (HTML, "time" element)."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
