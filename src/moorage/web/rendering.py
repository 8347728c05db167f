"""Templates become answers, under headers that let a page do nothing but show itself and send its own forms."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from moorage import __version__
from moorage.oci.error import Code, Refusal
from moorage.web import assets
from moorage.web.agents import browser
from moorage.web.headers import HEADERS
from moorage.web.languages import ENGLISH, LANGUAGES, translations

if TYPE_CHECKING:
    from jinja2 import Environment

_THOUSAND = 1000.0


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - whatever a page shows
    """The page; what it is given is text, and stands as text."""
    made = _templates(values.get("language", ENGLISH))
    return HTMLResponse(made.get_template(template).render(values), status, HEADERS)


def render_refused(template: str, refusal: Refusal, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as above
    """The same with what was wrong in it, as `fault`; never 401, with which browsers ask for a password themselves."""
    status = refusal.code.status if refusal.code is not Code.UNAUTHORIZED else Code.DENIED.status
    answer = render(template, status, fault=refusal.sentence, **values)
    if refusal.retry_after is not None:
        answer.headers["retry-after"] = str(refusal.retry_after)
    return answer


def answer(template: str, refusal: Refusal | None, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as above
    """The page; and what was wrong with the form that it holds, as `fault`, if something was."""
    return render(template, fault="", **values) if refusal is None else render_refused(template, refusal, **values)


@cache
def _templates(language: str) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - idle processes do without it

    made = Environment(
        loader=PackageLoader("moorage.web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {"moment": moment, "instant": instant, "exactly": exactly, "size": size, "number": number}
    made.filters |= {"sentence": sentence, "browser": browser}
    made.globals |= {"asset": assets.address, "languages": LANGUAGES, "version": __version__}
    made.policies["ext.i18n.trimmed"] = True
    return made


def sentence(text: str) -> str:
    """What the rules say, as it stands on a page: with a capital letter and a full stop.

    Where it begins with the name of a repository, which has no capital letters, it begins with that name.
    """
    first = text.partition(" ")[0]
    return f"{text[:1].upper() if first.isalpha() else text[:1]}{text[1:]}."


def moment(at: float) -> str:
    """For people, to the minute."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def exactly(at: float) -> str:
    """For people who want the second."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def instant(at: float) -> str:
    """For machines (HTML, "time" element)."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def size(count: float) -> str:
    """Bytes as people read them, in powers of ten as docker has them: 0 B, 999 B, 1.5 kB, 12 MB."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if value < _THOUSAND:
            break
        value, unit = value / _THOUSAND, larger
    digits = 1 if unit != "B" and value < 10 else 0  # noqa: PLR2004 - two digits are read at a glance
    return f"{value:.{digits}f} {unit}"


def number(count: int) -> str:
    """With thin spaces between thousands (ISO 80000-1), which every language reads."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
