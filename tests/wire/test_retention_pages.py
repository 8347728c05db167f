"""Pages of retention by their forms: rules are tried, seen at work, saved, timed and run."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from tests.support.harbour import Harbour
from tests.support.server import Server
from tests.support.visiting import Visitor, fault, words
from tests.support.waiting import until

PAGE = "/projects/shop/-/retention"
JOBS = "/projects/shop/-/jobs"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With builds of a branch, and releases that are immutable."""
    with Server(tmp_path_factory.mktemp("retention") / "data") as server:
        harbour = Harbour(server).fill()
        for number in range(3):
            harbour.release("shop/checkout", f"main-{number}", f"main-{number}")
        yield server


@pytest.fixture
def olga(registry: Server) -> Iterator[Visitor]:
    """An owner."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in("olga")
        yield visitor


def _held(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'name="(rules|seen)" value="([^"]*)"', page)}


def _tried(olga: Visitor, **fields: str) -> httpx.Response:
    return olga.send(f"{PAGE}/draft", {"rules": _held(olga.get(f"{PAGE}/draft").text)["rules"], **fields})


def test_rules_are_tried_then_saved_and_run(registry: Server, olga: Visitor) -> None:
    """What the preview says goes is what goes; nothing is set or gone before."""
    tried = _tried(olga, effect="delete", tags="main-*", newest="1")
    assert "Delete tags main-*, but the 1 newest" in words(tried.text)
    assert "not saved" in tried.text
    told = words(tried.text)
    assert "7 images would go" not in told
    assert "6 images would go 2 tags would go" in told
    assert "main-0 rule 1 deletes it" in told
    assert "main-1 rule 1 deletes it" in told
    assert "main-2" not in told
    assert "Nothing is ever deleted here by itself." in olga.get(PAGE).text
    every = words(olga.get(f"{tried.url.raw_path.decode()}&only=all&repository=checkout").text)
    assert "1.1.0 a tag rule keeps it as it is" in every
    assert "main-2 no rule chooses it" in every
    saved = olga.send(f"{PAGE}/draft/save", _held(tried.text))
    assert "Nothing carries these rules out by itself" in words(saved.text)
    timed = olga.send(f"{JOBS}/of/retention/schedule", {"often": "day", "at": "03:30", "back": "retention"})
    assert "By itself every day at 03:30 (UTC)." in words(timed.text)
    run = olga.send(f"{JOBS}/of/retention")
    path = run.url.raw_path.decode()
    until(lambda: "done" in words(olga.get(path).text), "the run is done")
    run = olga.get(path)
    assert "deleted tags: 2" in words(run.text)
    assert registry.call("HEAD", "/v2/shop/checkout/manifests/main-1")[0] == 404
    assert registry.call("HEAD", "/v2/shop/checkout/manifests/main-2")[0] == 200
    assert re.search(r"run \d+ done .*? ago|run \d+ done", words(olga.get(PAGE).text))


def test_what_is_refused_stays_in_its_fields(olga: Visitor) -> None:
    """With the sentence; hostile text is text."""
    refused = _tried(olga, effect="keep", tags="a b", labels=HOSTILE)
    assert refused.status_code == 400
    assert 'value="a b"' in refused.text
    assert HOSTILE not in refused.text
    assert "&lt;img src=x onerror=alert(1)&gt;</textarea>" in refused.text
    tried = _tried(olga, effect="delete", annotations=f"title={HOSTILE}")
    assert HOSTILE not in tried.text
    assert f"annotated title={HOSTILE}" in unescape(tried.text)
    for address in ("rules=nothing", "rules=", "repository=nothing", "repository=A%20B", "row=9999", "after=%00"):
        assert olga.get(f"{PAGE}/draft?{address}").status_code in {200, 400, 404}, address


def test_rules_that_others_set_meanwhile(registry: Server, olga: Visitor) -> None:
    """Are not replaced by who has not seen them; a rule of those that are tried is changed or left out."""
    tried = _tried(olga, effect="delete", untagged="", what="untagged", pushed_days="7")
    assert "Delete images without a tag, not pushed for 7 days" in words(tried.text)
    changed = olga.send(f"{PAGE}/draft", {**_held(tried.text), "edit": "1", "effect": "keep", "tags": "stable"})
    assert "1 Keep tags stable" in words(changed.text)
    assert "without a tag, not pushed" not in words(changed.text)
    Harbour(registry).call("PUT", "/projects/shop/retention", {"rules": [{"effect": "keep", "tags": "v*"}]}, 200)
    refused = olga.send(f"{PAGE}/draft/save", _held(changed.text))
    assert refused.status_code == 412
    assert "it has changed since" in fault(refused).lower()
    assert "1 Keep tags stable" in words(refused.text)
    without = re.search(r'href="([^"]*rules=[^"]*)" aria-label="Leave rule 1 out"', refused.text)
    assert without is not None
    assert "There are no rules yet" in olga.get(unescape(without[1])).text


def test_maintainers_try_and_do_not_save(registry: Server) -> None:
    """They see what rules would do; the buttons are their owners'."""
    with Visitor(registry.url) as mark:
        mark.sign_in("mark")
        tried = _tried(mark, effect="delete", tags="**")
        assert "images would go" in words(tried.text)
        assert "Save these rules" not in tried.text
        refused = mark.send(f"{PAGE}/draft/save", _held(tried.text))
        assert refused.status_code == 403
        assert "Run now" not in mark.get(PAGE).text
