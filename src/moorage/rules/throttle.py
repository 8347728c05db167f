"""How wrong credentials are counted: a burst of the same mistake is one failure, many different ones are an attack.

Pure: frozen state and verbs; times are seconds on any clock that only grows.
"""

from dataclasses import dataclass, replace

WINDOW = 300.0
"""Seconds for which a failure counts."""
BURST = 30.0
"""Seconds within which the same credentials count once: containerd tries them five times per pull."""
PATIENCE = 10
"""Different failures within the window before the next try has to wait."""
ADDRESS_PATIENCE = 50
"""The same for all names that one address tries together."""
LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True)
class Failures:
    """The recent failures of one client: when, and a keyed hash of what was tried."""

    tries: tuple[tuple[float, bytes], ...] = ()

    def add(self, now: float, fingerprint: bytes) -> "Failures":
        """One more failure, unless it repeats one of this burst."""
        recent = self.recent(now)
        if recent.repeats(now, fingerprint):
            return recent
        return replace(recent, tries=(*recent.tries, (now, fingerprint)))

    def add_new(self, now: float, fingerprint: bytes) -> "Failures":
        """One more failure, unless these credentials are among them: a job with a stale password counts once."""
        recent = self.recent(now)
        if any(tried == fingerprint for _, tried in recent.tries):
            return recent
        return replace(recent, tries=(*recent.tries, (now, fingerprint)))

    def repeats(self, now: float, fingerprint: bytes) -> bool:
        """Were these very credentials wrong a moment ago? Then they need no second look."""
        return any(tried == fingerprint and now - at < BURST for at, tried in self.tries)

    def recent(self, now: float) -> "Failures":
        """Without those that no longer count."""
        return replace(self, tries=tuple(entry for entry in self.tries if now - entry[0] < WINDOW))

    def room(self, now: float) -> int:
        """Different credentials that may be looked at side by side: so many as may still be wrong, one at least."""
        return max(1, PATIENCE - len(self.recent(now).tries))

    def wait(self, now: float, patience: int = PATIENCE) -> int:
        """Seconds until the next try is heard; 0 means now."""
        recent = self.recent(now).tries
        if len(recent) < patience:
            return 0
        pause = min(LONGEST_WAIT, 2 ** (len(recent) - patience + 1))
        return max(0, int(recent[-1][0] + pause - now + 0.999))
