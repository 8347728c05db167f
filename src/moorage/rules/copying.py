"""How much one copy of an image takes along."""

from moorage.oci.error import Code, Refusal

MOST_MANIFESTS = 1000
MOST_LOOKED_FOR = 5000
"""Manifests that are listed, whether they are here or not: each is a look."""
MOST_BYTES = 16 * 1024 * 1024
"""Of manifests: all are read within one transaction."""


def require_bounded(manifests: int, size: int) -> None:
    """Refuse with TOO_LARGE what would hold up everybody who writes."""
    if manifests > MOST_MANIFESTS or size > MOST_BYTES:
        raise Refusal(
            Code.TOO_LARGE,
            f"one copy takes at most {MOST_MANIFESTS} manifests of {MOST_BYTES // 2**20} MiB together: "
            "copy the images that this one lists first, each by its digest and without referrers",
        )


def require_few_looks(manifests: int) -> None:
    """Refuse with TOO_LARGE what lists so many manifests that to look for them would hold up everybody who writes."""
    if manifests > MOST_LOOKED_FOR:
        raise Refusal(
            Code.TOO_LARGE,
            f"one copy looks for at most {MOST_LOOKED_FOR} manifests: copy the images that this one lists first",
        )
