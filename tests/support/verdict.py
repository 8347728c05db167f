"""What must hold of every answer, whatever was asked; and of the data folder, whatever happened."""

import re
from pathlib import Path

from moorage.oci.error import Code
from tests.support.raw import Answer

_CODES = {code.wire for code in Code}
_NAMES = {code.name for code in Code}
_BLOB = r"blobs/(sha256/[0-9a-f]{2}(/[0-9a-f]{64})?|sha512/[0-9a-f]{2}(/[0-9a-f]{128})?|sha256|sha512)"
_SESSION = r"uploads/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OWN = re.compile(rf"blobs|{_BLOB}|uploads|{_SESSION}|moorage\.db(-wal|-shm)?|(token|secret)\.key|(serve|writer)\.lock")


def check(answer: Answer, method: bytes = b"GET") -> None:
    """No fault of ours, and refusals in the form that the specification gives them."""
    assert answer.status < 500, answer
    if answer.status < 400 or answer.header("x-request-id") is None or method == b"HEAD":
        return
    assert answer.header("cache-control") == "no-store", answer
    assert (answer.status == 401) == (answer.header("www-authenticate") is not None), answer
    if answer.header("content-type") == "text/html; charset=utf-8":
        assert "default-src 'none'" in (answer.header("content-security-policy") or ""), answer
        assert b'role="alert"' in answer.body, answer
        return
    body = answer.json
    if answer.header("content-type") == "application/problem+json":
        assert body.keys() >= {"type", "title", "status", "detail", "code", "request_id"}, answer
        assert body["code"] in _NAMES, answer
        assert body["status"] == answer.status, answer
        assert body["request_id"] == answer.header("x-request-id"), answer
        return
    assert answer.header("content-type") == "application/json; charset=utf-8", answer
    assert set(body) == {"errors"}, answer
    [error] = body["errors"]
    assert set(error) == {"code", "message", "detail"}, answer
    assert error["code"] in _CODES, answer
    assert error["message"], answer
    assert error["detail"]["request_id"] == answer.header("x-request-id"), answer


def strangers(folder: Path) -> list[str]:
    """What lies in a data folder, or beside it, and should not."""
    inside = [str(path.relative_to(folder)) for path in folder.rglob("*")]
    beside = [path.name for path in folder.parent.iterdir() if path != folder]
    return [name for name in inside if not _OWN.fullmatch(name)] + beside
