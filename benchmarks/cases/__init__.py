"""The cases, by the name under which the command line knows them."""

from collections.abc import Callable

from benchmarks.cases import (
    audit,
    garbage,
    image_push,
    large_push,
    large_reads,
    listings,
    logins,
    memory,
    pages,
    small_reads,
)
from benchmarks.figures import Outcome
from benchmarks.ground import Ground

CASES: dict[str, Callable[[Ground], Outcome]] = {
    "small-reads": small_reads.run,
    "large-reads": large_reads.run,
    "large-push": large_push.run,
    "image-push": image_push.run,
    "memory": memory.run,
    "listings": listings.run,
    "logins": logins.run,
    "audit": audit.run,
    "garbage": garbage.run,
    "pages": pages.run,
}
BY_NAME = {"audit", "garbage", "pages"}
"""What runs only when it is asked for: it takes long, has no peer, and a section of its own on the page."""
