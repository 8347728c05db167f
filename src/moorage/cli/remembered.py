"""What the client remembers of registries besides their logins: which one is meant unless said otherwise, and how.

It lies in $XDG_CONFIG_HOME/moorage/config.json and holds no secret.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moorage.cli import kept
from moorage.cli.address import Address


@dataclass(frozen=True, slots=True)
class Known:
    """A registry that somebody logged in to, and the file with its authority's certificate if they gave one."""

    address: Address
    ca: Path | None = None


def file() -> Path:
    """Where it lies."""
    folder = os.environ.get("XDG_CONFIG_HOME")
    # The XDG Base Directory Specification wants paths that are not absolute ignored.
    above = Path(folder) if folder and Path(folder).is_absolute() else kept.home() / ".config"
    return above / "moorage" / "config.json"


def default() -> Address | None:
    """The registry of the last login."""
    url = kept.read(file()).get("default")
    return Address.parse(url) if isinstance(url, str) else None


def find(host: str) -> Known | None:
    """What was remembered at the last login to this host."""
    entry = _registries(kept.read(file())).get(host)
    if not isinstance(entry, dict) or not isinstance(url := entry.get("url"), str):
        return None
    ca = entry.get("ca")
    return Known(Address.parse(url), Path(ca) if isinstance(ca, str) else None)


def keep(known: Known) -> None:
    """Remember it, and mean it from now on."""
    tree = kept.read(file())
    entry = {"url": known.address.url} | ({"ca": str(known.ca.absolute())} if known.ca else {})
    tree["default"] = known.address.url
    tree["registries"] = {**_registries(tree), known.address.host: entry}
    kept.write(file(), tree)


def forget(address: Address) -> None:
    """Forget it, if it was known."""
    tree = kept.read(file())
    registries = _registries(tree)
    if tree.get("default") != address.url and address.host not in registries:
        return
    if tree.get("default") == address.url:
        del tree["default"]
    tree["registries"] = {host: entry for host, entry in registries.items() if host != address.host}
    kept.write(file(), tree)


def _registries(tree: dict[str, Any]) -> dict[str, Any]:
    found = tree.get("registries")
    return found if isinstance(found, dict) else {}
