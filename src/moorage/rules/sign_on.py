"""People whom somebody else vouches for: an OpenID provider, or a directory. Pure.

A source's word makes an account, says of which groups they are, and may make them administrator or auditor. It never
takes over an account that is there already: a name is no proof.
"""

import re
from dataclasses import dataclass
from unicodedata import normalize

from moorage.oci.error import Code, Refusal
from moorage.rules import names
from moorage.rules.facts import Account, Source

CALLED = {Source.OIDC: "single sign-on", Source.LDAP: "the directory"}
"""What people call it."""
_LONGEST = 256
_ODD = re.compile(r"[^a-z0-9._@-]+")
_SEVERAL = re.compile(r"[._@-]+(?=[._@-])")


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a source vouches for, now. `subject` is what it calls them for ever, `name` what they would like to be."""

    source: Source
    subject: str
    name: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom a source's word lets in, and as what. Without `allowed_groups` it lets everybody in.

    What a group does not decide (None) stays as people have set it. `fresh_seconds` is for how long a word is good:
    whoever is not vouched for again within them is kept out, with all their tokens.
    """

    fresh_seconds: float
    allowed_groups: frozenset[str] = frozenset()
    admin_group: str | None = None
    auditor_group: str | None = None

    def admits(self, vouched: Vouched) -> bool:
        """May they come in at all?"""
        return not self.allowed_groups or not self.allowed_groups.isdisjoint(vouched.groups)

    def is_due(self, account: Account, now: float, *, every: float) -> bool:
        """Is their source to be asked about them again, so that no word is older than `every` seconds?

        Rounds come twice as often, so that whoever logged in meanwhile need not be asked about. A time beyond what is
        given now was given under other settings, and tells nothing.
        """
        until = account.vouched_until
        if until is None:
            return False
        return not now + self.fresh_seconds - every / 2 < until <= now + self.fresh_seconds

    def flags(self, vouched: Vouched, account: Account | None) -> tuple[bool, bool]:
        """Whether they are administrator, and auditor; `account` is what they are now, None if they never came."""
        was = (False, False) if account is None else (account.administrator, account.auditor)
        return (
            was[0] if self.admin_group is None else self.admin_group in vouched.groups,
            was[1] if self.auditor_group is None else self.auditor_group in vouched.groups,
        )


def name_for(vouched: Vouched) -> str:
    """Their name here, from what the source says. Raises NAME_INVALID if nothing can be made of it."""
    plain = normalize("NFKD", vouched.name[:_LONGEST]).encode("ascii", "ignore").decode().strip().lower()
    name = _SEVERAL.sub("", _ODD.sub("-", plain)).strip("._@-")
    try:
        return names.require_person(name)
    except Refusal:
        raise Refusal(
            Code.NAME_INVALID,
            f"{CALLED[vouched.source]} calls you {vouched.name[:80]!r}, and no user name can be made of that: "
            "ask an administrator to choose another claim or attribute for names",
        ) from None


def require_own_password(account: Account) -> None:
    """Refuse to set a password where somebody else vouches: it would outlive their word."""
    if account.source is not None:
        raise Refusal(
            Code.CONFLICT,
            f"{account.name} logs in by {CALLED[account.source]} and has no password here",
        )
