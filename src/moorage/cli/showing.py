"""Answers as people read them: tables with colours on a terminal, aligned text elsewhere, times as the clock here."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

Row: TypeAlias = dict[str, Any]
"""A JSON object of the API."""
_GAP = "  "
_THOUSAND = 1000


class Column(NamedTuple):
    """A title, how to say the value, and in which style; `style` is rich's word, or asked for each row."""

    title: str
    value: Callable[[Row], str]
    style: str | Callable[[Row], str] = ""

    def styled(self, row: Row) -> str:
        """The style for this row."""
        return self.style if isinstance(self.style, str) else self.style(row)


def clean(text: str) -> str:
    """Letters that a terminal shows, and none that it obeys."""
    return tame(text).strip()


def tame(text: str) -> str:
    """The same, with the blanks around it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def is_read() -> bool:
    """Does a person read standard output?"""
    return sys.stdout is not None and sys.stdout.isatty()


def is_rich() -> bool:
    """Do they want colours? Source: no-color.org."""
    return is_read() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def text(name: str) -> Callable[[Row], str]:
    """The field as it is; a hyphen where it is empty."""
    return lambda row: clean(str(row[name])) if row[name] not in {None, ""} else "-"


def size(amount: float) -> str:
    """Bytes, in the unit in which they are a short number."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _THOUSAND:
            return f"{amount:.3g} {unit}" if unit != "B" else f"{amount:g} B"
        amount /= _THOUSAND
    return f"{amount:.4g} TB"


def joined(name: str) -> Callable[[Row], str]:
    """The entries of a list."""
    return lambda row: clean(", ".join(map(str, row[name]))) or "-"


def moment(name: str, *, never: str = "never") -> Callable[[Row], str]:
    """A time, as the clock here shows it."""
    return lambda row: when(row[name]) if row[name] is not None else never


def chosen(**words: str) -> Callable[[Row], str]:
    """The words of those fields that are true."""
    return lambda row: ", ".join(word for name, word in words.items() if row[name]) or "-"


def when(seconds: float, *, with_seconds: bool = False) -> str:
    """A time since the epoch in local time, to the minute or the second."""
    return (
        datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S" if with_seconds else "%Y-%m-%d %H:%M")
    )


def show_table(rows: Sequence[Row], columns: Sequence[Column], *, nothing: str) -> None:
    """All of them below the titles, or on standard error that there are none."""
    if not rows:
        print(nothing, file=sys.stderr)
        return
    if is_rich():
        _rich_table(rows, columns)
        return
    cells = [[column.title for column in columns], *([column.value(row) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        print(_GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_one(row: Row, columns: Sequence[Column]) -> None:
    """One thing: a line for each field."""
    width = max(len(column.title) for column in columns)
    if not is_rich():
        for column in columns:
            print(f"{column.title.lower().ljust(width)}{_GAP}{column.value(row)}")
        return
    from rich.console import Console  # noqa: PLC0415 - costs time, and most commands need none
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(highlight=False)
    for column in columns:
        title = (column.title.lower().ljust(width) + _GAP, "dim")
        line = Text.assemble(title, (column.value(row), column.styled(row)))
        console.print(line, soft_wrap=True)


def _rich_table(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - costs time, and most commands need none
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(column.value(row), column.styled(row)) for column in columns))
    Console(highlight=False).print(table)
