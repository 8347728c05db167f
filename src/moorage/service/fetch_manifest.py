"""Somebody asks for a manifest by tag or digest."""

from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.records import Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import StoredManifest
from moorage.rules.roles import Action


@dataclass(frozen=True, slots=True)
class FetchManifest:
    """The manifest as it was pushed, or a refusal; the same answer by tag, by digest and by HEAD."""

    records: Records

    async def __call__(self, who: Identity, name: RepositoryName, reference: Reference) -> StoredManifest:
        """Raises UNAUTHORIZED, DENIED, NAME_UNKNOWN, MANIFEST_UNKNOWN."""
        place, manifest = await self.records.read(lambda ledger: ledger.manifests.find(name, reference, who))
        access.require_open(who, Action.PULL, place)
        if manifest is None:
            kind = "tag" if isinstance(reference, Tag) else "manifest"
            raise Refusal(
                Code.MANIFEST_UNKNOWN,
                f"{name} has no {kind} {reference}",
                detail={"reference": str(reference)},
            )
        return manifest
