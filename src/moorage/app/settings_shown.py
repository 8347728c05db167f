"""The settings as a page shows them."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import SecretStr

from moorage.app.settings import Settings, fields
from moorage.service.read_settings import Setting


def shown(settings: Settings) -> tuple[Setting, ...]:
    """All of them; of secrets whether they are set."""
    told = []
    for path, field in fields():
        value: Any = settings
        for name in path:
            value = getattr(value, name)
        secret = SecretStr in get_args(field.annotation)
        dotted = ".".join(path)
        origin = settings.origins.get(dotted, "default")
        told.append(Setting(dotted, _written(value, secret=secret), origin, field.description or "", secret))
    return tuple(told)


def _written(value: object, *, secret: bool) -> str:
    if value is None:
        return ""
    if secret or isinstance(value, SecretStr):
        return "set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return ", ".join(str(part) for part in value)
    return str(value)
