"""The OpenAPI document, read out of the program itself before any server runs."""

from typing import Any

from tests.support import routes


def document() -> dict[str, Any]:
    """As the server serves it; `tests/hostile/test_schema.py` compares the two."""
    return routes.rest().openapi()
