"""What the pages of the administration share: who may what there, and what somebody typed before a form was refused."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from moorage.oci.error import Code, Refusal
from moorage.rules import access
from moorage.rules.roles import Action
from moorage.web.fields import number
from moorage.web.rendering import answer
from moorage.web.visitor import Visitor

HOME = "/administration"


async def page(seen: Visitor, template: str, refusal: Refusal | None, **values: Any) -> Response:  # noqa: ANN401 - whatever a page shows
    """The page; `may` are the words of the matrix for what they may do here, `typed` what a refused form had in it."""
    shown = seen.shown
    values = {
        **shown,
        "may": frozenset(action.value for action in shown["everywhere"]),
        "typed": await seen.form() if refusal is not None and seen.request.method == "POST" else {},
        **values,
    }
    return answer(template, refusal, **values)


def require(seen: Visitor, action: Action) -> None:
    """Before a form is read: who may not send it at all hears of that, and of nothing else. Raises DENIED."""
    access.require_instance(seen.who, action)


def days(fields: Mapping[str, str], name: str, most: int) -> int | None:
    """Days from a choice; None for ever, where that was chosen. Raises QUERY_INVALID."""
    if not fields.get(name, "").strip():
        return None
    found = number(fields, name, f"give a number of days from 1 to {most}")
    if not 1 <= found <= most:
        raise Refusal(Code.QUERY_INVALID, f"give a number of days from 1 to {most}")
    return found
