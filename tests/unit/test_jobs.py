"""A job's state: every verb leads to a state that can be, and whoever does not hold a job cannot change it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from moorage.oci.error import Code, Refusal
from moorage.rules import jobs
from moorage.rules.jobs import LEASE, Job, Progress, State
from tests.support.records import NOW, SOMEBODY
from tests.support.refused import refused


def asked(attempts: int = 3) -> Job:
    """A job that waits."""
    return replace(jobs.ask("verify", SOMEBODY, NOW, attempts=attempts), id=7)


class Life(RuleBasedStateMachine):
    """Whatever happens to a job, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.job = asked()

    @rule(seconds=st.floats(0, 2 * LEASE))
    def wait(self, seconds: float) -> None:
        """Time goes on."""
        self.now += seconds

    @precondition(lambda self: self.job.state is State.QUEUED)
    @rule(holder=st.sampled_from(["one", "other"]))
    def claim(self, holder: str) -> None:
        """Somebody begins."""
        self.job = self.job.claimed(holder, self.now)
        assert self.job.is_held_by(holder)

    @precondition(lambda self: self.job.state is State.RUNNING)
    @rule(done=st.integers(0, 9), bookmark=st.sampled_from("abc"))
    def beat(self, done: int, bookmark: str) -> None:
        """Its holder gets on, or not."""
        moved = bookmark != self.job.progress.bookmark
        before = self.job.attempt
        self.job = self.job.held(Progress(done, 9, bookmark), self.now)
        assert self.job.attempt == (1 if moved else before)
        assert not self.job.is_lost(self.now)

    @precondition(lambda self: self.job.state is State.RUNNING)
    @rule(how=st.sampled_from(["succeeded", "failed", "lost", "given_back", "stopped"]))
    def end(self, how: str) -> None:
        """In any of the ways."""
        was = self.job
        if how == "succeeded":
            self.job = was.succeeded({"n": 1}, self.now)
        elif how == "failed":
            self.job = was.failed("because", self.now)
        else:
            self.job = getattr(was, how)(self.now)
        if was.cancelling and how != "succeeded":
            assert self.job.state is State.CANCELLED

    @rule()
    def cancel(self) -> None:
        """At any time; what has ended refuses."""
        if self.job.state.is_end:
            with refused(Code.CONFLICT):
                self.job.cancelled(self.now)
            return
        waited = self.job.state is State.QUEUED
        self.job = self.job.cancelled(self.now)
        assert self.job.state is State.CANCELLED if waited else self.job.cancelling

    @rule()
    def retry(self) -> None:
        """What failed or was cancelled has all its attempts again, and its bookmark."""
        if self.job.state not in {State.FAILED, State.CANCELLED}:
            with refused(Code.CONFLICT):
                self.job.retried(self.now)
            return
        bookmark = self.job.progress.bookmark
        self.job = self.job.retried(self.now)
        assert (self.job.attempt, self.job.progress.bookmark) == (0, bookmark)

    @invariant()
    def is_whole(self) -> None:
        """What a state has, and what it has not."""
        job = self.job
        assert (job.state is State.RUNNING) == bool(job.holder) == (job.lease_until is not None)
        assert job.state.is_end == (job.ended_at is not None)
        assert not job.cancelling or job.state is State.RUNNING
        assert 0 <= job.attempt <= job.attempts
        assert job.result is None or job.state is State.SUCCEEDED


TestLife = Life.TestCase


def test_an_attempt_that_dies_counts() -> None:
    """A job that kills whoever does it is given up after its attempts, and says why."""
    job = asked(attempts=3)
    for _ in range(3):
        assert job.state is State.QUEUED
        job = job.claimed("one", NOW).lost(NOW + LEASE + 1)
    assert (job.state, job.reason) == (State.FAILED, "whoever did it has died, or hangs")


def test_who_ends_in_peace_costs_no_attempt() -> None:
    """However often the program is restarted."""
    job = asked(attempts=1)
    for _ in range(9):
        job = job.claimed("one", NOW).given_back(NOW)
        assert (job.state, job.attempt, job.due_at) == (State.QUEUED, 0, NOW)


def test_a_job_that_gets_on_is_never_given_up() -> None:
    """Each attempt that moves the bookmark counts as the first."""
    job = asked(attempts=2)
    for step in range(20):
        job = job.claimed("one", NOW).held(Progress(step, None, f"at {step}"), NOW).lost(NOW + 99)
    assert job.state is State.QUEUED
    assert job.progress.bookmark == "at 19"


def test_a_lease() -> None:
    """It is over after its time, and a beat begins it anew."""
    job = asked().claimed("one", NOW)
    assert not job.is_lost(NOW + LEASE)
    assert job.is_lost(NOW + LEASE + 0.1)
    assert not job.held(Progress(), NOW + LEASE).is_lost(NOW + 2 * LEASE)
    assert not job.is_held_by("other")
    assert not replace(job, state=State.QUEUED).is_held_by("one")


def test_pauses_grow() -> None:
    """From some seconds to an hour."""
    assert [jobs.pause(attempt) for attempt in (1, 2, 3, 4, 5, 6, 99)] == [5, 20, 80, 320, 1280, 3600, 3600]
    failed = asked().claimed("one", NOW).failed("no", NOW)
    assert (failed.state, failed.due_at, failed.reason) == (State.QUEUED, NOW + 5, "no")


@pytest.mark.parametrize("verb", ["held", "failed", "given_back", "lost"])
def test_what_does_not_run_cannot_end(verb: str) -> None:
    """Refused, whatever the caller believes."""
    job = asked()
    words = {"held": (Progress(), NOW), "failed": ("no", NOW)}.get(verb, (NOW,))
    with pytest.raises(Refusal):
        getattr(job, verb)(*words)


@given(st.text(max_size=2000))
def test_lines_are_lines(text: str) -> None:
    """Nothing that a terminal obeys, and no more than a line."""
    line = jobs.line(text)
    assert line.isprintable()
    assert len(line) <= jobs.LONGEST_LINE
