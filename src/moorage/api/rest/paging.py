"""Lists: which part is asked for and in which order, the way to the next page, and how many there are in all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from moorage.rules.labels import Label
from moorage.rules.listing import Listed, Listing, Total

_LARGEST_PAGE = 1000
_LONGEST_CURSOR = 512
TOTAL, CAPPED = "x-total-count", "x-total-count-capped"
"""How many entries there are in all; and, of very many, that there are so many at least."""
Item = TypeVar("Item")
Entry = TypeVar("Entry")


class Paging:
    """Which page of a list is asked for, and what is told beside it."""

    def __init__(
        self,
        request: Request,
        response: Response,
        per_page: Annotated[int, Query(ge=1, le=_LARGEST_PAGE, description="entries in a page")] = 100,
        after: Annotated[
            str, Query(max_length=_LONGEST_CURSOR, description="where the page begins: what a `Link` before has named")
        ] = "",
    ) -> None:
        self.listing = Listing(per_page, after)
        self._request = request
        self._response = response

    def sorted(self, sort: str, prefix: str = "", **where: object) -> "Paging":
        """The same in this order, and only what begins so and has these values."""
        given = {name: value for name, value in where.items() if value is not None}
        column, descending = sort.removeprefix("-"), sort.startswith("-")
        self.listing = replace(self.listing, sort=column, descending=descending, prefix=prefix, where=given)
        return self

    def show(self, found: Listed[Item], show: Callable[[Item], Entry]) -> list[Entry]:
        """The entries; where the list goes on, if it does (RFC 8288), and how many there are in all."""
        self._tell(found.total, found.following)
        return [show(item) for item in found.items]

    def part(self, whole: Sequence[Item], show: Callable[[Item], Entry], key: Callable[[Item], str]) -> list[Entry]:
        """The entries of a short list that is known whole; `key` names each, in the order in which they stand."""
        rest = [item for item in whole if key(item) > self.listing.after]
        items = rest[: self.listing.size]
        following = key(items[-1]) if len(rest) > len(items) else None
        return self.show(Listed(tuple(items), following, Total(len(whole))), show)

    def _tell(self, total: Total, following: str | None) -> None:
        headers = self._response.headers
        headers[TOTAL] = str(total.number)
        if total.at_least:
            headers[CAPPED] = "true"
        if following is None:
            return
        asked = [(name, value) for name, value in self._request.query_params.multi_items() if name != "after"]
        query = urlencode([*asked, ("after", following)])
        headers["link"] = f'<{self._request.scope["moorage.here"]}?{query}>; rel="next"'


Page: TypeAlias = Annotated[Paging, Depends()]
"""A page of a list that has one order."""
_Prefix: TypeAlias = Annotated[str, Query(max_length=256, description="only those whose names begin so")]
_Flag: TypeAlias = Annotated[bool | None, Query(description="only those of which this is so, or is not")]
_SORT = Query(description="by what; with - before it, downwards")
_ByName: TypeAlias = Annotated[Literal["name", "-name"], _SORT]
_ByAge: TypeAlias = Annotated[Literal["name", "-name", "created_at", "-created_at"], _SORT]
_ByPush: TypeAlias = Annotated[Literal["name", "-name", "pushed_at", "-pushed_at"], _SORT]
_ByAll: TypeAlias = Annotated[Literal["name", "-name", "created_at", "-created_at", "pushed_at", "-pushed_at"], _SORT]
_Labels: TypeAlias = Annotated[
    list[str] | None, Query(max_length=10, description="only those with this label, as env=prod")
]


def _named(page: Page, sort: _ByName = "name", prefix: _Prefix = "") -> Paging:
    return page.sorted(sort, prefix)


def _projects(page: Page, sort: _ByAge = "name", prefix: _Prefix = "", public: _Flag = None) -> Paging:
    return page.sorted(sort, prefix, public=public)


def _repositories(page: Page, sort: _ByAll = "name", prefix: _Prefix = "", label: _Labels = None) -> Paging:
    return page.sorted(sort, prefix, labels=[Label.parse(text) for text in label or []])


def _tags(page: Page, sort: _ByPush = "name", prefix: _Prefix = "") -> Paging:
    return page.sorted(sort, prefix)


def _robots(page: Page, sort: _ByAge = "name", prefix: _Prefix = "", disabled: _Flag = None) -> Paging:
    return page.sorted(sort, prefix, disabled=disabled)


def _users(
    page: Page,
    sort: _ByAge = "name",
    prefix: _Prefix = "",
    administrator: _Flag = None,
    auditor: _Flag = None,
    disabled: _Flag = None,
) -> Paging:
    return page.sorted(sort, prefix, administrator=administrator, auditor=auditor, disabled=disabled)


NamePage: TypeAlias = Annotated[Paging, Depends(_named)]
ProjectPage: TypeAlias = Annotated[Paging, Depends(_projects)]
RepositoryPage: TypeAlias = Annotated[Paging, Depends(_repositories)]
TagPage: TypeAlias = Annotated[Paging, Depends(_tags)]
RobotPage: TypeAlias = Annotated[Paging, Depends(_robots)]
UserPage: TypeAlias = Annotated[Paging, Depends(_users)]
"""Pages of lists that can be sorted and narrowed."""
