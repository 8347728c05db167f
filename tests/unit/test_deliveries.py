"""When a delivery is tried again, when it is given up, and which are tried at once."""

from dataclasses import replace

import pytest

from moorage.rules import deliveries
from moorage.rules.deliveries import (
    AT_ONCE,
    AT_ONCE_OF_PROJECT,
    AT_ONCE_TO_HOOK,
    LASTS,
    PATIENCE,
    Delivery,
    Due,
    Outcome,
    State,
    busy,
    choose,
)

NEW = Delivery(
    id=1,
    webhook_id=2,
    event=3,
    kind="manifest.pushed",
    repository="team/app",
    line="team/app",
    body="{}",
    state=State.WAITING,
    attempts=1,
    due_at=0.0,
    created_at=0.0,
    begun_at=0.0,
)
FAILED = Outcome(500, "no", b"", 0.1)


def test_it_arrives() -> None:
    """Any 2xx ends it well; what was answered is kept as a line that nothing obeys."""
    done = NEW.after(Outcome(204, "", b"well\x1b[31m\n done\xff" + b"x" * 1000, 0.12345), 5.0, 0.5)
    assert (done.state, done.due_at, done.ended_at, done.status, done.seconds) == (
        State.DELIVERED,
        None,
        5.0,
        204,
        0.123,
    )
    assert done.answer.startswith("well [31m  done")
    assert done.answer.isprintable()
    assert len(done.answer) <= deliveries.LONGEST_ANSWER


@pytest.mark.parametrize("status", [None, 100, 199, 300, 302, 404, 410, 500])
def test_anything_else_is_tried_again(status: int | None) -> None:
    """No answer, a redirect or a refusal: it waits."""
    assert NEW.after(FAILED._replace(status=status), 1.0, 0.5).state is State.WAITING


def test_a_day_of_attempts() -> None:
    """Pauses grow from ten seconds to hours, each spread by chance; the last attempt is a day after the first."""
    now, tries, delivery, pauses = 0.0, 0, NEW, []
    while delivery.state is State.WAITING:
        tries += 1
        delivery = replace(delivery, attempts=tries).after(FAILED, now, 0.5)
        if delivery.due_at is not None:
            pauses.append(delivery.due_at - now)
            now = delivery.due_at
    assert pauses[:8] == [10.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0]
    assert now == LASTS
    assert 10 <= tries <= 16
    assert delivery.state is State.DEAD
    low, high = (NEW.after(FAILED, 0.0, chance).due_at for chance in (0.0, 1.0))
    assert (low, high) == pytest.approx((8.0, 12.0))


def test_who_waited_long_is_tried_once() -> None:
    """What stood behind another for a day is given up at its first failure, so that a line is not stuck for days."""
    assert NEW.after(FAILED, LASTS + 1, 0.5).state is State.DEAD


def test_the_message_is_the_same_at_each_attempt() -> None:
    """By the webhook and the event; a ping is named by itself."""
    assert NEW.message == replace(NEW, attempts=9, id=44).message == "msg_2_3"
    assert replace(NEW, event=None).message == "msg_2_p1"


def test_nobody_takes_all_the_room() -> None:
    """Few at once to one webhook, a few more of one project, and never more than there is room for."""
    many = [Due(number, 1, 1) for number in range(50)]
    others = [Due(100 + number, 10 + number, 1) for number in range(50)]
    far = [Due(500 + number, 200 + number, 100 + number) for number in range(AT_ONCE)]
    chosen = choose([*many, *others, *far], ())
    assert sum(one.webhook_id == 1 for one in chosen) == AT_ONCE_TO_HOOK
    assert sum(one.project_id == 1 for one in chosen) == AT_ONCE_OF_PROJECT
    assert len(chosen) == AT_ONCE
    assert choose(far, chosen) == []
    hooks, projects = busy(chosen)
    assert hooks == {1}
    assert projects == {1}


def test_a_webhook_is_given_up_after_days() -> None:
    """Not for what did not arrive today."""
    assert not deliveries.has_failed_too_long(None, PATIENCE * 9)
    assert not deliveries.has_failed_too_long(0.0, PATIENCE - 1)
    assert deliveries.has_failed_too_long(0.0, PATIENCE)
