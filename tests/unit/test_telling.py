"""Events as lines for those who watch."""

import json

from moorage.api.rest.models.audit import EventShown
from moorage.rules.facts import REFUSED, Event
from moorage.rules.telling import as_fields, as_line

EVENT = Event("login.failed", "", None, "eve", 1_500_000_000.25, outcome=REFUSED, after='{"reason": "x"}')


def test_a_line_is_what_the_api_says() -> None:
    """A line has every field of the API and a time to read, and no line feed whatever somebody calls themselves."""
    event = Event("login", "", None, "e\nve", 1_500_000_000.25, agent="a\r\n\u2028b")
    line = as_line(7, event)
    assert json.loads(line.text) == {"time": "2017-07-14T02:40:00.250Z", **as_fields(7, event)}
    assert EventShown(**as_fields(7, event)).model_dump() == as_fields(7, event)
    assert len(line.text.splitlines()) == 1


def test_what_was_refused_is_known_by_its_outcome() -> None:
    """Not by words that anybody may send along."""
    assert as_line(1, EVENT).is_refusal
    assert not as_line(1, Event("login", "", None, "eve", 1.0, agent='"outcome": "refused"')).is_refusal
