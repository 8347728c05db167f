"""The table of roles in docs/access.md comes from the permission matrix; run this module to write it anew."""

from pathlib import Path

from moorage.rules.roles import BUILT_IN, MATRIX, Scope

GUIDE = Path(__file__).parents[2] / "docs" / "access.md"
_BEGIN = "<!-- roles: written by python -m tests.support.roles_table -->\n"
_END = "<!-- end of roles -->\n"


def table() -> str:
    """As Markdown: what can be done in a project, and by whom."""
    heads = ("action", "what it is", *BUILT_IN, "auditor")
    lines = [heads, tuple("---" for _ in heads)]
    for row in MATRIX:
        if row.about is not Scope.INSTANCE:
            may = [role in row.roles for role in BUILT_IN]
            lines.append((f"`{row.action.value}`", row.meaning, *("x" if yes else "" for yes in (*may, row.auditor))))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written() -> str:
    """The table that stands in the guide."""
    return GUIDE.read_text().partition(_BEGIN)[2].partition(_END)[0]


if __name__ == "__main__":
    before, begin, rest = GUIDE.read_text().partition(_BEGIN)
    GUIDE.write_text(f"{before}{begin}{table()}{_END}{rest.partition(_END)[2]}")
