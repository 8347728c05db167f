"""What names the state of a resource (`ETag`), and changes that are made only in that state (`If-Match`).

When and from where somebody was last seen is no part of a state: to look at it would change it. Nor is when something
comes next, or how much of a quota is used, which every push changes. A description counts as it is written, whatever
HTML is made of it.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import Depends, Request

from moorage.api.rest.models.body import Shown
from moorage.oci.error import Code, Refusal
from moorage.rules.condition import Condition, always, changed

_PASSING = frozenset(
    {
        "description_html",
        "failing_since",
        "largest",
        "last_seen_at",
        "last_used_at",
        "last_used_from",
        "next_at",
        "used",
    }
)
Fact = TypeVar("Fact")


def entity_tag(value: Any) -> str:  # noqa: ANN401 - what JSON can say
    """The name of the state that this body shows."""
    whole = json.dumps(_lasting(value), sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.blake2b(whole.encode(), digest_size=12).hexdigest()}"'


def _lasting(value: Any) -> Any:  # noqa: ANN401 - what JSON can say
    if isinstance(value, list):
        return [_lasting(entry) for entry in value]
    if isinstance(value, dict):
        return {name: entry for name, entry in value.items() if name not in _PASSING}
    return value


class Match:
    """The states in which a request shall change something. Source: RFC 9110, section 13.1.1."""

    def __init__(self, request: Request) -> None:
        header = request.headers.get("if-match")
        self._tags = None if header is None else {tag.strip() for tag in header.split(",")}

    def on(self, show: Callable[[Fact], Shown]) -> Condition[Fact | None]:
        """The condition on what there is; `show` makes what a GET of this address shows of it."""
        tags = self._tags
        if tags is None:
            return always

        def judge(now: Fact | None) -> None:
            if now is None:
                raise Refusal(Code.CHANGED, "it is not there: leave If-Match out to make it")
            if "*" not in tags and entity_tag(show(now).model_dump(mode="json")) not in tags:
                raise changed()

        return judge

    def on_all(self, show: Callable[[Fact], Shown]) -> Condition[Sequence[Fact]]:
        """The same for all entries of a list."""
        tags = self._tags
        if tags is None:
            return always

        def judge(now: Sequence[Fact] | None) -> None:
            if "*" not in tags and entity_tag([show(fact).model_dump(mode="json") for fact in now or ()]) not in tags:
                raise changed()

        return judge


Matching: TypeAlias = Annotated[Match, Depends()]
"""What every change of something that can be read takes."""
