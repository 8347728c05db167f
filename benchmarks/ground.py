"""Where and how much: the folder of a run, its rounds, its scale, and the servers it compares."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import AtLeast, AtMost, Better, Measure, Row
from benchmarks.servers import Moorage, Peer, Server


@dataclass(frozen=True)
class Ground:
    """What every case is given.

    `folder` lies on a disk; `seconds` is how long one round of small requests lasts; `scale` multiplies all
    counts and sizes (1 is the full run).
    """

    folder: Path
    rounds: int
    seconds: float
    scale: float
    kinds: tuple[type[Server], ...]

    def count(self, full: int, least: int) -> int:
        """How many of what a full run has `full` of; at least `least`."""
        return max(least, round(full * self.scale))

    def say(self, text: str) -> None:
        """Tell the person who waits what is being done."""
        print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)

    @contextmanager
    def serving(self, *kinds: type[Server]) -> Iterator[tuple[Server, ...]]:
        """The servers to compare (or those of these kinds), each on a fresh folder that goes afterwards."""
        with ExitStack() as stack:
            yield tuple(
                stack.enter_context(kind(Path(tempfile.mkdtemp(prefix="server-", dir=self.folder))))
                for kind in kinds or self.kinds
            )

    def compare(self, servers: Sequence[Server], act: Callable[[Server, int], float]) -> dict[str, Measure]:
        """A figure per server and round, the servers taking turns: A, B, A, B."""
        samples: dict[str, list[float]] = {server.name: [] for server in servers}
        for turn in range(self.rounds):
            for server in servers:
                samples[server.name].append(act(server, turn))
        return {name: Measure(tuple(figures)) for name, figures in samples.items()}


def row(
    case: str, unit: str, better: Better, measures: dict[str, Measure], goal: AtLeast | AtMost | None = None
) -> Row:
    """A line of the table from what `compare` found."""
    return Row(case, unit, better, measures.get(Moorage.name), measures.get(Peer.name), goal=goal)
