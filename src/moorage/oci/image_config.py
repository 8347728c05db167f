"""What an image's configuration says, as pages show it. Source: OCI Image Specification, config.md.

It decides nothing, and takes anything: fields of the wrong type are as if they were not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from moorage.oci import loose
from moorage.oci.descriptors import platform_of

TYPES = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})
"""Media types of such a configuration."""
LARGEST = 1024 * 1024
"""Bytes up to which one is read."""
_MOST = 200
_MOST_STEPS = 1000
_SHELL, _NOTHING, _BUILT = "/bin/sh -c ", "#(nop) ", " # buildkit"


class Step(NamedTuple):
    """One line of how an image was made. `empty`: it made no layer."""

    text: str
    comment: str
    created: str
    empty: bool


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """How a container of it runs, and how it was made. `entrypoint` and `command` are lists of words."""

    platform: str
    created: str
    author: str
    user: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[str, ...]
    ports: tuple[str, ...]
    volumes: tuple[str, ...]
    directory: str
    stop_signal: str
    health: tuple[str, ...]
    labels: Mapping[str, str]
    history: tuple[Step, ...]

    @classmethod
    def read(cls, content: bytes) -> Self | None:
        """What the bytes say; None where they are no JSON object."""
        fields = loose.read(content)
        if not isinstance(fields, dict):
            return None
        run = _object(fields.get("config"))
        return cls(
            platform_of(fields),
            loose.text(fields.get("created")),
            loose.text(fields.get("author")),
            loose.text(run.get("User")),
            loose.texts(run.get("Entrypoint"), _MOST),
            loose.texts(run.get("Cmd"), _MOST),
            loose.texts(run.get("Env"), _MOST),
            loose.keys(run.get("ExposedPorts"), _MOST),
            loose.keys(run.get("Volumes"), _MOST),
            loose.text(run.get("WorkingDir")),
            loose.text(run.get("StopSignal")),
            loose.texts(_object(run.get("Healthcheck")).get("Test"), _MOST),
            loose.pairs(run.get("Labels"), _MOST),
            _history(fields.get("history")),
        )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _history(value: object) -> tuple[Step, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        Step(
            _instruction(loose.text(item.get("created_by"))),
            loose.text(item.get("comment")),
            loose.text(item.get("created")),
            item.get("empty_layer") is True,
        )
        for item in map(_object, value[:_MOST_STEPS])
    )


def _instruction(made_by: str) -> str:
    """The line as it stood in the Dockerfile, without what builders put around it."""
    line = made_by.strip().removesuffix(_BUILT)
    if line.startswith(_SHELL + _NOTHING):
        return line.removeprefix(_SHELL + _NOTHING).strip()
    return f"RUN {line.removeprefix(_SHELL)}" if line.startswith(_SHELL) else line
