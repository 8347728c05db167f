"""People make tokens for themselves: some of their rights, for a time, instead of their password."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.rules import access, names
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import PersonalToken
from moorage.rules.identities import ADMIN_SCOPE, PERSONAL_PREFIX, SCOPES
from moorage.rules.pattern import Pattern
from moorage.rules.telling import told

DAYS = 90
"""Days that a personal token lives unless said otherwise."""
_DAY = 86_400
_MOST_PATTERNS = 50
_MOST_TOKENS = 200


class Wanted(NamedTuple):
    """What a token shall be: patterns of full repository names, none for all; `days`, None for ever."""

    name: str
    scopes: frozenset[str]
    repositories: tuple[Pattern, ...] = ()
    days: int | None = DAYS


@dataclass(frozen=True, slots=True)
class ManageTokens:
    """Only their owner sees them; the secret is shown once."""

    records: Records
    secrets: Secrets
    clock: Clock

    async def page(self, who: Identity) -> Sequence[PersonalToken]:
        """One's own, the newest first."""
        account_id = _owner(who)
        return await self.records.read(lambda ledger: ledger.personal_tokens.of_account(account_id))

    async def create(self, who: Identity, wanted: Wanted) -> tuple[PersonalToken, str]:
        """The token and its secret."""
        account_id = _owner(who)
        if who.personal is not None:  # or a token that was found would make itself another that outlives it
            raise Refusal(Code.DENIED, "a personal token makes no other: use your password")
        names.require_label(wanted.name, "token")
        if not wanted.scopes or not wanted.scopes <= SCOPES.keys():
            raise Refusal(Code.QUERY_INVALID, f"a token's scopes are one or more of {', '.join(SCOPES)}")
        if ADMIN_SCOPE in wanted.scopes and wanted.repositories:
            raise Refusal(Code.QUERY_INVALID, "a token with the scope admin cannot be kept to some repositories")
        if len(wanted.repositories) > _MOST_PATTERNS:
            raise Refusal(Code.QUERY_INVALID, f"give at most {_MOST_PATTERNS} patterns of repositories")
        secret, hashed = self.secrets.draw(PERSONAL_PREFIX)

        def story(ledger: Ledger) -> PersonalToken:
            now = self.clock()
            if len(ledger.personal_tokens.of_account(account_id)) >= _MOST_TOKENS:
                raise Refusal(Code.CONFLICT, f"you have {_MOST_TOKENS} tokens: delete some first")
            expires_at = None if wanted.days is None else now + wanted.days * _DAY
            token = ledger.personal_tokens.create(
                PersonalToken(0, account_id, wanted.name, wanted.scopes, wanted.repositories, expires_at, now), hashed
            )
            if token is None:
                raise Refusal(Code.CONFLICT, f"you have a token {wanted.name!r} already")
            ledger.events.record(told("token.created", who, now, about=f"token:{wanted.name}", after=_shown(token)))
            return token

        return await self.records.write(story, by=who), secret

    async def delete(self, who: Identity, token_id: int) -> None:
        """Revoke one of one's own; it opens nothing within seconds."""
        account_id = _owner(who)

        def story(ledger: Ledger) -> None:
            was = ledger.personal_tokens.delete(account_id, token_id)
            if was is None:
                raise Refusal(Code.NAME_UNKNOWN, "you have no such token")
            ledger.events.record(
                told("token.deleted", who, self.clock(), about=f"token:{was.name}", before=_shown(was))
            )

        await self.records.write(story, by=who)


def _owner(who: Identity) -> int:
    access.require_api(who)
    if who.kind is not Kind.USER or who.user_id is None:
        raise Refusal(Code.DENIED, "only people have personal tokens")
    return who.user_id


def _shown(token: PersonalToken) -> dict[str, object]:
    return {
        "scopes": sorted(token.scopes),
        "repositories": [pattern.text for pattern in token.repositories],
        "expires_at": token.expires_at,
    }
