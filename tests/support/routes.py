"""Every operation that the program answers, read out of the program itself."""

import ast
import inspect
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from moorage.api import operations
from moorage.api.distribution import Route as Operations
from moorage.app import faces, screens

Operation = tuple[str, str]
"""What an address means, and the method."""


class _Anything:
    """Stands for whatever the composition asks for: its routes are read, and none of them is called."""

    def __getattr__(self, _: str) -> "_Anything":
        return self

    def __call__(self, *_: object, **__: object) -> "_Anything":
        return self

    def __mul__(self, _: object) -> "_Anything":
        return self


_ANYTHING: Any = _Anything()


def of_distribution() -> set[Operation]:
    """Each `Route` of the registry protocol with each of its methods."""
    registry = faces.registry_of(_ANYTHING, _ANYTHING, _ANYTHING)
    routes = [*vars(registry).values(), *registry._fixed.values()]
    return {(route.operation, method) for route in routes if isinstance(route, Operations) for method in route.methods}


def rest() -> FastAPI:
    """Our own API, with nothing behind it."""
    nothing = [_ANYTHING] * len(inspect.signature(faces.rest_of).parameters)
    return faces.rest_of(*nothing).app


def of_rest() -> set[Operation]:
    """Each route of our own API; GET stands for HEAD too."""
    found = {
        (route.path, method) for route in rest().routes if isinstance(route, Route) for method in route.methods or ()
    }
    return found | {(path, "HEAD") for path, method in found if method == "GET"}


def of_pages() -> set[Operation]:
    """Each page for people, as the program puts them together; GET stands for HEAD too."""
    return {
        (route.path, method)
        for route in screens.pages_of(_ANYTHING, _ANYTHING, _ANYTHING).app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


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
