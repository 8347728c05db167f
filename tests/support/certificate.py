"""Certificates for tests, made by the program's own command."""

from pathlib import Path

from tests.support.command import moorage

HOST = "127.0.0.1"


def make_certificate(folder: Path, host: str = HOST) -> tuple[Path, Path]:
    """The two files, certificate and key, in this folder."""
    outcome = moorage("tls", "self-signed", host, "--out", folder)
    assert outcome.status == 0, outcome.err
    return folder / f"{host}.crt", folder / f"{host}.key"
