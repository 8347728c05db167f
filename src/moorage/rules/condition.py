"""Change it only if it still is what somebody saw: asked within the transaction of the change."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from moorage.oci.error import Code, Refusal

Fact_contra = TypeVar("Fact_contra", contravariant=True)
Condition: TypeAlias = Callable[[Fact_contra], None]
"""Raises CHANGED if what is there now (None: nothing) is not what was seen. Asked once it is clear that they may."""


def always(_now: object) -> None:
    """On no condition."""


def changed() -> Refusal:
    """It is not what they saw."""
    return Refusal(Code.CHANGED, "it has changed since you read it: read it again, then decide")
