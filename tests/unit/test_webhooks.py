"""Which events a webhook is sent, what may be one, and how what is sent is signed."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from moorage.oci.error import Refusal
from moorage.rules import signatures, webhooks
from moorage.rules.facts import DONE, REFUSED, Event
from moorage.rules.pattern import Pattern
from moorage.rules.webhooks import KINDS, LOUD, WITHHELD, Form, Webhook, wants

HOOK = Webhook(
    id=7,
    project_id=3,
    project="team",
    url="https://ci.example.com/hook?key=hidden",
    form=Form.CLOUDEVENTS,
    events=("*",),
    repositories=(Pattern("**"),),
    tags=(Pattern("**"),),
    description="",
    sealed="sealed",
    previous_sealed=None,
    previous_until=None,
    disabled=False,
    since=10,
    failing_since=None,
    created_by="ann",
    created_at=0.0,
)


def event(kind: str = "manifest.pushed", repository: str = "team/app", tag: str | None = "1.0") -> Event:
    """Something that happened in the project."""
    return Event(kind, repository, 3, "ann", 0.0, tag=tag)


def hook(*events: str, repositories: str = "**", tags: str = "**", form: Form = Form.CLOUDEVENTS) -> Webhook:
    """A webhook that wants these."""
    return replace(HOOK, events=events, repositories=(Pattern(repositories),), tags=(Pattern(tags),), form=form)


@pytest.mark.parametrize(
    ("words", "kind", "wanted"),
    [
        (("*",), "manifest.pushed", True),
        (("manifest.*",), "manifest.deleted", True),
        (("manifest.pushed",), "manifest.deleted", False),
        (("tag.*",), "manifest.pushed", False),
        (("*",), "manifest.pulled", False),
        (("manifest.*",), "manifest.pulled", False),
        (("manifest.pulled",), "manifest.pulled", True),
        (("*",), "blob.pushed", False),
        (("*",), "member.set", False),
        (("*",), "webhook.created", False),
        (("*",), "login", False),
        (("*",), "something.new", False),
    ],
)
def test_kinds(words: tuple[str, ...], kind: str, wanted: bool) -> None:  # noqa: FBT001
    """A star means what is usual; what is loud is named; what the registry keeps to itself is never sent."""
    assert wants(hook(*words), 11, event(kind)) is wanted


def test_only_what_was_done_in_the_project_since() -> None:
    """Refusals, other projects, what was before the webhook, and all while it is disabled are not sent."""
    assert wants(HOOK, 11, event())
    assert not wants(HOOK, 10, event())
    assert not wants(HOOK, 11, replace(event(), outcome=REFUSED))
    assert not wants(HOOK, 11, replace(event(), project_id=4))
    assert not wants(HOOK, 11, replace(event(), project_id=None))
    assert not wants(replace(HOOK, disabled=True), 11, event())
    assert event().outcome == DONE


def test_repositories_and_tags() -> None:
    """Patterns are relative to the project; what has no such name is sent only where every name is meant."""
    assert wants(hook("*", repositories="web-*"), 11, event(repository="team/web-shop"))
    assert not wants(hook("*", repositories="web-*"), 11, event(repository="team/app"))
    assert wants(hook("*", tags="1.*"), 11, event(tag="1.0"))
    assert not wants(hook("*", tags="1.*"), 11, event(tag="dev"))
    assert not wants(hook("*", tags="1.*"), 11, event("manifest.deleted", tag=None))
    assert not wants(hook("*", repositories="*"), 11, event("project.updated", "team", None))
    assert wants(hook("*"), 11, event("project.updated", "team", None))
    at_home = replace(hook("*", repositories="alp*"), project="library")
    assert wants(at_home, 11, event(repository="alpine"))


def test_dockers_form_tells_of_content_alone() -> None:
    """Its notifications know four actions: what is none of them is not sent."""
    docker = hook("*", form=Form.DOCKER)
    assert wants(docker, 11, event())
    assert not wants(docker, 11, event("repository.created", tag=None))
    with pytest.raises(Refusal, match="docker tells of none"):
        webhooks.require_possible(hook("project.*", form=Form.DOCKER))


def test_each_kind_is_sent_or_withheld() -> None:
    """No kind is both."""
    sent = {*KINDS, *LOUD}
    assert not (sent | {kind.partition(".")[0] for kind in sent}) & WITHHELD


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "ftp://ci.example.com/",
        "file:///etc/passwd",
        "https:///hook",
        "https://ann:secret@ci.example.com/",
        "https://ann@ci.example.com/",
        "https://ci.example.com/a b",
        "https://ci.example.com/\r\nHost: x",
        "https://ci.example.com:99999/",
        "https://ci.example.com:0/",
        "https://ci.example.com/#part",
        "https://ci.example.com/\u00e9",
        "https://[::1/",
        "https://ci.example.com/" + "x" * 2048,
    ],
)
def test_what_is_no_address(url: str) -> None:
    """Other schemes, credentials, line breaks and half addresses are refused."""
    with pytest.raises(Refusal, match="webhook's url"):
        webhooks.require_url(url)


@pytest.mark.parametrize("word", ["", "push", "manifest.push", "member.*", "member.set", "webhook.*", "login", "**"])
def test_what_is_no_event(word: str) -> None:
    """A word that would never be sent is a mistake."""
    with pytest.raises(Refusal, match="no event that is sent"):
        webhooks.require_possible(hook(word))


def test_masked() -> None:
    """Of an address no more than the host is told: receivers know senders by path or query."""
    assert webhooks.masked("https://hooks.example.com/services/T0/B0/hidden") == "https://hooks.example.com/..."
    assert webhooks.masked("https://hooks.example.com?key=hidden") == "https://hooks.example.com/..."
    assert webhooks.masked("https://hooks.example.com:8443/") == "https://hooks.example.com:8443/"
    assert "hidden" not in str(webhooks.told(HOOK))
    assert "hidden" not in repr(HOOK)
    assert "sealed=" not in repr(HOOK)


def test_signatures() -> None:
    """HMAC-SHA256 of id, time and body, by each secret; base64 behind the prefix is the key, else the text is."""
    key = b"0123456789abcdef"
    secret = "whsec_" + base64.b64encode(key).decode()
    first, second = signatures.signed([secret, "an older secret"], "msg_1", 1700000000, b"{}").split(" ")
    signed = b"msg_1.1700000000.{}"
    assert first == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert second == "v1," + base64.b64encode(hmac.digest(b"an older secret", signed, hashlib.sha256)).decode()


def test_a_published_example() -> None:
    """The secret, message and signature of Standard Webhooks' own tests."""
    made = signatures.signed(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret", ["", "short", "x" * 257, "whsec_", "whsec_not base64!", "whsec_YWJj", "tab\there and more"]
)
def test_what_is_no_secret(secret: str) -> None:
    """Too short, too long, or not what its prefix says."""
    with pytest.raises(Refusal, match=r"webhook's secret|behind whsec_"):
        signatures.require_secret(secret)


def test_a_secret_that_is_made_can_be_given() -> None:
    """What we make is what we take."""
    made = signatures.secret_of(b"x" * 32)
    assert signatures.require_secret(made) == made
    assert signatures.require_secret("a secret of ours") == "a secret of ours"
