"""The second factor: six digits that a phone makes of a shared secret and the time, each good for once.

Pure: secret and time are arguments. Does not know how the secret is kept, nor how often somebody may try.
Source: RFC 6238 (TOTP) on RFC 4226 (HOTP).
"""

import base64
import hmac
import math
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from moorage.oci.error import Code, Refusal
from moorage.rules.facts import KeptFactor

STEP = 30
"""Seconds for which a code is shown."""
DIGITS = 6
DRIFT = 1
"""Steps that a phone's clock may be ahead or behind (RFC 6238, section 5.2)."""
SECRET_BYTES = 20
"""As long as RFC 4226, section 4, R6 recommends."""
PATIENCE = 5
"""Wrong codes in a row that cost nothing: typing errors."""
_FIRST_WAIT, _LONGEST_WAIT = 15.0, 900.0
"""Seconds. At one try in fifteen minutes, three codes of a million being right, a guess takes ten years on average.

Whoever makes the owner wait so long knows the password already.
"""


def wait(wrong: int, wrong_at: float, now: float) -> int:
    """Seconds before the next code is looked at, after so many wrong ones in a row of which the last came then."""
    if wrong < PATIENCE:
        return 0
    pause = min(_FIRST_WAIT * 2.0 ** min(wrong - PATIENCE, 10), _LONGEST_WAIT)
    return max(0, math.ceil(min(wrong_at + pause - now, pause)))


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Somebody's second factor. It is asked for once it is `confirmed`: once a code of it was accepted.

    `spent` is the newest step whose code was accepted; neither it nor an older one opens again.
    """

    secret: bytes = field(repr=False)
    confirmed: bool = False
    spent: int = -1

    def accept(self, typed: str, now: float) -> "SecondFactor | None":
        """The factor after this code, to be kept before anything opens; None if the code is wrong or was used.

        Whoever keeps it compares `spent` in the same transaction, so that of two that come together one wins.
        """
        code = "".join(typed.split()).encode("utf-8", "surrogatepass")
        step = int(now) // STEP
        found = -1
        for candidate in range(max(0, step - DRIFT), step + DRIFT + 1):
            right = hmac.compare_digest(_code(self.secret, candidate), code)  # all are compared: time tells nothing
            found = candidate if right else found
        if found <= self.spent:
            return None
        return replace(self, confirmed=True, spent=found)

    def address(self, issuer: str, name: str) -> str:
        """What authenticator apps read, as text or from a picture of it. It holds the secret.

        SHA-1, six digits and 30 seconds are what all apps make; several ignore it when another is asked for.
        """
        label = f"{quote(issuer, safe='')}:{quote(name, safe='')}"
        return (
            f"otpauth://totp/{label}?secret={self.spelt()}&issuer={quote(issuer, safe='')}"
            f"&algorithm=SHA1&digits={DIGITS}&period={STEP}"
        )

    def spelt(self) -> str:
        """The secret as people type it into an app that cannot see the picture."""
        return base64.b32encode(self.secret).decode("ascii").rstrip("=")


def judge(kept: KeptFactor, secret: bytes, typed: str, now: float) -> tuple[KeptFactor, Refusal | None]:
    """The factor after somebody typed this, to be kept in any case; and why it does not let them in, if it does not."""
    if seconds := wait(kept.wrong, kept.wrong_at, now):
        return kept, Refusal(Code.TOOMANYREQUESTS, f"too many wrong codes: wait {seconds} seconds", retry_after=seconds)
    accepted = SecondFactor(secret, kept.confirmed, kept.spent).accept(typed, now)
    if accepted is None:
        refusal = Refusal(Code.DENIED, "that code is not right, or it was used already: wait for the next one")
        return replace(kept, wrong=kept.wrong + 1, wrong_at=now), refusal
    return replace(kept, confirmed=True, spent=accepted.spent, wrong=0), None


def purpose(account_id: int) -> str:
    """What somebody's secret is sealed for: it opens for nobody else."""
    return f"second factor of {account_id}"


def _code(secret: bytes, step: int) -> bytes:
    """The digits of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS).encode("ascii")
