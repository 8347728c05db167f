"""Digests parse once and are then right."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.digest import Algorithm, Digest, is_digest
from moorage.oci.error import Code
from tests.support.refused import refused, unless_refused

_HEX = "0123456789abcdef"
DIGESTS = st.sampled_from(Algorithm).flatmap(
    lambda algorithm: st.builds(
        lambda encoded: Digest(f"{algorithm.value}:{encoded}"),
        st.text(_HEX, min_size=algorithm.hex_length, max_size=algorithm.hex_length),
    )
)


@given(DIGESTS)
def test_round_trip(digest: Digest) -> None:
    """Whatever a digest writes, it reads as itself, by the careful way and by the quick one."""
    assert Digest.parse(str(digest)) == digest
    assert Digest(str(digest)) == digest


@given(st.text(max_size=300))
def test_only_what_it_would_write_is_read(text: str) -> None:
    """Any text is either refused with DIGEST_INVALID or is exactly the wire form of what was read."""
    parsed = unless_refused(lambda: Digest.parse(text), Code.DIGEST_INVALID)
    assert parsed is None or str(parsed) == text


@given(st.binary(max_size=2000), st.sampled_from(Algorithm))
def test_of_content(content: bytes, algorithm: Algorithm) -> None:
    """The digest of content is what the standard library reckons."""
    assert (
        str(Digest.of(content, algorithm)) == f"{algorithm.value}:{hashlib.new(algorithm.value, content).hexdigest()}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "sha256",
        "sha256:",
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha256:" + "A" * 64,
        "sha256:" + "g" * 64,
        "sha256:" + "a" * 64 + "\n",
        " sha256:" + "a" * 64,
        "sha256:../../../../etc/passwd",
        "sha256:" + "a" * 32 + "/" + "a" * 31,
        "sha256:" + "٣" * 64,
        "SHA256:" + "a" * 64,
        "sha512:" + "a" * 64,
        "sha512:" + "a" * 129,
        "sha384:" + "a" * 96,
        "md5:" + "a" * 32,
        "sha256:sha256:" + "a" * 64,
        "sha256:" + "a" * 100_000,
        "sha256:" + "a" * 63 + "\x00",
    ],
)
def test_malformed(text: str) -> None:
    """What is not a digest of a known algorithm is refused with a sentence of bounded length."""
    with refused(Code.DIGEST_INVALID) as caught:
        Digest.parse(text)
    assert len(caught.value.sentence) < 400


def test_unknown_algorithm_is_named() -> None:
    """Who uses another algorithm reads which ones there are."""
    with refused(Code.DIGEST_INVALID, "use sha256 or sha512"):
        Algorithm.parse("sha1")


@given(DIGESTS)
def test_digests_are_told_from_tags(digest: Digest) -> None:
    """A digest always looks like one; a tag never does."""
    assert is_digest(str(digest))
    assert not is_digest(digest.hex)
