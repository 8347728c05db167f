"""Names that we give: of projects, people, groups, roles, robots and tokens."""

import re

from moorage.oci.error import Code, Refusal

_PROJECT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_PERSON = re.compile(r"[A-Za-z0-9]+(?:[._@-][A-Za-z0-9]+)*")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@:/-]*")
LONGEST_PROJECT = 100
_LONGEST_PERSON = 128
_LONGEST_LABEL = 100
LONGEST_DESCRIPTION = 4096
_LONGEST_NOTE = 200
ROBOT = "robot$"
"""How a robot's name on the wire begins; no person's can."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1024


def require_project(name: str) -> str:
    """A project's name, or NAME_INVALID: it is the first part of repositories' names."""
    return _require_plain(name, "a project name")


def require_person(name: str) -> str:
    """A user's or a group's name, or NAME_INVALID."""
    if len(name) > _LONGEST_PERSON or not _PERSON.fullmatch(name):
        raise Refusal(
            Code.NAME_INVALID,
            f"{name[:80]!r} is not a name for people or groups: use letters and digits, with single . _ @ - between",
        )
    return name


def require_short(name: str, what: str) -> str:
    """A robot's or a role's name, or NAME_INVALID: like a project's, so that no shell minds it."""
    return _require_plain(name, f"a name for a {what}")


def _require_plain(name: str, what: str) -> str:
    if len(name) > LONGEST_PROJECT or not _PROJECT.fullmatch(name):
        raise Refusal(
            Code.NAME_INVALID,
            f"{name[:80]!r} is not {what}: use lower-case letters, digits and single . _ - between them",
        )
    return name


def require_label(name: str, what: str) -> str:
    """What somebody calls a token of theirs, or NAME_INVALID."""
    if len(name) > _LONGEST_LABEL or not _LABEL.fullmatch(name):
        raise Refusal(Code.NAME_INVALID, f"{name[:80]!r} is not a name for a {what}: use letters, digits and . _ - : /")
    return name


def require_description(text: str) -> str:
    """Markdown of at most 4096 characters, without control characters."""
    if len(text) > LONGEST_DESCRIPTION or any(ord(letter) < 32 and letter not in "\n\t" for letter in text):  # noqa: PLR2004
        raise Refusal(
            Code.QUERY_INVALID,
            f"a description has at most {LONGEST_DESCRIPTION} characters, and no control characters but line breaks",
        )
    return text


def require_note(text: str) -> str:
    """A line of at most 200 characters, or QUERY_INVALID."""
    if len(text) > _LONGEST_NOTE or not text.isprintable():
        raise Refusal(Code.QUERY_INVALID, f"a note is one line of at most {_LONGEST_NOTE} characters")
    return text


def require_password(password: str) -> str:
    """One that may be set, or QUERY_INVALID. Long is what counts (NIST SP 800-63B, section 5.1.1)."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refusal(Code.QUERY_INVALID, f"a password has from {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return password


def robot_title(project: str | None, name: str) -> str:
    """A robot's name on the wire: `robot$project+name`, or `robot$name` for one of the instance."""
    return f"{ROBOT}{project}+{name}" if project is not None else f"{ROBOT}{name}"
