"""JSON files of a person's own: read whole, written whole or not at all, for nobody else to read."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from moorage.cli.failing import Failure


def home() -> Path:
    """The person's folder; in a container without people, one where nothing is found or written."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def read(file: Path) -> dict[str, Any]:
    """The object in it; an empty one where there is no file."""
    try:
        found = json.loads(file.read_text() or "{}")
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise Failure(f"{file} cannot be read: {fault.strerror}") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Failure(f"{file} is not a JSON object: mend it, or move it away")
    return found


def write(file: Path, tree: dict[str, Any]) -> None:
    """Replace the file, or the one that it is a link to, at once."""
    try:
        file = file.resolve()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # its mode is 0600
        try:
            with os.fdopen(handle, "w") as out:
                out.write(json.dumps(tree, indent="\t", ensure_ascii=True) + "\n")
                out.flush()
                os.fsync(out.fileno())
            Path(draft).replace(file)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as fault:
        raise Failure(f"{file} cannot be written: {fault.strerror}") from None
