"""Clients that check certificates: with the one that `moorage tls` makes they trust us, without it they do not."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clients.support.engines import Containerd
from tests.clients.support.image import Layout
from tests.clients.support.registry import ADMIN, complaints
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server

CREDENTIALS = f"{ADMIN}:{PASSWORD}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for 127.0.0.1, under the name that clients look for, and its key."""
    folder = tmp_path_factory.mktemp("certificates")
    words = [sys.executable, "-m", "moorage", "tls", "self-signed", "127.0.0.1", "--out", str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    trusted = folder / "trusted"
    trusted.mkdir()
    (trusted / "ca.crt").write_bytes((folder / "127.0.0.1.crt").read_bytes())
    return folder


@pytest.fixture(scope="module")
def secure(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks TLS."""
    options = (
        "--tls-cert", str(certificates / "127.0.0.1.crt"), "--tls-key", str(certificates / "127.0.0.1.key"),
    )  # fmt: skip
    server = Server(tmp_path_factory.mktemp("secure") / "data", options=options, scheme="https").start()
    try:
        yield server
        server.stop()
        assert not complaints(server.output()), server.output()
    finally:
        server.kill()
        server.log.unlink(missing_ok=True)


def test_skopeo(
    skopeo: Client, secure: Server, certificates: Path, project: str, layout: Layout, tmp_path: Path
) -> None:
    """Skopeo copies there and back with the certificate, and refuses without it."""
    name = f"docker://{secure.address}/{project}/app:1.0"
    trust = certificates / "trusted"
    skopeo.run("copy", "--dest-cert-dir", trust, "--dest-creds", CREDENTIALS, f"oci:{layout}", name)
    skopeo.run("copy", "--src-cert-dir", trust, "--src-creds", CREDENTIALS, name, f"oci:{tmp_path}/back:1.0")
    assert "certificate" in skopeo.refused("inspect", "--creds", CREDENTIALS, name)


def test_podman(podman: Client, secure: Server, certificates: Path) -> None:
    """Podman logs in with the certificate, and not without it."""
    words = ("--username", ADMIN, "--password-stdin", secure.address)
    podman.run("login", "--cert-dir", certificates / "trusted", *words, feed=PASSWORD)
    assert "certificate" in podman.refused("login", *words, feed=PASSWORD)


def test_crane(crane: Client, secure: Server, certificates: Path, project: str, layout: Layout, tmp_path: Path) -> None:
    """Crane pushes and pulls with the certificate, and refuses without it."""
    name = f"{secure.address}/{project}/app:1.0"
    crane.run("auth", "login", secure.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    trusting = replace(crane, environment={"SSL_CERT_FILE": str(certificates / "trusted" / "ca.crt")})
    trusting.run("push", layout.folder, name)
    trusting.run("pull", name, tmp_path / "back.tar")
    assert trusting.run("digest", name) == layout.digest
    assert crane.refused("digest", name)


def test_oras(oras: Client, secure: Server, certificates: Path, project: str) -> None:
    """Oras pushes with the certificate, and refuses without it."""
    (oras.home / "note.txt").write_text(project)
    words = ("push", "--username", ADMIN, "--password-stdin", f"{secure.address}/{project}/app:1.0", "note.txt")
    oras.run(*words, "--ca-file", certificates / "trusted" / "ca.crt", feed=PASSWORD)
    assert "certificate" in oras.refused(*words, feed=PASSWORD)


def test_docker(docker: Client, secure: Server) -> None:
    """Docker logs in; it checks no certificates of this machine's own addresses."""
    words = ("login", "--username", ADMIN, "--password-stdin", secure.address)
    assert "Login Succeeded" in docker.run(*words, feed=PASSWORD)


def test_kubelet(
    containerd: Containerd, crane: Client, secure: Server, certificates: Path, project: str, layout: Layout, home: Path
) -> None:
    """A node pulls with the certificate in its settings for the host."""
    name = f"{secure.address}/{project}/app:1.0"
    crane.run("auth", "login", secure.address, "--username", ADMIN, "--password-stdin", feed=PASSWORD)
    trusting = replace(crane, environment={"SSL_CERT_FILE": str(certificates / "trusted" / "ca.crt")})
    trusting.run("push", layout.folder, name)
    containerd.trust(secure.address, certificates / "trusted" / "ca.crt")
    assert containerd.kubelet(home).run("pull", name, ADMIN, PASSWORD).startswith("sha256:")
