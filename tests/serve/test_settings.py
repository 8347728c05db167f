"""Settings as an operator gives them: a file, variables, options; every fault is told, and no secret."""

import json
from pathlib import Path

import pytest

from moorage.app.settings import SettingsFault, load
from moorage.app.settings_shown import shown
from tests.support.command import moorage


def test_options_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    """Each source overrides the one before, key by key, in tables too."""
    file = tmp_path / "moorage.toml"
    file.write_text('listen = "127.0.0.1:1"\nworkers = 2\ndrain_seconds = 7\n[log]\nformat = "json"\nlevel = "debug"\n')
    settings = load(
        file=file,
        environment={"MOORAGE_LISTEN": "127.0.0.1:2", "MOORAGE_WORKERS": "3", "MOORAGE_LOG_LEVEL": "error"},
        options={"listen": "127.0.0.1:3", "data": None},
    )
    assert (settings.listen, settings.workers, settings.drain_seconds) == ("127.0.0.1:3", 3, 7)
    assert (settings.log.format, settings.log.level) == ("json", "error")


def test_the_file_may_be_named_by_a_variable(tmp_path: Path) -> None:
    """MOORAGE_CONFIG is as good as --config."""
    (tmp_path / "moorage.toml").write_text("workers = 5\n")
    assert load(environment={"MOORAGE_CONFIG": str(tmp_path / "moorage.toml")}).workers == 5


def test_every_fault_of_every_source_is_told_at_once(tmp_path: Path) -> None:
    """`config check` lists them all, one a line, ends with status 2, and shows no value of a secret."""
    file = tmp_path / "moorage.toml"
    file.write_text(
        'listen = "nonsense"\nwokers = 3\nadmin_password = ["first-secret"]\n'
        '[tls]\ncert = "/nowhere.crt"\n[log]\nlevel = "loud"\n[other]\nadmin_password = "second-secret"\n'
    )
    outcome = moorage(
        "config",
        "check",
        "--config",
        file,
        settings={"MOORAGE_WORKERS": "0", "MOORAGE_NOPE": "third-secret", "MOORAGE_TRUSTED_PROXIES": "abc"},
    )
    assert outcome.status == 2
    assert outcome.out == ""
    told = {line.strip().partition(":")[0] for line in outcome.err.splitlines()[1:]}
    assert told == {
        "listen", "wokers", "admin_password", "tls.cert", "tls", "log.level", "other",
        "workers", "MOORAGE_NOPE", "trusted_proxies",
    }  # fmt: skip
    assert "secret" not in outcome.err


@pytest.mark.parametrize("command", [("serve",), ("verify",), ("admin", "recover"), ("config", "check")])
def test_every_command_that_reads_settings_refuses_bad_ones(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A file that is missing, or is no TOML, is told with status 2."""
    (tmp_path / "bad.toml").write_text("listen = ")
    for name, words in (("missing.toml", "cannot be read"), ("bad.toml", "is not TOML")):
        outcome = moorage(*command, "--config", tmp_path / name)
        assert outcome.status == 2
        assert words in outcome.err
        assert "Traceback" not in outcome.err


def test_good_settings_are_shown_without_secrets(tmp_path: Path) -> None:
    """`config check` prints every setting as JSON says it, and stars for the password."""
    variables = {"MOORAGE_ADMIN_PASSWORD": "top-secret", "MOORAGE_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1"}
    outcome = moorage("config", "check", settings=variables, cwd=tmp_path)
    assert (outcome.status, outcome.err) == (0, "")
    shown = dict(line.strip().split(" = ", 1) for line in outcome.out.splitlines()[1:])
    assert json.loads(shown["trusted_proxies"]) == ["10.0.0.0/8", "192.0.2.1/32"]
    assert json.loads(shown["listen"]) == "127.0.0.1:5000"
    assert shown["tls.cert"] == "(not set)"
    assert "top-secret" not in outcome.out
    assert set(json.loads(shown["admin_password"])) == {"*"}


@pytest.mark.parametrize("text", ["", "localhost", ":5000", "host:", "host:0", "host:65536", "host:5k", "host:\u0665"])
def test_what_is_no_address_to_listen_on(text: str) -> None:
    """A host and a port from 1 to 65535, both."""
    with pytest.raises(SettingsFault) as fault:
        load(environment={"MOORAGE_LISTEN": text})
    assert fault.value.faults == ["listen: is HOST:PORT, as 127.0.0.1:5000"]


@pytest.mark.parametrize("text", ["registry.example.com", "ftp://a", "https://a/path", "https://a?b=c", "https://"])
def test_what_is_no_public_address(text: str) -> None:
    """An origin without a path: docker could not use one."""
    with pytest.raises(SettingsFault) as fault:
        load(environment={"MOORAGE_PUBLIC_URL": text})
    assert [sentence.partition(":")[0] for sentence in fault.value.faults] == ["public_url"]


def test_an_empty_preset_password_is_a_fault() -> None:
    """It would leave the registry open, or be ignored in silence."""
    with pytest.raises(SettingsFault) as fault:
        load(environment={"MOORAGE_ADMIN_PASSWORD": ""})
    assert fault.value.faults == ["admin_password: is empty"]


def test_variables_of_kubernetes_are_no_faults() -> None:
    """A Service called moorage puts these into every container; others of ours that are unknown stay faults."""
    injected = {
        "MOORAGE_SERVICE_HOST": "10.0.0.1",
        "MOORAGE_SERVICE_PORT": "5000",
        "MOORAGE_SERVICE_PORT_HTTP": "5000",
        "MOORAGE_PORT": "tcp://10.0.0.1:5000",
        "MOORAGE_PORT_5000_TCP": "tcp://10.0.0.1:5000",
        "MOORAGE_PORT_5000_TCP_PROTO": "tcp",
        "MOORAGE_PORT_5000_TCP_PORT": "5000",
        "MOORAGE_PORT_5000_TCP_ADDR": "10.0.0.1",
    }
    assert load(environment=injected) == load(environment={})
    with pytest.raises(SettingsFault) as fault:
        load(environment={"MOORAGE_PORTS": "1", "MOORAGE_SERVICE": "2"})
    assert fault.value.faults == [
        "MOORAGE_PORTS: there is no such setting",
        "MOORAGE_SERVICE: there is no such setting",
    ]


def test_variables_of_the_client_are_no_settings() -> None:
    """Who asks a registry from a machine that also serves one sets MOORAGE_CLIENT_*, which the server does not mind."""
    named = {"MOORAGE_CLIENT_URL": "https://a", "MOORAGE_CLIENT_USER": "a", "MOORAGE_CLIENT_PASSWORD": "b"}
    assert load(environment=named) == load(environment={})


def test_a_certificate_needs_its_key() -> None:
    """One without the other, and files that are not there, are told even beside other faults."""
    with pytest.raises(SettingsFault) as fault:
        load(environment={"MOORAGE_TLS_KEY": "/nowhere.key", "MOORAGE_WORKERS": "none"})
    assert [sentence.partition(":")[0] for sentence in fault.value.faults] == ["workers", "tls.key", "tls"]


DIRECTORY = {"MOORAGE_LDAP_URL": "ldaps://ldap.example.com", "MOORAGE_LDAP_USER_BASE": "ou=people,dc=example,dc=com"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"url": "http://ldap.example.com"}, "ldap.url: is ldaps://HOST or ldap://HOST"),
        ({"url": "ldaps://me@ldap.example.com"}, "ldap.url:"),
        ({"url": "ldaps://ldap.example.com/dc=com??sub"}, "ldap.url:"),
        ({"url": "ldaps://ldap.example.com:x"}, "ldap.url:"),
        ({"url": "ldap://ldap.example.com", "start_tls": "false"}, "sends passwords in the clear"),
        ({"user_base": ""}, "user_base is needed"),
        ({"user_base": "people"}, "ldap.user_base: is no name of an entry"),
        ({"user_filter": "(uid=ada)"}, "ldap.user_filter: needs {name}"),
        ({"user_filter": "(uid={name})(x=y)"}, "ldap.user_filter: is no filter"),
        ({"user_filter": "(uid={user}{name})"}, "ldap.user_filter: {user} is nothing that can be filled in"),
        ({"group_filter": "(member={user})"}, "ldap.group_filter: needs {dn} or {name}"),
        (
            {"group_filter": "", "group_base": "ou=groups,dc=example,dc=com"},
            "group_base needs group_filter or member_of",
        ),
        ({"member_of": "memberOf"}, "member_of needs group_base"),
        ({"subject_attribute": "entryUUID)(x=*"}, "ldap.subject_attribute: is the name of an attribute"),
        ({"admin_group": "platform"}, "group_base is needed where groups decide"),
        ({"bind_dn": "cn=registry,dc=example,dc=com"}, "bind_dn and bind_password go together"),
        ({"bind_dn": "cn=registry,dc=example,dc=com", "bind_password": ""}, "bind_password is empty"),
        ({"ca_file": "/nowhere.pem"}, "ldap.ca_file: /nowhere.pem cannot be used"),
    ],
)
def test_a_directory_that_cannot_be(changed: dict[str, str], told: str) -> None:
    """Each fault has its sentence."""
    with pytest.raises(SettingsFault) as fault:
        load(environment={**DIRECTORY, **{f"MOORAGE_LDAP_{name.upper()}": value for name, value in changed.items()}})
    assert len(fault.value.faults) == 1, fault.value.faults
    assert told in fault.value.faults[0]


def test_faults_of_a_directory_are_told_at_once() -> None:
    """Those of single settings, and those of settings that do not fit together, but nothing that only follows."""
    with pytest.raises(SettingsFault) as fault:
        load(
            environment={
                **DIRECTORY,
                "MOORAGE_LDAP_USER_BASE": "people",
                "MOORAGE_LDAP_ADMIN_GROUP": "platform",
                "MOORAGE_LDAP_BIND_PASSWORD": "a-secret",
            }
        )
    assert sorted(sentence.partition(": ")[0] for sentence in fault.value.faults) == ["ldap", "ldap", "ldap.user_base"]
    assert "a-secret" not in str(fault.value)


def test_a_directory_that_can_be() -> None:
    """In the clear only where that was said twice; groups are compared as a directory compares them."""
    clear = {"MOORAGE_LDAP_URL": "ldap://a, ldap://b:3890", "MOORAGE_LDAP_START_TLS": "false"}
    more = {
        "MOORAGE_LDAP_INSECURE": "true",
        "MOORAGE_LDAP_ADMIN_GROUP": "Platform",
        "MOORAGE_LDAP_GROUP_BASE": "dc=com",
    }
    ldap = load(environment={**DIRECTORY, **clear, **more}).ldap
    assert ldap.url == ("ldap://a", "ldap://b:3890")
    assert ldap.admission().admin_group == "platform"
    assert load(environment={}).ldap.url == ()


def test_where_each_comes_from(tmp_path: Path) -> None:
    """File, environment and options each tell of what they set, and of what a later one does not set anew."""
    file = tmp_path / "moorage.toml"
    file.write_text("workers = 2\n[gc]\nminutes = 5\n[oidc]\nclient_secret = 'hush'\n")
    environment = {"MOORAGE_WORKERS": "3", "MOORAGE_GC_GRACE_HOURS": "7", "MOORAGE_TOKEN_SECONDS": "600"}
    settings = load(file=file, environment=environment, options={"token_seconds": 700, "listen": None})
    assert dict(settings.origins) == {
        "workers": "environment",
        "gc.minutes": "file",
        "gc.grace_hours": "environment",
        "oidc.client_secret": "file",
        "token_seconds": "option",
    }
    told = {setting.name: setting for setting in shown(settings)}
    assert (told["workers"].value, told["workers"].origin) == ("3", "environment")
    assert (told["gc.minutes"].value, told["listen"].origin) == ("5.0", "default")
    assert told["oidc.client_secret"].value == "set"
    assert "hush" not in str(told)
