"""A repository moves to where its pusher may not follow, while the bytes are still on their way."""

import uuid
from collections.abc import AsyncIterator

import pytest

from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import RoleSpec, Subject
from moorage.service.push_blob import Body
from tests.durability.support.house import ADMIN, NAME, House
from tests.support.refused import refused

BLOB = b"bytes that take their time"
AWAY = RepositoryName("vault/app")


def settle(ledger: Ledger) -> Identity:
    """A repository, and somebody who may push to it and nowhere else."""
    place = ledger.repositories.ensure(NAME, by=ADMIN, now=0.0)
    account = ledger.accounts.create("will", "hash", administrator=False, now=0.0)
    assert account is not None
    assert place.project_id is not None
    ledger.members.put(place.project_id, Subject(account.id, "will"), [RoleSpec("writer")], now=0.0)
    return Identity(Kind.USER, "will", account.id, epoch=account.epoch)


def move(ledger: Ledger) -> None:
    """To a project that they know nothing of."""
    place = ledger.repositories.place(NAME)
    vault = ledger.projects.create("vault", public=False, now=0.0)
    assert vault is not None
    assert place.repository_id is not None
    ledger.repositories.rename(place.repository_id, AWAY, project_id=vault.id)
    ledger.redirects.keep(NAME.text, by="admin", now=0.0, until=1e12, repository_id=place.repository_id)


@pytest.mark.parametrize("is_here", [False, True], ids=["new", "known"])
async def test_while_bytes_arrive(house: House, is_here: bool) -> None:  # noqa: FBT001 - a column
    """What was begun before is not finished in the repository as it is now, by whichever way it would be kept."""
    will, digest = await house.records.write(settle), Digest.of(BLOB)
    if is_here:
        await house.push.take(ADMIN, RepositoryName("other/app"), str(uuid.uuid4()), Body(slowly(BLOB)), digest)
    session = await house.push.start(will, NAME, str(uuid.uuid4()))

    async def meanwhile() -> AsyncIterator[bytes]:
        yield BLOB
        await house.records.write(move)

    with refused(Code.BLOB_UPLOAD_UNKNOWN):
        await house.push.finish(will, NAME, session.id, Body(meanwhile()), digest)
    _, held = await house.records.read(lambda ledger: ledger.blobs.find(AWAY, digest, ADMIN))
    assert held is None


async def slowly(*content: bytes) -> AsyncIterator[bytes]:
    """A body."""
    for piece in content:
        yield piece
