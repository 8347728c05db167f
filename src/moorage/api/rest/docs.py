"""The documentation of our API for people, rendered from the OpenAPI document; and the document itself for programs.

One page and one stylesheet of our own, so it reads without a script and without the internet. Nobody has to log in:
the page tells nothing of what is kept here.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from moorage.api.rest import ROOT

Document: TypeAlias = dict[str, Any]
PAGE, STYLE, DOCUMENT = f"{ROOT}docs", f"{ROOT}docs.css", f"{ROOT}openapi.json"
OPEN = frozenset({PAGE, STYLE, DOCUMENT})
"""A page of another site may well link to these: they tell nothing of what is kept here, and change nothing."""
_BASE, _UNKNOWN = "\N{REPLACEMENT CHARACTER}base", "https://registry.example.com"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_WORDS = {"boolean": "true or false", "string": "text", "integer": "integer", "number": "number", "null": "null"}
_REFUSED = 400


def routes(document: Callable[[], Document]) -> list[Route]:
    """The page, its stylesheet and the document; `document` is asked when they are."""
    page: list[str] = []
    style = (files("moorage.api.rest") / "docs.css").read_text("utf-8")

    async def show_page(request: Request) -> Response:
        """It does not change while the program runs, but for the address that the examples name."""
        if not page:
            page.extend(render(document(), _BASE).split(_BASE))
        return HTMLResponse(escape(request.scope["moorage.base"] or _UNKNOWN).join(page), headers=_HEADERS)

    async def show_style(_request: Request) -> Response:
        return Response(style, media_type="text/css", headers=_HEADERS)

    async def show_document(_request: Request) -> Response:
        return JSONResponse(document(), headers=_HEADERS)

    return [Route(PAGE, show_page), Route(STYLE, show_style), Route(DOCUMENT, show_document)]


def render(document: Document, base: str) -> str:
    """The page of a document, with examples for the registry at `base`."""
    title, version = escape(document["info"]["title"]), escape(document["info"]["version"])
    sections = list(_sections(document))
    contents = "".join(_contents(tag["name"], operations) for tag, operations in sections)
    body = "".join(_section(document, tag, operations, base) for tag, operations in sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} API</title>
<link rel="stylesheet" href="{STYLE}">
</head>
<body>
<a class="skip" href="#top">To the text</a>
<nav aria-label="Operations">
<p><a href="#top">{title} API</a></p>
{contents}<h2>For all of them</h2>
<ul><li><a href="#refusals">Refusals</a></li><li><a href="#bodies">Bodies</a></li></ul>
</nav>
<main id="top">
<h1>{title} API <small>{version}</small></h1>
{"".join(f"<p>{_prose(part)}</p>" for part in document["info"]["description"].split(chr(10) * 2))}
<p>Programs read the same as an <a href="{DOCUMENT}">OpenAPI document</a>.</p>
{body}{_refusals(document)}{_bodies(document)}</main>
</body>
</html>
"""


Operation: TypeAlias = tuple[str, str, Document]
"""A method, a path, and what the document says of them."""


def _sections(document: Document) -> Iterator[tuple[Document, list[Operation]]]:
    """The tags in their order, with their operations."""
    everything = [(m, path, found) for path, methods in document["paths"].items() for m, found in methods.items()]
    for tag in document["tags"]:
        yield tag, [operation for operation in everything if tag["name"] in operation[2]["tags"]]


def _contents(name: str, operations: list[Operation]) -> str:
    entries = "".join(
        f'<li><a href="#{escape(found["operationId"])}">{_method(method)} {escape(found["summary"])}</a></li>\n'
        for method, _, found in operations
    )
    return f'<h2><a href="#tag-{escape(name)}">{escape(name.capitalize())}</a></h2>\n<ul>\n{entries}</ul>\n'


def _section(document: Document, tag: Document, operations: list[Operation], base: str) -> str:
    name = escape(tag["name"])
    articles = "".join(_article(document, operation, base) for operation in operations)
    return (
        f'<section id="tag-{name}" aria-labelledby="head-{name}">\n<h2 id="head-{name}">{name.capitalize()}</h2>\n'
        f"<p>{_prose(tag['description'])}</p>\n{articles}</section>\n"
    )


def _article(document: Document, operation: Operation, base: str) -> str:
    method, path, found = operation
    name = escape(found["operationId"])
    given = _body(found)
    fields = _resolve(document, given)
    return f"""<article id="{name}">
<h3><a href="#{name}">{escape(found["summary"])}</a></h3>
<p class="address">{_method(method)} <code>{_path(path)}</code></p>
<p>{_prose(found["description"])}</p>
{_parameters(found.get("parameters", []))}{_given(fields) if given else ""}{_answers(found)}<h4>Example</h4>
<pre tabindex="0"><code>{escape(_curl(document, operation, base))}</code></pre>
</article>
"""


def _parameters(parameters: list[Document]) -> str:
    rows = [
        (
            f"<code>{escape(found['name'])}</code>",
            escape(found["in"]),
            _type(found["schema"]),
            _default(found["schema"], required=found.get("required", False)),
            _prose(found.get("description", "")),
        )
        for found in parameters
    ]
    return _table("Parameters", ("Name", "In", "Type", "Default", "Meaning"), rows)


def _given(schema: Document) -> str:
    if schema.get("type") == "array":
        return f"<h4>Request</h4>\n<p>A {_type(schema)}</p>\n"
    about = f"<p>{_prose(schema['description'])}</p>\n" if "description" in schema else ""
    return _table("Fields of the request", _COLUMNS, _rows(schema), about)


_COLUMNS = ("Name", "Type", "Default", "Meaning")


def _rows(schema: Document) -> list[tuple[str, ...]]:
    required = schema.get("required", [])
    return [
        (
            f"<code>{escape(name)}</code>",
            _type(field),
            _default(field, required=name in required),
            _prose(field.get("description", "")),
        )
        for name, field in schema.get("properties", {}).items()
    ]


def _default(schema: Document, *, required: bool) -> str:
    if required:
        return "<em>required</em>"
    default = schema.get("default")
    return "" if default is None or default == "" else f"<code>{escape(json.dumps(default))}</code>"


def _answers(found: Document) -> str:
    rows, refused = [], []
    for status, answer in sorted(found["responses"].items()):
        if int(status) >= _REFUSED:
            refused.append(escape(status))
            continue
        headers = "; ".join(
            f"<code>{escape(name)}</code>: {_prose(header['description'])}"
            for name, header in answer.get("headers", {}).items()
        )
        content = answer.get("content", {}).get("application/json", {}).get("schema")
        rows.append((f"<code>{escape(status)}</code>", escape(answer["description"]), _type(content or {}), headers))
    note = f'<p>Or a <a href="#refusals">refusal</a>: {", ".join(refused)}.</p>\n' if refused else ""
    return _table("Answers", ("Status", "Meaning", "Body", "Headers"), rows) + note


def _refusals(document: Document) -> str:
    rows = [
        (f"<code>{escape(status)}</code>", _prose(refused["description"]))
        for status, refused in sorted(document["components"]["responses"].items())
    ]
    schema = document["components"]["schemas"]["Problem"]
    return (
        '<section id="refusals" aria-labelledby="head-refusals">\n<h2 id="head-refusals">Refusals</h2>\n'
        f"<p>{_prose(schema['description'])} The body is <code>application/problem+json</code>.</p>\n"
        f"{_table('Statuses', ('Status', 'Meaning'), rows)}"
        f"{_table('Fields', ('Name', 'Type', 'Meaning'), [(n, t, m) for n, t, _, m in _rows(schema)])}</section>\n"
    )


def _bodies(document: Document) -> str:
    articles = "".join(
        f'<article id="body-{escape(name)}">\n<h3><a href="#body-{escape(name)}">{escape(name)}</a></h3>\n'
        f"<p>{_prose(schema.get('description', ''))}</p>\n"
        f"{_table('Fields', _COLUMNS, _rows(schema))}</article>\n"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        '<section id="bodies" aria-labelledby="head-bodies">\n<h2 id="head-bodies">Bodies</h2>\n'
        f"<p>What requests and answers are made of.</p>\n{articles}</section>\n"
    )


def _table(title: str, heads: Iterable[str], rows: Sequence[tuple[str, ...]], about: str = "") -> str:
    """A table of cells that are HTML already; nothing without rows. Columns without a word are left out."""
    if not rows:
        return ""
    kept = [column for column in zip(heads, *rows, strict=True) if any(column[1:])]
    head = "".join(f'<th scope="col">{escape(column[0])}</th>' for column in kept)
    lines = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
        for cells in zip(*(column[1:] for column in kept), strict=True)
    )
    return (
        f"<h4>{escape(title)}</h4>\n{about}"
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(title)}"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table></div>\n"
    )


def _type(schema: Document) -> str:
    """What a value is, in words."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#body-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = _WORDS.get(str(kind), escape(str(kind or "")))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{words} from {_number(low)} to {_number(high)}"
    if low is not None:
        return f"{words} from {_number(low)}"
    if "maxLength" in schema:
        return f"{words} of at most {_number(schema['maxLength'])} characters"
    return words


def _number(value: float) -> str:
    return f"{int(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _curl(document: Document, operation: Operation, base: str) -> str:
    method, path, found = operation
    query = "&".join(
        f"{parameter['name']}={parameter['name'].upper()}"
        for parameter in found.get("parameters", [])
        if parameter["in"] == "query" and parameter.get("required")
    )
    words = ["curl -u USER"]
    given = _body(found)
    if method not in ({"get", "post"} if given else {"get"}):
        words.append(f"-X {method.upper()}")
    if given:
        words += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(_example(document, given)))}"]
    address = re.sub(r"\{(\w+)\}", lambda match: match[1].upper(), path) + (f"?{query}" if query else "")
    words.append(f"{base}{shlex.quote(address)}")
    return " \\\n  ".join(words)


def _example(document: Document, schema: Document) -> Any:  # noqa: ANN401 - JSON
    """A value of this form: what it says itself, or of its fields those that have to be and those with an example."""
    schema = _resolve(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if "properties" in schema:
        required = schema.get("required", [])
        return {
            name: _example(document, field)
            for name, field in schema["properties"].items()
            if name in required or "examples" in field
        }
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    return {"boolean": True, "integer": schema.get("minimum", 1)}.get(schema["type"], "TEXT")


def _body(found: Document) -> Document:
    schema: Document = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _resolve(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _method(method: str) -> str:
    return f'<b class="{escape(method)}">{escape(method.upper())}</b>'


def _path(path: str) -> str:
    """An address, which may be broken before its parts."""
    return re.sub(r"\{(\w+)\}", r"<var>{\1}</var>", escape(path).replace("/", "<wbr>/"))


def _prose(text: str) -> str:
    """Text, in which what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split())))
