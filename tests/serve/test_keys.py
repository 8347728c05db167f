"""The keys that sign logins: renewed without logging anybody out, revoked at once, or given by the environment."""

import json
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.command import moorage
from tests.support.processes import keeper_of, workers_of
from tests.support.server import PASSWORD, Server
from tests.support.waiting import until

FORM = "application/x-www-form-urlencoded"
KEYS = [b64encode(bytes([number]) * 32).decode() for number in range(3)]


def tokens(server: Server) -> tuple[str, str]:
    """An access token and a refresh token of admin."""
    fields = f"grant_type=password&username=admin&password={quote(PASSWORD)}&service=s&access_type=offline&client_id=t"
    status, _, body = server.call("POST", "/v2/token", body=fields.encode(), Content_Type=FORM)
    assert status == 200, body
    said = json.loads(body)
    return said["access_token"], said["refresh_token"]


def is_let_in(server: Server, token: str) -> bool:
    """Does this access token open anything?"""
    return server.call("GET", "/v2/", Authorization=f"Bearer {token}")[0] == 200


def is_renewed(server: Server, refresh: str) -> bool:
    """Does this saved login buy a new token?"""
    fields = f"grant_type=refresh_token&refresh_token={quote(refresh)}&service=s&client_id=t"
    return server.call("POST", "/v2/token", body=fields.encode(), Content_Type=FORM, Authorization="")[0] == 200


def size(server: Server) -> int:
    """Bytes of the file with the keys."""
    return (server.data / "token.key").stat().st_size


@pytest.mark.parametrize("workers", ["1", "2"])
def test_renewed(tmp_path: Path, workers: str) -> None:
    """After a renewal beside the running server old and new logins hold, in every worker and after a restart."""
    with Server(tmp_path / "data", options=("--workers", workers)) as server:
        old = tokens(server)
        before = (server.data / "token.key").read_bytes()
        outcome = moorage("admin", "renew-key", "--data", server.data)
        assert (outcome.status, outcome.out) == (0, "A new key signs logins; those of before still hold.\n")
        after = (server.data / "token.key").read_bytes()
        assert after[32:] == before
        assert (server.data / "token.key").stat().st_mode & 0o777 == 0o600
        time.sleep(1.2)  # every worker looks at the file once a second
        new = tokens(server)
        for _ in range(8):
            assert all(is_let_in(server, token) and is_renewed(server, refresh) for token, refresh in (old, new))
        server.stop()
        server.start()
        assert all(is_let_in(server, token) and is_renewed(server, refresh) for token, refresh in (old, new))
        events = json.loads(server.call("GET", "/api/v1/audit?kind=key.renewed")[2])
        assert [event["actor_kind"] for event in events] == ["machine"]


def test_the_new_key_signs(server: Server) -> None:
    """What is signed after a renewal does not need the old key."""
    moorage("admin", "renew-key", "--data", server.data)
    time.sleep(1.2)
    token, refresh = tokens(server)
    file = server.data / "token.key"
    file.write_bytes(file.read_bytes()[:32])
    time.sleep(1.2)
    assert is_let_in(server, token)
    assert is_renewed(server, refresh)


def test_revoked(server: Server) -> None:
    """With --revoke what was signed before ends within seconds, also what the server remembers; passwords go on."""
    token, refresh = tokens(server)
    assert is_let_in(server, token)
    outcome = moorage("admin", "renew-key", "--revoke", "--data", server.data)
    assert outcome.status == 0
    assert size(server) == 32
    until(lambda: not is_let_in(server, token), "the old token is refused", 10)
    assert not is_renewed(server, refresh)
    assert server.call("GET", "/v2/")[0] == 200
    assert is_let_in(server, tokens(server)[0])


def test_not_for_ever(server: Server) -> None:
    """Only the last few keys are kept."""
    for _ in range(6):
        moorage("admin", "renew-key", "--data", server.data)
    assert size(server) == 4 * 32


def given(*keys: str) -> dict[str, str]:
    """Settings that give these keys."""
    return {"MOORAGE_TOKEN_KEYS": ",".join(keys)}


def test_from_the_environment(tmp_path: Path) -> None:
    """Given keys sign logins: nothing secret is in the folder, and a new key in front logs nobody out."""
    with Server(tmp_path / "data", settings=given(KEYS[0])) as server:
        old = tokens(server)
        assert not (server.data / "token.key").exists()
        for settings, holds in ((given(KEYS[1], KEYS[0]), True), (given(KEYS[1]), False)):
            server.stop()
            server.settings = settings
            server.start()
            assert (is_let_in(server, old[0]), is_renewed(server, old[1])) == (holds, holds)
        told = moorage("admin", "renew-key", "--data", server.data, settings=given(KEYS[1]))
        assert told.status == 1
        assert "put a new one in front" in told.err
        assert not any(key in server.output() for key in KEYS)


@pytest.mark.parametrize("wrong", ["", "short", f"{KEYS[0]},", KEYS[0][:-4], "%" * 44])
def test_wrong_keys(wrong: str) -> None:
    """What is no key is refused before the start with what is, and not repeated."""
    outcome = moorage("config", "check", settings={"MOORAGE_TOKEN_KEYS": wrong})
    assert outcome.status == 2
    assert "token_keys" in outcome.err
    assert "base64 of 32 random bytes" in outcome.err
    assert not wrong or wrong not in outcome.err


def test_keys_are_not_shown(tmp_path: Path) -> None:
    """Neither the check of the settings nor the environment of the processes shows given keys."""
    assert KEYS[2] not in moorage("config", "check", settings=given(KEYS[2])).out
    with Server(tmp_path / "data", settings=given(KEYS[2])) as server:
        for process in (keeper_of(server), *workers_of(server)):
            assert KEYS[2].encode() not in Path(f"/proc/{process}/environ").read_bytes()
