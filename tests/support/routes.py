"""Every operation that the program answers, read out of the program itself."""

import ast
import inspect
from types import ModuleType
from typing import Any

from moorage.api import operations, projects
from moorage.api.blobs import BlobRoutes
from moorage.api.distribution import Distribution, Route
from moorage.api.listings import ListingRoutes
from moorage.api.manifests import ManifestRoutes
from moorage.api.tokens import TokenRoutes
from moorage.api.uploads import UploadRoutes

Operation = tuple[str, str]
"""What an address means, and the method."""


def of_distribution() -> set[Operation]:
    """Each `Route` of the registry protocol with each of its methods."""
    nothing: Any = None
    registry = Distribution(
        authenticate=nothing,
        tokens=TokenRoutes(nothing, nothing),
        manifests=ManifestRoutes(nothing, nothing, nothing),
        blobs=BlobRoutes(nothing, nothing),
        uploads=UploadRoutes(nothing),
        listings=ListingRoutes(nothing),
        origin=nothing,
    )
    routes = [*vars(registry).values(), *registry._fixed.values()]
    return {(route.operation, method) for route in routes if isinstance(route, Route) for method in route.methods}


def of_projects() -> set[Operation]:
    """Each case of our own API; GET stands for HEAD too."""
    found = set()
    for pattern in _cases(projects):
        if isinstance(pattern, ast.MatchSequence):
            method, words = pattern.patterns
            assert isinstance(words, ast.MatchSequence)
            found.add(("/".join(_word(word) for word in words.patterns), _word(method)))
    return found | {(address, "HEAD") for address, method in found if method == "GET"}


def of_operations() -> set[Operation]:
    """Each address for who runs it; all are only read."""
    addresses = [_word(pattern) for pattern in _cases(operations) if isinstance(pattern, ast.MatchValue)]
    return {(address, method) for address in addresses for method in ("GET", "HEAD")}


def _cases(module: ModuleType) -> list[ast.pattern]:
    """The cases by which the module's `answer` finds what to do."""
    answers = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "answer"
    ]
    return [
        case.pattern
        for answer in answers
        for node in ast.walk(answer)
        if isinstance(node, ast.Match)
        for case in node.cases
    ]


def _word(pattern: ast.pattern) -> str:
    match pattern:
        case ast.MatchValue(value=ast.Constant(value=str(text))):
            return text
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return f"{{{name}}}"
        case _:
            raise AssertionError(f"an address of an unknown form: {ast.dump(pattern)}")
