"""Pages of webhooks by their forms: made with a secret that is shown once, tried, changed, disabled and deleted."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.support.harbour import Harbour
from tests.support.server import Server
from tests.support.visiting import Visitor, fault, words

PAGE = "/projects/shop/-/webhooks"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a webhook whose receiver is not to be reached."""
    with Server(tmp_path_factory.mktemp("webhooks") / "data") as server:
        Harbour(server).fill()
        yield server


@pytest.fixture
def olga(registry: Server) -> Iterator[Visitor]:
    """An owner."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in("olga")
        yield visitor


def _made(olga: Visitor, **more: str) -> tuple[str, str]:
    """Where a new webhook is seen, and its secret."""
    olga.get(PAGE)
    fields = {"url": "https://chat.example.invalid/in?key=known-to-few", "event-tag.*": "yes", **more}
    made = olga.send(PAGE, fields)
    secret = re.search(r'<code class="breaking secret">(whsec_[^<]+)</code>', made.text)
    place = re.search(rf'href="({PAGE}/\d+)"', made.text)
    assert secret is not None, made.text
    assert place is not None, made.text
    return place[1], unescape(secret[1])


def test_a_webhook_from_first_to_last(olga: Visitor) -> None:
    """Its secret is on no other page; who is disabled is sent nothing; its host has to be typed to delete it."""
    place, secret = _made(olga, kinds="manifest.pushed", repositories="web/** checkout", description=HOSTILE)
    page = olga.get(place)
    assert secret not in page.text
    assert HOSTILE not in page.text
    assert HOSTILE in unescape(page.text)
    assert "What is sent tag.* manifest.pushed" in words(page.text)
    assert "web/** checkout" in words(page.text)
    tried = olga.send(f"{place}/test")
    assert "It is on its way" in words(tried.text)
    assert re.search(r"ping \d+ shop waits", words(tried.text))
    disabled = olga.send(f"{place}/disable")
    assert re.search(r"ping \d+ shop given up", words(disabled.text))
    assert "enable it first" in fault(olga.send(f"{place}/test"))
    delivery = re.search(rf'href="({place}/deliveries/\d+)"', disabled.text)
    assert delivery is not None
    assert '"type": "moorage.ping"' in unescape(olga.get(delivery[1]).text)
    assert "Send a ping" in olga.send(f"{place}/enable").text
    again = olga.send(f"{delivery[1]}/redeliver")
    assert "It is on its way" in words(again.text)
    refused = olga.send(f"{place}/delete", {"confirm": "chat"})
    assert "type its name: chat.example.invalid" in fault(refused)
    gone = olga.send(f"{place}/delete", {"confirm": "chat.example.invalid"})
    assert "Deleted." in words(gone.text)
    assert olga.get(place).status_code == 404


def test_another_secret(olga: Visitor) -> None:
    """Shown once where we made it; one's own is not shown at all."""
    place, secret = _made(olga)
    olga.get(place)
    rotated = olga.send(f"{place}/rotate", {"overlap": "3600"})
    assert "It is shown this once." in rotated.text
    assert secret not in rotated.text
    own = olga.send(f"{place}/rotate", {"overlap": "0", "secret": "a secret of our own"})
    assert "Saved." in own.text
    assert "a secret of our own" not in own.text
    assert "choose for how long" in fault(olga.send(f"{place}/rotate", {"overlap": "5"})).lower()
    odd = olga.send(f"{place}/rotate", {"overlap": "0", "secret": "sh0rt!"})
    assert odd.status_code == 400
    assert "sh0rt!" not in odd.text


def test_what_is_refused_stays_in_its_fields(olga: Visitor) -> None:
    """But for the secret; and what others changed meanwhile is not overwritten."""
    olga.get(PAGE)
    typed = {"url": "ftp://nobody", "event-tag.*": "yes", "secret": "a secret of our own", "tags": "v*"}
    refused = olga.send(PAGE, typed)
    assert "begins with https://" in fault(refused)
    assert 'value="ftp://nobody"' in refused.text
    assert 'name="event-tag.*" value="yes" checked' in refused.text
    assert 'name="event-*" value="yes">' in refused.text
    assert "a secret of our own" not in refused.text
    assert "at least one kind of event" in fault(olga.send(PAGE, {"url": "https://a.example"}))
    place, _ = _made(olga)
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', olga.get(place).text)
    assert seen is not None
    change = {"seen": seen[1], "url": "https://other.example/x", "event-*": "yes", "form": "slack"}
    changed = olga.send(place, change)
    assert "https://other.example/x" in changed.text
    assert "Form slack" in words(changed.text)
    assert olga.send(place, {**change, "url": "https://third.example/x"}).status_code == 412
    assert "is no event" in fault(olga.send(PAGE, {**change, "kinds": "login.done"}))


def test_maintainers_see_the_host_alone(registry: Server, olga: Visitor) -> None:
    """Some receivers know senders by what stands behind it."""
    place, _ = _made(olga)
    with Visitor(registry.url) as mark:
        mark.sign_in("mark")
        for path in (PAGE, place):
            page = mark.get(path)
            assert "https://chat.example.invalid/..." in page.text
            assert "known-to-few" not in page.text
            assert "Send a ping" not in page.text
        assert "shop waits" in words(mark.get(f"{PAGE}/1").text)
        assert mark.get(f"{PAGE}/1?after=x").status_code == 400
        assert mark.get(f"{PAGE}/99").status_code == 404
        assert mark.get(f"{PAGE}/1/deliveries/99").status_code == 404
