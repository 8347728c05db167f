"""The one table of errors."""

import re

import pytest

from moorage.oci.error import Code, Refusal

SPECIFIED = {
    "BLOB_UNKNOWN": 404,
    "BLOB_UPLOAD_INVALID": 400,
    "BLOB_UPLOAD_UNKNOWN": 404,
    "DIGEST_INVALID": 400,
    "MANIFEST_BLOB_UNKNOWN": 404,
    "MANIFEST_INVALID": 400,
    "MANIFEST_UNKNOWN": 404,
    "NAME_INVALID": 400,
    "NAME_UNKNOWN": 404,
    "SIZE_INVALID": 400,
    "UNAUTHORIZED": 401,
    "DENIED": 403,
    "UNSUPPORTED": 405,
    "TOOMANYREQUESTS": 429,
}
"""Distribution Specification, "Error Codes", with the status that each has as a rule."""


def test_every_specified_code() -> None:
    """Each of the specification's 14 codes has the row of its name, with its own status."""
    assert len(SPECIFIED) == 14
    assert {name: (Code[name].wire, Code[name].status) for name in SPECIFIED} == {
        name: (name, status) for name, status in SPECIFIED.items()
    }


@pytest.mark.parametrize("row", Code, ids=lambda row: row.name)
def test_rows(row: Code) -> None:
    """Each row has a wire code in the specified alphabet, an error status, and a sentence for a person."""
    assert re.fullmatch(r"[A-Z][A-Z_]*", row.wire)
    assert 400 <= row.status < 600
    assert " " in row.sentence
    assert row.sentence == row.sentence.strip().rstrip(".")


def test_rows_stay_apart() -> None:
    """No row is an alias of another, even where columns are equal."""
    assert len(list(Code)) == len(Code.__members__)
    assert Code["QUERY_INVALID"] is not Code.UNSUPPORTED


def test_a_refusal_speaks() -> None:
    """Without words of its own a refusal says its row's sentence; its detail is its own copy."""
    assert Refusal(Code.BLOB_UNKNOWN).sentence == Code.BLOB_UNKNOWN.sentence
    assert str(Refusal(Code.BLOB_UNKNOWN, "gone")) == "gone"
    detail = {"digest": "x"}
    refusal = Refusal(Code.BLOB_UNKNOWN, detail=detail)
    detail["digest"] = "y"
    assert refusal.detail == {"digest": "x"}
    assert Refusal(Code.DENIED).detail == {}
