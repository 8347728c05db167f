"""A certificate that signs itself, for a first try or a closed network."""

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LONGEST_COMMON_NAME = 64


def write_self_signed(host: str, folder: Path, days: int) -> tuple[Path, Path]:
    """Write `HOST.crt` and `HOST.key` into the folder; refuses to overwrite. Raises OSError, ValueError."""
    cert_file, key_file = folder / f"{host}.crt", folder / f"{host}.key"
    if not host or "/" in host or host.startswith("."):
        raise ValueError(f"{host!r} is not a host name or address")
    for file in (cert_file, key_file):
        if file.exists():
            raise ValueError(f"{file} is there already: move it away first")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(host, key, days)
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return cert_file, key_file


def _certificate(host: str, key: ec.EllipticCurvePrivateKey, days: int) -> x509.Certificate:
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:_LONGEST_COMMON_NAME])])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
