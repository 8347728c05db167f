"""What every page below /projects/{project}/{repository} begins with, and what its forms ask first."""

from dataclasses import dataclass
from typing import Any

from moorage.oci.kind import Kind
from moorage.oci.reference import RepositoryName
from moorage.rules.roles import Action
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.read_rights import ReadRights
from moorage.web.languages import noted
from moorage.web.visitor import Visitor

PATH = "/projects/{project}/{repository:path}"
KINDS = {
    Kind.IMAGE: noted("Image"),
    Kind.INDEX: noted("Index of images"),
    Kind.CHART: noted("Helm chart"),
    Kind.MODULE: noted("WebAssembly module"),
    Kind.SIGNATURE: noted("Signature"),
    Kind.BILL: noted("List of parts (SBOM)"),
    Kind.ATTESTATION: noted("Attestation"),
    Kind.ARTIFACT: noted("Artifact"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The repository in an address, as who looks may see it."""

    rights: ReadRights
    repositories: ManageRepositories

    async def around(self, seen: Visitor) -> dict[str, Any]:
        """What the frame's template needs. Raises NAME_UNKNOWN."""
        name = seen.repository()
        return {
            **seen.shown,
            "rights": await self.rights.in_repository(seen.who, name),
            "repository": await self.repositories.find(seen.who, name),
            "project": name.project,
            "inner": name.inner,
            "base": path_of(name),
            "plain": seen.base.startswith("http://"),
            "kinds": KINDS,
        }

    async def require(self, seen: Visitor, *actions: Action) -> RepositoryName:
        """The repository, once it is clear that they may do one of these there. Raises NAME_UNKNOWN, DENIED."""
        name = seen.repository()
        await self.rights.require_in_repository(seen.who, name, *actions)
        return name


def path_of(name: RepositoryName) -> str:
    """The repository's page."""
    return f"/projects/{name.project}/{name.inner}"
