"""Whom another's word lets in, as what, and under which name."""

from dataclasses import replace

import pytest

from moorage.oci.error import Refusal
from moorage.rules import identities, sign_on
from moorage.rules.facts import Account, Source
from moorage.rules.sign_on import Admission, Vouched

ADA = Account(7, "ada", "", administrator=True, disabled=False, epoch=1, source=Source.OIDC, vouched_until=100.0)


def _vouched(name: str = "ada", *groups: str) -> Vouched:
    return Vouched(Source.OIDC, "sub-7", name, frozenset(groups))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ada", "ada"),
        ("Ada", "ada"),
        ("ada@example.com", "ada@example.com"),
        ("Ada Lovelace", "ada-lovelace"),
        ("  Ädä -- Ö. ", "ada-o"),
        ("-ada..l_", "ada.l"),
        ("CORP\\ada", "corp-ada"),
    ],
)
def test_names(said: str, name: str) -> None:
    """Whatever a source calls people becomes a name that we allow."""
    assert sign_on.name_for(_vouched(said)) == name


@pytest.mark.parametrize("said", ["", " ", "...", "艾达", "a" * 200])
def test_what_makes_no_name(said: str) -> None:
    """It is told, in the words of whoever comes."""
    with pytest.raises(Refusal, match="no user name can be made of that"):
        sign_on.name_for(_vouched(said))


def test_who_is_let_in() -> None:
    """Everybody, unless groups are named; then whoever is in one of them."""
    assert Admission(60).admits(_vouched())
    some = Admission(60, allowed_groups=frozenset({"crew", "ops"}))
    assert some.admits(_vouched("ada", "ops", "others"))
    assert not some.admits(_vouched("ada", "others", "Ops"))
    assert not some.admits(_vouched())


def test_what_groups_make_of_people() -> None:
    """A group that is named decides, both ways; what none is named for stays."""
    assert Admission(60).flags(_vouched("ada", "admins"), ADA) == (True, False)
    named = Admission(60, admin_group="admins", auditor_group="eyes")
    assert named.flags(_vouched("ada", "eyes"), ADA) == (False, True)
    assert named.flags(_vouched("ada", "admins"), ADA) == (True, False)


def test_a_word_runs_out() -> None:
    """Whoever is vouched for is open until then; people of our own always are."""
    assert identities.is_open(ADA, 99.9)
    assert not identities.is_open(ADA, 100.0)
    own = Account(1, "own", "hash", administrator=False, disabled=False, epoch=1)
    assert identities.is_open(own, 1e12)


def test_no_password_beside_another_word() -> None:
    """Whoever is vouched for has none, and cannot be given one."""
    with pytest.raises(Refusal, match="single sign-on"):
        sign_on.require_own_password(ADA)


@pytest.mark.parametrize(
    ("until", "is_due"),
    [
        (1000.0 + 3600, False),
        (1000.0 + 1801, False),
        (1000.0 + 1800, True),
        (1000.0 + 9, True),
        (10.0, True),
        (9e9, True),
    ],
)
def test_about_whom_is_asked_again(until: float, is_due: bool) -> None:  # noqa: FBT001 - a column of the table
    """Whoever's word is older than half of the time; and whose end was set under other settings."""
    account = replace(ADA, vouched_until=until)
    assert Admission(3600).is_due(account, 1000.0, every=3600) is is_due


def test_nobody_asks_about_our_own() -> None:
    """They have no end."""
    assert not Admission(3600).is_due(replace(ADA, vouched_until=None), 1000.0, every=3600)
