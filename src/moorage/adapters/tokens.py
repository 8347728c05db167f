"""Tokens as JWT (RFC 7519) signed by HMAC-SHA256 with a key of this installation: nobody else needs to read them."""

import os
import secrets
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from moorage.ports.identity import Claims
from moorage.rules.access import Grant, Kind

_ALGORITHM = "HS256"
_KEY_BYTES = 32
_ISSUER = "moorage"


def load_key(folder: Path) -> bytes:
    """The signing key of a data folder, made at the first call; only its owner may read it."""
    file = folder / "token.key"
    if not file.exists():
        _make_key(file)
    key = file.read_bytes()
    if len(key) != _KEY_BYTES:
        raise ValueError(f"{file} is damaged: remove it, and everybody has to log in again")
    return key


def _make_key(file: Path) -> None:
    """Whole or not at all, also if this is cut off. Only who holds the folder's lock gets here."""
    draft = file.with_name("token.key.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(_KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(file)


class JwtTokens:
    """See `ports.identity.Tokens`."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def sign(self, claims: Claims) -> str:
        """Grants go along as a list, like the Docker token specification's `access`."""
        payload = {
            "iss": _ISSUER,
            "sub": claims.subject,
            "kind": claims.kind.value,
            "account": claims.account_id,
            "epoch": claims.epoch,
            "iat": claims.issued_at,
            "nbf": claims.issued_at,
            "exp": claims.expires_at,
            "personal": claims.personal,
            "jti": secrets.token_hex(8),
            "use": "refresh" if claims.refresh else "access",
            "access": [
                {
                    "type": "repository",
                    "name": name,
                    "actions": sorted(grant.actions),
                    "project": grant.project_id,
                    "epoch": grant.epoch,
                }
                for name, grant in claims.grants.items()
            ],
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": "JWT"}, payload, self._key)

    def verify(self, token: str, now: float) -> Claims | None:
        """The algorithm is fixed: what a token's header asks for is not listened to."""
        try:
            said = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            claims = Claims(
                kind=Kind(said["kind"]),
                subject=str(said["sub"]),
                account_id=said["account"],
                epoch=int(said["epoch"]),
                issued_at=int(said["iat"]),
                expires_at=int(said["exp"]),
                refresh=said["use"] != "access",
                grants={
                    str(entry["name"]): Grant(frozenset(entry["actions"]), entry["project"], entry["epoch"])
                    for entry in said["access"]
                },
                personal=said["personal"],
            )
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        return claims if said.get("iss") == _ISSUER and now < claims.expires_at else None
