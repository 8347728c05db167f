"""Somebody deletes a tag, a manifest, a repository's link to a blob, or a whole repository."""

from dataclasses import dataclass

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import RepositoryRecord
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.rules.trash import Window
from moorage.service import judging


@dataclass(frozen=True, slots=True)
class DeleteContent:
    """Each verb is one transaction; what was deleted is missing for everybody when it returns.

    For as long as `window` says manifests and repositories can be restored; see `manage_trash`.
    """

    records: Records
    clock: Clock
    window: Window

    async def manifest(self, who: Identity, name: RepositoryName, reference: Reference) -> None:
        """By tag: forget the tag and nothing else. By digest: forget the manifest and the tags that name it."""

        def story(ledger: Ledger) -> None:
            place = ledger.repositories.place(name, who)
            tag = reference.text if isinstance(reference, Tag) else None
            repository_id = access.require_open(who, Action.DELETE, place, tag)
            _, manifest = ledger.manifests.find(name, reference, who)
            if manifest is None:
                raise Refusal(Code.MANIFEST_UNKNOWN, f"{name} has no {reference}; it may be deleted already")
            now = self.clock()
            if isinstance(reference, Tag):
                judging.require_delete(ledger, who, place, reference.text)
                ledger.tags.delete(repository_id, reference, by=who.name, now=now)
                self._tell(ledger, "tag.deleted", who, place, tag=reference.text, digest=manifest.digest)
                return
            judging.require_loss(ledger, who, place, manifest.digest)
            gone = ledger.manifests.delete(manifest.id, by=who.name, now=now, keep=self.window.keeps)
            for name_of_tag in gone:
                self._tell(ledger, "tag.deleted", who, place, tag=name_of_tag, digest=manifest.digest)
            self._tell(ledger, "manifest.deleted", who, place, digest=manifest.digest)

        await self.records.write(story, by=who)

    async def blob(self, who: Identity, name: RepositoryName, digest: Digest) -> None:
        """Forget the repository's link; other repositories keep theirs."""

        def story(ledger: Ledger) -> None:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_open(who, Action.DELETE, place)
            judging.require_loss(ledger, who, place, digest)
            if not ledger.blobs.unlink(repository_id, digest):
                raise Refusal(Code.BLOB_UNKNOWN, f"{name} has no blob {digest}; it may be deleted already")
            self._tell(ledger, "blob.deleted", who, place, digest=digest)
            ledger.repositories.forget_unused(repository_id, by=who, now=self.clock())

        await self.records.write(story, by=who)

    async def repository(
        self, who: Identity, name: RepositoryName, still: Condition[RepositoryRecord | None] = always
    ) -> None:
        """Forget the repository with everything in it."""

        def story(ledger: Ledger) -> None:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.DELETE_REPOSITORY, place)
            still(ledger.repositories.find(repository_id))
            judging.require_end(ledger, who, place)
            ledger.repositories.delete(repository_id, by=who.name, now=self.clock(), keep=self.window.keeps)
            self._tell(ledger, "repository.deleted", who, place)

        await self.records.write(story, by=who)

    def _tell(
        self,
        ledger: Ledger,
        kind: str,
        who: Identity,
        place: Place,
        *,
        tag: str | None = None,
        digest: Digest | None = None,
    ) -> None:
        ledger.events.record(
            told(kind, who, self.clock(), place=place, tag=tag, digest=str(digest) if digest else None)
        )
