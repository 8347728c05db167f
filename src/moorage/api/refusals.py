"""The one place that writes a refusal: status, specified JSON, challenge, Retry-After.

Source: Distribution Specification, "Error Codes"; RFC 6750 for the challenge; RFC 9110 for the rest.
"""

import json
from http import HTTPStatus
from typing import Any

from moorage.api.origin import Origin
from moorage.api.replies import VERSION
from moorage.api.wire import JSON, Exchange, Headers, Reply
from moorage.oci.error import Code, Refusal

PROBLEM = b"application/problem+json"


def to_reply(exchange: Exchange, refusal: Refusal, origin: Origin, *, own: bool = False) -> Reply:
    """For our `own` API as problem details (RFC 9457), with a challenge for a password instead of a token."""
    body = json.dumps(_problem(exchange, refusal) if own else _errors(exchange, refusal)).encode()
    headers: Headers = [
        (b"content-type", PROBLEM if own else JSON),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    if not own:
        headers.append(VERSION)  # Docker's older clients read it from the answer to their first, anonymous question
    if refusal.code.status == Code.UNAUTHORIZED.status:
        challenge = 'Basic realm="Moorage", charset="UTF-8"' if own else _bearer(exchange, refusal, origin)
        headers.append((b"www-authenticate", challenge.encode("latin-1", "replace")))
    if refusal.retry_after is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after))
    if refusal.code is Code.RANGE_UNSATISFIABLE:
        headers.append((b"content-range", b"bytes */%d" % refusal.detail["size"]))
    if refusal.code is Code.UNSUPPORTED and "allow" in refusal.detail:
        headers.append((b"allow", refusal.detail["allow"].encode()))
    return Reply(refusal.code.status, headers, body)


def _errors(exchange: Exchange, refusal: Refusal) -> dict[str, Any]:
    detail = {**refusal.detail, "request_id": exchange.id}
    return {"errors": [{"code": refusal.code.wire, "message": refusal.sentence, "detail": detail}]}


def _problem(exchange: Exchange, refusal: Refusal) -> dict[str, Any]:
    told = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.code.status).phrase,
        "status": refusal.code.status,
        "detail": refusal.sentence,
        "code": refusal.code.name,
        "request_id": exchange.id,
    }
    return told | {name: value for name, value in refusal.detail.items() if name not in told}


def _bearer(exchange: Exchange, refusal: Refusal, origin: Origin) -> str:
    fields: dict[str, Any] = {
        "realm": f"{origin.base(exchange)}/v2/token",
        "service": origin.service(exchange),
    }
    if refusal.scope:
        fields["scope"] = refusal.scope
    if refusal.reason:
        fields["error"] = refusal.reason
        fields["error_description"] = refusal.sentence
    return "Bearer " + ",".join(f'{name}="{_quotable(value)}"' for name, value in fields.items())


def _quotable(text: str) -> str:
    return "".join(letter if letter.isprintable() and letter not in '"\\' else "'" for letter in text)
