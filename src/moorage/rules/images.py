"""What is known of an image beyond its bytes, and how two differ. Sizes are bytes as they are stored: compressed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from moorage.oci.descriptors import Descriptor
from moorage.oci.image_config import ImageConfig
from moorage.oci.kind import Kind
from moorage.rules.facts import Referrer, TagRecord


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A manifest as a repository has it.

    `size` is that of all blobs that it needs, each once, with those of the images that an index lists; None: they are
    too many to be added up. `content` is what was pushed, where it is small. `pushed_by` is None only where it is told
    to somebody who may not know.
    """

    digest: str
    media_type: str
    artifact_type: str | None
    size: int | None
    content: bytes | None
    signatures: int
    attachments: int
    pushed_by: str | None
    pushed_at: float
    pulled_at: float | None


class TagSight(NamedTuple):
    """A tag in a list, with what it names. `moved_by` is None where that is not for them to know."""

    tag: TagRecord
    image: ImageFacts
    kind: Kind
    platforms: tuple[str, ...]
    moved_by: str | None


@dataclass(frozen=True, slots=True)
class ImageSight:
    """All that a page tells of a manifest. `tags`, `indexes` and `referrers` hold some of what names it.

    `children` are the first of the images that an index lists, as far as they are there.
    """

    facts: ImageFacts
    kind: Kind
    content: bytes
    entries: tuple[Descriptor, ...]
    children: Mapping[str, ImageFacts]
    layers: tuple[Descriptor, ...]
    config_digest: str
    config_type: str
    config_content: bytes | None
    config: ImageConfig | None
    annotations: Mapping[str, str]
    subject: str | None
    tags: tuple[str, ...]
    indexes: tuple[str, ...]
    referrers: tuple[Referrer, ...]
    more_referrers: bool

    @property
    def platforms(self) -> tuple[Descriptor, ...]:
        """What an index has for people: not the attestations that lie beside."""
        return tuple(entry for entry in self.entries if not entry.attests)


class Fate(Enum):
    """What became of a layer from one image to the other."""

    SHARED = "shared"
    ADDED = "added"
    REMOVED = "removed"


class LayerChange(NamedTuple):
    """A layer of one image or of both."""

    fate: Fate
    layer: Descriptor
    made_by: str


class FieldChange(NamedTuple):
    """A field of the configuration that differs, with its values; None: it has none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """From one image to the other. Sizes are sums of layers."""

    layers: tuple[LayerChange, ...]
    fields: tuple[FieldChange, ...]

    def size(self, *fates: Fate) -> int:
        """The bytes of layers with these fates."""
        return sum(change.layer.size for change in self.layers if change.fate in fates)

    def count(self, *fates: Fate) -> int:
        """How many there are."""
        return sum(change.fate in fates for change in self.layers)


class Pair(NamedTuple):
    """A platform that an index has, the other, or both: the digests of its images."""

    platform: str
    before: str | None
    after: str | None


def pairs(before: ImageSight, after: ImageSight) -> tuple[Pair, ...]:
    """The platforms of two, by name. An image counts as an index of its one platform."""
    left, right = _by_platform(before), _by_platform(after)
    return tuple(Pair(name, left.get(name), right.get(name)) for name in sorted(left.keys() | right.keys()))


def difference(before: ImageSight, after: ImageSight) -> Difference:
    """Of two images: layers by digest, the rest field by field."""
    return Difference(_layers(before, after), tuple(_fields(before, after)))


def made_by(sight: ImageSight) -> Sequence[str]:
    """For each layer the line that made it; empty where that is not told."""
    lines = [step.text for step in sight.config.history if not step.empty] if sight.config is not None else []
    return lines if len(lines) == len(sight.layers) else [layer.title for layer in sight.layers]


def _by_platform(sight: ImageSight) -> dict[str, str]:
    if sight.kind is not Kind.INDEX:
        return {sight.config.platform if sight.config is not None else "": sight.facts.digest}
    found = dict[str, str]()
    for entry in sight.platforms:
        found.setdefault(entry.platform, entry.digest)
    return found


def _layers(before: ImageSight, after: ImageSight) -> tuple[LayerChange, ...]:
    had = Counter(layer.digest for layer in before.layers)
    changes = list[LayerChange]()
    for layer, line in zip(after.layers, made_by(after), strict=True):
        shared = had[layer.digest] > 0
        had[layer.digest] -= shared
        changes.append(LayerChange(Fate.SHARED if shared else Fate.ADDED, layer, line))
    gone = list[LayerChange]()
    for layer, line in zip(before.layers, made_by(before), strict=True):
        if had[layer.digest] > 0:
            had[layer.digest] -= 1
            gone.append(LayerChange(Fate.REMOVED, layer, line))
    return (*changes, *gone)


def _fields(before: ImageSight, after: ImageSight) -> list[FieldChange]:
    left, right = told(before), told(after)
    return [
        FieldChange(name, left.get(name), right.get(name))
        for name in dict.fromkeys((*left, *right))
        if left.get(name) != right.get(name)
    ]


def told(sight: ImageSight) -> dict[str, str]:
    """The configuration as pairs of names and texts, each variable, label and annotation for itself."""
    found = dict[str, str]()
    config = sight.config
    if config is not None:
        found |= {
            "platform": config.platform,
            "user": config.user,
            "entrypoint": " ".join(config.entrypoint),
            "command": " ".join(config.command),
            "working directory": config.directory,
            "ports": " ".join(sorted(config.ports)),
            "volumes": " ".join(sorted(config.volumes)),
            "stop signal": config.stop_signal,
            "health check": " ".join(config.health),
            "author": config.author,
        }
        for variable in config.environment:
            name, _, value = variable.partition("=")
            found[f"environment {name}"] = value
        found |= {f"label {name}": value for name, value in config.labels.items()}
    found |= {f"annotation {name}": value for name, value in sight.annotations.items()}
    return {name: value for name, value in found.items() if value}
