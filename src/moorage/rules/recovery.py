"""Recovery codes: ten words on paper, each of which stands in once for a phone that was lost.

Pure: what chance gave is an argument. A code holds 120 bits, so a plain hash of it can be stored.
"""

import base64
import re

COUNT = 10
BYTES = 15
"""Random bytes that one code is spelt from."""
_GROUP = 6
_PLAIN = re.compile(r"[a-z2-7]{24}")
_BETWEEN = re.compile(r"[\s-]+")


def spell(raw: bytes) -> str:
    """The code as it is shown: four groups of six letters and digits. Raises ValueError for another length."""
    if len(raw) != BYTES:
        raise ValueError(f"a recovery code is spelt from {BYTES} bytes")
    plain = base64.b32encode(raw).decode("ascii").lower()
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))


def read(typed: str) -> str | None:
    """The code as it was shown, however it was typed; None if it cannot be one."""
    plain = _BETWEEN.sub("", typed[:200]).lower()
    if not _PLAIN.fullmatch(plain):
        return None
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))
