"""The table, docs/benchmarks.md and its plot, from the rows of a run. Knows no server."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from string import Template
from types import MappingProxyType

from benchmarks.figures import Measure, Outcome, Row
from benchmarks.machine import filesystem

COLUMNS = ("case", "unit", "Moorage", "docker-registry", "alone", "ratio", "goal", "met")
OF_ONE = tuple(COLUMNS.index(name) for name in ("case", "unit", "Moorage", "goal", "met"))
"""The columns of what has no peer."""
SECTIONS = ("audit", "garbage", "pages")
"""What other runs measured. Between marks stand their figures, and below them what people wrote about these."""


@dataclass(frozen=True)
class Facts:
    """Where a run took place, without saying on which machine."""

    lines: tuple[str, ...]

    @classmethod
    def gather(cls, folder: Path, rounds: int, options: Sequence[str]) -> "Facts":
        """Look them up; `folder` is where the servers kept their data."""
        kernel = re.match(r"[\d.]+", platform.release())
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        one, five, _ = os.getloadavg()
        return cls(
            (
                f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {filesystem(folder)} on a virtual disk",
                f"Linux {kernel.group() if kernel else ''}, Python {platform.python_version()}",
                f"Moorage {version('moorage')}, Granian {version('granian')}, one worker, log-in on",
                f"docker-registry {first_version('docker-registry', '--version')}, files, no log-in, no logs",
                f"wrk {first_version('wrk', '-v')}",
                f"{rounds} rounds, the servers in turn; medians are shown",
                f"load average when it began: {one:.2f} over one minute, {five:.2f} over five",
                f"{time.strftime('%Y-%m-%d', time.gmtime())}, options: {' '.join(options) or 'none'}",
            )
        )


def first_version(*command: str) -> str:
    """The first number with dots that a program says of itself, or "?"."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "?"
    found = re.search(r"\d+\.\d+(\.\d+)*", said.stdout + said.stderr)
    return found.group() if found else "?"


def figure(value: float) -> str:
    """Three digits that matter, thousands parted."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def cell(measure: Measure | None) -> str:
    """A median and how far the rounds lay apart, or nothing."""
    if measure is None:
        return ""
    spread = f" ± {measure.spread:.0%}" if len(measure.samples) > 1 else ""
    return figure(measure.median) + spread


def cells(row: Row) -> tuple[str, ...]:
    """A row as the table shows it."""
    ratio = "" if row.ratio is None else f"{figure(row.ratio)} x"
    met = {None: "", True: "yes", False: "no"}[row.is_met]
    goal = "" if row.goal is None else str(row.goal)
    return (row.case, row.unit, cell(row.moorage), cell(row.peer), cell(row.alone), ratio, goal, met)


def table(rows: Sequence[Row], shown: Sequence[int] = range(len(COLUMNS))) -> str:
    """A Markdown table, aligned so that a terminal shows it well too; `shown` are the columns that it has."""
    lines = [tuple(line[at] for at in shown) for line in (COLUMNS, *(cells(row) for row in rows))]
    widths = [max(len(line[at]) for line in lines) for at in range(len(shown))]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in ruled
    )


def document(outcome: Outcome, facts: Facts, sections: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text of docs/benchmarks.md; `sections` are what stands between the marks of the others."""
    template = Template(Path(__file__).with_name("page.md").read_text())
    others = {name: f"{begin(name)}{sections.get(name, '')}{end(name)}" for name in SECTIONS}
    return template.substitute(table=table(outcome.rows), facts=listed(facts), **others)


def begin(name: str) -> str:
    """The mark before a section's figures."""
    return f"<!-- {name}: written by python -m benchmarks {name} --write -->\n"


def end(name: str) -> str:
    """The mark after them."""
    return f"<!-- end of {name} -->\n"


def listed(facts: Facts) -> str:
    """The facts as a Markdown list."""
    return "\n".join(f"- {line}" for line in facts.lines)


def plot(outcome: Outcome, path: Path) -> None:
    """An SVG: ratios to the peer, and milliseconds a page against the length of the list."""
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams.update({"svg.hashsalt": "moorage", "svg.fonttype": "none"})

    compared = [row for row in outcome.rows if row.ratio is not None and row.unit != "x"]
    picture = Figure(figsize=(13, 1.5 + 0.36 * max(len(compared), 8)), layout="constrained")
    left, right = picture.subplots(1, 2, width_ratios=(3, 2))
    ratios = [row.ratio or 0.0 for row in compared]
    left.barh(
        range(len(compared)),
        [ratio - 1 for ratio in ratios],
        left=1,
        color=["#2a7f62" if ratio >= 1 else "#c1553b" for ratio in ratios],
    )
    left.set_yticks(range(len(compared)), [row.case for row in compared], fontsize=8)
    left.invert_yaxis()
    left.set_xscale("log")
    left.axvline(1, color="black", linewidth=0.8)
    left.set_xlabel("Moorage : docker-registry (right of 1 Moorage is better)")
    for at, ratio in enumerate(ratios):
        left.annotate(f" {figure(ratio)} x", (ratio, at), va="center", fontsize=8)
    left.margins(x=0.15)
    for curve in outcome.curves:
        is_ours = curve.label.endswith("Moorage")
        right.plot(
            curve.entries, curve.milliseconds, marker="o",
            label=curve.label, color="#2a7f62" if is_ours else "#c1553b",
            linestyle="-" if curve.label.startswith("catalogue") else "--",
        )  # fmt: skip
    if outcome.curves:
        right.set_xscale("log")
        right.set_yscale("log")
        right.legend(fontsize=8)
    right.set_xlabel("entries")
    right.set_ylabel("milliseconds for a page of 100")
    right.grid(visible=True, linewidth=0.3)
    picture.savefig(path, format="svg", metadata={"Date": None})


def write(outcome: Outcome, facts: Facts, docs: Path) -> None:
    """benchmarks.md and benchmarks.svg in the docs folder; the sections of other runs stay."""
    page = docs / "benchmarks.md"
    page.write_text(document(outcome, facts, {name: _section(page, name) for name in SECTIONS}))
    plot(outcome, docs / "benchmarks.svg")


def write_section(name: str, outcome: Outcome, facts: Facts, docs: Path) -> None:
    """The figures of a run of its own in benchmarks.md, where their marks have to be."""
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text().partition(begin(name))
    found = [line for line in facts.lines if not line.startswith(("docker-registry", "wrk"))]
    text = f"\n{table(outcome.rows, OF_ONE)}\n\n{listed(Facts(tuple(found)))}\n\n"
    page.write_text(before + begin(name) + text + end(name) + rest.partition(end(name))[2])


def _section(page: Path, name: str) -> str:
    """What stands there now."""
    return page.read_text().partition(begin(name))[2].partition(end(name))[0] if page.exists() else ""
