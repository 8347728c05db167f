from pathlib import Path

import pytest

from tests.clients.support.image import Layout
from tests.clients.support.registry import ADMIN, digest, tags
from tests.clients.support.signing import INSECURE, OLD_FORM, VERIFY, sign
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server


@pytest.fixture
def pinned(crane: Client, registry: Server, project: str, layout: Layout) -> str:
    """The name by digest of an image that was pushed; signatures belong to digests."""
    crane.run("auth", "login", registry.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    name = f"{registry.address}/{project}/app"
    crane.run("push", layout.folder, f"{name}:1.0")
    return f"{name}@{layout.digest}"


def test_signature_as_a_referrer(signer: Client, registry: Server, project: str, pinned: str) -> None:
    """A signature of today's form is found through the referrers, verifies, and takes up no tag."""
    sign(signer, pinned)
    assert "The signatures were verified" in signer.run(*VERIFY, "cosign.pub", pinned)
    assert tags(registry, f"{project}/app") == ["1.0"]


def test_signature_under_a_tag(signer: Client, registry: Server, project: str, pinned: str) -> None:
    """A signature of the older form lies under a tag that is made from the image's digest, and verifies."""
    signer.run("sign", INSECURE, "--yes", "--key", "cosign.key", *OLD_FORM, pinned)
    assert "The signatures were verified" in signer.run(*VERIFY, "cosign.pub", pinned)
    name = digest(registry, f"{project}/app", "1.0").replace(":", "-")
    assert tags(registry, f"{project}/app") == ["1.0", f"{name}.sig"]


def test_foreign_key(signer: Client, pinned: str) -> None:
    """A signature does not verify with somebody else's key."""
    sign(signer, pinned)
    signer.run("generate-key-pair", "--output-key-prefix", "other")
    assert signer.refused(*VERIFY, "other.pub", pinned)


def test_attestation(signer: Client, pinned: str) -> None:
    """A statement about an image is kept beside it and verifies."""
    Path(signer.home, "statement.json").write_text('{"tested": true}')
    config = ("--signing-config", "signing.json", "--trusted-root", "root.json")
    signer.run(
        "attest", INSECURE, "--yes", "--key", "cosign.key", *config,
        "--type", "custom", "--predicate", "statement.json", pinned,
    )  # fmt: skip
    signer.run(
        "verify-attestation",
        INSECURE,
        "--insecure-ignore-tlog",
        "--key",
        "cosign.pub",
        "--type",
        "custom",
        pinned,
    )
    assert "attestation" in signer.run("tree", INSECURE, pinned).lower()
