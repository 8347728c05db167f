"""Sessions in a browser."""

from dataclasses import replace

import pytest

from moorage.rules.facts import Account
from moorage.rules.sessions import LOGIN_SECONDS, Lifetimes, Requirement, Session, Stage, stage

ANN = Account(7, "ann", "", administrator=False, disabled=False, epoch=3)
ROOT = replace(ANN, administrator=True)
WATCH = replace(ANN, auditor=True)
SESSION = Session(1, 7, 3, shown=False, started_at=1000.0, seen_at=1000.0, address="::1", agent="")
LIFETIMES = Lifetimes(idle=3600.0, absolute=36000.0)


@pytest.mark.parametrize(
    ("account", "has_factor", "shown", "requirement", "expected"),
    [
        (ANN, False, False, Requirement.OFF, Stage.OPEN),
        (ANN, True, False, Requirement.OFF, Stage.CODE),
        (ANN, True, True, Requirement.ALL, Stage.OPEN),
        (ANN, False, False, Requirement.ADMINS, Stage.OPEN),
        (ROOT, False, False, Requirement.ADMINS, Stage.ENROL),
        (WATCH, False, False, Requirement.ADMINS, Stage.ENROL),
        (ROOT, False, False, Requirement.OFF, Stage.OPEN),
        (ANN, False, False, Requirement.ALL, Stage.ENROL),
        (ANN, False, True, Requirement.ALL, Stage.OPEN),
        (replace(ANN, must_change=True), False, False, Requirement.ALL, Stage.PASSWORD),
        (replace(ANN, must_change=True), True, False, Requirement.ALL, Stage.CODE),
        (replace(ANN, must_change=True), True, True, Requirement.ALL, Stage.PASSWORD),
    ],
)
def test_what_is_missing(
    account: Account, *, has_factor: bool, shown: bool, requirement: Requirement, expected: Stage
) -> None:
    """The code comes first, then a new password, then a demanded factor, unless two were shown elsewhere."""
    assert stage(account, has_factor=has_factor, shown=shown, requirement=requirement) is expected


def test_using_it_keeps_it_open_for_a_time() -> None:
    """Each use moves the end, up to the absolute one."""
    assert SESSION.ends_at(Stage.OPEN, LIFETIMES) == 4600.0
    assert SESSION.touch(2000.0, "::1").ends_at(Stage.OPEN, LIFETIMES) == 5600.0
    assert SESSION.touch(36900.0, "::1").ends_at(Stage.OPEN, LIFETIMES) == 37000.0


def test_a_login_without_its_code_ends_soon() -> None:
    """Whoever has the password alone has five minutes for the code, and trying does not make them longer."""
    assert SESSION.touch(1200.0, "::1").ends_at(Stage.CODE, LIFETIMES) == 1000.0 + LOGIN_SECONDS
    assert SESSION.ends_at(Stage.CODE, Lifetimes(60.0, 3600.0)) == 1060.0


def test_a_clock_that_was_set_back() -> None:
    """Time that goes back does not end a session earlier than it would have ended."""
    assert SESSION.touch(10.0, "10.0.0.1") == replace(SESSION, address="10.0.0.1")


def test_whom_it_stands_for() -> None:
    """It ends with the account, its disabling and everything that raises its epoch; another's account is not its."""
    assert SESSION.stands_for(ANN)
    assert not SESSION.stands_for(None)
    assert not SESSION.stands_for(replace(ANN, disabled=True))
    assert not SESSION.stands_for(replace(ANN, epoch=4))
    assert not SESSION.stands_for(replace(ANN, id=8))
