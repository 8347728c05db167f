"""What tags named, and how they are moved without a push; copies of images."""

from typing import Annotated, Literal

from pydantic import Field

from moorage.api.rest.models.body import Given, Short, Shown
from moorage.rules.admission import MOST_TAGS

_DIGEST = "sha256:" + "0" * 64
Digested = Annotated[str, Field(strict=True, max_length=256, examples=[_DIGEST])]


class TagMoveShown(Shown):
    """One move of a tag."""

    id: int
    """never used again"""
    before: str | None
    """the digest of what it named before; null: it was made"""
    after: str | None
    """the digest of what it named from then on; null: it was deleted"""
    at: float
    """seconds since the epoch"""
    by: str | None
    """who moved it; null to those who may neither push here nor see the project's members"""
    image: Literal["here", "trash", "gone"] | None
    """where what it named from then on is now: `trash` can be restored, and is told to those who may see the trash"""


class TagMoving(Given):
    """What a tag shall name: give one of both."""

    from_tag: Annotated[Short, Field(examples=["1.4.2"])] = ""
    """what this tag of the repository names"""
    digest: Digested = ""
    """this manifest of the repository"""


class TagRestoring(Given):
    """What a tag shall name again."""

    digest: Digested | None = None
    """a digest that it named once; absent: what it named before its last move"""


class Copying(Given):
    """What is copied, and which tags shall name it here."""

    source: Annotated[Short, Field(alias="from", examples=["team/app"])]
    """the repository, by its full name"""
    reference: Annotated[Short, Field(examples=["1.4.2"])]
    """the tag or digest there"""
    tags: Annotated[list[Short], Field(max_length=MOST_TAGS, examples=[["1.4.2"]])] = Field(default=[])
    """the tags here; none: it is found by its digest"""
    referrers: bool = Field(default=True, strict=True)
    """with what refers to it, as signatures and SBOMs"""


class CopyShown(Shown):
    """What came of a copy."""

    digest: str
    """of the image"""
    tags: list[str]
    """that name it here"""
    manifests: int
    """it, the images that it lists, and what refers to them"""
    new: int
    """how many of them were not here before"""
