"""Rules of retention as fields of a form and as text in an address: what comes back is what went in."""

import base64
import json
import zlib

import pytest

from moorage.oci.error import Refusal
from moorage.rules.retention_terms import fields_of, rule_of, rules_of
from moorage.web.retention_form import filled, packed, read, unpacked

RULES = rules_of(
    [
        {"effect": "delete", "tags": "main-*", "newest": 0, "group_before": "-", "pulled_days": 0.5},
        {"effect": "keep", "versions": ">=1.0.0 <2.0.0", "repositories": "web-*", "labels": {"env": "prod=1"}},
        {"effect": "delete", "untagged": True, "pushed_days": 7.0, "annotations": {"a b": "c: d", "e": ""}},
    ]
)


def test_there_and_back() -> None:
    """Through the form's fields, through an address, and through those of the API: nought is not nothing."""
    assert tuple(read(number, filled(rule)) for number, rule in enumerate(RULES, 1)) == RULES
    assert unpacked(packed(RULES)) == RULES
    assert unpacked(packed(())) == ()
    nought = rule_of(1, {"effect": "keep", "newest": 0, "pushed_days": 0.0})
    assert fields_of(nought) == {"effect": "keep", "repositories": "**", "newest": 0, "pushed_days": 0.0}


@pytest.mark.parametrize(
    "content",
    [
        b"[",
        b"{}",
        b'["a"]',
        b'[{"effect": 1}]',
        b'[{"effect": "erase"}]',
        json.dumps([{"effect": "keep"}] * 101).encode(),
        b"[" * 100_000,
        b'[{"effect": "keep", "tags": "' + b"a" * 1_000_000 + b'"}]',
    ],
)
def test_what_no_page_made(content: bytes) -> None:
    """Is refused with a sentence, however much it unpacks to."""
    with pytest.raises(Refusal):
        unpacked(base64.urlsafe_b64encode(zlib.compress(content)).decode())


@pytest.mark.parametrize("text", ["x", "é", "A" * 6001, "eJw"])
def test_what_is_no_text_of_ours(text: str) -> None:
    """The same."""
    with pytest.raises(Refusal):
        unpacked(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("newest", "-1"),
        ("newest", "10000000"),
        ("pushed_days", "1e3"),
        ("pulled_days", "99999"),
        ("pulled_days", "\u0663"),
        ("labels", "env"),
        ("tags", "a b"),
        ("versions", "new"),
        ("effect", ""),
        ("group_before", "-"),
    ],
)
def test_what_a_form_may_not_say(name: str, value: str) -> None:
    """Each with a sentence."""
    with pytest.raises(Refusal):
        read(1, {"effect": "keep", name: value})


def test_too_many_for_an_address() -> None:
    """Are set by other means."""
    many = tuple(
        rule_of(1, {"effect": "keep", "tags": "".join(chr(97 + (n * m) % 26) for m in range(200))}) for n in range(100)
    )
    assert len(packed(many[:1])) < 500
    with pytest.raises(Refusal, match="address"):
        packed(
            tuple(
                rule_of(
                    1,
                    {
                        "effect": "keep",
                        "tags": base64.b32encode(zlib.compress(bytes(n * 7 % 251 * m % 256 for m in range(100))))
                        .decode()
                        .rstrip("="),
                    },
                )
                for n in range(100)
            )
        )
