"""Cut a page out of what a store gave for it."""

from collections.abc import Sequence
from typing import TypeVar

from moorage.oci.page import Page

Item = TypeVar("Item")


def cut(found: Sequence[Item], size: int) -> Page[Item]:
    """A page of `size` from a store that was asked for one entry more, so that it tells whether more follow."""
    return Page(tuple(found[:size]), more=len(found) > size)
