"""Lists on pages: the part that an address asks for, and the way to the next one."""

from collections.abc import Sequence

from moorage.oci.error import Code, Refusal
from moorage.rules.listing import Listing
from moorage.web.visitor import Visitor

ROWS = 50
_LONGEST = 512


def listing(seen: Visitor, sorts: Sequence[str] = ("name",), **where: object) -> Listing:
    """What `?sort=`, `?prefix=` and `?after=` ask for; unsorted by the first of `sorts`, with - before it downwards.

    Raises QUERY_INVALID. Templates make the addresses with `query.having`.
    """
    asked = seen.request.query_params
    sort, after, prefix = asked.get("sort") or sorts[0], asked.get("after", ""), asked.get("prefix", "").strip()
    column = sort.removeprefix("-")
    if column not in {name.removeprefix("-") for name in sorts} or len(after) > _LONGEST or len(prefix) > _LONGEST:
        raise Refusal(Code.QUERY_INVALID, "this list has no such part: go back to its beginning")
    given = {name: value for name, value in where.items() if value is not None}
    return Listing(ROWS, after, column, sort.startswith("-"), prefix, given)
