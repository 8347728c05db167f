"""Log in: challenges, tokens by GET and by POST, what a token opens and what it does not."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from moorage.adapters.keys import fixed
from moorage.adapters.tokens import JwtTokens
from moorage.ports.identity import Claims
from moorage.rules.access import Grant, Kind
from tests.support.content import digest_of
from tests.support.people import change_password, enrol
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, basic, challenge, fresh, refusal

DIGEST = digest_of(b"nothing")
SESSION = "00000000-0000-4000-8000-000000000000"
TOKEN = "/v2/token"

CHALLENGES = [
    ("GET", "/v2/", None),
    ("GET", "/v2/_catalog", "registry:catalog:*"),
    ("GET", "/v2/{name}/manifests/latest", "repository:{name}:pull"),
    ("HEAD", "/v2/{name}/manifests/latest", "repository:{name}:pull"),
    ("PUT", "/v2/{name}/manifests/latest", "repository:{name}:pull,push"),
    ("DELETE", "/v2/{name}/manifests/latest", "repository:{name}:delete"),
    ("GET", "/v2/{name}/blobs/{digest}", "repository:{name}:pull"),
    ("DELETE", "/v2/{name}/blobs/{digest}", "repository:{name}:delete"),
    ("POST", "/v2/{name}/blobs/uploads/", "repository:{name}:pull,push"),
    ("POST", "/v2/{name}/blobs/uploads/?mount={digest}", "repository:{name}:pull,push"),
    ("GET", "/v2/{name}/blobs/uploads/{session}", "repository:{name}:pull,push"),
    ("PATCH", "/v2/{name}/blobs/uploads/{session}", "repository:{name}:pull,push"),
    ("PUT", "/v2/{name}/blobs/uploads/{session}?digest={digest}", "repository:{name}:pull,push"),
    ("DELETE", "/v2/{name}/blobs/uploads/{session}", "repository:{name}:pull,push"),
    ("GET", "/v2/{name}/tags/list", "repository:{name}:pull"),
    ("GET", "/v2/{name}/referrers/{digest}", "repository:{name}:pull"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CHALLENGES)
def test_challenges(anonymous: Wire, name: str, method: str, path: str, scope: str | None) -> None:
    """Nobody is told where tokens are to be had and which scope is needed, and a body is read to its end before."""
    answer = anonymous.ask(method, path.format(name=name, digest=DIGEST, session=SESSION), content=b"x" * 100_000)
    refusal(answer, 401, "UNAUTHORIZED")
    fields = challenge(answer)
    assert fields["realm"] == anonymous.address(TOKEN)
    assert fields["service"] == anonymous.address("").removeprefix("http://")
    assert fields.get("scope") == (scope and scope.format(name=name))
    assert "error" not in fields


def test_the_api_challenges_for_a_password(anonymous: Wire) -> None:
    """Our own API takes no token, so it asks for a password."""
    answer = anonymous.get("/api/v1/projects")
    refusal(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == 'Basic realm="Moorage", charset="UTF-8"'


def form(who: Wire, **fields: str) -> httpx.Response:
    """POST of an OAuth2 form, by nobody's header."""
    return Wire.anonymous(who.client).ask("POST", TOKEN, data={"service": "x", "client_id": "test", **fields})


def test_by_get(admin: Wire, name: str) -> None:
    """GET with a password: the token under both names, its seconds, when it was issued, and no saved login."""
    answer = admin.ask("GET", TOKEN, params={"service": "x", "account": ADMIN, "scope": f"repository:{name}:pull"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["token"] == body["access_token"]
    assert body["expires_in"] == 1800
    issued = datetime.strptime(body["issued_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - issued) < timedelta(minutes=5)
    assert body["scope"] == f"repository:{name}:pull"
    assert "refresh_token" not in body
    assert admin.bearing(body["token"]).get("/v2/").status_code == 200


def test_by_post(admin: Wire, name: str) -> None:
    """POST with a password: the same answer; the token opens what it says."""
    scope = f"repository:{name}:pull,push"
    answer = form(admin, grant_type="password", username=ADMIN, password=PASSWORD, scope=scope)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"token", "access_token", "expires_in", "issued_at", "scope"}
    assert admin.bearing(body["access_token"]).push_blob(name, b"{}")


@pytest.mark.parametrize("query", [{"offline_token": "true"}, {"access_type": "offline"}])
def test_a_saved_login(admin: Wire, anonymous: Wire, name: str, query: dict[str, str]) -> None:
    """Who asks for it gets a refresh token, which buys access tokens until it ends; nobody gets none."""
    saved = admin.ask("GET", TOKEN, params=query).json()["refresh_token"]
    assert "refresh_token" not in anonymous.ask("GET", TOKEN, params=query).json()
    scope = f"repository:{name}:pull,push"
    for _ in range(2):
        body = form(admin, grant_type="refresh_token", refresh_token=saved, scope=scope).json()
        assert body["refresh_token"] == saved
        assert body["scope"] == scope
        assert admin.bearing(body["access_token"]).push_blob(name, b"{}")
    body = form(admin, grant_type="password", username=ADMIN, password=PASSWORD, access_type="offline").json()
    assert form(admin, grant_type="refresh_token", refresh_token=body["refresh_token"]).status_code == 200


def test_tokens_are_of_one_use(admin: Wire) -> None:
    """A refresh token opens nothing, and an access token buys nothing, by either way."""
    body = admin.ask("GET", TOKEN, params={"offline_token": "true"}).json()
    answer = admin.bearing(body["refresh_token"]).get("/v2/")
    refusal(answer, 401, "UNAUTHORIZED")
    assert challenge(answer)["error"] == "invalid_token"
    refusal(form(admin, grant_type="refresh_token", refresh_token=body["token"]), 401, "UNAUTHORIZED")
    refusal(admin.bearing(body["token"]).get(TOKEN), 401, "UNAUTHORIZED")
    refusal(admin.bearing(body["refresh_token"]).get(TOKEN), 401, "UNAUTHORIZED")


SCOPES = [
    (["repository:{a}:pull"], "repository:{a}:pull"),
    (["repository:{a}:pull,push"], "repository:{a}:pull,push"),
    (["repository:{a}:*"], "repository:{a}:delete,pull,push"),
    (["repository:{a}:pull,fly"], "repository:{a}:pull"),
    (["repository:{a}:pull", "repository:{b}:push"], "repository:{a}:pull repository:{b}:push"),
    (["repository:{a}:pull repository:{b}:push"], "repository:{a}:pull repository:{b}:push"),
    (["repository:{a}:pull", "repository:{a}:push"], "repository:{a}:pull,push"),
    (["repository:registry.example:5000/{a}:pull"], ""),
    (["repository:docker.io/app:pull", "repository:{a}:pull"], "repository:docker.io/app:pull repository:{a}:pull"),
    (["repository:UPPER:pull"], ""),
    (["registry:catalog:*"], "registry:catalog:*"),
    (["nonsense", ":::", ""], ""),
    ([], ""),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "granted"), SCOPES, ids=lambda value: str(value)[:40])
def test_scopes(admin: Wire, name: str, asked: list[str], granted: str) -> None:
    """Scopes come as several fields or as words of one; what grants nothing is left out and is no error."""
    other = f"{name}-other"
    params = {"scope": [scope.format(a=name, b=other) for scope in asked]}
    by_get = admin.ask("GET", TOKEN, params=params)
    assert (by_get.status_code, by_get.json()["scope"]) == (200, granted.format(a=name, b=other))
    scopes = " ".join(params["scope"])
    by_post = form(admin, grant_type="password", username=ADMIN, password=PASSWORD, scope=scopes)
    assert (by_post.status_code, by_post.json()["scope"]) == (200, granted.format(a=name, b=other))


def test_narrower_than_asked(anonymous: Wire, name: str, open_name: str) -> None:
    """Who asks for more than they have gets what they have, with 200."""
    asked = [f"repository:{open_name}:pull,push,delete", f"repository:{name}:pull"]
    answer = anonymous.ask("GET", TOKEN, params={"scope": asked})
    assert (answer.status_code, answer.json()["scope"]) == (200, f"repository:{open_name}:pull")


@pytest.mark.parametrize(("user", "password"), [("nobody-1", "x"), ("nobody-2", ""), ("", "x"), ("admin ", PASSWORD)])
def test_wrong_passwords(admin: Wire, name: str, user: str, password: str) -> None:
    """A wrong name and a wrong password get the same 401 on every way in."""
    header = {"Authorization": basic(user, password)}
    nobody = Wire.anonymous(admin.client)
    answers = [
        nobody.ask("GET", TOKEN, headers=header),
        nobody.ask("GET", f"{TOKEN}?scope=repository:{name}:pull", headers=header),
        form(admin, grant_type="password", username=user, password=password),
        nobody.ask("GET", "/v2/", headers=header),
        nobody.ask("GET", f"/v2/{name}/tags/list", headers=header),
        nobody.ask("GET", "/api/v1/projects", headers=header),
    ]
    messages = {refusal(answer, 401, "UNAUTHORIZED")["message"] for answer in answers}
    assert messages == {"the user name or password is wrong"}


def test_foreign_credentials(admin: Wire, name: str, open_name: str) -> None:
    """Credentials meant for somebody else get nobody's token where nobody may pull all that is asked; else 401."""
    admin.push_image(open_name, "latest")
    header = {"Authorization": basic("dockerhub-person", "dockerhub-password")}
    nobody = Wire.anonymous(admin.client)
    pull = f"repository:{open_name}:pull"
    by_get = nobody.ask("GET", TOKEN, params={"scope": pull}, headers=header)
    by_post = form(admin, grant_type="password", username="dockerhub-person", password="x", scope=pull)
    for answer in (by_get, by_post):
        assert (answer.status_code, answer.json()["scope"]) == (200, pull)
        token = nobody.bearing(answer.json()["token"])
        assert token.get(f"/v2/{open_name}/manifests/latest").status_code == 200
        refusal(token.ask("POST", f"/v2/{open_name}/blobs/uploads/"), 401, "UNAUTHORIZED")
    for scopes in (
        [f"repository:{open_name}:pull,push"],
        [pull, f"repository:{name}:pull"],
        [pull, "registry:catalog:*"],
        ["registry:catalog:*"],
        [],
    ):
        refusal(nobody.ask("GET", TOKEN, params={"scope": scopes}, headers=header), 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("fields", "content_type"),
    [
        ("grant_type=password&username=admin", "application/json"),
        ("grant_type=fly", "application/x-www-form-urlencoded"),
        ("", "application/x-www-form-urlencoded"),
        ("grant_type=password&username=%FF", "application/x-www-form-urlencoded"),
        ("&".join(["scope=a"] * 1000), "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
    ],
    ids=["type", "grant", "empty", "bytes", "many", "no text"],
)
def test_malformed_forms(anonymous: Wire, fields: str | bytes, content_type: str) -> None:
    """A form that cannot be read is 400, before any password is looked at."""
    refusal(anonymous.ask("POST", TOKEN, content=fields, headers={"Content-Type": content_type}), 400)


def test_a_large_form(anonymous: Wire) -> None:
    """A form has a bounded size."""
    refusal(form(anonymous, grant_type="password", username="x" * 70_000), 413)


def test_a_token_opens_its_repository_only(admin: Wire, name: str) -> None:
    """A token for one repository opens no other: none beside, below or above it."""
    others = [fresh(), f"{name}/below", name.partition("/")[0], f"{name}x"]
    for where in (name, *others):
        admin.push_image(where, "latest")
    token = admin.narrowed(f"repository:{name}:pull,push,delete")
    assert token.get(f"/v2/{name}/manifests/latest").status_code == 200
    for where in others:
        for method, path in (("GET", "manifests/latest"), ("POST", "blobs/uploads/"), ("DELETE", "manifests/latest")):
            answer = token.ask(method, f"/v2/{where}/{path}")
            refusal(answer, 401, "UNAUTHORIZED")
            assert challenge(answer)["error"] == "insufficient_scope"


def test_a_token_does_what_it_says_only(admin: Wire, name: str) -> None:
    """A token to pull cannot push or delete; the challenge names the scope and says why in a sentence."""
    admin.push_image(name, "latest")
    token = admin.narrowed(f"repository:{name}:pull")
    assert token.get(f"/v2/{name}/manifests/latest").status_code == 200
    answer = token.ask("PUT", f"/v2/{name}/manifests/latest", content=b"{}")
    error = refusal(answer, 401, "UNAUTHORIZED")
    fields = challenge(answer)
    assert fields["error"] == "insufficient_scope"
    assert fields["scope"] == f"repository:{name}:pull,push"
    assert fields["error_description"] == error["message"].replace('"', "'")
    assert "does not cover 'push'" in fields["error_description"]
    answer = admin.narrowed(f"repository:{name}:pull,push").ask("DELETE", f"/v2/{name}/manifests/latest")
    refusal(answer, 401, "UNAUTHORIZED")
    assert challenge(answer)["scope"] == f"repository:{name}:delete"


def test_the_first_push_into_a_new_project(admin: Wire) -> None:
    """A token that was issued before the project was there goes on fitting while the push makes it."""
    name = "first-push/app"
    token = admin.narrowed(f"repository:{name}:pull,push")
    token.push_image(name, "latest")
    assert token.get(f"/v2/{name}/manifests/latest").status_code == 200


def test_a_project_made_anew(admin: Wire) -> None:
    """A token of a project that was deleted does not fit the one that was made under its name."""
    name = "reborn/app"
    assert admin.ask("POST", "/api/v1/projects", json={"name": "reborn"}).status_code == 201
    token = admin.narrowed(f"repository:{name}:pull,push,delete")
    token.push_image(name, "latest")
    assert admin.ask("DELETE", "/api/v1/projects/reborn/repositories/app").status_code == 204
    for deleted in admin.get("/api/v1/projects/reborn/trash").json():
        assert admin.ask("DELETE", f"/api/v1/projects/reborn/trash/{deleted['id']}").status_code == 204
    assert admin.ask("DELETE", "/api/v1/projects/reborn").status_code == 204
    assert admin.ask("POST", "/api/v1/projects", json={"name": "reborn"}).status_code == 201
    admin.push_image(name, "latest")
    for method, path in (("GET", "manifests/latest"), ("POST", "blobs/uploads/"), ("DELETE", "manifests/latest")):
        answer = token.ask(method, f"/v2/{name}/{path}")
        refusal(answer, 401, "UNAUTHORIZED")
        assert challenge(answer)["error"] == "insufficient_scope"


def test_a_closed_project(admin: Wire, anonymous: Wire) -> None:
    """When a project is closed nobody's tokens open it no more, at once."""
    admin.ask("POST", "/api/v1/projects", json={"name": "closing", "public": True})
    admin.push_image("closing/app", "latest")
    token = anonymous.narrowed("repository:closing/app:pull")
    assert token.get("/v2/closing/app/manifests/latest").status_code == 200
    assert admin.ask("PATCH", "/api/v1/projects/closing", json={"public": False}).status_code == 200
    for who in (token, anonymous):
        refusal(who.get("/v2/closing/app/manifests/latest"), 401, "UNAUTHORIZED")


def test_a_changed_password(server: Server, admin: Wire, name: str) -> None:
    """A new password ends every token and every saved login that was issued before it."""
    enrol(server.data, "leaver", "before", administrator=True)
    leaver = Wire.basic(admin.client, "leaver", "before")
    scope = f"repository:{name}:pull,push"
    body = leaver.ask("GET", TOKEN, params={"offline_token": "true", "scope": scope}).json()
    change_password(server.data, "leaver", "after")
    answer = leaver.bearing(body["token"]).ask("POST", f"/v2/{name}/blobs/uploads/")
    refusal(answer, 401, "UNAUTHORIZED")
    assert challenge(answer)["error"] == "invalid_token"
    refusal(form(admin, grant_type="refresh_token", refresh_token=body["refresh_token"]), 401, "UNAUTHORIZED")
    refusal(form(admin, grant_type="password", username="leaver", password="before "), 401, "UNAUTHORIZED")
    again = Wire.basic(admin.client, "leaver", "after").narrowed(scope)
    assert again.ask("POST", f"/v2/{name}/blobs/uploads/").status_code == 202


def unpacked(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, payload and signature of a JWT."""
    header, payload, signature = token.split(".")
    return _read(header), _read(payload), signature


def packed(header: dict[str, Any], payload: dict[str, Any], signature: str) -> str:
    """A JWT of these parts, whether or not they belong together."""
    return f"{_write(header)}.{_write(payload)}.{signature}"


def _read(part: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return fields


def _write(fields: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).rstrip(b"=").decode()


def forgeries(token: str, name: str) -> dict[str, str]:
    """Tokens that somebody without the key could make out of a narrow one."""
    header, payload, signature = unpacked(token)
    wider = {"type": "repository", "name": name, "actions": ["delete", "pull", "push"], "project": None}
    grants = {name: Grant(frozenset({"pull", "push", "delete"}), None)}
    claims = Claims(
        Kind.USER,
        ADMIN,
        payload["account"],
        payload["epoch"],
        payload["iat"],
        payload["exp"],
        refresh=False,
        grants=grants,
    )
    return {
        "wider": packed(header, {**payload, "access": [wider]}, signature),
        "other subject": packed(header, {**payload, "sub": "root"}, signature),
        "longer": packed(header, {**payload, "exp": payload["exp"] + 10**6}, signature),
        "alg none": packed({**header, "alg": "none"}, {**payload, "access": [wider]}, ""),
        "alg None": packed({**header, "alg": "None"}, {**payload, "access": [wider]}, ""),
        "alg HS384": packed({**header, "alg": "HS384"}, payload, signature),
        "alg RS256": packed({**header, "alg": "RS256"}, payload, signature),
        "alg missing": packed({"typ": "JWT"}, payload, signature),
        "no signature": packed(header, payload, ""),
        "own key": JwtTokens(fixed([b"k" * 32])).sign(claims),
        "empty key": JwtTokens(fixed([b"\x00" * 32])).sign(claims),
        "own key in header": packed({**header, "jwk": {"kty": "oct", "k": "a2V5"}}, payload, signature),
        "cut": token[:-2],
        "longer signature": token + "AA",
        "twice": f"{token}.{token}",
        "header no object": f"W10.{token.partition('.')[2]}",
        "deep header": f"{urlsafe_b64encode(b'[' * 9000).decode()}.{token.partition('.')[2]}",
    }


KINDS = sorted(
    forgeries(JwtTokens(fixed([b"x" * 32])).sign(Claims(Kind.USER, "a", 1, 1, 0, 1, refresh=False, grants={})), "a/b")
)


@pytest.mark.parametrize("kind", KINDS)
def test_forged(admin: Wire, name: str, kind: str) -> None:
    """A token that was not signed by us as it stands is refused, whatever algorithm it names."""
    admin.push_image(name, "latest")
    token = admin.token(f"repository:{name}:pull")
    assert admin.bearing(token).get(f"/v2/{name}/manifests/latest").status_code == 200
    answer = admin.bearing(forgeries(token, name)[kind]).get(f"/v2/{name}/manifests/latest")
    refusal(answer, 401, "UNAUTHORIZED")
    assert challenge(answer)["error"] == "invalid_token"


def test_no_secret_in_a_token(admin: Wire, name: str) -> None:
    """What everybody can read in a token is who, what and until when."""
    header, payload, _ = unpacked(admin.token(f"repository:{name}:pull"))
    assert header["alg"] == "HS256"
    assert payload["exp"] - payload["iat"] == 1800
    assert PASSWORD not in json.dumps([header, payload])
    assert [(entry["name"], entry["actions"]) for entry in payload["access"]] == [(name, ["pull"])]


def attempt(admin: Wire, user: str, password: str) -> httpx.Response:
    """One try to log in."""
    return Wire.anonymous(admin.client).ask("GET", TOKEN, headers={"Authorization": basic(user, password)})


def test_many_wrong_passwords(admin: Wire) -> None:
    """Ten different wrong passwords make wait, by every way in; other people and who is in already do not."""
    for number in range(10):
        refusal(attempt(admin, "guessed", f"guess-{number}"), 401, "UNAUTHORIZED")
    answer = attempt(admin, "guessed", "guess-10")
    refusal(answer, 429, "TOOMANYREQUESTS")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    answer = form(admin, grant_type="password", username="guessed", password="guess-11")
    refusal(answer, 429, "TOOMANYREQUESTS")
    assert "retry-after" in answer.headers
    assert admin.ask("GET", TOKEN).status_code == 200
    refusal(attempt(admin, "somebody-else", "guess"), 401, "UNAUTHORIZED")


def test_the_same_wrong_password_again_and_again(admin: Wire) -> None:
    """Fifty tries with the same wrong password are one mistake: runtimes repeat what they were given."""
    for _ in range(50):
        refusal(attempt(admin, "mistaken", "the same"), 401, "UNAUTHORIZED")
    for number in range(9):
        refusal(attempt(admin, "mistaken", f"guess-{number}"), 401, "UNAUTHORIZED")
    refusal(attempt(admin, "mistaken", "guess-9"), 429, "TOOMANYREQUESTS")
