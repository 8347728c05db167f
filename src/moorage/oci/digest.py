"""A digest: which algorithm, and what it gave. Source: OCI Image Specification, descriptor.md, "Digests"."""

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import Self

from moorage.oci.error import Code, Refusal

_FORM = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_HEX = re.compile(r"[a-f0-9]+")
_LONGEST = 256


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


_HEX_LENGTHS = {"sha256": 64, "sha512": 128}
_ALGORITHMS = {algorithm.value: algorithm for algorithm in Algorithm}


@dataclass(frozen=True, slots=True)
class Digest:
    """An algorithm and its hexadecimal outcome; `str()` gives the wire form `sha256:…`."""

    algorithm: Algorithm
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form, or refuse with DIGEST_INVALID."""
        if len(text) > _LONGEST or not _FORM.fullmatch(text):
            raise Refusal(
                Code.DIGEST_INVALID,
                f"{text[:80]!r} is not a digest; a digest looks like sha256: and 64 hexadecimal digits",
            )
        name, _, encoded = text.partition(":")
        algorithm = Algorithm.parse(name)
        if len(encoded) != algorithm.hex_length or not _HEX.fullmatch(encoded):
            raise Refusal(
                Code.DIGEST_INVALID,
                f"{name} digests have {algorithm.hex_length} hexadecimal digits in lower case; "
                f"{encoded[:80]!r} has not",
            )
        return cls(algorithm, encoded)

    @classmethod
    def trusted(cls, text: str) -> Self:
        """Read a wire form that was parsed when it was stored; for the hot path only."""
        name, _, encoded = text.partition(":")
        return cls(_ALGORITHMS[name], encoded)

    @classmethod
    def of(cls, content: bytes, algorithm: Algorithm = Algorithm.SHA256) -> Self:
        """The digest of these bytes."""
        return cls(algorithm, hashlib.new(algorithm.value, content).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm.value}:{self.hex}"


def is_digest(text: str) -> bool:
    """Is a reference meant as a digest? Tags cannot hold a colon."""
    return ":" in text
