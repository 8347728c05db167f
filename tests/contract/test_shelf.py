"""The shelf of small blobs within a bounded room."""

from moorage.adapters.disk.shelf import OVERHEAD, Shelf
from moorage.oci.digest import Digest

CONTENTS = [bytes([number]) * 10 for number in range(5)]
DIGESTS = [Digest.of(content) for content in CONTENTS]
ROOM_FOR_THREE = 3 * (10 + OVERHEAD)


def fill(shelf: Shelf, *numbers: int) -> None:
    """Keep these contents, one after another."""
    for number in numbers:
        shelf.keep(DIGESTS[number], CONTENTS[number], 0.0)


def kept(shelf: Shelf) -> list[int]:
    """Which of the contents are here; whatever is found is whole."""
    found = [(number, shelf.find(digest)) for number, digest in enumerate(DIGESTS)]
    assert all(kept is None or kept.content == CONTENTS[number] for number, kept in found)
    return [number for number, kept in found if kept is not None]


def test_room() -> None:
    """What nobody asked for the longest leaves when there is no room."""
    shelf = Shelf(ROOM_FOR_THREE)
    fill(shelf, 0, 1, 2)
    assert shelf.find(DIGESTS[0])
    fill(shelf, 3)
    assert kept(shelf) == [0, 2, 3]


def test_room_comes_back() -> None:
    """What was dropped, or kept twice, takes no room."""
    shelf = Shelf(ROOM_FOR_THREE)
    fill(shelf, 0, 0, 0, 1)
    shelf.drop(DIGESTS[0])
    shelf.drop(DIGESTS[4])
    fill(shelf, 2, 3)
    assert kept(shelf) == [1, 2, 3]


def test_too_large() -> None:
    """What is larger than the shelf does not stay, and the room is whole afterwards."""
    shelf = Shelf(ROOM_FOR_THREE - 1)
    shelf.keep(Digest.of(b"x" * ROOM_FOR_THREE), b"x" * ROOM_FOR_THREE, 0.0)
    fill(shelf, 0, 1)
    assert kept(shelf) == [0, 1]
