"""Somebody looks for something of which they remember a part."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from moorage.ports.records import Ledger, Records
from moorage.ports.search import Fits, Hit
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import Account, Group, Project
from moorage.rules.listing import Listing
from moorage.rules.roles import Action

LONGEST = 256
_SHOWN = 12
_NAME = re.compile(r"[a-z0-9._/-]+")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGITS = re.compile(r"(?:sha(?:256|512):)?([0-9a-f]{6,128})")
_LABEL = re.compile(r"([a-z0-9][a-z0-9._/-]*)(?:=(.*))?", re.DOTALL)
_COMMAND = re.compile(r"(?:docker|podman|nerdctl|crane|skopeo)\s+\w+\s+(?:docker://)?")
_MOST_BEFORE = 4
"""Repositories in which the tag of `repository:tag` is looked for."""


class Found(NamedTuple):
    """What fits, by what it is, the best first; of each sort no more than a dozen."""

    projects: tuple[Project, ...] = ()
    repositories: tuple[Hit, ...] = ()
    tags: tuple[Hit, ...] = ()
    digests: tuple[Hit, ...] = ()
    labels: tuple[Hit, ...] = ()
    people: tuple[Account, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchAll:
    """Whatever is given is judged by the rules: nobody finds what they may not see."""

    records: Records

    async def __call__(self, who: Identity, text: str, host: str = "") -> Found:
        """What fits the text, which may be a reference as programs take it, beginning with our own `host`."""
        access.require_api(who)
        text = _plain(text, host)
        if not text or len(text) > LONGEST:
            return Found()
        return await self.records.read_aside(partial(_found, who=who, text=text))


def _plain(text: str, host: str) -> str:
    """Without what stands around a reference that was copied."""
    text = _COMMAND.sub("", text.strip())
    return text.removeprefix(f"{host}/").strip() if host else text


def _found(ledger: Ledger, who: Identity, text: str) -> Found:
    digits = _DIGITS.fullmatch(text)
    before, between, after = text.partition("@") if "@" in text else text.rpartition(":")
    if between and not digits and _NAME.fullmatch(before.partition(":")[0]):
        return _in_repository(ledger, who, before.partition(":")[0], after)
    name, people = text.lower(), access.may_everywhere(who, Action.READ_PEOPLE)
    listing = Listing(_SHOWN, prefix=text)
    return Found(
        projects=_projects(ledger, who, name),
        repositories=_open(who, ledger.search.repositories(who, name, limit=_SHOWN) if _NAME.fullmatch(name) else ()),
        tags=_open(who, ledger.search.tags(who, text, limit=_SHOWN) if _TAG.fullmatch(text) else ()),
        digests=_open(who, ledger.search.digests(who, digits[1], limit=_SHOWN)) if digits else (),
        labels=_labels(ledger, who, text),
        people=tuple(ledger.accounts.page(listing)[:_SHOWN]) if people else (),
        groups=tuple(ledger.groups.page(listing)[:_SHOWN]) if people else (),
    )


def _projects(ledger: Ledger, who: Identity, name: str) -> tuple[Project, ...]:
    visible_to = None if access.sees_all(who) else who
    return tuple(ledger.projects.page(Listing(_SHOWN, prefix=name), visible_to=visible_to)[:_SHOWN])


def _labels(ledger: Ledger, who: Identity, text: str) -> tuple[Hit, ...]:
    label = _LABEL.fullmatch(text)
    return () if label is None else _open(who, ledger.search.labels(who, label[1], label[2], limit=_SHOWN))


def _in_repository(ledger: Ledger, who: Identity, before: str, after: str) -> Found:
    """A tag, or a digest, of the repositories that fit best."""
    repositories = _open(who, ledger.search.repositories(who, before, limit=_SHOWN))
    digits = _DIGITS.fullmatch(after)
    if digits:
        hits = ledger.search.digests(who, digits[1], limit=_SHOWN * _SHOWN)
        names = {hit.place.name for hit in repositories}
        digests = [hit for hit in _open(who, hits) if hit.place.name in names]
        return Found(repositories=repositories, digests=tuple(digests[:_SHOWN]))
    tags: list[Hit] = []
    for hit in repositories[:_MOST_BEFORE] if _TAG.fullmatch(after) or not after else ():
        assert hit.place.repository_id is not None  # noqa: S101 - it was found
        for tag in ledger.tags.listed(hit.place.repository_id, Listing(_SHOWN, prefix=after)):
            fits = Fits.EXACTLY if tag.name == after else Fits.BEGINS
            tags.append(Hit(hit.place, fits, tag=tag.name, digest=tag.digest, at=tag.pushed_at))
    tags.sort(key=lambda hit: hit.fits.value)
    return Found(repositories=repositories, tags=tuple(tags[:_SHOWN]))


def _open(who: Identity, hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Those in repositories from which they may pull."""
    return tuple(hit for hit in hits if access.reasons(who, Action.PULL, hit.place))
