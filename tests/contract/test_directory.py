"""A directory, on a real slapd: who is proven and who is not, by which ways, and what it says of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from moorage.adapters.directory.ldap import LdapDirectory, LdapTerms
from moorage.ports.directory import DirectoryUnavailable
from moorage.rules.facts import Source
from tests.support.certificate import make_certificate
from tests.support.directory import (
    GROUPS,
    PASSWORD,
    PEOPLE,
    SEARCHER,
    SEARCHER_PASSWORD,
    Directory,
    needed,
    person,
)
from tests.support.server import free_port

pytestmark = needed


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """With ada, who is of two groups, and a few odd people."""
    folder = tmp_path_factory.mktemp("slapd")
    with Directory(folder / "slapd", make_certificate(folder)) as directory:
        directory.hire("ada", mail="ada@example.com")
        directory.hire("bob", "bob's password", mail="bob@example.com")
        directory.hire("soft", "secret")
        directory.hire("twin", "twin's password", mail="both@example.com")
        directory.hire("twain", "twain's password", mail="both@example.com")
        directory.group("Crew", "ada")
        directory.group("ops", "ada", "bob")
        directory.add(f"ou=interns,{GROUPS}", ["organizationalUnit"], {"ou": "interns"})
        yield directory


@pytest.fixture
def how(directory: Directory) -> LdapTerms:
    """By StartTLS, with the service account."""
    return LdapTerms(
        urls=(directory.plain,),
        user_base=PEOPLE,
        user_filter="(&(objectClass=inetOrgPerson)(uid={name}))",
        name_attribute="uid",
        subject_attribute="entryUUID",
        ca_file=directory.certificate,
        bind_dn=SEARCHER,
        bind_password=SEARCHER_PASSWORD,
        group_base=GROUPS,
        group_filter="(&(objectClass=groupOfNames)(member={dn}))",
    )


async def test_proven(how: LdapTerms) -> None:
    """By the right password; with what she is called for ever, her name, and her groups in lower case."""
    ada = await LdapDirectory(how).prove("ada", PASSWORD)
    assert ada is not None
    assert (ada.source, ada.name, ada.groups) == (Source.LDAP, "ada", frozenset({"crew", "ops"}))
    assert str(UUID(ada.subject)) == ada.subject
    assert await LdapDirectory(how).find(ada.subject) == ada


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "bob's password"),
        ("ada", ""),
        ("ada", "\x00"),
        ("ada", "\u00ad"),  # which RFC 4013 would make an empty one
        ("ada", PASSWORD + " "),
        ("ada", "\ud800"),
        ("", PASSWORD),
        (" ", PASSWORD),
        ("\ud800", PASSWORD),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("ad*", PASSWORD),
        ("*)(uid=*", PASSWORD),
        ("ada)(|(uid=*", PASSWORD),
        ("ada)(objectClass=*", PASSWORD),
        (r"\61da", PASSWORD),
        ("ada\x00", PASSWORD),
        ("{dn}", PASSWORD),
        ("x" * 257, PASSWORD),
        (person("ada"), PASSWORD),
    ],
)
async def test_not_proven(how: LdapTerms, name: str, password: str) -> None:
    """Wrong, empty or odd passwords; names that are no names, or would be filters."""
    assert await LdapDirectory(how).prove(name, password) is None


async def test_an_empty_password_is_not_even_asked_about(how: LdapTerms) -> None:
    """Also where nobody answers: this directory would take it for nobody's and say yes (RFC 4513, section 5.1.2)."""
    assert await LdapDirectory(replace(how, urls=(f"ldap://127.0.0.1:{free_port()}",))).prove("ada", "") is None


@pytest.mark.parametrize("name", ["ada", "ADA", "ada "])
async def test_names_are_compared_as_the_directory_does(how: LdapTerms, name: str) -> None:
    """Large letters and spaces at the end make nobody else."""
    ada = await LdapDirectory(how).prove(name, PASSWORD)
    assert ada is not None
    assert ada.name == "ada"


async def test_by_mail(how: LdapTerms) -> None:
    """A filter may find people by several attributes; what two share is nobody's."""
    by_mail = LdapDirectory(replace(how, user_filter="(|(uid={name})(mail={name}))"))
    ada = await by_mail.prove("ada@example.com", PASSWORD)
    assert ada is not None
    assert ada.name == "ada"
    assert await by_mail.find(ada.subject) == ada
    assert await by_mail.prove("both@example.com", "twin's password") is None
    assert await by_mail.prove("twin", "twin's password") is not None


async def test_tls_from_the_beginning(how: LdapTerms, directory: Directory) -> None:
    """By ldaps://."""
    assert await LdapDirectory(replace(how, urls=(directory.tls,))).prove("ada", PASSWORD) is not None


@pytest.mark.parametrize("way", ["plain", "tls"])
async def test_a_certificate_that_nobody_knows(how: LdapTerms, directory: Directory, tmp_path: Path, way: str) -> None:
    """Neither one of another authority, nor the right one for another name; nothing is said to such a server."""
    other, _ = make_certificate(tmp_path)
    steps: list[str] = []
    urls = (getattr(directory, way),)
    for wrong in (
        replace(how, urls=urls, ca_file=other),
        replace(how, urls=urls, ca_file=None),
        replace(how, urls=(urls[0].replace("127.0.0.1", "localhost"),)),
    ):
        with pytest.raises(DirectoryUnavailable, match="certificate verify failed"):
            await LdapDirectory(wrong, steps.append).prove("ada", PASSWORD)
    assert not [step for step in steps if "bound" in step]


async def test_without_tls(how: LdapTerms, directory: Directory) -> None:
    """Only where that was asked for."""
    steps: list[str] = []
    plain = LdapDirectory(replace(how, start_tls=False), steps.append)
    assert await plain.prove("ada", PASSWORD) is not None
    assert steps[:2] == [directory.plain, "connected WITHOUT TLS"]
    steps.clear()
    await LdapDirectory(how, steps.append).prove("ada", PASSWORD)
    assert "TLSv1.3" in steps[1]


async def test_the_next_server_is_asked(how: LdapTerms, directory: Directory) -> None:
    """When one is down; when all are, there is no answer, and for a moment nobody is asked."""
    down = f"ldap://127.0.0.1:{free_port()}"
    assert await LdapDirectory(replace(how, urls=(down, directory.plain))).prove("ada", PASSWORD) is not None
    steps: list[str] = []
    nobody = LdapDirectory(replace(how, urls=(down,)), steps.append)
    for _ in range(2):
        with pytest.raises(DirectoryUnavailable, match="refused"):
            await nobody.prove("ada", PASSWORD)
    assert steps.count(down) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"bind_password": "wrong"},
        {"bind_dn": None, "bind_password": ""},
        {"user_base": f"ou=elsewhere,{PEOPLE}"},
        {"subject_attribute": "employeeNumber"},
        {"subject_attribute": "objectGUID"},
        {"name_attribute": "displayName"},
        {"group_base": f"ou=elsewhere,{GROUPS}"},
        {"group_filter": "(objectClass=)("},
    ],
)
async def test_what_cannot_be_asked(how: LdapTerms, wrong: dict[str, str | None]) -> None:
    """Settings that do not fit the directory make nobody wrong or gone, and nobody known by something else."""
    ada = await LdapDirectory(how).prove("ada", PASSWORD)
    assert ada is not None
    torn = LdapDirectory(replace(how, **wrong))  # type: ignore[arg-type]
    with pytest.raises(DirectoryUnavailable):
        await torn.prove("ada", PASSWORD)
    if "subject_attribute" not in wrong:
        with pytest.raises(DirectoryUnavailable):
            await torn.find(ada.subject)


async def test_groups_by_what_people_hold(how: LdapTerms, directory: Directory) -> None:
    """Those below the base count, by the first part of their names; others could be made by anybody."""
    directory.group("quay, east", "ada")
    held = replace(how, group_filter=None, member_of="memberOf")
    try:
        ada = await LdapDirectory(held).prove("ada", PASSWORD)
        assert ada is not None
        assert ada.groups == {"crew", "ops", "quay, east"}
        interns = replace(held, group_base=f"ou=interns,{GROUPS}")
        none = await LdapDirectory(interns).prove("ada", PASSWORD)
        assert none is not None
        assert none.groups == frozenset()
    finally:
        directory.group("quay, east")


async def test_whom_the_filter_does_not_find(how: LdapTerms, directory: Directory) -> None:
    """They are gone, whatever they are called now; under another name somebody is the same."""
    directory.hire("eve")
    here = replace(how, user_filter="(&(uid={name})(!(employeeType=former)))")
    eve = await LdapDirectory(here).prove("eve", PASSWORD)
    assert eve is not None
    directory.rename("eve", "evelyn")
    again = await LdapDirectory(here).find(eve.subject)
    assert again is not None
    assert (again.subject, again.name) == (eve.subject, "evelyn")
    directory.change(person("evelyn"), employeeType="former")
    assert await LdapDirectory(here).find(eve.subject) is None
    assert await LdapDirectory(here).prove("evelyn", PASSWORD) is None
    directory.fire("evelyn")
    assert await LdapDirectory(how).find(eve.subject) is None
