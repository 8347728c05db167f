"""The trail in memory, written to the records every moment: what happens too often for a transaction each.

Pulls of one thing by one client within a moment become one event that says how many; where even these would be too
many rows, it says so by repository, and then by project. So the cost is bounded and no pull goes uncounted.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import structlog

from moorage.oci.error import Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Identity, Kind, Via
from moorage.rules.facts import DONE, REFUSED, Event
from moorage.rules.identities import INVITATION_PREFIX, PERSONAL_PREFIX, ROBOT_PREFIX
from moorage.rules.telling import as_json

log = structlog.get_logger("moorage.audit")
MOST_ROWS = 200
"""Different pulls in a moment that are told each; then they are put together by repository, then by project."""
MOST_FAILURES = 10
"""Events of failed logins that one flush writes: anybody can cause them."""
MOST_KEPT = 50_000
"""Different things that are remembered while nothing can be written."""


class _Seen(NamedTuple):
    kind: str
    actor_kind: str
    actor: str
    address: str
    agent: str
    repository: str
    reference: str
    outcome: str = DONE
    reason: str = ""


_Pull: TypeAlias = tuple[Kind, str, str, bytes, tuple[str, ...]]
_LONGEST_AGENT = 256
_SECRETS = (PERSONAL_PREFIX, ROBOT_PREFIX, INVITATION_PREFIX)
_EVERYBODY = Identity(Kind.USER, auditor=True)
"""Sees every place, so that what happened is told where it belongs."""


class BufferedTrail:
    """See `ports.trail.Trail`. `flush` is to be called every moment, and at the end."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._seen: Counter[_Seen] = Counter()
        self._pulls: dict[_Pull, int] = {}
        self._uses: dict[tuple[str, int], tuple[float, str]] = {}
        self._lost = 0

    def pulled(self, who: Identity, address: str, agent: bytes, words: tuple[str, ...]) -> None:
        """Count it; what it means is worked out when it is written.

        Where there are many in a moment the next are told by repository, and then by project.
        """
        pulls = self._pulls
        key: _Pull = (who.kind, who.name, address, agent, words)
        if key not in pulls and len(pulls) >= MOST_ROWS:
            key = (who.kind, who.name, address, b"", (words[0], ""))
            if key not in pulls and len(pulls) >= 2 * MOST_ROWS:
                key = (who.kind, who.name, "", b"", (_whole_project(words[0]), ""))
                if key not in pulls and len(pulls) >= MOST_KEPT:
                    self._lost += 1
                    return
        pulls[key] = pulls.get(key, 0) + 1

    def login(self, who: Identity, via: Via) -> None:
        """Count it."""
        self._count(_Seen("login", who.kind.value, who.name, via.address, via.agent, "", ""))

    def denied(self, who: Identity, via: Via, *, reason: str, repository: str) -> None:
        """Count it."""
        self._refused("access.refused", who, via, reason, repository)

    def no_room(self, who: Identity, via: Via, *, reason: str, repository: str) -> None:
        """Count it."""
        self._refused("quota.refused", who, via, reason, repository)

    def _refused(self, kind: str, who: Identity, via: Via, reason: str, repository: str) -> None:
        self._count(
            _Seen(kind, who.kind.value, who.name, via.address, via.agent, repository, "", REFUSED, reason[:500])
        )

    def failed(self, name: str, via: Via, *, reason: str = "") -> None:
        """Count it; what a stranger says of themselves is cut short, and is no secret typed in the wrong place."""
        shown = f"{name[:4]}[redacted]" if name.startswith(_SECRETS) else name[:128]
        why = _whole(reason[:500])
        self._count(_Seen("login.failed", "", _whole(shown), via.address, via.agent, "", "", REFUSED, why))

    def _count(self, seen: _Seen) -> None:
        if len(self._seen) >= MOST_KEPT and seen not in self._seen:
            self._lost += 1
            return
        self._seen[seen] += 1

    def used(self, who: Identity, via: Via) -> None:
        """The last time counts."""
        if who.user_id is None:
            return
        moment = (self._clock(), via.address)
        if who.kind is Kind.ROBOT:
            self._uses["robot", who.user_id] = moment
            return
        self._uses["account", who.user_id] = moment
        if who.personal is not None:
            self._uses["token", who.personal] = moment

    async def flush(self) -> None:
        """Write what there is; what cannot be written now is kept for the next time."""
        seen, self._seen = self._seen, Counter()
        pulls, self._pulls = self._pulls, {}
        for (kind, actor, address, agent, (repository, reference)), times in pulls.items():
            client = agent[:_LONGEST_AGENT].decode("latin-1")
            seen[_Seen("manifest.pulled", kind.value, actor, address, client, repository, reference)] += times
        uses, self._uses = self._uses, {}
        if not seen and not uses:
            return
        now, bounded = self._clock(), _bounded(seen)

        def story(ledger: Ledger) -> None:
            places: dict[str, int | None] = {}
            for entry, times in bounded.items():
                ledger.events.record(_event(ledger, entry, times, now, places))
            for (kind, number), (at, address) in uses.items():
                if kind == "robot":
                    ledger.robots.used(number, at=at, address=address)
                elif kind == "token":
                    ledger.personal_tokens.used(number, at=at, address=address)
                else:
                    ledger.accounts.seen(number, at=at)

        try:
            await self._records.write(story, durable=False)
        except Refusal as refusal:
            log.warning("the audit has to wait", reason=refusal.sentence)
            self._seen.update(bounded)
            self._uses = {**uses, **self._uses}
        if self._lost:
            log.error("the audit is incomplete: the database could not be written for too long", lost=self._lost)
            self._lost = 0


_COARSER: tuple[Callable[[_Seen], _Seen], ...] = (
    lambda entry: entry._replace(reference="", agent="", reason=""),
    lambda entry: entry._replace(repository=_whole_project(entry.repository)),
    lambda entry: entry._replace(address=""),
)
"""What is left out first of what somebody did; who it was always stays."""
_COARSER_FAILURES: tuple[Callable[[_Seen], _Seen], ...] = (
    lambda entry: entry._replace(agent="", reason=""),
    lambda entry: entry._replace(actor=""),
    lambda entry: entry._replace(address=""),
)
"""The same of logins that failed: a name that a stranger invents says less than where they came from."""


def _bounded(seen: Counter[_Seen]) -> Counter[_Seen]:
    """Each kind by itself: strangers who fail in great numbers blur nothing but their own failures."""
    bounded: Counter[_Seen] = Counter()
    for kind in {entry.kind for entry in seen}:
        own = Counter({entry: times for entry, times in seen.items() if entry.kind == kind})
        is_failure = kind == "login.failed"
        for widen in _COARSER_FAILURES if is_failure else _COARSER:
            if len(own) <= (MOST_FAILURES if is_failure else 2 * MOST_ROWS):
                break
            wider: Counter[_Seen] = Counter()
            for entry, times in own.items():
                wider[widen(entry)] += times
            own = wider
        bounded.update(own)
    return bounded


def _whole(text: str) -> str:
    """Without halves of letters, which JSON can hold and a database cannot."""
    return text.encode("utf-8", "replace").decode()


def _whole_project(repository: str) -> str:
    """How an event speaks of all repositories of a project: its name and a slash."""
    return f"{RepositoryName(repository).project}/" if repository else ""


def _project_of(ledger: Ledger, repository: str) -> int | None:
    """Of what has this name, or had it before: whoever pulls by an old name pulls from where that is now."""
    place = ledger.repositories.place(RepositoryName(repository), _EVERYBODY)
    return (place.moved_to or place).project_id


def _event(ledger: Ledger, entry: _Seen, times: int, now: float, places: dict[str, int | None]) -> Event:
    if entry.repository not in places:
        places[entry.repository] = _project_of(ledger, entry.repository) if entry.repository else None
    is_digest = ":" in entry.reference
    more: dict[str, object] = {"times": times} if times > 1 else {}
    if entry.reason:
        more["reason"] = entry.reason
    return Event(
        entry.kind,
        entry.repository,
        places[entry.repository],
        entry.actor,
        now,
        tag=entry.reference if entry.reference and not is_digest else None,
        digest=entry.reference if is_digest else None,
        actor_kind=entry.actor_kind,
        outcome=entry.outcome,
        address=entry.address,
        agent=entry.agent,
        after=as_json(more or None),
    )
