"""No secret is ever kept in the clear: not in the database, the audit, its stream, the log, or the metrics."""

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

from tests.support.issuer import AUDIENCE, Issuer
from tests.support.server import PASSWORD, Server
from tests.support.waiting import until

FORM = "application/x-www-form-urlencoded"
MARKED = ("first-secret-of-ann", "second-secret-of-ann", "a-guess-that-is-wrong", "third-secret-of-ann")


def everything_secret(server: Server, issuer: Issuer) -> list[str]:
    """Make, show, change and guess secrets of every kind; all of them."""
    first, second, wrong, third = MARKED

    def api(method: str, path: str, body: dict[str, object] | None = None, **more: str) -> dict[str, object]:
        status, _, answer = server.call(method, f"/api/v1{path}", body=body, **more)
        assert status < 300, answer
        found: dict[str, object] = json.loads(answer) if answer else {}
        return found

    def basic(name: str, password: str) -> str:
        return "Basic " + b64encode(f"{name}:{password}".encode()).decode()

    secrets = [PASSWORD, *MARKED]
    api("POST", "/projects", {"name": "team"})
    api("POST", "/users", {"name": "ann", "password": first})
    api("PUT", "/users/ann/password", {"password": second})
    api("PUT", "/me/password", {"old": second, "new": third}, Authorization=basic("ann", second))
    personal = str(
        api("POST", "/me/tokens", {"name": "t", "scopes": ["pull"]}, Authorization=basic("ann", third))["secret"]
    )
    robot = api("POST", "/projects/team/robots", {"name": "ci"})
    rotated = api("POST", "/projects/team/robots/ci/rotation", {})
    api("POST", "/issuers", {"name": "ci", "url": issuer.url, "audience": AUDIENCE, "keys": issuer.published()})
    api("POST", "/projects/team/robots/ci/trusts", {"issuer": "ci", "claims": {"repository": "acme/app"}})
    hook: dict[str, object] = {"url": f"{issuer.base}/hook", "events": ["*"], "secret": "a-secret-that-signs"}
    signing = api("POST", "/projects/team/webhooks", hook)
    renewed = api("POST", f"/projects/team/webhooks/{signing['id']}/rotation", {})
    api("POST", f"/projects/team/webhooks/{signing['id']}/test")
    secrets += [str(signing["secret"]), str(renewed["secret"])]
    proofs = [issuer.token(), issuer.token(repository="acme/other")]
    invited, left = (str(api("POST", "/invitations", {})["url"]) for _ in range(2))
    server.call("GET", invited.removeprefix(server.url))
    form = f"name=invited&password={MARKED[0]}"
    server.call("POST", invited.removeprefix(server.url), body=form.encode(), Content_Type=FORM, Origin=server.url)
    secrets += [link.rpartition("/")[2] for link in (invited, left)]
    login = str(robot["name"])
    secrets += [personal, str(robot["secret"]), str(rotated["secret"]), *proofs]
    for name, password in (
        ("ann", third), ("ann", wrong), ("nobody", wrong), ("ann", personal), (personal, "x"), ("somebody", first),
        (login, str(rotated["secret"])), (login, wrong), (login, proofs[0]), (login, proofs[1]),
    ):  # fmt: skip
        server.call("GET", "/v2/", Authorization=basic(name, password))
        status, _, answer = server.call("GET", f"/v2/token?scope=registry:catalog:*&account={quote(name)}",
                                        Authorization=basic(name, password))  # fmt: skip
        if status == 200:
            token = json.loads(answer)["token"]
            secrets.append(token)
            server.call("GET", "/v2/_catalog", Authorization=f"Bearer {token}")
            server.call("GET", "/v2/_catalog", Authorization=f"Bearer {token}x")
    form = f"grant_type=password&username=ann&password={third}&access_type=offline&service=s&client_id=c"
    status, _, answer = server.call("POST", "/v2/token", body=form.encode(), Content_Type=FORM)
    refresh = json.loads(answer)["refresh_token"]
    for kind in (refresh, f"{refresh}x"):
        again = f"grant_type=refresh_token&refresh_token={kind}&service=s"
        server.call("POST", "/v2/token", body=again.encode(), Content_Type=FORM)
    server.call("POST", "/api/v1/users", body={"name": "Not A Name", "password": wrong})
    server.call(
        "POST", "/api/v1/users", body=f'{{"name": "x", "password": "{wrong}"'.encode(), Content_Type="application/json"
    )
    return [*secrets, refresh]


def test_no_secret_is_kept(tmp_path: Path) -> None:
    """After every kind of secret was made, used and guessed, none stands in any file of the registry or its answers."""
    stream = tmp_path / "audit.jsonl"
    settings = {
        "MOORAGE_AUDIT_STREAM": f"file:{stream}",
        "MOORAGE_LOG_REQUESTS": "all",
        "MOORAGE_LOG_LEVEL": "debug",
        "MOORAGE_LOG_FORMAT": "json",
    }
    with Server(tmp_path / "data", settings=settings) as server, Issuer() as issuer:
        until(lambda: server.call("GET", "/api/v1/projects")[0] == 200, "it serves")
        secrets = everything_secret(server, issuer)
        until(lambda: stream.exists() and b"login.failed" in stream.read_bytes(), "the stream has it all", 30)
        shown = {
            "the audit": server.call("GET", "/api/v1/audit?per_page=1000")[2],
            "the metrics": server.call("GET", "/metrics")[2],
            "the users": server.call("GET", "/api/v1/users")[2],
            "the robots": server.call("GET", "/api/v1/projects/team/robots")[2],
            "the log": server.log.read_bytes(),
            "the stream": stream.read_bytes(),
        }
        for file in (tmp_path / "data").rglob("*"):
            if file.is_file():
                shown[file.name] = file.read_bytes()
    assert len(shown["the audit"]) > 5000
    assert {"moorage.db", "moorage.db-wal"} <= set(shown)
    found = [(where, secret[:12]) for where, text in shown.items() for secret in secrets if secret.encode() in text]
    assert found == []
