"""The page of tag rules by its forms: in order, undone, refused, and tried before anybody is."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.support.harbour import Harbour
from tests.support.server import Server
from tests.support.visiting import Visitor, fault

PAGE = "/projects/shop/-/tag-rules"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a project that has one rule."""
    with Server(tmp_path_factory.mktemp("rules") / "data") as server:
        Harbour(server).fill()
        yield server


@pytest.fixture
def olga(registry: Server) -> Iterator[Visitor]:
    """An owner of the project, whose rules are those that it began with."""
    rules = [{"kind": "immutable", "tags": "1.*", "reason": "releases do not change"}]
    Harbour(registry).call("PUT", "/projects/shop/tag-rules", rules, 200)
    with Visitor(registry.url) as visitor:
        visitor.sign_in("olga")
        yield visitor


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found is not None, page
    return found[1]


def _words(page: str) -> list[str]:
    return [unescape(found).strip() for found in re.findall(r'<div class="rule-words">\s*<p>(.*?)[\n<]', page)]


def test_rules_are_added_moved_and_changed(olga: Visitor) -> None:
    """One by one, in words, each where it was put."""
    seen = _seen(olga.get(PAGE).text)
    added = olga.send(PAGE, {"seen": seen, "kind": "reserved", "tags": "stable", "roles": "owner", "days": "7"})
    assert _words(added.text) == [
        "Immutable: tags 1.* stay where they are, and are not deleted.",
        "Reserved: tags stable are made, moved and deleted by these alone: owner.",
    ]
    moved = olga.send(f"{PAGE}/move", {"seen": _seen(added.text), "number": "2", "to": "up"})
    assert [word.partition(":")[0] for word in _words(moved.text)] == ["Reserved", "Immutable"]
    changes = {"seen": _seen(moved.text), "edit": "1", "kind": "expires", "tags": "pr-*", "days": "14"}
    changed = olga.send(PAGE, changes)
    assert _words(changed.text)[0] == "Expiring: tags pr-* end 14 days after they last moved."


def test_what_was_removed_is_put_back(olga: Visitor) -> None:
    """By one button, where it stood; not by what another session or nobody said was removed."""
    page = olga.get(PAGE).text
    gone = olga.send(f"{PAGE}/remove", {"seen": _seen(page), "number": "1"})
    assert not _words(gone.text)
    held = {name: unescape(value) for name, value in re.findall(r'name="(gone|by|seen)" value="(.*?)"', gone.text)}
    forged = olga.send(f"{PAGE}/restore", {**held, "gone": held["gone"].replace("1.*", "2.*")})
    assert "is not known any more" in fault(forged)
    back = olga.send(f"{PAGE}/restore", held)
    assert _words(back.text) == ["Immutable: tags 1.* stay where they are, and are not deleted."]
    assert "releases do not change" in back.text


def test_a_list_that_others_changed_is_read_again(registry: Server, olga: Visitor) -> None:
    """Else a button would take another rule than the one beside it."""
    seen = _seen(olga.get(PAGE).text)
    Harbour(registry).call("PUT", "/projects/shop/tag-rules", [{"kind": "forbidden", "tags": "latest"}], 200)
    refused = olga.send(f"{PAGE}/remove", {"seen": seen, "number": "1"})
    assert refused.status_code == 412
    assert "it has changed since you read it" in fault(refused).lower()
    assert _words(refused.text) == ["Forbidden: tags latest are not wanted."]


def test_what_is_refused_stays_in_its_fields(olga: Visitor) -> None:
    """With the sentence of what is wrong; what looks like a page is text."""
    seen = _seen(olga.get(PAGE).text)
    refused = olga.send(PAGE, {"seen": seen, "kind": "required", "form": "", "reason": HOSTILE, "tags": "v*"})
    assert refused.status_code == 400
    assert "say which form" in fault(refused)
    assert HOSTILE not in refused.text
    assert 'value="&lt;img src=x onerror=alert(1)&gt;"' in refused.text
    shown = olga.send(PAGE, {"seen": seen, "kind": "forbidden", "tags": "x", "reason": HOSTILE})
    assert HOSTILE not in shown.text
    assert "“&lt;img" in shown.text


def test_a_tag_is_tried(registry: Server, olga: Visitor) -> None:
    """The sentence is the one that a push is refused with; a repository that is not there is as good."""
    page = unescape(olga.get(f"{PAGE}?repository=checkout&tag=1.2.0").text)
    assert "The tag 1.2.0 of shop/checkout is immutable and cannot be moved" in page
    assert "You may make it" in page
    assert "rule 1: Immutable: tags 1.*" in " ".join(page.split())
    assert "No rule is about it." in olga.get(f"{PAGE}?repository=nothing&tag=2.0").text
    assert "is not a tag" in fault(olga.get(f"{PAGE}?repository=checkout&tag=a%20b"))
    for name, wanted in {"wanda": 200, "rita": 403, "nobody": 404}.items():
        with Visitor(registry.url) as visitor:
            visitor.sign_in(name)
            answer = visitor.get(f"{PAGE}?repository=checkout&tag=1.2.0")
            assert answer.status_code == wanted
            assert ("releases do not change" in answer.text) == (wanted == 200)
