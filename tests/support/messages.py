"""The sentences of the pages, out of templates and code, into each language's catalogue; run this module to renew them.

New sentences come in without a translation, and a test fails until they have one; those that are gone go.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from moorage.web.languages import ENGLISH, LANGUAGES

WEB = Path(__file__).parents[2] / "src" / "moorage" / "web"
LOCALE = WEB / "locale"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}}
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


def extracted() -> Catalog:
    """Every sentence that is marked."""
    found = Catalog(project="Moorage", charset="utf-8")
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "noted": None}
    for name, line, message, _, context in extract_from_dir(str(WEB), _METHODS, _OPTIONS, keywords):
        found.add(message, None, [(name, line)], context=context)
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
    made.creation_date = made.revision_date = _NEVER  # so that it changes with its sentences only
    made.obsolete.clear()
    return made


def compiled(language: str) -> bytes:
    """As the program reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue(language))
    return buffer.getvalue()


def write(language: str) -> None:
    """Both files."""
    made = renewed(language)
    with (LOCALE / f"{language}.po").open("wb") as file:
        write_po(file, made, width=110, no_location=True, omit_header=False, sort_output=True)
    (LOCALE / f"{language}.mo").write_bytes(compiled(language))


if __name__ == "__main__":
    for other in OTHERS:
        write(other)
