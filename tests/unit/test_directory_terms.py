"""Filters and names of entries: what somebody types never becomes more than a value."""

from uuid import UUID

import pytest

from moorage.adapters.directory import terms

PEOPLE = "(&(objectClass=person)(uid={name}))"
GUID = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        ("ada", "ada"),
        ("*", r"\2a"),
        ("*)(uid=*", r"\2a\29\28uid\3d\2a"),
        (r"\2a", r"\5c2a"),
        ("a\x00 ", r"a\00\20"),
        ("é", r"\c3\a9"),
        ("{dn}", r"\7bdn\7d"),
        ("{name}", r"\7bname\7d"),
    ],
)
def test_values_stay_values(typed: str, stands: str) -> None:
    """RFC 4515, section 3; what looks like a place to be filled in stays what was typed."""
    assert terms.filled("(uid={name})", name=typed, dn="not here") == f"(uid={stands})"


def test_for_anybody() -> None:
    """The filter for people, by what they are called for ever; a number of Active Directory goes as its bytes."""
    plain = terms.with_subject("entryUUID", str(GUID), PEOPLE)
    assert plain.startswith(r"(&(entryUUID=12345678\2d1234")
    assert plain.endswith("(&(objectClass=person)(uid=*)))")
    turned = terms.with_subject("objectGUID", str(GUID), PEOPLE)
    assert turned.startswith(r"(&(objectGUID=xV4\124\12xV\124Vx\124Vx)")


def test_subjects() -> None:
    """One value, or nothing that somebody could be known by."""
    assert terms.subject_of("objectGUID", [GUID.bytes_le]) == str(GUID)
    assert terms.subject_of("entryUUID", [b"a-b"]) == "a-b"
    for attribute, values in (
        ("objectGUID", [b"short"]),
        ("entryUUID", []),
        ("entryUUID", [b""]),
        ("entryUUID", [b"a", b"b"]),
        ("entryUUID", [b"\xff"]),
    ):
        assert terms.subject_of(attribute, values) is None


def test_groups_below() -> None:
    """Only entries below the base count, however their names are written, and none that only look alike."""
    base = "OU=Groups, DC=example,DC=com"
    inside = ["cn=Crew,ou=groups,dc=example,dc=com", r"CN=quay\2c east,OU=x,ou=groups,dc=Example,dc=com"]
    outside = [
        "cn=admins,ou=interns,dc=example,dc=com",
        r"cn=admins\,ou=groups\,dc=example\,dc=com",
        r"cn=admins,ou=interns\,ou=groups,dc=example,dc=com",
        base,
        "",
        "nonsense",
    ]
    assert terms.names_below(base, [*inside, *outside]) == {"crew", "quay, east"}
