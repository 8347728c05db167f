"""Which events are news, and to whom: decided without looking anything up."""

import re
from pathlib import Path

import pytest

from moorage.adapters.sql import news as sql_news
from moorage.rules import news
from moorage.rules.access import HeldRole, Identity, Kind, Place
from moorage.rules.facts import REFUSED, Event
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import ROLES
from moorage.web.happened import GROUPS, SENTENCES

_DOCS = Path(__file__).parents[2] / "docs" / "audit.md"
ANN = Identity(Kind.USER, "ann", 1)
ADMIN = Identity(Kind.USER, "root", 2, administrator=True)
PROJECT = Place("team", "team", 7)
APP = Place("team/app", "team", 7, repository_id=3)
PUSH = Event("manifest.pushed", "team/app", 7, "bob", 100.0, tag="1.0", digest="sha256:0")
"""A push by somebody else."""


def as_role(role: str, place: Place) -> Place:
    """The place as somebody of this role has it."""
    return place._replace(roles=(HeldRole(role, ROLES[role], Pattern(EVERYTHING), Pattern(EVERYTHING)),))


def test_every_kind_is_news_or_left_out() -> None:
    """What the audit's page names is shown to people, or stands among what there is too much of."""
    table = _DOCS.read_text().partition("<!-- kinds:")[2].partition("<!-- end of kinds -->")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("|")]
    told = {kind for cell in cells for kind in re.findall(r"`([a-z-]+(?:\.[a-z_]+)?)`", cell)}
    assert told == {*news.KINDS, *news.LEFT_OUT}
    assert len(news.KINDS) == len(set(news.KINDS))


def test_every_kind_has_words() -> None:
    """Pages have a sentence for each kind, and a title for each group."""
    assert {*SENTENCES} == {*news.KINDS}
    assert {*GROUPS} == {*news.GROUPS}


def test_the_index_knows_what_is_left_out() -> None:
    """The migration wrote the same condition; another one would leave the index unused."""
    versions = Path(sql_news.__file__).parent / "migrations" / "versions"
    text = (versions / "0023_looking.py").read_text().partition("_NEWS = (")[2].partition("\n)\n")[0]
    assert "".join(re.findall(r'"([^"]*)"', text)) == sql_news.NEWS


@pytest.mark.parametrize(
    ("role", "hears", "named"), [("reader", True, False), ("writer", True, True), ("owner", True, True)]
)
def test_a_push(role: str, hears: bool, named: bool) -> None:  # noqa: FBT001 - columns
    """Who may pull hears of it; of who did it, who may push there."""
    project, app = as_role(role, PROJECT), as_role(role, APP)
    assert news.hears(ANN, PUSH, project, app, 1.0) is hears
    assert news.hears_who(ANN, PUSH, project, app) is named


def test_what_happened_under_an_old_name() -> None:
    """A repository that was made later, or that went elsewhere, is another one."""
    project, app = as_role("reader", PROJECT), as_role("reader", APP)
    assert not news.hears(ANN, PUSH, project, app, 101.0)
    assert not news.hears(ANN, PUSH, project, app._replace(project_id=8), 1.0)
    assert not news.hears(ANN, PUSH, project, app._replace(repository_id=None), None)
    assert news.hears(ANN, PUSH, as_role("maintainer", PROJECT), None, None)


@pytest.mark.parametrize("kind", sorted({*news.KINDS} - {*news.PUSHED}))
def test_all_else(kind: str) -> None:
    """Is for those who may read the audit there: maintainers, and whoever reads that of all."""
    event = Event(kind, "team", 7, "bob", 100.0)
    assert not news.hears(ANN, event, as_role("writer", PROJECT), as_role("writer", APP), 1.0)
    assert news.hears(ANN, event, as_role("maintainer", PROJECT), None, None)
    assert news.hears(ADMIN, event, None, None, None)


def test_what_is_of_the_instance() -> None:
    """Nobody hears of it but who reads the audit of all; a push that was refused is the audit's too."""
    made = Event("user.created", "", None, "root", 100.0, object="user:eve")
    assert not news.hears(ANN, made, None, None, None)
    assert news.hears(ADMIN, made, None, None, None)
    refused = Event("manifest.pushed", "team/app", 7, "bob", 100.0, tag="1.0", outcome=REFUSED)
    assert not news.hears(ANN, refused, as_role("reader", PROJECT), as_role("reader", APP), 1.0)


def test_oneself() -> None:
    """Everybody may know what they did themselves."""
    own = Event("manifest.pushed", "team/app", 7, "ann", 100.0, tag="1.0")
    assert news.hears_who(ANN, own, as_role("reader", PROJECT), as_role("reader", APP))


def test_pushes_without_a_tag_are_no_news() -> None:
    """An image's parts are pushed before it."""
    assert news.is_news(PUSH)
    assert not news.is_news(Event("manifest.pushed", "team/app", 7, "bob", 100.0, digest="sha256:0"))
    assert not news.is_news(Event("manifest.pulled", "team/app", 7, "bob", 100.0, tag="1.0"))
