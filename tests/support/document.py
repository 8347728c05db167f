"""The OpenAPI document, read out of the program itself before any server runs."""

from typing import Any

from moorage.api.rest import audit, federation, members, people, projects, repositories, robots
from moorage.api.rest.face import RestFace


def document() -> dict[str, Any]:
    """As the server serves it; `tests/hostile/test_schema.py` compares the two."""
    nothing: Any = None
    routers = [
        projects.routes(nothing),
        repositories.routes(nothing, nothing, nothing),
        members.routes(nothing, nothing),
        people.routes(nothing),
        robots.routes(nothing, nothing),
        federation.routes(nothing),
        audit.routes(nothing),
    ]
    return RestFace(nothing, routers).app.openapi()
