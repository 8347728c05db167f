"""What an operator sets holds for invitations too, also for those that were made before."""

import json
from pathlib import Path

from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor, enrol


def invite(server: Server) -> str:
    """The path of a new link."""
    status, _, answer = server.call("POST", "/api/v1/invitations", body={})
    assert status == 201, answer
    url: str = json.loads(answer)["url"]
    return url.removeprefix(server.url)


def test_a_second_factor_comes_first(tmp_path: Path) -> None:
    """Where everybody needs one, whoever joins sets it up before anything opens; that is led back to their account."""
    with Server(tmp_path / "data") as server:
        path = invite(server)
    settings = {"MOORAGE_SIGN_IN_SECOND_FACTOR": "all"}
    with Server(tmp_path / "data", settings=settings) as server, Visitor(server.url) as visitor:
        visitor.get(path)
        joined = visitor.post(path, {"name": "ann", "password": PASSWORD})
        assert (joined.status_code, joined.headers["location"]) == (303, "/account/second-factor")
        assert visitor.get("/account").headers["location"] == "/account/second-factor"
        assert server.call("GET", "/api/v1/me", user="ann")[0] == 401
        enrol(visitor)
        assert visitor.get("/account").status_code == 200


def test_turned_off(tmp_path: Path) -> None:
    """None is made, and a link of before leads nowhere until they are turned on again."""
    with Server(tmp_path / "data") as server:
        path = invite(server)
    with Server(tmp_path / "data", settings={"MOORAGE_SIGN_IN_INVITATIONS": "off"}) as server:
        status, _, answer = server.call("POST", "/api/v1/invitations", body={})
        assert (status, b"sign_in.invitations" in answer) == (403, True)
        assert len(json.loads(server.call("GET", "/api/v1/invitations")[2])) == 1
        with Visitor(server.url) as visitor:
            assert visitor.get(path).status_code == 404
            assert visitor.post(path, {"name": "ann", "password": PASSWORD}).status_code == 404
    with Server(tmp_path / "data") as server, Visitor(server.url) as visitor:
        assert visitor.get(path).status_code == 200


def test_the_address_of_a_link(tmp_path: Path) -> None:
    """Is the one that the operator says clients use, whatever the request was sent to."""
    with Server(tmp_path / "data", settings={"MOORAGE_PUBLIC_URL": "https://registry.example.com"}) as server:
        _, _, answer = server.call("POST", "/api/v1/invitations", body={}, Host="evil.example")
        assert json.loads(answer)["url"].startswith("https://registry.example.com/invite/moi_")
