"""What every use case asks of the tag rules within its transaction, before it changes a tag or what a tag needs.

Whoever moves or deletes tags calls one of these first: then no way leads past a rule. `place` is the repository with
the roles of `who`, and `who` is None where the registry acts by itself. Each raises DENIED, which undoes the story.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import Tag
from moorage.ports.records import Ledger
from moorage.rules.access import Identity, Place
from moorage.rules.facts import TagRecord
from moorage.rules.tag_rule import RuleKind
from moorage.rules.tag_rules import MOST_STEPS, PROTECTING, Change, RuleBook, judge

_STEP = 1000
_MAKING = (RuleKind.REQUIRED, RuleKind.FORBIDDEN, RuleKind.RESERVED)
"""Kinds of rules that are asked when a tag is made."""


def require_move(ledger: Ledger, who: Identity | None, place: Place, tag: Tag, to: Digest) -> tuple[str, ...]:
    """Before a tag is made or moved; what whoever does it should be warned of. To where it is it may always go."""
    book = ledger.tag_rules.of_project(place.project_id)
    before = ledger.tags.named(place.repository_id, tag) if place.repository_id is not None else None
    if before == to:
        return ()
    change = Change.MAKE if before is None else Change.MOVE
    return judge(book, who, _with_roles(ledger, who, place, book), tag.text, change)


def require_delete(ledger: Ledger, who: Identity | None, place: Place, tag: str) -> None:
    """Before a tag is deleted."""
    book = ledger.tag_rules.of_project(place.project_id)
    judge(book, who, _with_roles(ledger, who, place, book), tag, Change.DELETE)


def objection(ledger: Ledger, who: Identity, place: Place, change: Change | None, tag: str | None) -> str | None:
    """What a rule has against their moving this tag to another image, or deleting it; None: nothing."""
    if change is None or tag is None or place.project_id is None:
        return None
    there = place.repository_id is not None and ledger.tags.named(place.repository_id, Tag.parse(tag)) is not None
    book = ledger.tag_rules.of_project(place.project_id)
    try:
        asked = Change.MAKE if change is Change.MOVE and not there else change
        judge(book, who, _with_roles(ledger, who, place, book), tag, asked)
    except Refusal as refusal:
        return refusal.sentence
    return None


class Judged(NamedTuple):
    """A change of a tag: what it would be refused with (None: it may happen), and what it would be warned of."""

    change: Change
    refusal: str | None
    warnings: tuple[str, ...]


def foretell(ledger: Ledger, who: Identity, place: Place, tag: str) -> tuple[Judged, ...]:
    """What `who` would read who made, moved or deleted this tag, whether there is one or not."""
    book = ledger.tag_rules.of_project(place.project_id)
    place = _with_roles(ledger, who, place, book)
    judged = []
    for change in (Change.MAKE, Change.MOVE, Change.DELETE):
        try:
            judged.append(Judged(change, None, judge(book, who, place, tag, change)))
        except Refusal as refusal:
            judged.append(Judged(change, refusal.sentence, ()))
    return tuple(judged)


def require_loss(
    ledger: Ledger, who: Identity | None, place: Place, digest: Digest, change: Change = Change.DELETE
) -> None:
    """Before a manifest or a blob goes (or is altered): the tags that name it or whose images need it may, too."""
    book = ledger.tag_rules.of_project(place.project_id)
    repository_id = place.repository_id
    if repository_id is None or not book.has(PROTECTING, place.within):
        return
    place, most = _with_roles(ledger, who, place, book), _most(book, place)
    tags = ledger.tags.needing(repository_id, digest, limit=most + 1)
    for number, tag in enumerate(tags, 1):
        _require_few(number, most, place)
        judge(book, who, place, tag, change)


def require_end(ledger: Ledger, who: Identity | None, place: Place) -> None:
    """Before a repository goes: all of its tags may."""
    book = ledger.tag_rules.of_project(place.project_id)
    place = _with_roles(ledger, who, place, book)
    for tag in _protected(ledger, book, place):
        judge(book, who, place, tag, Change.DELETE)


def require_rename(ledger: Ledger, who: Identity | None, place: Place, there: Place) -> None:
    """Before a repository gets another name, or another project: no tag may come out from under its rule by that."""
    book, book_there = (ledger.tag_rules.of_project(where.project_id) for where in (place, there))
    place, there = _with_roles(ledger, who, place, book), _with_roles(ledger, who, there, book_there)
    for tag in _protected(ledger, book, place):
        refusal = _refusal(book, who, place, tag, Change.DELETE)
        lost = _lost(book, place, book_there, there, tag)
        if lost or (refusal is not None and _refusal(book_there, who, there, tag, Change.DELETE) is None):
            raise Refusal(
                Code.DENIED,
                f"as {there.name} its tags would lose a rule that holds for them now: {refusal or lost}",
            )
    _require_arrival(ledger, who, place, there)


def _require_arrival(ledger: Ledger, who: Identity | None, place: Place, there: Place) -> None:
    """Before the tags of a repository are under the rules of another name: each may be made there, or not here either.

    Else a name that is reserved, or has to have a form, could be made where no rule is and be brought along.
    """
    book, book_there = (ledger.tag_rules.of_project(where.project_id) for where in (place, there))
    if not book_there.has(_MAKING, there.within):
        return
    place, there = _with_roles(ledger, who, place, book), _with_roles(ledger, who, there, book_there)
    for tag in _tags(ledger, book_there, place, there):
        refusal = _refusal(book_there, who, there, tag, Change.MAKE)
        if refusal is not None and _refusal(book, who, place, tag, Change.MAKE) is None:
            raise refusal


def as_ruled(ledger: Ledger, place: Place, tag: TagRecord) -> TagRecord:
    """The tag with what the rules say of it."""
    return all_as_ruled(ledger, place, [tag])[0]


def all_as_ruled(ledger: Ledger, place: Place, tags: Sequence[TagRecord]) -> list[TagRecord]:
    """The same of several."""
    book = ledger.tag_rules.of_project(place.project_id)
    if not book.rules:
        return list(tags)
    return [
        tag._replace(
            immutable=book.holding(RuleKind.IMMUTABLE, place.within, tag.name) is not None,
            expires_at=book.ends_at(place.within, tag.name, tag.pushed_at),
        )
        for tag in tags
    ]


def _refusal(book: RuleBook, who: Identity | None, place: Place, tag: str, change: Change) -> Refusal | None:
    try:
        judge(book, who, place, tag, change)
    except Refusal as refusal:
        return refusal
    return None


def _lost(book: RuleBook, place: Place, book_there: RuleBook, there: Place, tag: str) -> str | None:
    """What holds for this tag here, whoever asks, and not there: that it is immutable, or for whom it is reserved."""
    for kind in PROTECTING:
        here, other = book.holding(kind, place.within, tag), book_there.holding(kind, there.within, tag)
        if here is None or (other is not None and other.rule.only.within(here.rule.only)):
            continue
        if kind is RuleKind.IMMUTABLE:
            return f"the tag {tag} is immutable"
        return f"the tag {tag} is reserved for {', '.join(here.rule.only.titles(place.project))}"
    return None


def _protected(ledger: Ledger, book: RuleBook, place: Place) -> Iterator[str]:
    """The repository's tags, if any of them may be protected, for as long as that takes no time to speak of."""
    if book.has(PROTECTING, place.within):
        yield from _tags(ledger, book, place, place)


def _tags(ledger: Ledger, book: RuleBook, place: Place, there: Place) -> Iterator[str]:
    """The repository's tags, for as long as to judge them by the rules of `there` takes no time to speak of."""
    if place.repository_id is None:
        return
    most, number, after = _most(book, there), 0, ""
    while tags := ledger.tags.page(place.repository_id, after=after, limit=_STEP):
        for tag in tags:
            number += 1
            _require_few(number, most, place)
            yield tag
        after = tags[-1]


def _most(book: RuleBook, place: Place) -> int:
    """Tags that one story may hold against these rules: others wait for it."""
    return MOST_STEPS // max(1, book.cost(place.within))


def _require_few(number: int, most: int, place: Place) -> None:
    if number > most:
        raise Refusal(
            Code.DENIED,
            f"{place.name} has more tags under the rules of project {place.project} than can be looked at in one "
            f"step, {most}: delete those first that may go",
        )


def _with_roles(ledger: Ledger, who: Identity | None, place: Place, book: RuleBook) -> Place:
    """An administrator needs no role for what else they do; tags may be reserved for roles that they hold as well."""
    if who is None or not who.administrator or not book.has((RuleKind.RESERVED,), place.within):
        return place
    return place._replace(roles=ledger.projects.place(place.project, replace(who, administrator=False)).roles)
