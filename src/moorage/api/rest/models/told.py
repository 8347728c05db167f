"""Fields that say in a docstring below them what they mean.

Pydantic would read the source of every model at each start for this; here it is read when somebody wants the document.
"""

import ast
import inspect
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue


class Told(BaseModel):
    """A model whose fields are described by the docstrings below them."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:  # noqa: ANN401 - pydantic's own
        """Add the meanings."""
        made = handler(schema)
        properties = handler.resolve_ref_schema(made).get("properties", {})
        for name, field in cls.model_fields.items():
            meaning = next((found for of in cls.__mro__ if (found := _meanings(of).get(name))), None)
            if meaning is not None:
                properties[field.alias or name].setdefault("description", meaning)
        return made


def _meanings(model: type) -> dict[str, str]:
    """By field, of those that this very class has."""
    if not issubclass(model, Told):
        return {}
    module = inspect.getmodule(model)
    assert module is not None  # noqa: S101 - a class of ours has one
    return _of_module(module).get(model.__name__, {})


@cache
def _of_module(module: ModuleType) -> dict[str, dict[str, str]]:
    try:
        tree = ast.parse(inspect.getsource(module))
    except OSError:  # the program was installed without its source
        return {}
    return {node.name: _of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
