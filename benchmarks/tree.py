"""The peer's storage tree, written directly: to push 200,000 tags would take a quarter of an hour.

Only what reads look at is written; the history of each tag that a push adds is left out, to the peer's gain.
"""

from pathlib import Path

from benchmarks.content import Blob


class Tree:
    """The `docker/registry/v2` folder under a data folder of distribution's filesystem driver."""

    def __init__(self, data: Path) -> None:
        self.root = data / "docker" / "registry" / "v2"

    def blob(self, content: Blob) -> None:
        """The bytes themselves, a layer's, a config's or a manifest's."""
        digits = content.digest.removeprefix("sha256:")
        folder = self.root / "blobs" / "sha256" / digits[:2] / digits
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").write_bytes(content.data)

    def layer(self, repository: str, digest: str) -> None:
        """A repository's link to a layer or config."""
        self._link(self._repository(repository) / "_layers" / "sha256" / digest.removeprefix("sha256:"), digest)

    def manifest(self, repository: str, digest: str) -> None:
        """A repository's link to a manifest."""
        folder = self._repository(repository) / "_manifests" / "revisions" / "sha256"
        self._link(folder / digest.removeprefix("sha256:"), digest)

    def tag(self, repository: str, tag: str, digest: str) -> None:
        """Point a tag at a manifest."""
        self._link(self._repository(repository) / "_manifests" / "tags" / tag / "current", digest)

    def repository(self, repository: str) -> None:
        """A repository that is listed and holds nothing."""
        (self._repository(repository) / "_layers").mkdir(parents=True, exist_ok=True)

    def _repository(self, name: str) -> Path:
        return self.root / "repositories" / name

    @staticmethod
    def _link(folder: Path, digest: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "link").write_text(digest)
