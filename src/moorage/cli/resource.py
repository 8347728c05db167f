"""Paths of what the API knows, below /api/v1/, from names as people type them."""

from urllib.parse import quote

from moorage.cli.failing import Failure, Status

HOME = "library"
"""The project of repositories whose name has one part only, as on Docker Hub."""
_WORDS = frozenset({"tags"})
"""What stands behind a repository in addresses: at the end of a name it has to be told apart."""


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
    slash = "%2F" if parts[-1] in _WORDS else "/"  # some proxies mind it, so only where it is needed
    return f"projects/{path(project)}/repositories/{slash.join(parts)}"


def _named(name: str) -> str:
    if not name.strip(".") or "/" in name:
        raise Failure(f"{name[:200]!r} is not a name", Status.USAGE)
    return name
