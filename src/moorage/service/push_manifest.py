"""Somebody pushes a manifest, by tag, by digest, or by digest with many tags."""

from dataclasses import dataclass

from moorage.oci import manifest as manifests
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, admission
from moorage.rules.access import Identity
from moorage.rules.roles import Action
from moorage.rules.tag_rules import Change
from moorage.rules.telling import told
from moorage.service import judging
from moorage.service.room import Room


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of it: the digest it has here, the tags that name it now, and what the pusher should know."""

    digest: Digest
    subject: Digest | None
    tags: tuple[Tag, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PushManifest:
    """Check, then one transaction: ask the tag rules, keep it, point the tags, record the event."""

    records: Records
    clock: Clock
    sparse: bool
    room: Room

    async def require(self, who: Identity, name: RepositoryName) -> None:
        """May they? To be asked before a body is read."""
        access.require(who, Action.PUSH, await self.records.read(lambda ledger: ledger.repositories.place(name, who)))

    async def __call__(
        self,
        who: Identity,
        name: RepositoryName,
        reference: Reference,
        *,
        content: bytes,
        content_type: str,
        extra_tags: list[str],
    ) -> Pushed:
        """Raises UNAUTHORIZED, DENIED, QUOTA_EXCEEDED, and what is wrong with it.

        That is MANIFEST_INVALID, DIGEST_INVALID, TAG_INVALID, MANIFEST_BLOB_UNKNOWN.
        """
        tags = admission.choose_tags(reference, extra_tags)
        manifest = manifests.parse(content, content_type)
        algorithm = reference.algorithm if isinstance(reference, Digest) else Algorithm.SHA256
        digest = Digest.of(content, algorithm)
        admission.require_digest(digest, reference)
        needed = admission.needed_blobs(manifest)

        def story(ledger: Ledger) -> Pushed:
            now = self.clock()
            held = ledger.repositories.place(name, who)
            access.require(who, Action.PUSH, held)
            _, there = ledger.manifests.find(name, digest, who)
            retyped = there is not None and there.media_type != manifest.media_type
            touched = ledger.manifests.tags_of(there.id) if there is not None and retyped else ()
            for tag_name in (*(tag.text for tag in tags), *touched):
                access.require(who, Action.PUSH, held, tag_name)
            if retyped:  # the same bytes as another type are something else to whoever pulls them
                judging.require_loss(ledger, who, held, digest, Change.ALTER)
            told_by_rules = [
                sentence for tag in tags for sentence in judging.require_move(ledger, who, held, tag, digest)
            ]
            place = ledger.repositories.ensure(name, by=who, now=now)
            assert place.repository_id is not None  # noqa: S101 - what ensure promises
            missing = ledger.blobs.missing(place.repository_id, needed)
            admission.require_blobs(missing, sparse=self.sparse)
            cost = len(content) if there is None else 0
            self.room.require(ledger, who, place, more=cost, new=cost)
            manifest_id, new = ledger.manifests.put(place.repository_id, digest, manifest, by=who.name, now=now)
            moved = [
                tag
                for tag in tags
                if ledger.tags.point(place.repository_id, tag, manifest_id, digest, by=who.name, now=now)
            ]
            named: list[str | None] = [tag.text for tag in moved]
            for pushed in named or ([None] if new or retyped else []):
                ledger.events.record(told("manifest.pushed", who, now, place=place, tag=pushed, digest=str(digest)))
            near = self.room.warn(ledger, who, place)
            warnings = (*admission.warnings(manifest, missing), *dict.fromkeys(told_by_rules))
            return Pushed(digest, manifest.subject, tags, (*warnings, near) if near else warnings)

        return await self.records.write(story, by=who)
