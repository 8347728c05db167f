"""Upload sessions and commits under way, as `ports.records` promises them."""

from dataclasses import replace

from moorage.oci.digest import Algorithm, Digest
from moorage.ports.records import Ledger, Records
from moorage.rules.upload import Upload
from tests.support.records import NOW, ensure, upload

DIGEST = Digest.of(b"blob")


def _start(ledger: Ledger, algorithm: Algorithm = Algorithm.SHA256) -> Upload:
    session = replace(upload(ensure(ledger)), algorithm=algorithm)
    ledger.uploads.start(session)
    return session


async def test_a_session(records: Records) -> None:
    """A session is found as it was last remembered, with its repository's name, until it ends once."""
    session = await records.write(lambda ledger: _start(ledger, algorithm=Algorithm.SHA512))
    assert await records.read(lambda ledger: ledger.uploads.find("upload")) == session
    assert await records.read(lambda ledger: ledger.uploads.find("other")) is None
    later = session.advance(2**40, Digest.of(b"x", Algorithm.SHA512), NOW + 9)
    assert await records.write(lambda ledger: ledger.uploads.advance(later))
    assert await records.read(lambda ledger: ledger.uploads.find("upload")) == later
    assert await records.write(lambda ledger: ledger.uploads.advance(later.advance(2**40 + 1, None, NOW + 10)))
    found = await records.read(lambda ledger: ledger.uploads.find("upload"))
    assert found is not None
    assert found.proven is None
    assert await records.write(lambda ledger: ledger.uploads.end("upload"))
    assert not await records.write(lambda ledger: ledger.uploads.end("upload"))
    assert not await records.write(lambda ledger: ledger.uploads.advance(later))
    assert await records.read(lambda ledger: ledger.uploads.find("upload")) is None


async def test_untouched(records: Records) -> None:
    """Sessions that rested longest come first, those touched at the given time or later not at all."""

    def fill(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        for number, touched in enumerate((30.0, 10.0, 40.0, 20.0)):
            ledger.uploads.start(upload(repository_id, str(number), touched_at=touched))

    await records.write(fill)
    found = await records.read(lambda ledger: ledger.uploads.untouched(before=40.0, limit=9))
    assert [session.touched_at for session in found] == [10.0, 20.0, 30.0]
    found = await records.read(lambda ledger: ledger.uploads.untouched(before=40.0, limit=2))
    assert [session.id for session in found] == ["1", "3"]


async def test_distrust(records: Records) -> None:
    """After a start nothing counts as proven; what was received stays."""
    session = await records.write(_start)
    await records.write(lambda ledger: ledger.uploads.advance(session.advance(5, DIGEST, NOW)))
    await records.write(lambda ledger: ledger.uploads.distrust())
    found = await records.read(lambda ledger: ledger.uploads.find("upload"))
    assert found is not None
    assert (found.received, found.proven) == (5, None)


async def test_a_commit(records: Records) -> None:
    """A commit under way is told to others of the same digest until it ended."""
    assert await records.write(lambda ledger: ledger.uploads.intend("one", DIGEST, now=NOW))
    assert await records.read(lambda ledger: ledger.uploads.intended(DIGEST, besides="two"))
    assert not await records.read(lambda ledger: ledger.uploads.intended(DIGEST, besides="one"))
    assert not await records.read(lambda ledger: ledger.uploads.intended(Digest.of(b"other"), besides="two"))
    await records.write(lambda ledger: ledger.uploads.fulfil("one"))
    await records.write(lambda ledger: ledger.uploads.fulfil("one"))
    assert not await records.read(lambda ledger: ledger.uploads.intended(DIGEST, besides="two"))
    assert await records.read(lambda ledger: ledger.uploads.abandoned(before=NOW + 1, limit=9)) == []


async def test_abandoned_commits(records: Records) -> None:
    """Commits that began before the given time and never ended come oldest first."""

    def fill(ledger: Ledger) -> None:
        for number, begun in enumerate((30.0, 10.0, 20.0)):
            ledger.uploads.intend(str(number), DIGEST, now=begun)

    await records.write(fill)
    found = await records.read(lambda ledger: ledger.uploads.abandoned(before=30.0, limit=9))
    assert list(found) == [("1", DIGEST), ("2", DIGEST)]
    assert len(await records.read(lambda ledger: ledger.uploads.abandoned(before=31.0, limit=1))) == 1


async def test_claims_fence_commits(records: Records) -> None:
    """While a sweep holds an abandoned commit no other of its digest begins; one sweep takes it, others wait."""
    await records.write(lambda ledger: ledger.uploads.intend("old", DIGEST, now=10.0))
    assert not await records.write(lambda ledger: ledger.uploads.claim("old", before=10.0, now=50.0))
    assert not await records.write(lambda ledger: ledger.uploads.claim("none", before=20.0, now=50.0))
    assert await records.write(lambda ledger: ledger.uploads.claim("old", before=20.0, now=50.0))
    assert not await records.write(lambda ledger: ledger.uploads.claim("old", before=20.0, now=51.0))
    assert not await records.write(lambda ledger: ledger.uploads.intend("new", DIGEST, now=52.0))
    assert await records.write(lambda ledger: ledger.uploads.intend("new", Digest.of(b"other"), now=52.0))
    await records.write(lambda ledger: ledger.uploads.fulfil("old"))
    assert await records.write(lambda ledger: ledger.uploads.intend("newer", DIGEST, now=53.0))


async def test_a_broken_sweep_is_taken_over(records: Records) -> None:
    """A claim whose sweep died is itself abandoned after a while."""
    await records.write(lambda ledger: ledger.uploads.intend("old", DIGEST, now=10.0))
    assert await records.write(lambda ledger: ledger.uploads.claim("old", before=20.0, now=50.0))
    assert await records.read(lambda ledger: ledger.uploads.abandoned(before=60.0, limit=9)) == [("old", DIGEST)]
    assert await records.write(lambda ledger: ledger.uploads.claim("old", before=60.0, now=100.0))
