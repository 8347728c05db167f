"""Every sentence of the pages stands in every language."""

import gettext
import io
import re
from collections.abc import Sequence

import pytest

from moorage.web import languages
from moorage.web.languages import ENGLISH, LANGUAGES
from moorage.web.rendering import _templates

_PLACES = re.compile(r"%\(\w+\)s|%%|\{\w+\}|</?\w[^>]*>")
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


def _needs_babel() -> None:
    pytest.importorskip("babel", reason="babel is not installed; the extra named check has it")


def _forms(sentence: str | Sequence[str] | None) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence or ())


def test_german() -> None:
    """The compiled catalogue is at hand without babel, and answers; English stands as it is written."""
    german = languages.translations("de")
    assert german.gettext("Projects") == "Projekte"
    assert german.ngettext("%(count)s day", "%(count)s days", 2) == "%(count)s Tage"
    assert german.pgettext("noun", "Change") == "Änderung"
    assert languages.translations(ENGLISH).gettext("Projects") == "Projects"


@pytest.mark.parametrize("name", _templates(ENGLISH).list_templates())
def test_every_template_is_read(name: str) -> None:
    """Marks of sentences in it are whole, so that it can be shown."""
    assert _templates("de").get_template(name).name == name


def test_page_in_german() -> None:
    """What templates show is German; what is filled in stands as text, and is what it was."""
    parts = _templates("de").get_template("parts.html").make_module({"here": "/", "query": {}})
    assert ">öffentlich<" in parts.visibility(True)  # type: ignore[attr-defined] # a macro
    words = _templates("de").from_string("{% trans name %}Welcome, {{ name }}{% endtrans %}")
    assert words.render(name="<b>") == "Willkommen, &lt;b&gt;"


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_are_those_of_today(language: str) -> None:
    """None is missing and none is left over; `python -m tests.support.messages` renews them."""
    _needs_babel()
    from tests.support import messages

    now = {(message.context, message.id) for message in messages.extracted() if message.id}
    assert now == {(message.context, message.id) for message in messages.catalogue(language) if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_are_translated(language: str) -> None:
    """Each is, by somebody who was sure of it, with all that is filled in, and can stand within an attribute."""
    _needs_babel()
    from tests.support import messages

    for message in messages.catalogue(language):
        if not message.id:
            continue
        originals = _forms(message.id)
        said = _forms(message.string)
        assert not message.fuzzy, message.id
        assert all(said), message.id
        assert len(said) == len(originals), message.id
        for one, other in zip(originals, said, strict=True):
            assert sorted(_PLACES.findall(one)) == sorted(_PLACES.findall(other)), message.id
            assert '"' in one or '"' not in other, message.id


@pytest.mark.parametrize("language", OTHERS)
def test_compiled_anew(language: str) -> None:
    """The program reads what the translators wrote."""
    _needs_babel()
    from tests.support import messages

    compiled = messages.compiled(language)
    assert (messages.LOCALE / f"{language}.mo").read_bytes() == compiled
    assert gettext.GNUTranslations(io.BytesIO(compiled)).gettext("Projects") != "Projects"


@pytest.mark.parametrize("language", OTHERS)
def test_written_as_it_stands(language: str) -> None:
    """The catalogue is sorted and without what a tool put there, so that it changes with its sentences alone."""
    _needs_babel()
    from tests.support import messages

    assert (messages.LOCALE / f"{language}.po").read_bytes() == messages.written(language)
