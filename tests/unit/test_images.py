"""How two images differ, and strips to scale."""

import json
from dataclasses import replace

from moorage.oci import media_type as types
from moorage.oci.descriptors import Descriptor
from moorage.oci.image_config import ImageConfig
from moorage.oci.kind import Kind
from moorage.rules.images import Fate, FieldChange, ImageFacts, ImageSight, Pair, difference, pairs
from moorage.web.strips import WIDTH, strip

FACTS = ImageFacts("sha256:a", types.OCI_MANIFEST, None, 0, None, 0, 0, None, 0.0, None)


def image(*layers: tuple[str, int], digest: str = "sha256:a", **run: object) -> ImageSight:
    """An image with layers of these digests and sizes."""
    fields = {
        "os": "linux",
        "architecture": "amd64",
        "config": run,
        "history": [{"created_by": f"made {digest}"} for digest, _ in layers],
    }
    return ImageSight(
        facts=replace(FACTS, digest=digest),
        kind=Kind.IMAGE,
        content=b"",
        entries=(),
        children={},
        layers=tuple(Descriptor(digest, size, "t") for digest, size in layers),
        config_digest="",
        config_type="",
        config_content=None,
        config=ImageConfig.read(json.dumps(fields).encode()),
        annotations={},
        subject=None,
        tags=(),
        indexes=(),
        referrers=(),
        more_referrers=False,
    )


def index(digest: str, **platforms: str) -> ImageSight:
    """An index of images by architecture, with an attestation beside."""
    entries = [Descriptor(child, 1, "t", platform=f"linux/{name}") for name, child in platforms.items()]
    beside = Descriptor("sha256:att", 1, "t", platform="unknown/unknown", attests=True)
    return replace(image(digest=digest), kind=Kind.INDEX, entries=(*entries, beside), config=None)


def test_layers() -> None:
    """Are shared as often as both have them; what one has more often was added or removed."""
    found = difference(image(("a", 5), ("a", 5), ("b", 7)), image(("a", 5), ("c", 1), ("c", 1)))
    assert [(change.fate, change.layer.digest) for change in found.layers] == [
        (Fate.SHARED, "a"),
        (Fate.ADDED, "c"),
        (Fate.ADDED, "c"),
        (Fate.REMOVED, "a"),
        (Fate.REMOVED, "b"),
    ]
    assert (found.size(Fate.SHARED), found.size(Fate.ADDED), found.size(Fate.REMOVED)) == (5, 2, 12)
    assert found.count(Fate.ADDED) == 2
    assert found.layers[-1].made_by == "made b"


def test_fields() -> None:
    """Each variable and label for itself; what is the same is left out."""
    found = difference(image(Env=["A=1", "B=2", "C"], User="x"), image(Env=["A=2", "C"], User="x", Labels={"l": "v"}))
    assert list(found.fields) == [
        FieldChange("environment A", "1", "2"),
        FieldChange("environment B", "2", None),
        FieldChange("label l", None, "v"),
    ]
    assert difference(image(User="x"), image(User="x")).fields == ()


def test_platforms() -> None:
    """Are matched by name, without what builders put beside; an image is one of its own."""
    one, two = index("sha256:1", amd64="x", arm64="y"), index("sha256:2", amd64="z", s390x="q")
    assert pairs(one, two) == (
        Pair("linux/amd64", "x", "z"),
        Pair("linux/arm64", "y", None),
        Pair("linux/s390x", None, "q"),
    )
    assert pairs(image(digest="sha256:i"), one)[0] == Pair("linux/amd64", "sha256:i", "x")


def test_strips() -> None:
    """Fill the width in proportion; what is too small for that can still be seen, and what is none is not drawn."""
    parts = strip([300, 700])
    assert [(part.x, part.width) for part in parts] == [(0.0, 300.0), (300.0, 700.0)]
    tiny = strip([1, 10**12, 0])
    assert min(part.width for part in tiny) > 1
    assert abs(sum(part.width for part in tiny) - WIDTH) < 0.1
    assert strip([]) == strip([0, 0]) == ()
    assert len(strip([1] * 5000)) == 200
