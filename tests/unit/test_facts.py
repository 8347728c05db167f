"""Facts are values."""

import dataclasses
import inspect

import pytest

from moorage.oci import digest, manifest, page, reference, scope, span
from moorage.rules import access, facts, upload

VALUES = [
    value
    for module in (digest, manifest, page, reference, scope, span, access, facts, upload)
    for _, value in inspect.getmembers(module, inspect.isclass)
    if value.__module__ == module.__name__ and dataclasses.is_dataclass(value)
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_nothing_changes_a_value(value: type) -> None:
    """Every noun of the ground floors is frozen and takes no further attributes."""
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert not hasattr(object.__new__(value), "__dict__")


def test_the_nouns_are_there() -> None:
    """The list above is not empty by mistake."""
    assert {"Digest", "Manifest", "Span", "Identity", "Upload", "TagMove"} <= {value.__name__ for value in VALUES}
