"""Logins, kept where and as docker keeps them, so that each finds the other's: its config.json, or its helpers.

Source: docs.docker.com/reference/cli/docker/login, "Credential stores"; the file's form is that of docker/cli.
"""

import binascii
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.cli import kept
from moorage.cli.failing import Failure, Status
from moorage.cli.helper import Helper

_TOKEN_USER = "<token>"  # noqa: S105 - how docker marks that it keeps a token of its own, not a password
_OF_DOCKER = "docker keeps a token of its own for {host}, which opens images only"


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password, or a personal token in its place."""

    user: str
    secret: str = field(repr=False)


def file() -> Path:
    """Docker's configuration, or where docker would put it."""
    folder = os.environ.get("DOCKER_CONFIG")
    return (Path(folder) if folder else kept.home() / ".docker") / "config.json"


def find(host: str) -> Login | None:
    """What is kept for this host; it may be docker's or podman's work as well as ours."""
    tree = kept.read(file())
    if helper := _helper(tree, host):
        found = helper.get(host)
        if found is not None:
            return _usable(host, *found)
    entry = _auths(tree).get(host) or next(
        (entry for name, entry in _auths(tree).items() if _host_of(name) == host), None
    )
    return _read(host, entry) if isinstance(entry, dict) else None


def keep(host: str, login: Login) -> bool:
    """Keep it; whether it lies readable in the file, as no helper is set."""
    tree = kept.read(file())
    if helper := _helper(tree, host):
        helper.store(host, login.user, login.secret)
        entry = {}  # docker, too, notes here that it has logged in
    else:
        entry = {"auth": b64encode(f"{login.user}:{login.secret}".encode()).decode()}
    if _auths(tree).get(host) != entry or not helper:
        tree["auths"] = {**_auths(tree), host: entry}
        kept.write(file(), tree)
    return not helper


def forget(host: str) -> bool:
    """Forget it wherever it is kept; whether there was one."""
    tree = kept.read(file())
    was_kept = False
    if helper := _helper(tree, host):
        was_kept = helper.get(host) is not None
        helper.erase(host)
    names = [name for name in _auths(tree) if host in {name, _host_of(name)}]
    if names:
        tree["auths"] = {name: entry for name, entry in _auths(tree).items() if name not in names}
        kept.write(file(), tree)
    return was_kept or bool(names)


def _helper(tree: dict[str, Any], host: str) -> Helper | None:
    """The one for this host, or the one for all."""
    special = tree.get("credHelpers")
    name = (special.get(host) if isinstance(special, dict) else None) or tree.get("credsStore")
    return Helper(name) if isinstance(name, str) and name else None


def _auths(tree: dict[str, Any]) -> dict[str, Any]:
    found = tree.get("auths")
    return found if isinstance(found, dict) else {}


def _host_of(name: str) -> str:
    """Older programs wrote whole URLs."""
    return name.partition("://")[2].partition("/")[0] if "://" in name else name.partition("/")[0]


def _read(host: str, entry: dict[str, Any]) -> Login | None:
    if not entry:
        return None
    if entry.get("identitytoken") or entry.get("registrytoken"):
        return _usable(host, _TOKEN_USER, "")
    if "auth" not in entry:
        user, secret = entry.get("username"), entry.get("password")
        return _usable(host, str(user), str(secret)) if user and secret else None
    try:
        user, colon, secret = b64decode(str(entry["auth"]), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        user, colon, secret = "", "", ""
    if not colon or not user:
        raise Failure(f"the login for {host} in {file()} cannot be read", Status.NOT_LOGGED_IN, hint=_again(host))
    return _usable(host, user, secret.rstrip("\0"))


def _usable(host: str, user: str, secret: str) -> Login:
    if user == _TOKEN_USER:
        raise Failure(_OF_DOCKER.format(host=host), Status.NOT_LOGGED_IN, hint=_again(host))
    return Login(user, secret)


def _again(host: str) -> str:
    return f"log in with: moorage login {host}"
