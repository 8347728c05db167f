"""The one place that writes a refusal: status, specified JSON, challenge, Retry-After.

Source: Distribution Specification, "Error Codes"; RFC 6750 for the challenge; RFC 9110 for the rest.
"""

import json
from typing import Any

from moorage.api.origin import Origin
from moorage.api.replies import VERSION
from moorage.api.wire import JSON, Exchange, Headers, Reply
from moorage.oci.error import Code, Refusal


def to_reply(exchange: Exchange, refusal: Refusal, origin: Origin, *, basic: bool = False) -> Reply:
    """`basic` says to challenge for a password instead of a token, as our own API does."""
    body = json.dumps(
        {
            "errors": [
                {
                    "code": refusal.code.wire,
                    "message": refusal.sentence,
                    "detail": {**refusal.detail, "request_id": exchange.id},
                }
            ]
        }
    ).encode()
    headers: Headers = [
        (b"content-type", JSON),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    if not basic:
        headers.append(VERSION)  # Docker's older clients read it from the answer to their first, anonymous question
    if refusal.code.status == Code.UNAUTHORIZED.status:
        challenge = 'Basic realm="Moorage", charset="UTF-8"' if basic else _bearer(exchange, refusal, origin)
        headers.append((b"www-authenticate", challenge.encode("latin-1", "replace")))
    if refusal.retry_after is not None:
        headers.append((b"retry-after", b"%d" % refusal.retry_after))
    if refusal.code is Code.RANGE_UNSATISFIABLE:
        headers.append((b"content-range", b"bytes */%d" % refusal.detail["size"]))
    if refusal.code is Code.UNSUPPORTED and "allow" in refusal.detail:
        headers.append((b"allow", refusal.detail["allow"].encode()))
    return Reply(refusal.code.status, headers, body)


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
