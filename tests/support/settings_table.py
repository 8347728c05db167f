"""The table of settings in docs/operate.md, made from the settings themselves: `python -m` this module writes it."""

import json
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from moorage.app.settings import PREFIX, Settings

GUIDE = Path(__file__).parents[2] / "docs" / "operate.md"
BEGIN = "<!-- settings: written by python -m tests.support.settings_table -->\n"
END = "<!-- end of settings -->\n"


def table() -> str:
    """Every setting with its variable, its default and what it means, as Markdown."""
    rows = ["| setting | variable | default | meaning |", "|---|---|---|---|"]
    for path, field in _fields(Settings):
        variable = PREFIX + "_".join(path).upper()
        rows.append(f"| `{'.'.join(path)}` | `{variable}` | {_default(field)} | {field.description} |")
    return "\n".join(rows) + "\n"


def written() -> str:
    """What stands in the guide."""
    _, _, rest = GUIDE.read_text().partition(BEGIN)
    return rest.partition(END)[0]


def write() -> None:
    """Put the table in its place."""
    before, _, rest = GUIDE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    GUIDE.write_text(before + BEGIN + table() + END + after)


def _fields(tree: type[BaseModel], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], FieldInfo]]:
    found: list[tuple[tuple[str, ...], FieldInfo]] = []
    for name, field in tree.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += _fields(kind, (*above, name))
        else:
            found.append(((*above, name), field))
    return found


def _default(field: FieldInfo) -> str:
    value = field.default
    return "" if value in {None, ()} else f"`{json.dumps(value, default=str)}`"


if __name__ == "__main__":
    write()
