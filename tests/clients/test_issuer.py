"""A real issuer of identity tokens, which we did not write: its discovery, its keys and its tokens are understood."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.clients.support import image
from tests.clients.support.tools import CURRENT, STABLE, Client, need_issuer
from tests.support.issuer import AUDIENCE
from tests.support.server import PASSWORD, Server, free_port
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, client_of

SCRIPT = Path(__file__).parent / "support" / "issuer.mjs"


@dataclass(frozen=True)
class Provider:
    """An issuer at its url."""

    url: str

    def token(self, audience: str = AUDIENCE) -> str:
        """A token for its one job."""
        form = {"grant_type": "client_credentials", "resource": audience}
        answer = httpx.post(f"{self.url}/token", data=form, auth=("job", "word"), trust_env=False)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def answers(self) -> bool:
        """Is it up?"""
        try:
            return httpx.get(f"{self.url}/jwks", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """oidc-provider, started for these tests."""
    folder, port = need_issuer(), free_port()
    with SCRIPT.open() as script:
        process = subprocess.Popen(
            ["node", "--input-type=module", "-", str(port)],
            cwd=folder,
            stdin=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    provider = Provider(f"http://127.0.0.1:{port}")
    try:
        until(lambda: process.poll() is not None or provider.answers(), "the issuer answers")
        assert process.poll() is None, process.communicate()[0]
        yield provider
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A registry that may ask the issuer."""
    settings = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1"}
    with Server(tmp_path_factory.mktemp("trusting") / "data", settings=settings) as server:
        yield server


@pytest.mark.parametrize("generation", [STABLE, CURRENT], indirect=True)
def test_a_real_issuer(
    skopeo: Client, trusting: Server, provider: Provider, layout: image.Layout, generation: str
) -> None:
    """A job of the issuer pushes and pulls by its token; its token for somebody else opens nothing."""
    project = f"real-{generation}"
    with client_of(trusting.url) as client:
        admin = Wire.basic(client, ADMIN, PASSWORD)
        for path, body in (
            ("/projects", {"name": project}),
            ("/issuers", {"name": "real", "url": provider.url, "audience": AUDIENCE}),
            (f"/projects/{project}/robots", {"name": "ci", "actions": ["pull", "push"]}),
            (
                f"/projects/{project}/robots/ci/trusts",
                {"issuer": "real", "claims": {"sub": "job", "repository": "acme/app", "ref": "refs/heads/*"}},
            ),
        ):
            answer = admin.ask("POST", f"/api/v1{path}", json=body)
            assert answer.status_code in {201, 409 if path == "/issuers" else 201}, answer.text
    robot, image_name = f"robot${project}+ci", f"docker://{trusting.address}/{project}/app:1.0"
    plain = ("--tls-verify=false", "--creds")
    skopeo.run(
        "copy", "--dest-tls-verify=false", "--dest-creds", f"{robot}:{provider.token()}", f"oci:{layout}", image_name
    )
    assert layout.digest in skopeo.run("inspect", *plain, f"{robot}:{provider.token()}", image_name)
    other = provider.token("https://other.example.com")
    assert "does not prove that this job is this robot" in skopeo.refused(
        "inspect", *plain, f"{robot}:{other}", image_name
    )
