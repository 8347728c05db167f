"""Several requests on one upload session at once: one of them wins, and what it was told stays true."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.durability.support.client import Answer, Client
from tests.support.content import digest_of
from tests.support.server import Server

SIZE = 50_000
TIMES = 12


def content(*salt: object) -> bytes:
    """So many bytes, others for each salt."""
    return random.Random(repr(salt)).randbytes(SIZE)


def finishes_as(server: Server, repository: str, session: str, expected: bytes) -> bool:
    """The upload holds exactly these bytes."""
    digest = digest_of(expected)
    with Client(server) as client:
        answer = client.finish(session, digest)
        return answer.status == 201 and client.blob(repository, digest).body == expected


@pytest.mark.parametrize("second", [1, SIZE // 2, SIZE], ids=["little", "half", "all"])
def test_a_chunk_while_another_is_under_way(server: Server, repository: str, second: int) -> None:
    """A chunk for the same place as one under way is refused, and takes nothing from that one."""
    for number in range(TIMES // 3):
        ours, theirs = content(number, second, "ours"), content(number, second, "theirs")
        with Client(server) as first, Client(server) as other, ThreadPoolExecutor(1) as aside:
            session = first.begin(repository)
            first.begin_append(session, SIZE, ours[:second], start=0)
            refused = aside.submit(other.append, session, theirs, 0)
            first.send(ours[second:])
            answers = [first.answer(), refused.result()]
        assert sorted(answer.status for answer in answers) in ([202, 409], [202, 416]), answers
        won = ours if answers[0].status == 202 else theirs
        assert finishes_as(server, repository, session, won)


def test_streams_at_once(server: Server, repository: str) -> None:
    """Streams that say no place are appended one after the other, or refused; none is lost that was accepted."""
    for number in range(TIMES):
        streams = [content(number, stream) for stream in range(2)]
        barrier = Barrier(2)

        def append(stream: bytes, session: str, barrier: Barrier = barrier) -> Answer:
            with Client(server) as client:
                barrier.wait()
                return client.append(session, stream)

        with Client(server) as client, ThreadPoolExecutor(2) as pool:
            session = client.begin(repository)
            answers = list(pool.map(append, streams, [session] * 2))
            found = client.status(session).received
        kept = [stream for stream, answer in zip(streams, answers, strict=True) if answer.status == 202]
        assert kept
        assert {answer.status for answer in answers} <= {202, 409}
        assert found == SIZE * len(kept)
        forwards, backwards = b"".join(kept), b"".join(reversed(kept))
        second = answers[0].status == 202 and answers[0].received == 2 * SIZE
        assert finishes_as(server, repository, session, backwards if second else forwards)


def test_closed_twice_at_once(server: Server, repository: str) -> None:
    """Of two closing requests with the same bytes one keeps the blob; the other finds no upload, or a busy one."""
    for number in range(TIMES):
        whole = content(number)
        barrier = Barrier(2)

        def close(session: str, whole: bytes = whole, barrier: Barrier = barrier) -> int:
            with Client(server) as client:
                barrier.wait()
                return client.finish(session, digest_of(whole), whole[SIZE // 2 :]).status

        with Client(server) as client, ThreadPoolExecutor(2) as pool:
            session = client.begin(repository)
            assert client.append(session, whole[: SIZE // 2]).status == 202
            statuses = sorted(pool.map(close, [session] * 2))
            assert statuses in ([201, 404], [201, 409]), statuses
            assert client.blob(repository, digest_of(whole)).body == whole
            assert client.status(session).status == 404


def test_cancelled_while_it_grows(server: Server, repository: str) -> None:
    """A cancel beside a PATCH either waits in vain, and the PATCH stands, or wins, and the PATCH finds no upload."""
    for number in range(TIMES // 4):
        whole = content(number)
        with Client(server) as sender, Client(server) as other:
            session = sender.begin(repository)
            sender.begin_append(session, SIZE, whole[: SIZE // 2])
            cancelled = other.cancel(session).status
            sender.send(whole[SIZE // 2 :])
            appended = sender.answer().status
            assert (cancelled, appended) in {(409, 202), (204, 404)}
            assert other.status(session).status == (204 if appended == 202 else 404)
            if appended == 202:
                assert other.cancel(session).status == 204
            assert other.blob(repository, digest_of(whole)).status == 404


def test_chunks_from_everywhere(server: Server, repository: str) -> None:
    """Chunks that come over a new connection each, so from any worker to any worker, make up the whole."""
    chunks = [content(number) for number in range(2 * TIMES)]
    with Client(server) as client:
        session = client.begin(repository)
    for number, chunk in enumerate(chunks):
        with Client(server) as client:
            appended = client.append(session, chunk, number * SIZE)
            assert (appended.status, appended.received) == (202, (number + 1) * SIZE)
    assert finishes_as(server, repository, session, b"".join(chunks))
