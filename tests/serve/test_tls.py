"""TLS of our own: the certificate that we make, both versions of HTTP, a renewed certificate."""

import os
import shutil
import signal
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.certificate import HOST, make_certificate
from tests.support.command import moorage
from tests.support.content import digest_of
from tests.support.curl import Curl
from tests.support.journal import faults
from tests.support.processes import keeper_of, workers_of
from tests.support.server import Server, free_port
from tests.support.waiting import until

CONTENT = os.urandom(20_000_000)


def server_with(data: Path, certificate: tuple[Path, Path]) -> Server:
    """A server that ends TLS itself."""
    return Server(data, options=("--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1])), scheme="https")


@pytest.mark.parametrize("flag", ["--http1.1", "--http2"])
def test_a_large_blob_goes_in_and_out(tmp_path: Path, certificate: tuple[Path, Path], flag: str) -> None:
    """20 MB are pushed, pulled whole and pulled in part over HTTP/1.1 and over HTTP/2, and addresses say https."""
    (tmp_path / "content").write_bytes(CONTENT)
    digest = digest_of(CONTENT)
    with server_with(tmp_path / "data", certificate) as server:
        curl = Curl(server, certificate[0], tmp_path)
        begun = curl.ask("/v2/team/app/blobs/uploads/", flag, "-X", "POST")
        assert begun.version == ("2" if flag == "--http2" else "1.1")
        location = begun.headers["location"]
        assert location.startswith(f"https://{server.address}/v2/team/app/blobs/uploads/")
        pushed = curl.ask(f"{location}?digest={digest}", flag, "-T", tmp_path / "content")
        assert (pushed.status, pushed.headers["docker-content-digest"]) == (201, digest)
        blob = f"/v2/team/app/blobs/{digest}"
        assert curl.ask(blob, flag).body == CONTENT
        part = curl.ask(blob, flag, "-H", "Range: bytes=1000000-14999999")
        assert (part.status, part.headers["content-length"]) == (206, "14000000")
        assert part.body == CONTENT[1_000_000:15_000_000]
        assert int(curl.ask(blob, flag, "-I").headers["content-length"]) == len(CONTENT)
        challenge = curl.ask("/v2/", flag, "-u", ":").headers["www-authenticate"]
        assert f'realm="https://{server.address}/v2/token"' in challenge
        assert server.stop() == 0
        assert faults(server) == []


def test_tls_1_2_is_the_least(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """TLS 1.2 and 1.3 are spoken; 1.1 is refused by the server, and so is plain HTTP."""
    with server_with(tmp_path / "data", certificate) as server:
        curl = Curl(server, certificate[0], tmp_path)
        for version in ("1.2", "1.3"):
            assert curl.ask("/healthz", f"--tlsv{version}", "--tls-max", version).status == 200
        old = ("--tlsv1.1", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
        refused = curl.start(*old, f"{server.url}/healthz")
        assert refused.returncode == 35
        assert b"alert" in refused.stderr, "curl itself must not be what refuses"
        assert curl.start(f"http://{server.address}/healthz").returncode != 0


def test_a_renewed_certificate_is_read_on_sighup(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The keeper stays, its worker is replaced by one that shows the new certificate, and nobody is turned away."""
    own = tmp_path / "server.crt", tmp_path / "server.key"
    for source, target in zip(certificate, own, strict=True):
        shutil.copy(source, target)
    (tmp_path / "new").mkdir()
    renewed = make_certificate(tmp_path / "new")
    with server_with(tmp_path / "data", own) as server:
        keeper, before = keeper_of(server), workers_of(server)
        assert _shown(server) == certificate[0].read_text()
        for source, target in zip(renewed, own, strict=True):
            shutil.copy(source, target)
        os.kill(keeper, signal.SIGHUP)

        def is_renewed() -> bool:
            assert _shown(server) in {certificate[0].read_text(), renewed[0].read_text()}
            now = workers_of(server)
            return len(now) == 1 and now != before and _shown(server) == renewed[0].read_text()

        until(is_renewed, "the old worker has ended")
        assert _shown(server) == renewed[0].read_text()
        assert keeper_of(server) == keeper
        assert server.stop() == 0
        assert faults(server) == []


def _shown(server: Server) -> str:
    return ssl.get_server_certificate((HOST, server.port), timeout=10)


@pytest.mark.parametrize("host", ["127.0.0.1", "registry.example.com", "2001:db8::7", "r" * 60 + ".example.com"])
def test_a_self_signed_certificate_names_its_host(tmp_path: Path, host: str) -> None:
    """Its alternative name is the host or address, it is its own authority, and only its owner reads the key."""
    cert, key = make_certificate(tmp_path / "new", host)
    assert key.stat().st_mode & 0o777 == 0o600
    made = x509.load_pem_x509_certificate(cert.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [host]
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert 364 <= (made.not_valid_after_utc - made.not_valid_before_utc).days <= 366


def test_a_certificate_is_never_overwritten(tmp_path: Path) -> None:
    """The second time is refused, and both files stay as they were."""
    files = make_certificate(tmp_path)
    before = [file.read_bytes() for file in files]
    outcome = moorage("tls", "self-signed", HOST, "--out", tmp_path)
    assert outcome.status == 1
    assert "is there already" in outcome.err
    assert [file.read_bytes() for file in files] == before


@pytest.mark.parametrize("host", ["", ".", "a/b", "../up", ".hidden"])
def test_what_is_no_host(tmp_path: Path, host: str) -> None:
    """A path is no host name: nothing is written outside of the folder."""
    outcome = moorage("tls", "self-signed", host, "--out", tmp_path / "new")
    assert outcome.status == 1
    assert "is not a host name or address" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_certificate_is_refused(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """A mismatch, a swap and a file that is no PEM end the start with one sentence that says what is wanted."""
    _, other = make_certificate(tmp_path, "localhost")
    (tmp_path / "text").write_text("no PEM at all\n")
    cert, key = certificate
    for wrong in ((cert, other), (key, cert), (tmp_path / "text", key)):
        outcome = moorage(
            "serve", "--data", tmp_path / "data", "--listen", f"{HOST}:{free_port()}",
            "--tls-cert", wrong[0], "--tls-key", wrong[1],
        )  # fmt: skip
        assert outcome.status == 1
        assert "it is the key of this certificate" in outcome.err
        assert outcome.err.count("\n") == 1
