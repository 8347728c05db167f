"""Spans of bytes: the Range of a pull and the Content-Range of a chunk. Offsets are in bytes; `stop` is exclusive.

Source: RFC 9110, section 14; Distribution Specification, "Pushing a blob in chunks".
"""

import re
from dataclasses import dataclass

from moorage.oci.error import Code, Refusal

_ONE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_CHUNK = re.compile(r"(?:bytes )?(\d{1,19})-(\d{1,19})(?:/(?:\d{1,19}|\*))?")


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """In bytes."""
        return self.stop - self.start


def parse_range(header: str | None, size: int) -> Span | None:
    """The one span that a Range header asks of content of `size` bytes; None means all of it.

    Several ranges, other units and nonsense are ignored, as RFC 9110 allows; a well-formed range that holds no
    byte of the content is refused with RANGE_UNSATISFIABLE.
    """
    if header is None or size == 0:  # an empty blob has no byte to ask for; clients that probe get all of it
        return None
    match = _ONE.fullmatch(header.strip().replace(" ", ""))
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        span = Span(max(0, size - int(last)), size)
        return span if span.length else _outside(size)
    start = int(first)
    stop = min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return _outside(size)
    return Span(start, stop) if start < size else _outside(size)


def _outside(size: int) -> Span:
    raise Refusal(
        Code.RANGE_UNSATISFIABLE,
        f"the range lies outside the content, which has {size} bytes",
        detail={"size": size},
    )


def parse_chunk(header: str | None) -> Span | None:
    """The span that a pushed chunk claims; None if it claims none. Refuses nonsense with BLOB_UPLOAD_INVALID."""
    if header is None:
        return None
    match = _CHUNK.fullmatch(header.strip())
    if match is None or int(match.group(2)) < int(match.group(1)):
        raise Refusal(
            Code.BLOB_UPLOAD_INVALID,
            f"Content-Range {header[:64]!r} is not START-END with both ends counted in bytes, as in 0-1023",
        )
    return Span(int(match.group(1)), int(match.group(2)) + 1)
