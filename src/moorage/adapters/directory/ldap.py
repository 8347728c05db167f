"""People of an LDAP directory: searched for by a service account, proven by binding as their entry."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from moorage.adapters.directory import terms
from moorage.adapters.directory.talk import Door, Entry, Talk, Tell, Unreached, talk_with
from moorage.ports.directory import DirectoryUnavailable
from moorage.rules.facts import Source
from moorage.rules.sign_on import Vouched

Outcome = TypeVar("Outcome")
_AT_ONCE = 4
_SECONDS = 15.0
"""For the whole answer, whichever server gives it."""
_REST = 3.0
"""Seconds for which nobody is asked after no server could be reached: people who log in are not to wait one by one."""
_MOST_GROUPS = 1000
_LONGEST = 256
_NOBODY = "cn=nobody-of-this-name"
"""Stands for whoever is not there, so that a wrong name is asked about as much as a wrong password."""


@dataclass(frozen=True, slots=True)
class LdapTerms:
    """Where people and groups are, and by which attributes they are known: see the settings `ldap.*`."""

    urls: tuple[str, ...]
    user_base: str
    user_filter: str
    name_attribute: str
    subject_attribute: str
    start_tls: bool = True
    ca_file: Path | None = None
    bind_dn: str | None = None
    bind_password: str = field(default="", repr=False)
    group_base: str | None = None
    group_filter: str | None = None
    group_attribute: str = "cn"
    member_of: str | None = None


class LdapDirectory:
    """See `ports.directory.Directory`. `tell` hears every step, for whoever looks for a fault; never a password."""

    def __init__(self, how: LdapTerms, tell: Tell = lambda _: None) -> None:
        self._how = how
        self._tell = tell
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="directory")
        self._down: tuple[float, str] = (0.0, "")

    async def prove(self, name: str, password: str) -> Vouched | None:
        """An empty password, which servers take for nobody's, is not even asked about."""
        secret = _bytes_of(password)
        if not secret or not name.strip() or _bytes_of(name) is None or len(name) > _LONGEST:
            return None
        return await self._ask(lambda talk: self._prove(talk, name, secret))

    async def find(self, subject: str) -> Vouched | None:
        """By the filter for people, so that it finds nobody whom that keeps out."""
        text = terms.with_subject(self._how.subject_attribute, subject, self._how.user_filter)
        return await self._ask(lambda talk: self._vouched(talk, self._one(talk, text)))

    async def look_up(self, name: str) -> Vouched | None:
        """Who would have to prove themselves by this name."""
        text = terms.filled(self._how.user_filter, name=name)
        return await self._ask(lambda talk: self._vouched(talk, self._one(talk, text)))

    def close(self) -> None:
        """Wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _enter(self, talk: Talk) -> None:
        """As the service account, or as nobody where there is none."""
        who = self._how.bind_dn or "nobody"
        if not talk.bind(self._how.bind_dn, self._how.bind_password.encode()):
            raise DirectoryUnavailable(f"it does not let {who} in: see ldap.bind_dn and ldap.bind_password")
        self._tell(f"bound as {who}")

    def _prove(self, talk: Talk, name: str, secret: bytes) -> Vouched | None:
        entry = self._one(talk, terms.filled(self._how.user_filter, name=name))
        if entry is None:  # the same is asked as for somebody, and whatever comes of it is no proof
            self._groups(talk, Entry(f"{_NOBODY},{self._how.user_base}", {}), name)
            talk.bind(f"{_NOBODY},{self._how.user_base}", secret)
            return None
        vouched = self._vouched(talk, entry)
        is_right = talk.bind(entry.dn, secret)
        self._tell(f"the password is {'right' if is_right else 'wrong, or the entry is locked'}")
        return vouched if is_right else None

    def _one(self, talk: Talk, text: str) -> Entry | None:
        """The only entry that this filter finds among people."""
        how = self._how
        wanted = [how.subject_attribute, how.name_attribute, *([how.member_of] if how.member_of else [])]
        found, is_cut = talk.search(how.user_base, text, wanted, 2)
        if len(found) == 1 and not is_cut and found[0].dn:
            self._tell(f"found {found[0].dn}")
            return found[0]
        several = f"several entries below {how.user_base}, where there may be one only"
        self._tell(f"the filter {text} finds {several if found else f'nobody below {how.user_base}'}")
        return None

    def _vouched(self, talk: Talk, entry: Entry | None) -> Vouched | None:
        if entry is None:
            return None
        how = self._how
        subject = terms.subject_of(how.subject_attribute, entry.values.get(how.subject_attribute.lower(), ()))
        if subject is None:
            raise DirectoryUnavailable(
                f"{entry.dn} has no single {how.subject_attribute}, or it may not be seen: people are known by it for "
                "ever; see ldap.subject_attribute"
            )
        names = sorted(_text(value) for value in entry.values.get(how.name_attribute.lower(), ()))
        if not names:
            raise DirectoryUnavailable(f"{entry.dn} has no {how.name_attribute}: see ldap.name_attribute")
        groups = self._groups(talk, entry, names[0])
        return Vouched(Source.LDAP, subject, names[0], groups)

    def _groups(self, talk: Talk, entry: Entry, name: str) -> frozenset[str]:
        """What their groups are called, in lower case, as a directory knows no other."""
        how = self._how
        if how.group_base is None:
            return frozenset()
        groups = terms.names_below(
            how.group_base, (_text(dn) for dn in entry.values.get((how.member_of or "").lower(), ()))
        )
        if how.group_filter is None:
            return groups
        text = terms.filled(how.group_filter, name=name, dn=entry.dn)
        found, is_cut = talk.search(how.group_base, text, [how.group_attribute], _MOST_GROUPS)
        if is_cut:  # which ones are missing is not known, so neither is what they may
            raise DirectoryUnavailable(f"{entry.dn} is in more than {_MOST_GROUPS} groups, or the server tells no more")
        attribute = how.group_attribute.lower()
        return groups | {_text(value).lower() for group in found for value in group.values.get(attribute, ())}

    async def _ask(self, work: Callable[[Talk], Outcome]) -> Outcome:
        until, why = self._down
        if time.monotonic() < until:
            raise DirectoryUnavailable(why)
        try:
            async with asyncio.timeout(_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask_one_of_them, work)
        except Unreached as fault:
            self._down = time.monotonic() + _REST, str(fault)
            raise
        except TimeoutError:
            raise DirectoryUnavailable(f"no whole answer within {_SECONDS:.0f} seconds") from None

    def _ask_one_of_them(self, work: Callable[[Talk], Outcome]) -> Outcome:
        """Of the servers in their order the first that answers."""
        how = self._how
        faults: list[DirectoryUnavailable] = []
        for url in how.urls:
            self._tell(url)
            try:
                with talk_with(Door(url, how.start_tls, how.ca_file), self._tell) as talk:
                    self._enter(talk)
                    return work(talk)
            except DirectoryUnavailable as fault:
                self._tell(f"that failed: {fault}")
                faults.append(type(fault)(f"{url}: {fault}"))
        is_unreached = all(isinstance(fault, Unreached) for fault in faults)
        raise (Unreached if is_unreached else DirectoryUnavailable)("; ".join(map(str, faults)))


def _bytes_of(text: str) -> bytes | None:
    """As it goes over the wire, letter by letter: a password is made no other one by tidying it up (RFC 4013)."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
