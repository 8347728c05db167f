"""Tokens as JWT (RFC 7519) signed by HMAC-SHA256 with a key of this installation: nobody else needs to read them."""

import secrets
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError

from moorage.adapters.keys import Key, Ring
from moorage.ports.identity import Claims
from moorage.rules.access import Grant, Kind

_ALGORITHM = "HS256"
_ISSUER = "moorage"


class JwtTokens:
    """See `ports.identity.Tokens`."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

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
        return jwt.encode({"alg": _ALGORITHM, "typ": "JWT"}, payload, self._ring()[0].value)

    def verify(self, token: str, now: float) -> Claims | None:
        """The algorithm is fixed: what a token's header asks for is not listened to."""
        try:
            said, key = self._decode(token)
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
                key=key.id,
            )
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        return claims if said.get("iss") == _ISSUER and now < claims.expires_at else None

    def holds(self, claims: Claims) -> bool:
        """The key may have been revoked since."""
        return any(key.id == claims.key for key in self._ring())

    def _decode(self, token: str) -> tuple[dict[str, Any], Key]:
        """With whichever of our few keys signed it."""
        for key in self._ring():
            try:
                return jwt.decode(token, key.value, algorithms=[_ALGORITHM]).claims, key
            except BadSignatureError:
                continue
        raise BadSignatureError
