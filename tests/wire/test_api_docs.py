"""The documentation of our own API: a page for people, and the document that it is made of."""

from html.parser import HTMLParser
from typing import Any

import pytest

from moorage.api.rest.docs import render
from tests.support.document import document
from tests.support.wire import Wire, refusal

PAGE, STYLE, DOCUMENT = "/api/v1/docs", "/api/v1/docs.css", "/api/v1/openapi.json"
POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
KINDS = {PAGE: "text/html; charset=utf-8", STYLE: "text/css; charset=utf-8", DOCUMENT: "application/json"}
_VOID = {"meta", "link", "wbr"}


class Page(HTMLParser):
    """What stands in a page, after checking that every element that opens also closes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element opens."""
        self.elements.add(tag)
        if tag not in _VOID:
            self._open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                (self.links if tag == "a" else self.loaded).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        """An element closes."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words.append(data)


@pytest.mark.parametrize("path", KINDS)
def test_without_login(anonymous: Wire, path: str) -> None:
    """Anybody may read it, also by a link from another site; it is what it says, and nothing else may be loaded."""
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        answer = anonymous.ask("GET", path, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == KINDS[path]
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    head = anonymous.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_read(admin: Wire, path: str, method: str) -> None:
    """Nobody changes it."""
    answer = admin.ask(method, path, json={})
    refusal(answer, 405, "UNSUPPORTED")
    assert answer.headers["allow"] == "GET, HEAD"


def test_the_page_needs_nothing_else(anonymous: Wire) -> None:
    """The page loads its one stylesheet from here; it holds no script, no style of its own and no form."""
    page = Page(anonymous.get(PAGE).text)
    assert page.loaded == [STYLE]
    assert not page.elements & {"script", "style", "form", "img", "iframe", "object", "base"}
    assert not {name for name in page.attributes if name.startswith("on") or name in {"style", "src"}}
    style = anonymous.get(STYLE).text
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


def test_every_link_leads_somewhere(anonymous: Wire) -> None:
    """A link of the page leads to one place of it, or to the document."""
    page = Page(anonymous.get(PAGE).text)
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if not link.startswith("#")} == {DOCUMENT}
    assert {link.removeprefix("#") for link in page.links if link.startswith("#")} <= set(page.ids)


def test_every_operation_is_told(anonymous: Wire) -> None:
    """Each operation of the document stands on the page: what it does, its address, parameters, fields and example."""
    told = anonymous.get(DOCUMENT).json()
    page = Page(anonymous.get(PAGE).text)
    schemas = told["components"]["schemas"]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert operation["operationId"] in page.ids
            assert f"#{operation['operationId']}" in page.links
            assert f"{method.upper()} {path}" in page.text
            assert operation["description"].replace("`", "") in page.text
            for parameter in operation["parameters"]:
                assert parameter["description"], f"{method} {path} {parameter['name']} has no meaning"
    for name, schema in schemas.items():
        assert f"body-{name}" in page.ids
        for field, form in schema["properties"].items():
            assert form["description"], f"{name}.{field} has no meaning"
            assert form["description"].replace("`", "") in page.text


def test_examples_name_this_registry(anonymous: Wire) -> None:
    """An example is a whole command for the registry at the address that was asked."""
    text = Page(anonymous.get(PAGE).text).text
    address = anonymous.address("/api/v1/projects")
    body = """-H 'Content-Type: application/json' \\ -d '{"name": "lab"}'"""
    assert f"curl -u USER \\ {body} \\ {address}" in text
    assert f"curl -u USER \\ -X DELETE \\ {address}/PROJECT" in text
    elsewhere = anonymous.ask("GET", PAGE, headers={"Host": "registry.example.com:8443"})
    assert "http://registry.example.com:8443/api/v1/projects" in elsewhere.text
    hostile = anonymous.ask("GET", PAGE, headers={"Host": "a<script>.example.com"})
    assert "<script>" not in hostile.text


def test_a_body_that_is_a_list(anonymous: Wire) -> None:
    """It says of what, beside an example."""
    text = Page(anonymous.get(PAGE).text).text
    assert "A list of TagRuleGiven" in text
    assert """-d '[{"kind": "immutable", "tags": "v*", "reason": "a release never changes"}]'""" in text


def test_a_change_has_no_defaults(anonymous: Wire) -> None:
    """What a change leaves out stays as it is, so the document names no default that a client could send for it."""
    told = anonymous.get(DOCUMENT).json()
    changes = [methods["patch"] for methods in told["paths"].values() if "patch" in methods]
    assert changes
    for operation in changes:
        name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = told["components"]["schemas"][name]
        assert [field for field, form in schema["properties"].items() if "default" in form] == []


def test_what_is_sent_is_closed(anonymous: Wire) -> None:
    """Every body that is taken refuses fields it does not know, down to the innermost."""
    told = anonymous.get(DOCUMENT).json()
    schemas = told["components"]["schemas"]
    seen: set[str] = set()

    def visit(form: object) -> None:
        if isinstance(form, list):
            for inner in form:
                visit(inner)
        elif isinstance(form, dict):
            name = str(form.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                visit(schemas[name])
            if form.get("type") == "object" and form is not schemas["Jwk"]:  # whose members its standard leaves open
                extra = form["additionalProperties"]
                assert extra is False or extra["maxLength"], form
            visit(list(form.values()))

    for methods in told["paths"].values():
        for operation in methods.values():
            visit(operation.get("requestBody", {}))
    assert {"NewProject", "RoleGiven", "UserChange"} <= seen


def test_whatever_the_document_says_is_text() -> None:
    """Nothing that stands in a document becomes an element of the page."""

    def poison(value: Any, *keys: str) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return {key: poison(inner, *keys, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [poison(inner, *keys) for inner in value]
        if isinstance(value, str) and keys and keys[-1] in {"description", "summary", "title", "default", "examples"}:
            return f"{value} </td><script>alert('&\"')</script>`<b>`"
        return value

    sane = document()
    page = Page(render(poison(sane), "https://registry.example.com"))
    assert "script" not in page.elements
    assert page.elements == Page(render(sane, "https://registry.example.com")).elements
    assert "<script>alert('&\"')</script>" in page.text
