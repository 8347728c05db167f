"""The key that closes secrets in the database: in the data folder, or given by the environment."""

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.command import moorage
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Phone, Visitor, enrol, fault
from tests.support.wire import ADMIN

KEYS = [b64encode(bytes([number]) * 32).decode() for number in range(2)]


def _shown(server: Server, phone: Phone) -> tuple[int, str]:
    """Sign in with both factors; the status, and what was wrong."""
    with Visitor(server.url) as visitor:
        visitor.sign_in(ADMIN)
        answer = visitor.send("/login/code", {"code": phone.code()})
        return answer.status_code, fault(answer) if answer.status_code != 200 else ""


def test_a_key_of_the_folder(tmp_path: Path) -> None:
    """Is made at the first start for its owner alone, and outlives a renewal of the keys that sign logins."""
    with Server(tmp_path / "data") as server, Visitor(server.url) as visitor:
        visitor.sign_in(ADMIN)
        phone, _ = enrol(visitor)
        key = server.data / "secret.key"
        assert key.stat().st_mode & 0o777 == 0o600
        assert phone.secret not in (server.data / "moorage.db").read_bytes()
        assert phone.secret not in (server.data / "moorage.db-wal").read_bytes()
        assert moorage("admin", "renew-key", "--revoke", "--data", server.data).status == 0
        assert _shown(server, phone) == (200, "")


def test_a_key_of_the_environment(tmp_path: Path) -> None:
    """Opens what it closed; with another one people hear what to do, and no secret lies in the folder."""
    with Server(tmp_path / "data", settings={"MOORAGE_SECRET_KEY": KEYS[0]}) as server, Visitor(server.url) as visitor:
        visitor.sign_in(ADMIN)
        phone, _ = enrol(visitor)
        assert not (server.data / "secret.key").exists()
    with Server(tmp_path / "data", settings={"MOORAGE_SECRET_KEY": KEYS[0]}) as server:
        assert _shown(server, phone) == (200, "")
    with Server(tmp_path / "data", settings={"MOORAGE_SECRET_KEY": KEYS[1]}) as server:
        status, told = _shown(server, phone)
        assert status == 500
        assert "cannot be opened with this registry's secret key" in told


@pytest.mark.parametrize("wrong", ["short", b64encode(b"x" * 31).decode(), "é" * 44])
def test_what_is_no_key(wrong: str) -> None:
    """Is told before anything starts, without the key itself."""
    outcome = moorage("config", "check", settings={"MOORAGE_SECRET_KEY": wrong})
    assert outcome.status != 0
    assert "secret_key" in outcome.err
    assert wrong not in outcome.err


def test_recovering_takes_the_second_factor_away(tmp_path: Path) -> None:
    """Whoever has the machine gets in, whatever was lost."""
    with Server(tmp_path / "data") as server, Visitor(server.url) as visitor:
        visitor.sign_in(ADMIN)
        enrol(visitor)
        outcome = moorage("admin", "recover", "--data", server.data)
        assert outcome.status == 0
        password = next(word for word in outcome.out.split() if len(word) >= 20)
        assert visitor.get("/account").status_code == 303
        assert visitor.sign_in(ADMIN, password).url.path == "/"


def test_saved_logins_end_where_a_second_factor_is_asked_for(tmp_path: Path) -> None:
    """What a password alone has bought opens nothing from then on; personal tokens that there are stay."""
    fields = (
        f"grant_type=password&username={ADMIN}&password={quote(PASSWORD)}&service=s&access_type=offline&client_id=t"
    )
    form = "application/x-www-form-urlencoded"
    with Server(tmp_path / "data") as server:
        status, _, body = server.call("POST", "/v2/token", body=fields.encode(), Content_Type=form)
        assert status == 200
        saved = json.loads(body)
        status, _, body = server.call("POST", "/api/v1/me/tokens", body={"name": "t", "scopes": ["pull"]})
        personal = json.loads(body)["secret"]
    with Server(tmp_path / "data", settings={"MOORAGE_SIGN_IN_SECOND_FACTOR": "all"}) as server:
        again = f"grant_type=refresh_token&refresh_token={quote(saved['refresh_token'])}&service=s&client_id=t"
        answer = server.call("POST", "/v2/token", body=again.encode(), Content_Type=form, Authorization="")
        assert answer[0] == 401
        for token, status in ((saved["access_token"], 401), (personal, 200)):
            assert server.call("GET", "/v2/", Authorization=f"Bearer {token}")[0] == status


@pytest.mark.parametrize(("setting", "name"), [("admins", ADMIN), ("all", "person")])
def test_a_second_factor_that_is_asked_for(tmp_path: Path, setting: str, name: str) -> None:
    """Whoever has none is led to the page that sets it up, and their password alone opens nothing before."""
    with Server(tmp_path / "data") as server:
        server.call("POST", "/api/v1/users", body={"name": "person", "password": PASSWORD})
    with Server(tmp_path / "data", settings={"MOORAGE_SIGN_IN_SECOND_FACTOR": setting}) as server:
        assert server.call("GET", "/api/v1/me")[0] == 401
        with Visitor(server.url) as visitor:
            assert visitor.sign_in(name).url.path == "/account/second-factor"
            assert visitor.get("/account").headers["location"] == "/account/second-factor"
            enrol(visitor)
            assert visitor.get("/account").status_code == 200
        with Visitor(server.url) as visitor:
            other, page = ("person", "/") if setting == "admins" else (ADMIN, "/account/second-factor")
            assert visitor.sign_in(other).url.path == page
