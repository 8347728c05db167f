"""Names of repositories and tags. Source: OCI Distribution Specification, "Pulling manifests"."""

import re
from dataclasses import dataclass
from typing import Self

from moorage.oci.digest import Digest, is_digest
from moorage.oci.error import Code, Refusal

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
LONGEST_NAME = 255
"""Characters in a repository name: clients count the host's name in, so 255 leaves none of them behind."""
HOME_PROJECT = "library"
"""The project of a repository whose name has no slash."""


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository's full name, as in `team/app`; it belongs to the project that its first part names."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name, or refuse with NAME_INVALID."""
        if len(text) > LONGEST_NAME:
            raise Refusal(
                Code.NAME_INVALID,
                f"repository names have at most {LONGEST_NAME} characters; this has {len(text)}",
            )
        if not _NAME.fullmatch(text):
            raise Refusal(
                Code.NAME_INVALID,
                f"{text[:80]!r} is not a repository name: use lower-case letters, digits and single . _ - between "
                "them, parts separated by /",
            )
        return cls(text)

    @classmethod
    def within(cls, project: str, name: str) -> Self:
        """The repository that is called `name` within a project: `app` in `team` is `team/app`.

        In the home project a name stands as it is, as its repositories need not begin with the project's name.
        """
        found = cls.parse(name if project == HOME_PROJECT else f"{project}/{name}")
        if found.project != project:
            raise Refusal(Code.NAME_UNKNOWN, f"project {project} has no repository {name}")
        return found

    @property
    def project(self) -> str:
        """The name of the project it belongs to."""
        first, slash, _ = self.text.partition("/")
        return first if slash else HOME_PROJECT

    @property
    def inner(self) -> str:
        """What it is called within its project; in the home project a name stands as it is."""
        return self.text.removeprefix(f"{self.project}/") if self.project != HOME_PROJECT else self.text

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag's name: at most 128 characters."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a tag, or refuse with TAG_INVALID."""
        if not _TAG.fullmatch(text):
            raise Refusal(
                Code.TAG_INVALID,
                f"{text[:80]!r} is not a tag: use at most 128 letters, digits, _ . and -, and start with none of . -",
            )
        return cls(text)

    def __str__(self) -> str:
        return self.text


Reference = Tag | Digest
"""What names a manifest within a repository."""


def parse_reference(text: str) -> Reference:
    """A tag or a digest; refuses with DIGEST_INVALID if it holds a colon, else with TAG_INVALID."""
    return Digest.parse(text) if is_digest(text) else Tag.parse(text)
