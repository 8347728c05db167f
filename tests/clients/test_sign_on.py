"""Single sign-on by a real provider, which we did not write; docker and skopeo with a token made in the browser."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.clients.support import image
from tests.clients.support.tools import Client, need_issuer
from tests.support.server import PASSWORD, Server, free_port
from tests.support.visiting import Visitor, fault
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, client_of

SCRIPT = Path(__file__).parent / "support" / "people.mjs"
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')
_PROMPT = re.compile(r'name="prompt" value="(\w+)"')


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A registry whose people come by oidc-provider; officers administer it."""
    folder, port, own = need_issuer(), free_port(), free_port()
    with SCRIPT.open() as script:
        process = subprocess.Popen(
            ["node", "--input-type=module", "-", str(port), f"http://127.0.0.1:{own}/sign-on/back"],
            cwd=folder,
            stdin=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    issuer = f"http://127.0.0.1:{port}"
    settings = {
        "MOORAGE_EGRESS_ALLOW": "127.0.0.1",
        "MOORAGE_OIDC_ISSUER": issuer,
        "MOORAGE_OIDC_CLIENT_SECRET": "a secret: with signs",
        "MOORAGE_OIDC_SCOPES": "openid,profile,groups",
        "MOORAGE_OIDC_ALLOWED_GROUPS": "crew,officers",
        "MOORAGE_OIDC_ADMIN_GROUP": "officers",
    }
    try:
        until(lambda: process.poll() is not None or _answers(issuer), "the provider answers")
        assert process.poll() is None, process.communicate()[0]
        with Server(tmp_path_factory.mktemp("single") / "data", settings=settings, port=own) as server:
            yield server
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _answers(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/jwks", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def come(server: Server, visitor: Visitor, name: str, group: str) -> httpx.Response:
    """Through the provider's own pages, as a browser walks them; the page of ours where it ends."""
    visitor.client.cookies.clear()
    said = httpx.put(f"{server.settings['MOORAGE_OIDC_ISSUER']}/groups/{name}?{group}", trust_env=False)
    assert said.status_code == 204
    answer = visitor.client.get("/sign-on")
    for _ in range(20):
        if answer.is_redirect:
            answer = visitor.client.get(urljoin(str(answer.url), answer.headers["location"]))
        elif form := _ACTION.search(answer.text) if str(answer.url).find("/interaction/") >= 0 else None:
            prompt = _PROMPT.search(answer.text)
            assert prompt is not None, answer.text
            fields = {"prompt": prompt[1], "login": name, "password": "any"}
            answer = visitor.client.post(urljoin(str(answer.url), form[1]), data=fields)
        else:
            return answer
    raise AssertionError("it leads nowhere")


@dataclass(frozen=True)
class Crew:
    """Somebody of the crew, which may push to `project`: signed in by the provider, with a token for programs."""

    name: str
    project: str
    token: str
    visitor: Visitor
    admin: Wire


@pytest.fixture
def crew(single: Server, project: str) -> Iterator[Crew]:
    """Ada, of this test alone."""
    name = f"ada-{project}"
    with client_of(single.url) as client, Visitor(single.url) as visitor:
        admin = Wire.basic(client, ADMIN, PASSWORD)
        for path, body in (("/projects", {"name": project}), ("/groups", {"name": "crew"})):
            assert admin.ask("POST", f"/api/v1{path}", json=body).status_code in {201, 409}
        given = admin.ask("PUT", f"/api/v1/projects/{project}/groups/crew", json={"role": "writer"})
        assert given.status_code in {200, 201}
        landed = come(single, visitor, name, "crew")
        assert (landed.status_code, landed.url.path) == (200, "/")
        visitor.get("/account")
        made = visitor.send("/account/tokens", {"name": "programs", "scopes": ["pull", "push"], "days": "7"})
        secret = re.search(r"mop_[A-Za-z0-9_-]+", made.text)
        assert secret is not None, made.text
        yield Crew(name, project, secret[0], visitor, admin)


def leave(single: Server, crew: Crew) -> None:
    """The provider vouches for them no more."""
    gone = come(single, crew.visitor, crew.name, "others")
    assert (gone.status_code, "one of your groups" in fault(gone)) == (403, True)
    own = Wire.basic(crew.admin.client, crew.name, crew.token)
    until(lambda: own.get("/v2/").status_code == 401, "the token opens nothing", 10)


def test_docker_of_somebody_of_single_sign_on(
    docker: Client, single: Server, crew: Crew, greeter: Path, tmp_path: Path
) -> None:
    """A group has a role: who is in it by the provider's word pushes, until the provider says otherwise."""
    name = f"{single.address}/{crew.project}/app:1.0"
    docker.run("login", "--username", crew.name, "--password-stdin", single.address, feed=crew.token)
    docker.run("build", "--tag", name, image.write_context(tmp_path / "context", greeter, crew.project))
    docker.run("push", name)
    docker.run("image", "rm", "--force", name)
    docker.run("pull", name)
    docker.run("image", "rm", "--force", name)
    leave(single, crew)
    docker.refused("pull", name)


def test_skopeo_of_somebody_of_single_sign_on(skopeo: Client, single: Server, crew: Crew, layout: image.Layout) -> None:
    """The same; and whoever becomes an officer administers the registry."""
    name = f"docker://{single.address}/{crew.project}/app:1.0"
    plain = ("--tls-verify=false", "--creds", f"{crew.name}:{crew.token}")
    skopeo.run("copy", "--dest-tls-verify=false", "--dest-creds", plain[2], f"oci:{layout}", name)
    assert layout.digest in skopeo.run("inspect", *plain, name)
    leave(single, crew)
    skopeo.refused("inspect", *plain, name)
    come(single, crew.visitor, crew.name, "officers")
    assert crew.admin.get(f"/api/v1/users/{crew.name}").json()["administrator"] is True
