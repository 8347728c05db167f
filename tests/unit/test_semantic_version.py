"""Versions as Semantic Versioning orders them, and ranges of them."""

import pytest

from moorage.oci.error import Refusal
from moorage.rules.semantic_version import Range, version

IN_ORDER = [
    "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
    "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
]  # fmt: skip


def test_order() -> None:
    """As clause 11 says, also of pre-releases."""
    found = [version(text) for text in IN_ORDER]
    assert None not in found
    assert found == sorted(found, key=lambda one: one or (0, 0, 0, False, ()))
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("text", ["v1.2.3", "1.2.3+build.5", "1.0.0-0a.b-c"])
def test_versions(text: str) -> None:
    """With a v before, or a build behind."""
    assert version(text) is not None


@pytest.mark.parametrize("text", ["1", "1.2", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3.4", "latest", "1.2.3-a..b", "",
                                  "V1.2.3", "1.2.3\n", "1" * 30 + ".0.0"])  # fmt: skip
def test_no_versions(text: str) -> None:
    """What is not whole is none."""
    assert version(text) is None


@pytest.mark.parametrize(
    ("text", "within", "without"),
    [
        (">=1.2.0 <2.0.0", ["1.2.0", "v1.99.1"], ["1.1.9", "2.0.0", "2.0.0-rc.1", "1.5.0-rc.1", "1.2"]),
        (">=1.0.0-beta <2", ["1.0.0-beta.2", "1.5.0-rc.1", "1.0.0"], ["1.0.0-alpha", "2.0.0"]),
        ("1.2.3", ["1.2.3", "v1.2.3"], ["1.2.4", "1.2.3-rc.1"]),
        (">1 <=1.1", ["1.0.1", "1.1.0"], ["1.0.0", "1.1.1"]),
    ],
)
def test_ranges(text: str, within: list[str], without: list[str]) -> None:
    """All bounds hold; a pre-release only where a bound names one."""
    found = Range.parse(text)
    assert str(found) == text
    assert [one for one in within if not found.has(one)] == []
    assert [one for one in without if found.has(one)] == []


@pytest.mark.parametrize("text", ["", " ", ">=", "~1.2", "1.x", ">=1.2.0,<2", "=>1", "1 " * 11, "1" * 201])
def test_no_ranges(text: str) -> None:
    """The refusal says how to write one."""
    with pytest.raises(Refusal, match="write bounds with spaces between"):
        Range.parse(text)
