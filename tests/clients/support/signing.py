"""How cosign signs and verifies here, where there is no transparency log nor time stamp to ask."""

from tests.clients.support.tools import Client

INSECURE = "--allow-http-registry"
OLD_FORM = ("--use-signing-config=false", "--tlog-upload=false", "--new-bundle-format=false")
VERIFY = ("verify", INSECURE, "--insecure-ignore-tlog", "--key")


def sign(signer: Client, pinned: str) -> None:
    """Sign in the form of today: a bundle that refers to the image."""
    config = ("--signing-config", "signing.json", "--trusted-root", "root.json")
    signer.run("sign", INSECURE, "--yes", "--key", "cosign.key", *config, pinned)
