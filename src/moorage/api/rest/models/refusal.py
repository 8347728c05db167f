"""What a refusal looks like, and which ones any operation may answer with."""

from typing import Any

from pydantic import ConfigDict

from moorage.api.rest.models.told import Told

PROBLEM = "Problem"
"""What the document calls a refusal."""


class Problem(Told):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(extra="allow")
    type: str
    """always `about:blank`: the status and the code say what it is"""
    title: str
    """what the code means in general"""
    status: int
    """the HTTP status again"""
    detail: str
    """what was wrong with this request, for a person"""
    code: str
    """what was wrong, for a program"""
    request_id: str
    """stands in the log, and in the header `X-Request-Id`"""


_STATUSES = {
    400: "The request is not valid; `faults` names what is wrong",
    401: "Log in",
    403: "You may not do this",
    404: "There is no such thing, or you may not see it",
    405: "The address has no such method",
    408: "The body came too slowly",
    409: "It conflicts with what there is",
    412: "It has changed since (`If-Match`)",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many wrong passwords; `Retry-After` says when to try again",
    500: "Something went wrong in the registry; its log says more",
    503: "The registry cannot do this at the moment",
    507: "The registry's storage is full",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }
    for status, meaning in _STATUSES.items()
}
"""The refusals that any operation may answer with."""
