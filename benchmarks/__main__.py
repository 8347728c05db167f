"""The command line: which cases, how much of them, and what becomes of the figures."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.cases import BY_NAME, CASES
from benchmarks.figures import joined
from benchmarks.ground import Ground
from benchmarks.machine import filesystem
from benchmarks.servers import MissingError, Moorage, Peer, Server, require

QUICK_SCALE = 0.02
DOCS = Path(__file__).parent.parent / "docs"
KINDS: dict[str, tuple[type[Server], ...]] = {"both": (Moorage, Peer), "moorage": (Moorage,), "peer": (Peer,)}


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line; an unknown case is refused."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "case",
        nargs="*",
        choices=[[], *CASES],
        help=f"of {', '.join(CASES)}; all but {', '.join(BY_NAME)} if none is named",
    )
    parser.add_argument("--quick", action="store_true", help=f"one short round, scale {QUICK_SCALE:g}")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and its plot")
    parser.add_argument("--only", choices=KINDS, default="both", help="run one server alone")
    parser.add_argument("--rounds", type=int, help="rounds, of which the median counts (3)")
    parser.add_argument("--seconds", type=float, help="how long a round of small requests lasts (5)")
    parser.add_argument("--scale", type=float, help="multiply all counts and sizes (1)")
    parser.add_argument("--dir", type=Path, help="a folder on a disk for the servers' data")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where --write writes")
    return parser.parse_args(arguments)


def chosen(given: float | None, *, quick: bool, short: float, full: float) -> float:
    """What the command line says, else what --quick or a full run takes."""
    if given is not None:
        return given
    return short if quick else full


def disk(given: Path | None) -> Path:
    """A folder that lies on a disk; /var/tmp where the temporary folder lies in memory."""
    place = given or Path(tempfile.gettempdir())
    if filesystem(place) != "tmpfs":
        return place
    if given is not None:
        print(f"note: {place} lies in memory; fsync costs nothing there", file=sys.stderr)
        return place
    return Path("/var/tmp")


def programs(names: Sequence[str], kinds: Sequence[type[Server]]) -> list[str]:
    """The programs that these cases need on these servers."""
    if set(names) <= BY_NAME:
        return []
    return ["wrk", "docker-registry"] if Peer in kinds else ["wrk"]


def main(arguments: Sequence[str]) -> int:
    """Run, print the table, write it if asked; 0, or 2 when a program is missing."""
    chose = options(arguments)
    kinds = KINDS[chose.only]
    names = chose.case or [name for name in CASES if name not in BY_NAME]
    try:
        require(programs(names, kinds))
    except MissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    rounds = round(chosen(chose.rounds, quick=chose.quick, short=1, full=3))
    with tempfile.TemporaryDirectory(prefix="benchmarks-", dir=disk(chose.dir)) as folder:
        ground = Ground(
            folder=Path(folder),
            rounds=rounds,
            seconds=chosen(chose.seconds, quick=chose.quick, short=1, full=5),
            scale=chosen(chose.scale, quick=chose.quick, short=QUICK_SCALE, full=1),
            kinds=kinds,
        )
        facts = report.Facts.gather(ground.folder, rounds, arguments)
        outcomes = {}
        for name in names:
            outcomes[name] = CASES[name](ground)
            print(report.table(outcomes[name].rows), flush=True)
    compared = [outcome for name, outcome in outcomes.items() if name not in BY_NAME]
    print("\n" + report.table(joined(list(outcomes.values())).rows))
    print("\n".join(facts.lines))
    if chose.write and compared:
        report.write(joined(compared), facts, chose.docs)
    for name in outcomes if chose.write else ():
        if name in BY_NAME:
            report.write_section(name, outcomes[name], facts, chose.docs)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
