"""The address of a registry as somebody types it, and the name under which Docker keeps its login."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from moorage.cli.failing import Failure, Status

_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_DEFAULT_PORT = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Address:
    """Scheme and host; `host` carries the port where image names do, as in registry.example.com:5000."""

    scheme: str
    host: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """`https://HOST[:PORT]`; without a scheme, plain HTTP on this machine and TLS everywhere else."""
        scheme, mark, rest = text.strip().rpartition("://")
        try:
            parts = urlsplit(f"//{rest}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            raise _not_one(text) from None
        is_ipv6 = ":" in name and _is_ip(name)
        is_name = is_ipv6 or _NAME.fullmatch(name) is not None
        name = f"[{name}]" if is_ipv6 else name
        scheme = scheme.lower() if mark else ("http" if _is_this_machine(name) else "https")
        given = parts.path.rstrip("/"), parts.query, parts.fragment, parts.username, parts.password
        if any(given) or port == 0 or scheme not in _DEFAULT_PORT or not is_name:
            raise _not_one(text)
        if scheme == "http" and port is None:
            port = _DEFAULT_PORT["http"]  # a name without a port means 443 in an image's name
        return cls(scheme, name if port in {None, _DEFAULT_PORT["https"]} and scheme == "https" else f"{name}:{port}")

    @property
    def url(self) -> str:
        """What requests begin with."""
        return f"{self.scheme}://{self.host}"

    @property
    def is_local(self) -> bool:
        """Is it on this machine, where nobody listens on the way?"""
        return _is_this_machine(urlsplit(f"//{self.host}").hostname or "")


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_this_machine(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


def _not_one(text: str) -> Failure:
    return Failure(
        f"{text[:200]!r} is not the address of a registry: write https://HOST or https://HOST:PORT", Status.USAGE
    )
