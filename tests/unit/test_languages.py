"""Which language a browser gets."""

import pytest

from moorage.web import languages


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "de", "de"),
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "fr,en;q=0.4,de;q=0.6", "de"),
        ("", "en;q=0.9, de;q=0.1", "en"),
        ("", "de;q=0", "en"),
        ("", "fr, *", "en"),
        ("en", "de", "en"),
        ("xx", "de", "de"),
        ("", "de;q=9", "en"),
        ("", ", ;;,q=1,\x00", "en"),
        ("", ",".join(["fr"] * 10_000 + ["de"]), "en"),
    ],
)
def test_chosen(cookie: str, accepted: str, language: str) -> None:
    """What they chose counts first, then what the browser likes best; nonsense is passed over."""
    assert languages.chosen(cookie, accepted) == language
