"""A kind of job: what use cases give to be done later, and what they are given while it is done."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger
from moorage.rules.jobs import PATIENCE, Job
from moorage.rules.roles import Action

Outcome = TypeVar("Outcome")
Parameters: TypeAlias = Mapping[str, object]
"""JSON; whoever sees the job sees them."""


class Control(Protocol):
    """What a job has while it runs. It may be cut off at any `await`, by a cancellation too, and begun again."""

    @property
    def job(self) -> Job:
        """The job as it was when this attempt began; its progress tells from where to go on."""

    def reached(self, bookmark: str, done: int, total: int | None = None) -> None:
        """So far it is. It is kept within seconds, and another attempt goes on from the bookmark."""

    def say(self, text: str) -> None:
        """A line in the job's log: for those who may see the job, so nothing secret."""

    async def write(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """One transaction that also keeps what was reached, and happens only while the job is still held by this.

        Raises CONFLICT where it is not.
        """


Run: TypeAlias = Callable[[Parameters, Control], Awaitable[Mapping[str, object] | None]]
"""Does the job; its result is JSON. A Refusal tells why it failed; it is tried again."""


def no_parameters(given: Parameters) -> Parameters:
    """For kinds that take none."""
    if given:
        raise Refusal(Code.QUERY_INVALID, "this kind of job takes no parameters")
    return given


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be asked for, by its name.

    `everywhere` is the action on the instance that it takes to ask for it there, `there` the same in a project; None:
    nobody asks for it there but the registry itself. At most `limit` run at once in all processes together, and
    `alone` says that in a project one runs at a time. After `patience` seconds without progress an attempt is given up.
    `cron` is when it comes by itself, unless somebody says otherwise.
    """

    name: str
    meaning: str
    run: Run
    everywhere: Action | None = None
    there: Action | None = None
    limit: int = 1
    attempts: int = 3
    alone: bool = True
    patience: float = PATIENCE
    cron: str | None = None
    check: Callable[[Parameters], Parameters] = no_parameters

    def asked_by(self, project_id: int | None) -> Action | None:
        """What it takes to ask for it there; None where nobody may."""
        return self.everywhere if project_id is None else self.there


class Kinds:
    """All kinds, by name."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[Kind]:
        """In the order in which they were given."""
        return iter(self._kinds.values())

    def find(self, name: str) -> Kind | None:
        """The kind of this name."""
        return self._kinds.get(name)
