"""How commands end when the registry cannot be asked, or is none: a sentence, a status, and no credentials abroad."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.support.impostor import Impostor, Said
from tests.cli.support.person import Person
from tests.support.server import PASSWORD, Server

ME = {"name": "admin", "must_change": False, "administrator": True, "auditor": False, "created_at": 0}


def as_admin(person: Person, url: str) -> Person:
    """Asked with a password, so that it could be seen where it goes."""
    person.environment = {
        "MOORAGE_CLIENT_URL": url,
        "MOORAGE_CLIENT_USER": "admin",
        "MOORAGE_CLIENT_PASSWORD": PASSWORD,
    }
    return person


def answer(content: object, status: int = 200, **headers: str) -> Said:
    """JSON, with headers."""
    return Said(status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode())


def test_no_registry_is_known(person: Person) -> None:
    """Who never logged in is told how to: status 3."""
    outcome = person.run("project", "list")
    assert (outcome.status, outcome.out) == (3, "")
    assert outcome.err == ("moorage: no registry is known\n  log in with: moorage login URL, or name it with --url\n")


def test_nobody_listens(person: Person) -> None:
    """A registry that is not there, by its port or by its name: status 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        outcome = as_admin(person, url).run("whoami")
    assert outcome.status == 1
    assert outcome.err == f"moorage: {url} cannot be reached: Connection refused\n"
    outcome = as_admin(person, "https://nowhere.invalid").call("whoami")
    assert (outcome.status, "cannot be reached" in outcome.err) == (1, True)


def test_tls_is_verified(secure: tuple[Server, Path], person: Person) -> None:
    """An unknown certificate is refused; --ca or --insecure let it pass, and a login remembers the former."""
    server, cert = secure
    outcome = person.call("login", server.url, "-u", "admin", "--password-stdin", given=PASSWORD)
    assert outcome.status == 1
    assert outcome.err == (
        f"moorage: the certificate of {server.address} cannot be verified: self-signed certificate\n"
        "  give the certificate of its authority with --ca FILE\n"
    )
    words = ("login", server.url, "-u", "admin", "--password-stdin")
    assert person.call(*words, "--insecure", given=PASSWORD).status == 0
    assert person.call("whoami").status == 1
    assert person.call("whoami", "--insecure").status == 0
    assert person.call(*words, "--ca", cert, given=PASSWORD).status == 0
    assert person.call("whoami").status == 0
    assert person.call("whoami", "--url", server.address).status == 0  # known by its name, with its TLS
    assert person.call("whoami", "--ca", "/nowhere.pem").status == 2
    assert person.call("whoami", "--ca", __file__).status == 2


def test_tls_where_there_is_none_and_the_other_way_round(
    server: Server, secure: tuple[Server, Path], person: Person
) -> None:
    """A wrong scheme is told as that."""
    outcome = as_admin(person, f"https://{server.address}").call("whoami")
    assert (outcome.status, "does not speak TLS" in outcome.err) == (1, True), outcome.err
    outcome = as_admin(person, f"http://{secure[0].address}").call("whoami")
    assert (outcome.status, outcome.err.startswith("moorage: http://")) == (1, True), outcome.err


@pytest.mark.parametrize("location", ["https://elsewhere.invalid/", "/api/v1/me?again", ""])
def test_redirects_are_told_and_not_followed(person: Person, location: str) -> None:
    """Whoever answers with another address gets no second request."""
    with Impostor(lambda _: Said(307, {"Location": location}, b"")) as impostor:
        outcome = as_admin(person, impostor.url).call("whoami")
    assert (outcome.status, "sends us on to" in outcome.err) == (1, True), outcome.err
    assert len(impostor.asked) == 1


def test_the_next_page_is_asked_of_the_same_host(person: Person) -> None:
    """Of a link only the path and the query count, and only within the API."""
    abroad = '<http://127.0.0.1:1/api/v1/groups?after=a>; rel="next"'
    strange = '<http://127.0.0.1:1/other?after=b>; rel="next"'

    def pages(path: str) -> Said:
        if "after=a" in path:
            return answer([{"id": 2, "name": "b", "members": 0}], Link=strange)
        return answer([{"id": 1, "name": "a", "members": 0}], Link=abroad)

    with Impostor(pages) as impostor:
        outcome = as_admin(person, impostor.url).call("group", "list")
    assert outcome.out == "NAME  PEOPLE\na     0\nb     0\n"
    assert [path for path, _ in impostor.asked] == ["/api/v1/groups?per_page=250", "/api/v1/groups?after=a"]


def test_a_page_may_be_empty_and_not_the_last(person: Person) -> None:
    """A search goes on for as long as there is a link; one that leads to where it stands is an odd answer."""
    once = '</api/v1/groups?after=a>; rel="next"'

    def pages(path: str) -> Said:
        return answer([{"id": 1, "name": "a", "members": 0}]) if "after=a" in path else answer([], Link=once)

    with Impostor(pages) as impostor:
        assert as_admin(person, impostor.url).call("group", "list").out == "NAME  PEOPLE\na     0\n"
    with Impostor(lambda _: answer([], Link=once)) as impostor:
        outcome = as_admin(person, impostor.url).call("group", "list")
    assert (outcome.status, "not as a Moorage registry does" in outcome.err) == (1, True)
    assert len(impostor.asked) == 2


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (Said(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"), 1, "answered 502 Bad Gateway"),
        (Said(404, {}, b"nothing"), 4, "not as a Moorage registry does"),
        (Said(401, {}, b'{"errors": []}'), 3, "not as a Moorage registry does"),
        (Said(200, {}, b"<html>Welcome</html>"), 1, "not as a Moorage registry does"),
        (answer(["a", "list"]), 1, "does not understand"),
        (answer({"surprise": 1}), 1, "does not understand"),
        (answer("text"), 1, "does not understand"),
        (Said(200, {}, b""), 1, "does not understand"),
        (answer({"detail": "it is \x1b[31mred\nand more"}, 403), 1, "moorage: it is  [31mred and more\n"),
        (answer({"detail": "it has changed"}, 412), 5, "moorage: it has changed\n"),
    ],
)
def test_other_programs_answer(person: Person, said: Said, status: int, words: str) -> None:
    """Whatever comes back becomes a sentence without control characters."""
    with Impostor(lambda _: said) as impostor:
        outcome = as_admin(person, impostor.url).call("whoami")
    assert (outcome.status, words in outcome.err, outcome.out) == (status, True, ""), outcome.err


def test_a_list_that_is_none(person: Person) -> None:
    """A page that is no list is told as that of another program."""
    with Impostor(lambda _: answer(ME)) as impostor:
        outcome = as_admin(person, impostor.url).call("group", "list")
    assert (outcome.status, "not as a Moorage registry does" in outcome.err) == (1, True)


def test_what_is_shown_obeys_nobody(person: Person) -> None:
    """Control characters of a name or description do not reach the terminal."""
    evil = {"name": "a\x1b]0;b\x07", "public": True, "created_at": 0, "description": "x\r\ny\u202e"}
    with Impostor(lambda _: answer([evil])) as impostor:
        outcome = as_admin(person, impostor.url).call("project", "list")
    assert outcome.status == 0
    assert all(letter.isprintable() for line in outcome.out.splitlines() for letter in line)


def test_a_proxy_that_cannot_be_used(server: Server, person: Person) -> None:
    """One of a kind that is not known is told, not traced back."""
    as_admin(person, server.url).environment["ALL_PROXY"] = "socks9://127.0.0.1:1"
    outcome = person.call("whoami")
    assert (outcome.status, "proxy" in outcome.err) == (1, True), outcome.err


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a",
        "https://",
        "https://a/path",
        "https://a:b",
        "https://u:p@a",
        "https://a b",
        "https://a:0",
        "a..b",
        "[::g]",
        "[1::2::3]",
    ],
)
def test_what_is_no_address(person: Person, url: str) -> None:
    """An address is a scheme, a host and a port: status 2, or as if it were not given."""
    assert person.call("login", url).status == (2 if url else 3)


def test_what_is_no_text(server: Server, person: Person) -> None:
    """Bytes that are no UTF-8, in words, passwords and names: status 2."""
    as_admin(person, server.url)
    assert person.call("project", "create", "odd", "--description", "\udc80").status == 2
    assert person.call("audit", "--actor", "\udc80").status == 2
    assert person.call("login", server.url, "-u", "\udc80", "--password-stdin", given="x").status == 2
    assert person.call("login", server.url, "-u", "x", "--password-stdin", given="\udc80").status == 2


def test_usage_is_status_2(admin: Person) -> None:
    """Unknown commands and options, and missing words."""
    for words in (("project", "nope"), ("project", "show"), ("project", "list", "--nope")):
        assert admin.call(*words).status == 2
