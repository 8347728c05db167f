"""A client asks for a token. Source: Docker Registry v2 authentication, token and OAuth2 token specifications."""

from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.oci.scope import REGISTRY, REPOSITORY, Scope
from moorage.ports.clock import Clock
from moorage.ports.identity import Claims, Tokens
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import ANONYMOUS, Grant, Identity, Kind, Place


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and when it ends; `refresh` only if it was asked for. Times are seconds, since the epoch if `_at`."""

    token: str
    issued_at: int
    expires_in: int
    scope: str
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class IssueToken:
    """A token carries what was asked and granted, and no more; a narrower grant than asked is no error."""

    records: Records
    tokens: Tokens
    clock: Clock
    lifetime: int
    refresh_lifetime: int

    async def __call__(self, who: Identity, asked: tuple[Scope, ...], *, offline: bool) -> Issued:
        """For an identity that has just shown who it is, without a token."""
        places = await self.records.read(lambda ledger: _places(ledger, asked, who))
        granted = access.grant(who, asked, places)
        now = int(self.clock())
        refresh = None
        if offline and who.kind is Kind.USER:  # a robot logs in with its secret each time
            refresh = self._sign(who, now, self.refresh_lifetime, refresh=True, grants={})
        token = self._sign(who, now, self.lifetime, refresh=False, grants=granted)
        return Issued(token, now, self.lifetime, _wire(granted), refresh)

    def _sign(self, who: Identity, now: int, lifetime: int, *, refresh: bool, grants: dict[str, Grant]) -> str:
        return self.tokens.sign(
            Claims(
                kind=who.kind,
                subject=who.name,
                account_id=who.user_id,
                epoch=who.epoch,
                issued_at=now,
                expires_at=now + lifetime,
                refresh=refresh,
                grants=grants,
                personal=who.personal,
            )
        )

    def read_refresh(self, refresh_token: str) -> Claims:
        """What a saved login says; TOKEN_REFUSED if it is none, or has expired."""
        claims = self.tokens.verify(refresh_token, self.clock())
        if claims is None or not claims.refresh:
            raise login_ended()
        return claims

    async def serves_everybody(self, asked: tuple[Scope, ...]) -> bool:
        """Could anonymous do all that is asked? Then credentials meant for somebody else do no harm.

        Runtimes send a mirror the credentials of the registry it mirrors.
        """
        if not asked or any(scope.kind != REPOSITORY or scope.actions != {"pull"} for scope in asked):
            return False
        places = await self.records.read(lambda ledger: _places(ledger, asked, ANONYMOUS))
        granted = access.grant(ANONYMOUS, asked, places)
        return all(scope.name in granted for scope in asked)


def login_ended() -> Refusal:
    """A saved login that is worth nothing any more."""
    return Refusal(Code.TOKEN_REFUSED, "the saved login has ended: log in again", reason="invalid_token")


def _places(ledger: Ledger, asked: tuple[Scope, ...], who: Identity) -> dict[str, Place]:
    places = {}
    for scope in asked:
        if scope.kind != REPOSITORY:
            continue
        try:
            places[scope.name] = ledger.repositories.place(RepositoryName.parse(scope.name), who)
        except Refusal:
            continue  # a name that cannot be is granted nothing
    return places


def _wire(granted: dict[str, Grant]) -> str:
    def scope(name: str, actions: frozenset[str]) -> str:
        return f"{name if name.startswith(f'{REGISTRY}:') else f'{REPOSITORY}:{name}'}:{','.join(sorted(actions))}"

    return " ".join(scope(name, grant.actions) for name, grant in granted.items())
