"""Somebody looks at a repository's tags and images, and at how two of them differ."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from moorage.oci import descriptors, image_config, kind, loose, manifest
from moorage.oci.descriptors import Descriptor
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.image_config import ImageConfig
from moorage.oci.kind import Kind
from moorage.oci.manifest import Manifest, Role
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.oci.span import Span
from moorage.ports.blobs import BlobStore
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.facts import BlobRecord, TagRecord
from moorage.rules.images import ImageFacts, ImageSight, TagSight
from moorage.rules.listing import Listed, Listing, Total, cut
from moorage.rules.roles import Action
from moorage.rules.semantic_version import version
from moorage.service import judging

VERSION = "version"
"""What tags can be sorted by besides the columns of the ledger."""
TEXT = "text"
"""What a listing's `where` has for the text that tags hold anywhere."""
MOST_SORTED = 5000
"""Tags that are put in the order of their versions."""
_MOST_LOOKED = 20_000
_MOST_ENTRIES = 500
_MOST_PLATFORMS = 20
_MOST_CHILDREN = 50
_MOST_NAMES = 100
_MOST_REFERRERS = 100
_ROOM = 64 * 1024
_SMALL = 64 * 1024


class _Config(NamedTuple):
    """The configuration that a manifest names."""

    digest: str
    media_type: str
    record: BlobRecord | None


@dataclass(frozen=True, slots=True)
class ReadImages:
    """Who may pull may look. Who pushed, and who moved a tag, only those learn who may know."""

    records: Records
    blobs: BlobStore

    async def tags(self, who: Identity, name: RepositoryName, listing: Listing) -> Listed[TagSight]:
        """The repository's tags with what they name. Raises NAME_UNKNOWN, QUERY_INVALID."""

        def story(ledger: Ledger) -> tuple[Listed[TagRecord], list[tuple[TagSight, _Config | None]]]:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            page = _page(ledger, repository_id, listing)
            told = _tells_names(who, place)
            ruled = judging.all_as_ruled(ledger, place, page.items)
            seen = [_sight(ledger, who, place, tag, told=told) for tag in ruled]
            return page, [one for one in seen if one is not None]

        page, seen = await self.records.read_aside(story)
        items = tuple(self._with_platform(sight, config) for sight, config in seen)
        return Listed(items, page.following, page.total)

    async def image(self, who: Identity, name: RepositoryName, reference: Reference) -> ImageSight:
        """All about one manifest, by tag or digest. Raises NAME_UNKNOWN, MANIFEST_UNKNOWN."""

        def story(ledger: Ledger) -> tuple[ImageSight, _Config | None]:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            _, stored = ledger.manifests.find(name, reference, who)
            facts = None if stored is None else ledger.images.facts(repository_id, str(stored.digest))
            if stored is None or facts is None:
                which = "tag" if isinstance(reference, Tag) else "image"
                raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} has no {which} {reference}")
            read = manifest.parse(stored.content, stored.media_type)
            return _whole(ledger, who, place, facts, read), _config(ledger, who, name, read)

        sight, config = await self.records.read_aside(story)
        if config is None:
            return sight
        content = await self._content(config)
        is_known = config.media_type in image_config.TYPES
        return replace(
            sight,
            config_digest=config.digest,
            config_type=config.media_type,
            config_content=content,
            config=ImageConfig.read(content) if content is not None and is_known else None,
        )

    async def deleted_by(self, who: Identity, name: RepositoryName, tags: Sequence[Tag]) -> tuple[str, ...]:
        """Those of these tags that they have deleted themselves, and that are not there again."""

        def story(ledger: Ledger) -> tuple[str, ...]:
            repository_id = access.require_repository(who, Action.PULL, ledger.repositories.place(name, who))
            return tuple(tag.text for tag in tags if ledger.images.mover(repository_id, tag.text) == (who.name, True))

        return await self.records.read(story)

    async def in_trash(self, who: Identity, name: RepositoryName, digest: Digest) -> bool:
        """Was this image deleted, so that they can restore it?"""

        def story(ledger: Ledger) -> bool:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            may = bool(access.reasons(who, Action.MANAGE_TRASH, place))
            return may and ledger.trash.manifest(repository_id, digest, since=0.0) is not None

        return await self.records.read(story)

    def _with_platform(self, sight: TagSight, config: _Config | None) -> TagSight:
        """An image's platform stands in its configuration, which is looked at where that costs nothing."""
        record = config.record if config is not None else None
        if record is None or record.damaged or record.size > _SMALL:
            return sight
        content = None
        with suppress(Refusal):
            content = self.blobs.glance(record.digest, record.size)
        platform = descriptors.platform_of(loose.read(content)) if content is not None else ""
        return sight._replace(platforms=(platform,)) if platform else sight

    async def _content(self, config: _Config) -> bytes | None:
        """The bytes of a configuration, unless it is too large, missing or damaged."""
        record = config.record
        if record is None or record.damaged or record.size > image_config.LARGEST:
            return None
        with suppress(Refusal):
            stored = await self.blobs.find(record.digest, record.size)
            if stored is not None and record.size:
                return b"".join([piece async for piece in self.blobs.read(stored, Span(0, record.size))])
        return None


def _page(ledger: Ledger, repository_id: int, listing: Listing) -> Listed[TagRecord]:
    text = listing.where.get(TEXT)
    if text:
        found, upto = ledger.images.holding(repository_id, text, listing, most=_MOST_LOOKED)
        return Listed(tuple(found), upto or None, Total(len(found), at_least=bool(upto)))
    if listing.sort == VERSION:
        return _by_version(ledger, repository_id, listing)
    found = ledger.tags.listed(repository_id, listing)
    return cut(listing, found, lambda most: ledger.tags.count(repository_id, listing, most=most))


def _by_version(ledger: Ledger, repository_id: int, listing: Listing) -> Listed[TagRecord]:
    """All of them in memory: first the versions, then the others by their names. `after` is how many came before."""
    found = ledger.tags.listed(repository_id, Listing(MOST_SORTED, prefix=listing.prefix))
    if len(found) > MOST_SORTED:
        raise Refusal(
            Code.QUERY_INVALID,
            f"more than {MOST_SORTED} tags cannot be put in the order of versions: narrow them by how they begin",
        )
    versions = [(known, tag) for tag in found if (known := version(tag.name)) is not None]
    ordered = [tag for _, tag in sorted(versions, reverse=listing.descending)]
    ordered += [tag for tag in found if version(tag.name) is None]
    begin = int(listing.after) if listing.after.isdecimal() else 0
    end = begin + listing.size
    return Listed(tuple(ordered[begin:end]), str(end) if end < len(ordered) else None, Total(len(ordered)))


def _sight(
    ledger: Ledger, who: Identity, place: Place, tag: TagRecord, *, told: bool
) -> tuple[TagSight, _Config | None] | None:
    assert place.repository_id is not None  # noqa: S101 - it is opened
    facts = ledger.images.facts(place.repository_id, tag.digest)
    if facts is None:
        return None
    sort = kind.of(facts.media_type, facts.artifact_type)
    mover = ledger.images.mover(place.repository_id, tag.name) if told else None
    platforms, config = tuple[str, ...](), None
    if facts.content is not None and sort is Kind.INDEX:
        platforms = _platforms(facts.content)
    elif facts.content is not None and sort is Kind.IMAGE:
        config = _config(ledger, who, RepositoryName(place.name), manifest.parse(facts.content, facts.media_type))
    return TagSight(tag, _as_told(facts, told=told), sort, platforms, mover[0] if mover is not None else None), config


def _platforms(content: bytes) -> tuple[str, ...]:
    entries = descriptors.listed(loose.read(content), "manifests", _MOST_ENTRIES)
    names = (entry.platform for entry in entries if entry.platform and not entry.attests)
    return tuple(dict.fromkeys(names))[:_MOST_PLATFORMS]


def _config(ledger: Ledger, who: Identity, name: RepositoryName, read: Manifest) -> _Config | None:
    link = next((link for link in read.links if link.role is Role.CONFIG), None)
    if link is None:
        return None
    return _Config(str(link.digest), link.media_type, ledger.blobs.find(name, link.digest, who)[1])


def _whole(ledger: Ledger, who: Identity, place: Place, facts: ImageFacts, read: Manifest) -> ImageSight:
    repository_id = place.repository_id
    assert repository_id is not None  # noqa: S101 - it is opened
    referring = ledger.manifests.referrers(
        repository_id, Digest(facts.digest), artifact_type=None, after=0, limit=_MOST_REFERRERS, room=_ROOM
    )
    fields = loose.read(read.content)
    entries = descriptors.listed(fields, "manifests", _MOST_ENTRIES)
    layers = descriptors.listed(fields, "layers", _MOST_ENTRIES) or descriptors.listed(fields, "blobs", _MOST_ENTRIES)
    return ImageSight(
        facts=_as_told(facts, told=_tells_names(who, place)),
        kind=kind.of(facts.media_type, facts.artifact_type),
        content=read.content,
        entries=entries,
        children=_children(ledger, repository_id, entries[:_MOST_CHILDREN]),
        layers=layers,
        config_digest="",
        config_type="",
        config_content=None,
        config=None,
        annotations=loose.pairs(dict(read.annotations), _MOST_NAMES),
        subject=str(read.subject) if read.subject is not None else None,
        tags=tuple(ledger.images.tags(repository_id, facts.digest, limit=_MOST_NAMES + 1)),
        indexes=tuple(ledger.images.indexes(repository_id, facts.digest, limit=_MOST_NAMES)),
        referrers=tuple(referring.items),
        more_referrers=referring.more,
    )


def _children(ledger: Ledger, repository_id: int, entries: Sequence[Descriptor]) -> dict[str, ImageFacts]:
    found = {entry.digest: ledger.images.facts(repository_id, entry.digest) for entry in entries}
    return {digest: facts for digest, facts in found.items() if facts is not None}


def _as_told(facts: ImageFacts, *, told: bool) -> ImageFacts:
    return facts if told else replace(facts, pushed_by=None)


def _tells_names(who: Identity, place: Place) -> bool:
    """Do they learn who pushed and moved? Mere pullers do not, and nobody does by a place's being public."""
    return any(access.reasons(who, action, place) for action in (Action.PUSH, Action.READ_MEMBERS))
