"""The directory as the settings say, and a look at it from the machine itself."""

import time
from collections.abc import Callable

from moorage.adapters.directory.ldap import LdapDirectory, LdapTerms
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.app.people_settings import Ldap
from moorage.app.settings import Settings
from moorage.ports.directory import DirectoryUnavailable
from moorage.ports.records import Records
from moorage.rules.sign_on import Vouched
from moorage.service.receive_person import Foreseen, ReceivePerson

Say = Callable[[str], None]


def directory_of(ldap: Ldap, tell: Say = lambda _: None) -> LdapDirectory:
    """`tell` hears every step."""
    terms = LdapTerms(
        urls=ldap.url,
        user_base=ldap.user_base,
        user_filter=ldap.user_filter,
        name_attribute=ldap.name_attribute,
        subject_attribute=ldap.subject_attribute,
        start_tls=ldap.start_tls,
        ca_file=ldap.ca_file,
        bind_dn=ldap.bind_dn,
        bind_password=ldap.bind_password.get_secret_value() if ldap.bind_password is not None else "",
        group_base=ldap.group_base,
        group_filter=ldap.group_filter,
        group_attribute=ldap.group_attribute,
        member_of=ldap.member_of,
    )
    return LdapDirectory(terms, tell)


async def examine(settings: Settings, name: str, password: str | None, say: Say) -> bool:
    """Ask about somebody, and say every step and what they would be here; whether they could come in."""
    if not settings.ldap.url:
        say("no directory is set: see the settings ldap.*")
        return False
    records = SqliteRecords(settings.data)
    try:
        return await examine_beside(settings, records, name, password, say)
    finally:
        records.close()


async def examine_beside(settings: Settings, records: Records, name: str, password: str | None, say: Say) -> bool:
    """The same with the records that a server has open."""
    directory = directory_of(settings.ldap, say)
    try:
        vouched = await (directory.look_up(name) if password is None else directory.prove(name, password))
    except DirectoryUnavailable:  # what it was has been told step by step
        return False
    finally:
        directory.close()
    if vouched is None:
        say(f"nobody comes in as {name!r}{'' if password is None else ' with this password'}")
        return False
    foreseen = await ReceivePerson(records, time.time).foresee(vouched, settings.ldap.admission())
    for line in _lines(vouched, foreseen):
        say(line)
    return foreseen.refusal is None


def _lines(vouched: Vouched, foreseen: Foreseen) -> list[str]:
    followed = ", ".join(foreseen.groups) or "none"
    told = [
        f"known for ever as {vouched.subject}",
        f"called {vouched.name}",
        f"in the groups: {', '.join(sorted(vouched.groups)) or 'none'}",
    ]
    if foreseen.refusal is not None:
        return [*told, f"would not come in: {foreseen.refusal}"]
    kinds = [
        kind for kind, is_one in (("administrator", foreseen.administrator), ("auditor", foreseen.auditor)) if is_one
    ]
    return [
        *told,
        f"would come in as {foreseen.name}{', ' + ' and '.join(kinds) if kinds else ''}; groups here: {followed}",
    ]
