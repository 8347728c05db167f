"""A digest: which algorithm, and what it gave. Source: OCI Image Specification, descriptor.md, "Digests"."""

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import Self

from moorage.oci.error import Code, Refusal

_WHOLE = re.compile(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}")
_FORM = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_LONGEST = 256
_HEX_LENGTHS = {"sha256": 64, "sha512": 128}


class Algorithm(Enum):
    """The registered algorithms, by their names on the wire."""

    SHA256 = "sha256"
    SHA512 = "sha512"

    @property
    def hex_length(self) -> int:
        """Hexadecimal digits of its outcome."""
        return _HEX_LENGTHS[self.value]

    @classmethod
    def parse(cls, text: str) -> "Algorithm":
        """The algorithm of this name, or DIGEST_INVALID."""
        try:
            return cls(text)
        except ValueError:
            raise Refusal(
                Code.DIGEST_INVALID,
                f"the digest algorithm {text[:64]!r} is not supported; use sha256 or sha512",
            ) from None


@dataclass(frozen=True, slots=True)
class Digest:
    """An algorithm and its hexadecimal outcome, kept as the wire form `sha256:…`.

    `parse` reads what others say. The bare constructor trusts its text: for digests that were parsed when they were
    stored, or have just been computed.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form, or refuse with DIGEST_INVALID."""
        if _WHOLE.fullmatch(text):
            return cls(text)
        if len(text) > _LONGEST or not _FORM.fullmatch(text):
            raise Refusal(
                Code.DIGEST_INVALID,
                f"{text[:80]!r} is not a digest; a digest looks like sha256: and 64 hexadecimal digits",
            )
        name, _, encoded = text.partition(":")
        algorithm = Algorithm.parse(name)
        raise Refusal(
            Code.DIGEST_INVALID,
            f"{name} digests have {algorithm.hex_length} hexadecimal digits in lower case; {encoded[:80]!r} has not",
        )

    @classmethod
    def of(cls, content: bytes, algorithm: Algorithm = Algorithm.SHA256) -> Self:
        """The digest of these bytes."""
        return cls(f"{algorithm.value}:{hashlib.new(algorithm.value, content).hexdigest()}")

    @property
    def algorithm(self) -> Algorithm:
        """How it was computed."""
        return Algorithm(self.text.partition(":")[0])

    @property
    def hex(self) -> str:
        """The outcome in hexadecimal digits."""
        return self.text.partition(":")[2]

    def __str__(self) -> str:
        return self.text


def is_digest(text: str) -> bool:
    """Is a reference meant as a digest? Tags cannot hold a colon."""
    return ":" in text
