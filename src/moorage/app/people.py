"""Who comes in, and how: the use cases that several faces of the program share."""

import time
from dataclasses import dataclass

from moorage.adapters.provider import Client, OidcProvider
from moorage.app.parts import MINUTE, Parts
from moorage.app.people_settings import Oidc
from moorage.app.settings import Settings
from moorage.ports.clock import Clock
from moorage.ports.examining import ExamineDirectory, Tell
from moorage.ports.records import Records
from moorage.rules.federation import Issuer
from moorage.service.ask_directory import AskDirectory
from moorage.service.authenticate import Authenticate
from moorage.service.examine_sign_on import ExamineSignOn
from moorage.service.explain_access import ExplainAccess
from moorage.service.manage_factor import ManageFactor
from moorage.service.manage_people import ManagePeople
from moorage.service.manage_sessions import ManageSessions
from moorage.service.manage_tokens import ManageTokens
from moorage.service.prove_workload import ProveWorkload
from moorage.service.receive_person import ReceivePerson
from moorage.service.second_look import SecondLook
from moorage.service.sign_in import SignIn
from moorage.service.sign_on import SignOn


@dataclass(frozen=True, slots=True)
class People:
    """Use cases about people; those of another's word are None where the settings name nobody to ask."""

    authenticate: Authenticate
    sign_in: SignIn
    sign_on: SignOn | None
    directory: AskDirectory | None
    manage: ManagePeople
    sessions: ManageSessions
    factors: ManageFactor
    personal: ManageTokens
    explain: ExplainAccess
    examine: ExamineSignOn


def people_of(parts: Parts) -> People:
    """On these parts."""
    records, secrets, clock = parts.records, parts.secrets, parts.clock
    directory = ask_directory(parts.settings, records, clock)
    look = SecondLook(secrets, parts.sealing)
    provider = _provider(parts)
    return People(
        authenticate=Authenticate(
            records,
            parts.passwords,
            parts.tokens,
            secrets,
            parts.trail,
            clock,
            ProveWorkload(records, parts.assertions, clock),
            parts.requirement,
            directory,
        ),
        sign_in=SignIn(records, secrets, look, parts.trail, clock, parts.lifetimes, parts.requirement),
        sign_on=_sign_on(parts, provider) if provider is not None else None,
        directory=directory,
        manage=ManagePeople(records, parts.passwords, clock),
        sessions=ManageSessions(records, clock),
        factors=ManageFactor(records, secrets, parts.sealing, look, clock),
        personal=ManageTokens(records, secrets, clock),
        explain=ExplainAccess(records, clock),
        examine=ExamineSignOn(provider.examine if provider is not None else None, _examine_directory(parts)),
    )


def ask_directory(settings: Settings, records: Records, clock: Clock = time.time) -> AskDirectory | None:
    """What asks the directory, if there is one."""
    ldap = settings.ldap
    if not ldap.url:
        return None
    from moorage.app.directory import directory_of  # noqa: PLC0415 - memory that only those pay who use it

    receives, every = ReceivePerson(records, clock), ldap.check_minutes * MINUTE
    return AskDirectory(records, directory_of(ldap), receives, ldap.admission(), clock, every)


def _provider(parts: Parts) -> OidcProvider | None:
    oidc = parts.settings.oidc
    if oidc.issuer is None:
        return None
    return OidcProvider(_client(oidc, oidc.issuer), parts.egress, parts.assertions, parts.clock)


def _sign_on(parts: Parts, provider: OidcProvider) -> SignOn:
    receive, admission = ReceivePerson(parts.records, parts.clock), parts.settings.oidc.admission()
    return SignOn(provider, receive, parts.secrets, parts.sealing, parts.trail, parts.clock, admission)


def _examine_directory(parts: Parts) -> ExamineDirectory | None:
    if not parts.settings.ldap.url:
        return None

    async def examine(name: str, tell: Tell) -> bool:
        from moorage.app.directory import examine_beside  # noqa: PLC0415 - memory that only those pay who use it

        return await examine_beside(parts.settings, parts.records, name, None, tell)

    return examine


def _client(oidc: Oidc, issuer: str) -> Client:
    return Client(
        Issuer(0, "oidc", issuer, oidc.client_id, oidc.algorithms, None, "", 0.0),
        oidc.client_id,
        oidc.client_secret.get_secret_value() if oidc.client_secret is not None else None,
        oidc.scopes,
        oidc.name_claim,
        oidc.groups_claim,
        bool(oidc.allowed_groups or oidc.admin_group or oidc.auditor_group),
    )
