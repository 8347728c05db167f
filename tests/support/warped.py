"""JSON gone wrong: a document of which one part is replaced, or whose text is bent."""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_DEEP = 900
"""Nesting that json still writes, and readers of less patience do not read."""


def _nested(depth: int) -> list[Any]:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    return deep


ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e400, float("nan"), 2**63, 2**64, 10**400, -(2**63), "", "x", "\ud800", "\x00",
    "\x1b[2J",
    "a\r\nX: y", "sha256:", "md5:" + "0" * 32, "sha256:" + "0" * 64, "sha256:" + "F" * 64, "../../x", "é" * 300,
    "text/html",
    "a" * 70_000, [], {}, [[]], [{}], {"": ""}, [None], {"digest": 1}, {"a": {"b": []}}, _nested(_DEEP),
    "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.v1+json",
]  # fmt: skip
"""Values that stand where others are expected."""
_KEYS = [
    "schemaVersion", "mediaType", "config", "layers", "manifests", "blobs", "subject", "artifactType", "annotations",
    "Layers", "urls", "data", "platform", "", "\ud800", "digest", "size",
]  # fmt: skip
_BENT: list[Callable[[bytes], bytes]] = [
    lambda text: text[: len(text) // 2],
    lambda text: text + b"x",
    lambda text: text + b" \n\t ",
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.decode().encode("utf-16"),
    lambda text: text.decode().encode("utf-32"),
    lambda text: text.replace(b'"', b'"\xff', 1),
    lambda text: text.replace(b"{", b'{"mediaType":"x","mediaType":"x",', 1),
    lambda text: text.replace(b"{", b'{"layers":[],', 1),
    lambda text: text.replace(b":", b":\x00", 1),
    lambda text: b"[" * 20_000 + text,
    lambda text: text.replace(b"2", b"2" * 5000, 1),
    lambda text: text.replace(b'"', b"'"),
]


class Document(bytes):
    """Bytes that show their beginning and end alone."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{bytes(self[:300])!r} … {bytes(self[300:][-300:])!r}"


@st.composite
def documents(draw: st.DrawFn, originals: list[dict[str, Any]]) -> Document:
    """One of these with up to three parts replaced, added or removed, its text sometimes bent."""
    fields = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 3))):
        _warp(draw, fields)
    text = json.dumps(fields).encode()
    return Document(text if draw(st.integers(0, 3)) else draw(st.sampled_from(_BENT))(text))


def _warp(draw: st.DrawFn, fields: dict[str, Any]) -> None:
    """Go down some steps, then change what is there."""
    node: Any = fields
    for _ in range(draw(st.integers(0, 2))):
        inner = [value for value in _values(node) if isinstance(value, (dict, list)) and value]
        if inner:
            node = draw(st.sampled_from(inner))
    odd = copy.deepcopy(draw(st.sampled_from(ODD)))
    if isinstance(node, list):
        node[draw(st.integers(0, len(node) - 1))] = odd
        return
    key = draw(st.sampled_from([*node, *node, *_KEYS]))
    if draw(st.integers(0, 5)):
        node[key] = odd
    else:
        node.pop(key, None)


def _values(node: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return list(node.values()) if isinstance(node, dict) else list(node)


def labelled(originals: list[dict[str, Any]]) -> SearchStrategy[tuple[Document, str]]:
    """A document with its original's media type, which is also told wrongly now and then."""
    wrong = st.sampled_from(["", "text/plain", "application/json; a=b", "x" * 300, "é/é"])
    return st.sampled_from(originals).flatmap(
        lambda original: st.tuples(
            documents([original]),
            st.integers(0, 7).flatmap(lambda number: st.just(original["mediaType"]) if number else wrong),
        )
    )
