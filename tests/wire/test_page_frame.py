"""What all pages share: what they load, in which language they speak, and what their addresses cannot say."""

import re

from tests.support.visiting import Visitor


def test_what_pages_load_is_kept_for_ever_by_its_content(visitor: Visitor) -> None:
    """An address with the mark of its content; another mark, as an old page has, is answered for an hour."""
    loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.get("/login").text)
    assert {path.partition("?")[0] for path in loaded} >= {"/static/style.css", "/static/pages.js", "/static/icon.svg"}
    for path in loaded:
        answer = visitor.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        plain = visitor.client.get(path.partition("?")[0], headers={"Accept-Encoding": "identity"})
        assert plain.content == answer.content
        assert plain.headers["cache-control"] == "public, max-age=3600"


def test_nothing_else_is_loaded(visitor: Visitor) -> None:
    """Addresses name files that lie there, and lead nowhere else."""
    for path in ("..%2fpages.py", "nothing.css", "style.css%00", ".", "%2e%2e"):
        assert visitor.client.get(f"/static/{path}").status_code in {400, 404}, path


def test_languages(visitor: Visitor) -> None:
    """The browser's, until one is chosen; nobody is sent elsewhere by choosing."""
    page = visitor.client.get("/login", headers={"Accept-Language": "de"})
    assert '<html lang="de"' in page.text
    visitor.get("/login")
    answer = visitor.post("/preferences", {"language": "en", "next": "/login?next=/account"})
    assert answer.headers["location"] == "/login?next=/account"
    assert '<html lang="en"' in visitor.client.get("/login", headers={"Accept-Language": "de"}).text
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", ""):
        assert visitor.post("/preferences", {"language": "de", "next": wanted}).headers["location"] == "/"
    forgotten = visitor.post("/preferences", {"language": "<script>", "theme": "../dark"})
    cookies = forgotten.headers.get_list("set-cookie")
    assert all("Max-Age=0" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_what_is_said_comes_from_us(visitor: Visitor) -> None:
    """An address can make a page say none but its own sentences."""
    assert '<p class="said" role="status">Saved.</p>' in visitor.get("/login?said=saved").text
    assert 'class="said"' not in visitor.get("/login?said=You+have+been+hacked").text


def test_the_login_leads_back_to_the_whole_address(visitor: Visitor) -> None:
    """With what was asked for there, and never elsewhere."""
    answer = visitor.client.get("/account?said=saved", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=/account%3Fsaid%3Dsaved"
    page = visitor.get(answer.headers["location"]).text
    assert '<input type="hidden" name="next" value="/account?said=saved">' in page
