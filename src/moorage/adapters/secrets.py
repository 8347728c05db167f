"""Secrets of robots and personal tokens: 256 bits drawn by the system, kept as their SHA-256."""

import hashlib
import hmac
import secrets

_BYTES = 32


class RandomSecrets:
    """See `ports.identity.Secrets`. A slow hash guards guessable passwords; nobody guesses 256 bits."""

    def draw(self, prefix: str) -> tuple[str, str]:
        """The secret, in letters that no shell and no URL minds, and its hash."""
        secret = prefix + secrets.token_urlsafe(_BYTES)
        return secret, self.hash(secret)

    def random(self, length: int) -> bytes:
        """As the system draws them."""
        return secrets.token_bytes(length)

    def hash(self, secret: str) -> str:
        """In hexadecimal digits."""
        return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

    def match(self, stored: str | None, secret: str) -> bool:
        """Compared without telling where they differ."""
        return stored is not None and hmac.compare_digest(stored, self.hash(secret))
