"""What the use cases stand on: the adapters that the settings choose, opened, each once."""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from moorage.adapters.assertions import JwtAssertions
from moorage.adapters.counts import BufferedCounts
from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.egress import GuardedEgress
from moorage.adapters.keys import KeyFile, fixed, parse
from moorage.adapters.passwords import Argon2Passwords
from moorage.adapters.sealing import KeySealing
from moorage.adapters.sealing import parse as parse_key
from moorage.adapters.sealing import read as read_key
from moorage.adapters.secrets import RandomSecrets
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.adapters.tokens import JwtTokens
from moorage.adapters.trail import BufferedTrail
from moorage.app.settings import Settings
from moorage.ports.blobs import BlobStore
from moorage.ports.clock import Clock
from moorage.ports.egress import Egress
from moorage.ports.federation import Assertions
from moorage.ports.identity import Passwords, Secrets, Tokens
from moorage.ports.records import Records
from moorage.ports.sealing import Sealing
from moorage.rules.invitations import Newcomers
from moorage.rules.quota import Limits
from moorage.rules.sessions import Lifetimes, Requirement
from moorage.rules.trash import Window
from moorage.service.room import Room

DAY, HOUR, MINUTE = 86_400, 3600.0, 60.0
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is given to more than one use case."""

    settings: Settings
    records: Records
    blobs: BlobStore
    passwords: Passwords
    tokens: Tokens
    sealing: Sealing
    secrets: Secrets
    egress: Egress
    assertions: Assertions
    trail: BufferedTrail
    counts: BufferedCounts
    clock: Clock

    @property
    def requirement(self) -> Requirement:
        """Who needs a second factor."""
        return Requirement(self.settings.sign_in.second_factor)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long sessions of people last."""
        return Lifetimes(self.settings.sign_in.idle_hours * HOUR, self.settings.sign_in.session_days * DAY)

    @property
    def newcomers(self) -> Newcomers:
        """Whom an invitation lets in."""
        return Newcomers(self.settings.sign_in.invitations)

    @property
    def room(self) -> Room:
        """How much may be kept."""
        return room_of(self.settings, self.clock)

    @property
    def redirects_last(self) -> float:
        """Seconds for which an old name leads on."""
        return self.settings.redirect_days * DAY

    @property
    def window(self) -> Window:
        """For how long what is deleted can be restored."""
        return Window(self.settings.undelete_days * DAY)


def room_of(settings: Settings, clock: Clock) -> Room:
    """How much may be kept, as the settings say."""
    quota = settings.quota
    return Room(clock, Limits(quota.project_bytes, quota.total_bytes, quota.warn_at))


def open_parts(settings: Settings, stack: AsyncExitStack, clock: Clock = time.time) -> Parts:
    """On disk and SQLite; what is opened is closed with the stack."""
    records, blobs = SqliteRecords(settings.data, settings.cache_mb * _MB), DiskBlobs(settings.data)
    stack.callback(records.close)
    stack.callback(blobs.close)
    given = settings.token_keys
    ring = KeyFile(settings.data) if given is None else fixed(parse(given.get_secret_value()))
    closed = settings.secret_key
    egress = GuardedEgress(settings.egress.allow, settings.egress.ca_file)
    return Parts(
        settings=settings,
        records=records,
        blobs=blobs,
        passwords=Argon2Passwords(),
        tokens=JwtTokens(ring),
        sealing=KeySealing(read_key(settings.data) if closed is None else parse_key(closed.get_secret_value())),
        secrets=RandomSecrets(),
        egress=egress,
        assertions=JwtAssertions(egress, clock),
        trail=BufferedTrail(records, clock),
        counts=BufferedCounts(records, clock),
        clock=clock,
    )
