"""Paths of what the API knows, below /api/v1/, from names as people type them."""

from urllib.parse import quote

from moorage.cli.failing import Failure, Status

HOME = "library"
"""The project of repositories whose name has one part only, as on Docker Hub."""
_WORDS = frozenset({"tags", "trash", "copies"})
"""What stands behind a repository in addresses: in a name it has to be told apart."""


def path(*names: str) -> str:
    """Each name as one part; refused where it would change which resource is meant."""
    return "/".join(quote(_named(name), safe="") for name in names)


def project_of(repository: str) -> str:
    """`team/app` is in `team`, and `app` in `library`."""
    first, slash, _ = repository.partition("/")
    return first if slash else HOME


def repository(name: str) -> str:
    """A repository by its full name. In `library` the API wants the full name; elsewhere what follows the project."""
    project = project_of(name)
    inner = name if project == HOME else name.removeprefix(f"{project}/")
    parts = [path(part) for part in inner.split("/")]
    slash = "%2F" if _WORDS.intersection(parts) else "/"  # some proxies mind it, so only where it is needed
    return f"projects/{path(project)}/repositories/{slash.join(parts)}"


def tag(name: str, named: str) -> str:
    """A tag of a repository."""
    return f"{repository(name)}/tags/{path(named)}"


def copies(name: str) -> str:
    """Where copies into a repository are made."""
    return f"{repository(name)}/copies"


def _named(name: str) -> str:
    if not name.strip(".") or "/" in name:
        raise Failure(f"{name[:200]!r} is not a name", Status.USAGE)
    return name
