"""Logins: verified, kept as docker keeps them, changed and forgotten."""

import json
import stat
from base64 import b64encode
from pathlib import Path

import pytest

from tests.cli.support.person import Person
from tests.support.server import PASSWORD, Server

BASIC = b64encode(f"admin:{PASSWORD}".encode()).decode()
HELPER = r"""#!/bin/sh
# A keychain of files, which speaks the protocol of Docker's credential helpers.
keep="$HOME/keychain"
case "$1" in
store) cat > "$keep" ;;
get) cat > "$HOME/asked"
    if [ -f "$keep" ]; then cat "$keep"; else echo "credentials not found in native keychain"; exit 1; fi ;;
erase) cat > /dev/null; rm -f "$keep" ;;
esac
"""


def test_a_login_lasts_until_the_logout(server: Server, person: Person) -> None:
    """After `login` commands need neither address nor password; after `logout` they end with status 3."""
    outcome = person.run("login", server.url, "-u", "admin", "--password-stdin", given=f"{PASSWORD}\n")
    assert (outcome.status, outcome.out) == (0, f"admin is logged in to {server.url}.\n"), outcome.err
    assert "readable" in outcome.err
    assert json.loads(person.docker.read_text()) == {"auths": {server.address: {"auth": BASIC}}}
    assert stat.S_IMODE(person.docker.stat().st_mode) == 0o600
    assert person.remembered["default"] == server.url
    assert person.read("whoami")["name"] == "admin"
    assert person.run("logout").out == f"The login to {server.url} is forgotten.\n"
    assert json.loads(person.docker.read_text()) == {"auths": {}}
    assert person.call("whoami").status == 3
    assert person.call("whoami", "--url", server.url).status == 3
    assert person.call("logout", server.url).out == f"You were not logged in to {server.url}.\n"


def test_all_else_in_dockers_file_stays(server: Server, person: Person) -> None:
    """Other logins and settings are kept, in a file that is a link too; a readable one becomes private."""
    kept = {"auths": {"other.example": {"auth": "eDp5"}}, "detachKeys": "ctrl-x", "x": [1, {"y": None}]}
    folder = person.home / "elsewhere"
    folder.mkdir()
    (folder / "real.json").write_text(json.dumps(kept))
    (folder / "config.json").symlink_to("real.json")
    person.environment["DOCKER_CONFIG"] = str(folder)
    assert person.call("login", server.address, "-u", "admin", "--password-stdin", given=PASSWORD).status == 0
    assert (folder / "config.json").is_symlink()
    found = json.loads((folder / "real.json").read_text())
    assert found == {**kept, "auths": {"other.example": {"auth": "eDp5"}, server.address: {"auth": BASIC}}}
    assert stat.S_IMODE((folder / "real.json").stat().st_mode) == 0o600
    assert sorted(file.name for file in folder.iterdir()) == ["config.json", "real.json"]
    assert person.call("logout").status == 0
    assert json.loads((folder / "real.json").read_text()) == kept


@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_a_credential_helper_keeps_the_password(server: Server, person: Person, key: str) -> None:
    """With a helper set, for all registries or for this one, the file holds no password, and a logout erases it."""
    programs = person.home / "bin"
    programs.mkdir()
    (programs / "docker-credential-drawer").write_text(HELPER)
    (programs / "docker-credential-drawer").chmod(0o755)
    person.environment["PATH"] = f"{programs}:{person.variables()['PATH']}"
    person.docker.parent.mkdir()
    named = "drawer" if key == "credsStore" else {server.address: "drawer"}
    person.docker.write_text(json.dumps({key: named}))
    outcome = person.call("login", server.url, "-u", "admin", "--password-stdin", given=PASSWORD)
    assert (outcome.status, outcome.err) == (0, "")
    kept = json.loads((person.home / "keychain").read_text())
    assert kept == {"ServerURL": server.address, "Username": "admin", "Secret": PASSWORD}
    assert json.loads(person.docker.read_text()) == {key: named, "auths": {server.address: {}}}
    assert person.read("whoami")["name"] == "admin"
    assert (person.home / "asked").read_text() == server.address
    assert person.call("logout").out == f"The login to {server.url} is forgotten.\n"
    assert not (person.home / "keychain").exists()
    assert person.call("whoami", "--url", server.url).status == 3


def test_a_helper_that_is_missing_or_fails_is_told(server: Server, person: Person) -> None:
    """The sentence names the program; the password is not put into the file instead."""
    person.docker.parent.mkdir()
    person.docker.write_text('{"credsStore": "nowhere"}')
    outcome = person.call("login", server.url, "-u", "admin", "--password-stdin", given=PASSWORD)
    assert outcome.status == 1
    assert "docker-credential-nowhere" in outcome.err
    programs = person.home / "bin"
    programs.mkdir()
    (programs / "docker-credential-nowhere").write_text("#!/bin/sh\necho the keychain is locked >&2\nexit 1\n")
    (programs / "docker-credential-nowhere").chmod(0o755)
    person.environment["PATH"] = f"{programs}:{person.variables()['PATH']}"
    outcome = person.call("login", server.url, "-u", "admin", "--password-stdin", given=PASSWORD)
    assert (outcome.status, "the keychain is locked" in outcome.err) == (1, True)
    assert person.docker.read_text() == '{"credsStore": "nowhere"}'


def test_a_wrong_password_is_not_kept(server: Server, person: Person) -> None:
    """The login ends with status 3 and the server's sentence, and leaves no file."""
    outcome = person.run("login", server.url, "-u", "admin", "--password-stdin", given="wrong-password")
    assert outcome.status == 3
    assert outcome.err.startswith("moorage: the user name or password is wrong\n")
    assert not person.docker.exists()


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        ("{", 1, "is not a JSON object"),
        ("[]", 1, "is not a JSON object"),
        ('{"auths": {"HOST": {"auth": "%%%"}}}', 3, "cannot be read"),
        ('{"auths": {"HOST": {"auth": "dXNlcg==", "identitytoken": "abc"}}}', 3, "a token of its own"),
        ('{"auths": {"HOST": {}}}', 3, "you are not logged in"),
        ('{"auths": []}', 3, "you are not logged in"),
    ],
)
def test_a_docker_file_that_is_of_no_use(server: Server, person: Person, content: str, status: int, words: str) -> None:
    """A sentence says what is wrong with it, and the file is left alone."""
    person.docker.parent.mkdir()
    written = content.replace("HOST", server.address)
    person.docker.write_text(written)
    outcome = person.call("whoami", "--url", server.url)
    assert (outcome.status, words in outcome.err) == (status, True), outcome.err
    assert person.docker.read_text() == written


@pytest.mark.parametrize("name", ["http://HOST", "http://HOST/v2/", "HOST"])
def test_a_login_of_docker_is_found(server: Server, person: Person, name: str) -> None:
    """What docker or podman have kept is used, under the names that older ones wrote too."""
    person.docker.parent.mkdir()
    entry = {name.replace("HOST", server.address): {"auth": BASIC}}
    person.docker.write_text(json.dumps({"auths": entry}))
    assert person.read("whoami", "--url", server.address)["name"] == "admin"


def test_variables_are_for_the_registry_that_they_name(server: Server, person: Person) -> None:
    """MOORAGE_CLIENT_USER and MOORAGE_CLIENT_PASSWORD do not go to another address given by --url."""
    person.environment = {
        "MOORAGE_CLIENT_URL": "http://127.0.0.1:1",
        "MOORAGE_CLIENT_USER": "admin",
        "MOORAGE_CLIENT_PASSWORD": PASSWORD,
    }
    assert person.call("whoami", "--url", server.url).status == 3
    del person.environment["MOORAGE_CLIENT_URL"]
    assert person.call("whoami", "--url", server.url).status == 0
    del person.environment["MOORAGE_CLIENT_USER"]
    assert person.call("whoami", "--url", server.url).status == 2


def test_a_password_kept_for_tls_does_not_go_out_without(person: Person) -> None:
    """A login at https://HOST is not used for http://HOST, unless that is this machine."""
    person.docker.parent.mkdir()
    person.docker.write_text(json.dumps({"auths": {"registry.example:80": {"auth": BASIC}}}))
    outcome = person.call("whoami", "--url", "http://registry.example")
    assert outcome.status == 3
    assert "in the clear" in outcome.err


def test_who_has_to_change_the_password_can(server: Server, admin: Person, person: Person) -> None:
    """`login` says so, everything else is refused until `password`, which also renews the login."""
    made = admin.call("user", "create", "newcomer", "--must-change", "--password-stdin", given="first-password\n")
    assert made.status == 0, made.err
    outcome = person.call("login", server.url, "-u", "newcomer", "--password-stdin", given="first-password")
    assert (outcome.status, "moorage password" in outcome.err) == (0, True)
    assert person.call("project", "list").status == 1
    assert person.call("password", "--password-stdin", given="first-password\n").status == 2
    assert person.call("password", "--password-stdin", given="wrong-password\nsecond-password\n").status == 3
    assert person.call("password", "--password-stdin", given="first-password\nsecond-password\n").status == 0
    assert person.call("project", "list").status == 0
    assert b64encode(b"newcomer:second-password").decode() in person.docker.read_text()


def test_a_login_at_a_terminal(server: Server, person: Person) -> None:
    """Name and password are asked for, and the password is not shown."""
    answers = [("User name", "admin"), ("Password of admin: ", PASSWORD)]  # the space comes once nothing is shown
    status, seen = person.type("login", server.url, answers=answers)
    assert status == 0, seen
    assert PASSWORD not in seen
    assert "admin is logged in" in seen


def test_nobody_is_asked_where_nobody_is(server: Server, person: Person) -> None:
    """Without a terminal, a missing name or password is a mistake in the command: status 2."""
    assert person.call("login", server.url).status == 2
    assert person.call("login", server.url, "-u", "admin").status == 2
    assert person.call("login", server.url, "-u", "admin", "--password-stdin", given="").status == 2
    assert person.call("login", server.url, "-u", "a:b", "--password-stdin", given="x").status == 2


def test_a_folder_that_cannot_be_written_is_told(server: Server, person: Person) -> None:
    """One sentence, status 1."""
    person.docker.parent.write_text("a file where the folder should be")
    outcome = person.call("login", server.url, "-u", "admin", "--password-stdin", given=PASSWORD)
    assert (outcome.status, "cannot be" in outcome.err) == (1, True)


def test_a_token_does_in_place_of_the_password(server: Server, admin: Person, person: Person, tmp_path: Path) -> None:
    """One with the scope admin opens everything; one for images does not even log in here."""
    del tmp_path
    for scope, status in (("admin", 0), ("pull", 1)):
        secret = admin.call("token", "create", f"for-{scope}", "--scope", scope).out
        outcome = person.call("login", server.url, "-u", "admin", "--password-stdin", given=secret)
        assert outcome.status == status, outcome.err
