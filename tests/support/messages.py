"""The sentences of the pages, out of templates and code, into each language's catalogue; run this module to renew them.

New sentences come in without a translation, and a test fails until they have one; those that are gone go.
"""

import io
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from moorage.rules.jobs import State
from moorage.rules.roles import MATRIX
from moorage.web.languages import ENGLISH, LANGUAGES

WEB = Path(__file__).parents[2] / "src" / "moorage" / "web"
KINDS = WEB.parent / "app" / "kinds.py"
LOCALE = WEB / "locale"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}}
_RULES = [row.meaning for row in MATRIX] + [state.value for state in State]
"""Words of rules, which know nothing of pages, that templates translate where they show them."""
_ABOUT = "# The sentences of Moorage's pages. `python -m tests.support.messages` renews them."
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "noted": None}
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


class _Book(Catalog):
    """One whose header says only what programs need, so that it changes with its sentences alone."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The fields of the header."""
        return [
            ("Project-Id-Version", "Moorage"),
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),  # the line end of the last
        ]


def extracted() -> Catalog:
    """Every sentence that is marked."""
    found = Catalog(project="Moorage", charset="utf-8")
    for name, line, message, _, context in extract_from_dir(str(WEB), _METHODS, _OPTIONS, _KEYWORDS):
        found.add(message, None, [(name, line)], context=context)
    for message in _RULES:
        found.add(message)
    for _, meaning, _, _ in extract_from_file("python", KINDS, keywords={"Kind": (2,)}):
        found.add(meaning)
    return found


def catalogue(language: str) -> Catalog:
    """The translations as they stand."""
    path = LOCALE / f"{language}.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str) -> Catalog:
    """The same with every sentence of today, and none of yesterday."""
    path = LOCALE / f"{language}.po"
    made = catalogue(language) if path.exists() else Catalog(locale=language, charset="utf-8")
    made.update(extracted(), no_fuzzy_matching=True)
    made.obsolete.clear()
    return made


def compiled(language: str) -> bytes:
    """As the program reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, _book(catalogue(language)))
    return buffer.getvalue()


def written(language: str) -> bytes:
    """As translators read it, with every sentence of today."""
    buffer = io.BytesIO()
    write_po(buffer, _book(renewed(language)), width=110, no_location=True, sort_output=True)
    return buffer.getvalue()


def write(language: str) -> None:
    """Both files."""
    (LOCALE / f"{language}.po").write_bytes(written(language))
    (LOCALE / f"{language}.mo").write_bytes(compiled(language))


def _book(of: Catalog) -> _Book:
    made = _Book(locale=of.locale, header_comment=_ABOUT, charset="utf-8", fuzzy=False)
    for message in of:
        if message.id:
            made[message.id] = message
    return made


if __name__ == "__main__":
    for other in OTHERS:
        write(other)
