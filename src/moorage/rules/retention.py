"""Which images go when a project's rules of retention are carried out, and which rule says so of each.

A plan is data, made of facts alone: what shows it beforehand and what carries it out is the same function. Tags are
judged one by one. Keep wins over delete, and what no rule names stays. An image goes when all of its tags go, or when
it has none and a rule says so of those; never while something that stays needs it. Times are seconds since the epoch.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.semantic_version import Range

DAY = 86_400.0
PULLS_LATE = 3600.0
"""Seconds for which a pull may not be noted yet: an image that is pulled all the time has one noted an hour."""
_EVERY = Pattern(EVERYTHING)
_OF_DIGEST = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})(?:\..*)?")
"""Tags by which older tools find what belongs to an image (Distribution Specification, "Referrers Tag Schema")."""


class Effect(Enum):
    """What becomes of what a rule chooses."""

    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Rule:
    """Chooses tags, or images without tags, of which everything holds that is said here.

    `repositories` are relative to the project, `labels` those that the repository must have. `tags` and `versions`
    (a range of semantic versions) choose by name; `untagged` chooses images that have no tag instead. `newest` chooses
    so many of those that last moved, of each repository, or of each group of tags that share what stands before their
    last `group_before`: with "-", `main-7` and `main-8` are of one. `pushed_days` and `pulled_days` choose what was
    pushed or pulled within so many days. DELETE chooses the others instead: those that are not of the newest, or not so
    recent. What was never pulled counts as pulled when its tag moved. `annotations` are those that the manifest must
    have.
    """

    effect: Effect
    repositories: Pattern = _EVERY
    labels: tuple[tuple[str, str], ...] = ()
    tags: Pattern | None = None
    versions: Range | None = None
    untagged: bool = False
    newest: int | None = None
    group_before: str = ""
    pushed_days: float | None = None
    pulled_days: float | None = None
    annotations: tuple[tuple[str, str], ...] = ()

    def is_about(self, repository: str, labels: Mapping[str, str]) -> bool:
        """Is this repository, by its name within the project, one of those that it chooses from?"""
        return self.repositories.matches(repository) and _has(labels, self.labels)

    def names(self, tag: str) -> bool:
        """Does it choose tags of this name?"""
        return (
            not self.untagged
            and (self.tags is None or self.tags.matches(tag))
            and (self.versions is None or self.versions.has(tag))
        )

    @property
    def asks_names_alone(self) -> bool:
        """Does it ask of tags nothing but their names?"""
        return self.newest is None and self.pushed_days is None and self.pulled_days is None and not self.annotations

    def fits(self, image: "ImageFact", moved_at: float, pulled_at: float, now: float) -> bool:
        """Are image and time what it asks for? Whoever pulls a platform's image pulls its index as well."""
        recent = self.effect is Effect.KEEP
        used_at = max(pulled_at + PULLS_LATE, image.pushed_at, image.restored_at or 0.0, moved_at)
        return (
            _has(image.annotations, self.annotations)
            and (self.pushed_days is None or (now - moved_at < self.pushed_days * DAY) is recent)
            and (self.pulled_days is None or (now - used_at < self.pulled_days * DAY) is recent)
        )

    def counts(self, place: int) -> bool:
        """Does it choose what stands at this place, the newest first?"""
        if self.newest is None:
            return True
        return place < self.newest if self.effect is Effect.KEEP else place >= self.newest

    def group(self, tag: str) -> str:
        """Which tags it counts together."""
        return tag.rpartition(self.group_before)[0] if self.group_before else ""


class TagFact(NamedTuple):
    """A tag: when it last moved, and the sentence of what forbids to take it away, if anything does."""

    name: str
    moved_at: float
    protected: str = ""


@dataclass(frozen=True, slots=True)
class ImageFact:
    """A manifest of a repository: `children` are the manifests that it names as an index, `size` bytes of its own.

    `pulled_at` is when it was pulled last, `untagged_at` when a tag left it last, and `restored_at` when it came back
    from the trash last, if that ever happened.
    """

    digest: str
    pushed_at: float
    pulled_at: float | None = None
    untagged_at: float | None = None
    restored_at: float | None = None
    tags: tuple[TagFact, ...] = ()
    children: tuple[str, ...] = ()
    subject: str | None = None
    size: int = 0
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def since(self) -> float:
        """Since when it is as it is, if it has no tag."""
        return max(self.pushed_at, self.untagged_at or 0.0, self.restored_at or 0.0)


class Because(Enum):
    """Why something stays or goes: a rule, or none; a rule of tags; what it belongs to; what belongs to it."""

    RULE = "rule"
    NO_RULE = "no rule"
    PROTECTED = "protected"
    TAG = "tag"
    INDEX = "index"
    SUBJECT = "subject"
    REFERRER = "referrer"


class Reason(NamedTuple):
    """`rule` counts from 1; `what` is the tag or digest that it is because of, or the sentence that protects."""

    because: Because
    rule: int | None = None
    what: str = ""


class TagVerdict(NamedTuple):
    """A tag, whether it stays, and why."""

    name: str
    stays: bool
    why: Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """An image, whether it stays, and why; and the same of each of its tags."""

    image: ImageFact
    stays: bool
    why: Reason
    tags: tuple[TagVerdict, ...]


def plan(
    rules: Sequence[Rule],
    repository: str,
    labels: Mapping[str, str],
    images: Sequence[ImageFact],
    now: float,
    *,
    pulls_since: float = 0.0,
) -> tuple[Verdict, ...]:
    """What becomes of each image of a repository, by its name within the project.

    Pulls are known since `pulls_since`: nobody can tell what was not pulled before, so all counts as pulled then.
    """
    ties = _Ties(images, pulls_since=pulls_since)
    about = [(number, rule) for number, rule in enumerate(rules, 1) if rule.is_about(repository, labels)]
    choices = _choices(about, images, ties, now)
    tags = {image.digest: tuple(_judge_tag(image, tag, choices) for tag in image.tags) for image in images}
    own = {image.digest: _judge_image(image, tags[image.digest], choices, ties) for image in images}
    stay = _needed(own, ties)
    verdicts = []
    for image in images:
        why = stay.get(image.digest)
        gone = own[image.digest] or _Own(stays=False, why=ties.above(image.digest)[0])
        told = tuple(_with_image(image, tag, why, gone.why, ties) for tag in tags[image.digest])
        verdicts.append(Verdict(image, why is not None, why or gone.why, told))
    return tuple(verdicts)


def look_behind(rules: Iterable[Rule], since: float, now: float) -> bool:
    """Does a rule ask for pulls of before this time?"""
    return any(rule.pulled_days is not None and now - rule.pulled_days * DAY < since for rule in rules)


class Counting(Enum):
    """What rules count to find the newest: where some of it goes meanwhile, others take its place."""

    NOTHING = 0
    TAGS = 1
    IMAGES = 2
    """Those without tags, too."""


def counting(rules: Iterable[Rule], repository: str, labels: Mapping[str, str]) -> Counting:
    """What they count in this repository."""
    counts = [rule for rule in rules if rule.newest is not None and rule.is_about(repository, labels)]
    if any(rule.untagged for rule in counts):
        return Counting.IMAGES
    return Counting.TAGS if counts else Counting.NOTHING


def in_order(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Those that go, each after what needs it: an index before its children, an image before what is signed of it.

    As their contents say, not as tags do. An index that was made for one of its own children comes last, with it.
    """
    going = {verdict.image.digest: verdict for verdict in verdicts if not verdict.stays}
    ties = _Ties((verdict.image for verdict in going.values()), by_tags=False)
    waits = {digest: len(ties.above(digest)) for digest in going}
    free = [digest for digest, count in waits.items() if not count]
    for digest in free:
        for below, _ in ties.below(digest):
            waits[below] -= 1
            if not waits[below]:
                free.append(below)
    return tuple(going[digest] for digest in dict.fromkeys([*free, *going]))


class _Own(NamedTuple):
    """What an image's own tags, or its having none, say of it."""

    stays: bool
    why: Reason


class _Choice(NamedTuple):
    """The rule, counted from 1, that decides over a tag, or over an image without any."""

    effect: Effect
    rule: int


_Choices: TypeAlias = Mapping[tuple[str, str | None], _Choice]
"""By digest and tag; None for an image without tags of its own."""


class _Ties:
    """What belongs together: an index with its children, an image with what refers to it, by subject or by tag."""

    def __init__(self, images: Iterable[ImageFact], *, by_tags: bool = True, pulls_since: float = 0.0) -> None:
        self._pulls_since = pulls_since
        self._below: dict[str, list[tuple[str, Reason]]] = defaultdict(list)
        self._above: dict[str, list[Reason]] = defaultdict(list)
        self._following: set[tuple[str, str]] = set()
        self._there = {image.digest: image for image in images}
        for image in self._there.values():
            for child in image.children:
                self._tie(image.digest, child, Because.INDEX)
            if image.subject is not None:
                self._tie(image.subject, image.digest, Because.SUBJECT)
            for tag in image.tags if by_tags else ():
                found = _OF_DIGEST.fullmatch(tag.name)
                if found and self._tie(f"{found[1]}:{found[2]}", image.digest, Because.SUBJECT):
                    self._following.add((image.digest, tag.name))

    def _tie(self, above: str, below: str, because: Because) -> bool:
        if above == below or above not in self._there or below not in self._there:
            return False
        reason = Reason(because, what=above)
        if reason not in self._above[below]:
            self._below[above].append((below, reason))
            self._above[below].append(reason)
        return True

    def below(self, digest: str) -> Sequence[tuple[str, Reason]]:
        """What it keeps, and why."""
        return self._below.get(digest, ())

    def above(self, digest: str) -> Sequence[Reason]:
        """What keeps it."""
        return self._above.get(digest, ())

    def subject(self, digest: str) -> str | None:
        """What it refers to, if that is here."""
        subject = self._there[digest].subject
        return subject if subject in self._there else None

    def pulled_at(self, image: ImageFact) -> float:
        """When it, or anything that it names as an index, was pulled last; since when pulls are known, if never."""
        waiting, latest = [image.digest], self._pulls_since
        for digest in waiting:
            there = self._there.get(digest)
            if there is not None:
                latest = max(latest, there.pulled_at or 0.0)
                waiting += [child for child in there.children if child not in waiting]
        return latest

    def follows(self, image: ImageFact, tag: str) -> bool:
        """Is this a tag by which it is found from what it belongs to, rather than a name that somebody gave?"""
        return (image.digest, tag) in self._following


def _choices(about: Sequence[tuple[int, Rule]], images: Sequence[ImageFact], ties: _Ties, now: float) -> _Choices:
    chosen: dict[tuple[str, str | None], _Choice] = {}
    for number, rule in about:
        for key in _chosen_by(rule, images, ties, now):
            if key not in chosen or (chosen[key].effect is Effect.DELETE and rule.effect is Effect.KEEP):
                chosen[key] = _Choice(rule.effect, number)
    return chosen


def _chosen_by(rule: Rule, images: Sequence[ImageFact], ties: _Ties, now: float) -> Iterator[tuple[str, str | None]]:
    """Tags that the rule chooses, or images without any."""
    named: dict[str, list[tuple[float, str, ImageFact, str | None]]] = defaultdict(list)
    for image in images:
        for tag in image.tags:
            if rule.names(tag.name) and not ties.follows(image, tag.name):
                named[rule.group(tag.name)].append((tag.moved_at, tag.name, image, tag.name))
        if rule.untagged and not image.tags and not ties.above(image.digest):
            named[""].append((image.since, image.digest, image, None))
    for group in named.values():
        group.sort(key=lambda entry: entry[:2], reverse=True)
        for place, (moved_at, _, image, name) in enumerate(group):
            if rule.counts(place) and rule.fits(image, moved_at, ties.pulled_at(image), now):
                yield image.digest, name


def _judge_tag(image: ImageFact, tag: TagFact, choices: _Choices) -> TagVerdict:
    choice = choices.get((image.digest, tag.name))
    if choice is not None and choice.effect is Effect.KEEP:
        return TagVerdict(tag.name, stays=True, why=Reason(Because.RULE, choice.rule))
    if tag.protected:
        return TagVerdict(tag.name, stays=True, why=Reason(Because.PROTECTED, what=tag.protected))
    if choice is not None:
        return TagVerdict(tag.name, stays=False, why=Reason(Because.RULE, choice.rule))
    return TagVerdict(tag.name, stays=True, why=Reason(Because.NO_RULE))


def _judge_image(image: ImageFact, tags: Sequence[TagVerdict], choices: _Choices, ties: _Ties) -> _Own | None:
    """None: whatever becomes of what it belongs to."""
    above = ties.above(image.digest)
    own = [tag for tag in tags if tag.why.because is Because.PROTECTED or not ties.follows(image, tag.name)]
    for tag in own:
        if tag.stays:
            return _Own(stays=True, why=Reason(Because.TAG, tag.why.rule, tag.name))
    if own:
        return _Own(stays=False, why=own[0].why)
    if above:
        return None
    choice = choices.get((image.digest, None))
    if choice is None:
        return _Own(stays=True, why=Reason(Because.NO_RULE))
    return _Own(choice.effect is Effect.KEEP, Reason(Because.RULE, choice.rule))


def _needed(own: Mapping[str, _Own | None], ties: _Ties) -> Mapping[str, Reason]:
    """What stays: by itself, or because something that stays needs it."""
    stay = {digest: judged.why for digest, judged in own.items() if judged is not None and judged.stays}
    for digest in list(stay):
        refers, subject = digest, ties.subject(digest)
        while subject is not None and subject not in stay:
            stay[subject] = Reason(Because.REFERRER, what=refers)
            refers, subject = subject, ties.subject(subject)
    _spread(stay, list(stay), ties)
    going = {digest: judged.why for digest, judged in own.items() if digest not in stay and judged is not None}
    _spread(going, list(going), ties)
    # What belongs only to what belongs to it goes with nothing.
    stranded = [digest for digest in own if digest not in stay and digest not in going]
    stay.update((digest, Reason(Because.NO_RULE)) for digest in stranded)
    _spread(stay, stranded, ties)
    return stay


def _spread(found: dict[str, Reason], fresh: list[str], ties: _Ties) -> None:
    """From what was found freshly to all that belongs to it."""
    for digest in fresh:
        for below, reason in ties.below(digest):
            if below not in found:
                found[below] = reason
                fresh.append(below)


def _with_image(image: ImageFact, tag: TagVerdict, stays: Reason | None, goes: Reason, ties: _Ties) -> TagVerdict:
    """A tag by which it is found from what it belongs to stays or goes as the image does."""
    if not ties.follows(image, tag.name) or tag.why.because is Because.PROTECTED:
        return tag
    return TagVerdict(tag.name, stays=stays is not None, why=stays or goes)


def _has(present: Mapping[str, str], wanted: Iterable[tuple[str, str]]) -> bool:
    return all(present.get(name) == value for name, value in wanted)
