"""Each noun of the client, once right and once wrong, against a real registry."""

import json
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import known
from tests.cli.support.person import Person
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor

IMAGE = json.dumps({
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.index.v1+json",
    "manifests": [],
}).encode()  # fmt: skip


def push(server: Server, repository: str, *tags: str) -> None:
    """The smallest thing that can be tagged."""
    for tag in tags:
        status, _, body = server.call(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            body=IMAGE,
            Content_Type="application/vnd.oci.image.index.v1+json",
        )
        assert status == 201, body


def done(person: Person, *words: str, given: str = "") -> str:
    """What it prints when all is well."""
    outcome = person.call(*words, given=given)
    assert outcome.status == 0, outcome.err
    return outcome.out


def test_projects(admin: Person) -> None:
    """Made, shown, changed, listed, deleted; a second one of the name is a conflict."""
    assert done(admin, "project", "create", "one", "--description", "the [b]first[/b]") == (
        "The project one is made; it is private.\n"
    )
    assert admin.call("project", "create", "one").status == 5
    done(admin, "project", "update", "one", "--public")
    shown = admin.read("project", "show", "one")
    assert (shown["public"], shown["description"]) == (True, "the [b]first[/b]")
    assert admin.read("project", "update", "one", "--private", "--description", "")["public"] is False
    assert "one" in [project["name"] for project in admin.read("project", "list")]
    done(admin, "project", "delete", "one")
    assert admin.call("project", "show", "one").status == 4


def test_sessions(server: Server, admin: Person) -> None:
    """Of one's own and of others, listed and ended."""
    with Visitor(server.url) as visitor:
        visitor.sign_in("admin")
        [found] = admin.read("session", "list")
        assert found["address"] == "127.0.0.1"
        assert admin.read("session", "list", "--user", "admin") == [found]
        assert "is ended" in done(admin, "session", "end", str(found["id"]))
        assert visitor.get("/account").status_code == 303
        visitor.sign_in("admin")
        done(admin, "session", "end", "--all")
        assert visitor.get("/account").status_code == 303
    assert admin.call("session", "end", str(found["id"])).status == 4
    assert admin.call("session", "end").status == 2
    assert admin.call("user", "reset-second-factor", "admin").status == 4


def test_invitations(server: Server, admin: Person) -> None:
    """Made with a link that stands alone where it is piped to, listed without it, and taken back."""
    done(admin, "project", "create", "club")
    words = ("invite", "create", "--project", "club", "--role", "reader", "--days", "3", "--note", "for Ann")
    outcome = admin.call(*words)
    assert (outcome.status, "only this once" in outcome.err) == (0, True)
    link = outcome.out.strip()
    assert link.startswith(f"{server.url}/invite/moi_")
    listed = done(admin, "invite", "list", "--project", "club")
    assert "for Ann" in listed
    assert link.rpartition("/")[2] not in listed
    made = admin.read(*words)
    assert made["url"].startswith(f"{server.url}/invite/moi_")
    with Visitor(server.url) as visitor:
        path = made["url"].removeprefix(server.url)
        assert visitor.get(path).status_code == 200
        assert "is taken back" in done(admin, "invite", "revoke", str(made["id"]), "--project", "club")
        assert visitor.get(path).status_code == 404
    assert admin.call("invite", "revoke", str(made["id"]), "--project", "club").status == 4
    wide = admin.read("invite", "create")
    assert (wide["project"], wide["role"]) == (None, None)
    assert wide["id"] in [found["id"] for found in admin.read("invite", "list")]
    assert admin.call("invite", "revoke", str(wide["id"]), "--project", "club").status == 4
    done(admin, "invite", "revoke", str(wide["id"]))
    for wrong in (("--project", "club"), ("--role", "reader"), ("--days", "31")):
        assert admin.call("invite", "create", *wrong).status == 2
    assert admin.call("invite", "create", "--project", "club", "--role", "nothing").status == 1


def test_repositories_and_tags(server: Server, admin: Person) -> None:
    """By their full names; a name without a slash is in the project library."""
    push(server, "shelf/tools/lint", "1.0", "2.0")
    push(server, "alpine", "edge")
    assert [found["name"] for found in admin.read("repo", "list", "shelf")] == ["shelf/tools/lint"]
    assert admin.read("repo", "show", "shelf/tools/lint")["tags"] == 2
    assert [tag["name"] for tag in admin.read("tag", "list", "shelf/tools/lint")] == ["1.0", "2.0"]
    assert done(admin, "tag", "list", "alpine") == "NAME\nedge\n"
    assert admin.read("repo", "update", "alpine", "--public", "--description", "small")["public"] is True
    changed = admin.read("repo", "update", "alpine", "--as-project")
    assert (changed["public"], changed["description"]) == (None, "small")
    assert admin.call("repo", "update", "alpine", "--as-project", "--public").status == 2
    push(server, "shelf/tools/tags", "9.0")
    assert admin.read("repo", "show", "shelf/tools/tags")["name"] == "shelf/tools/tags"
    assert [tag["name"] for tag in admin.read("tag", "list", "shelf/tools/tags")] == ["9.0"]
    assert admin.call("repo", "show", "shelf/nothing").status == 4
    assert admin.call("project", "delete", "shelf").status == 5


def test_a_repository_is_deleted_only_on_purpose(server: Server, admin: Person) -> None:
    """Its name has to be typed, or --yes given; where nobody can be asked it stays."""
    push(server, "bin/app", "1")
    outcome = admin.call("repo", "delete", "bin/app")
    assert (outcome.status, "--yes" in outcome.err) == (2, True)
    status, seen = admin.type("repo", "delete", "bin/app", answers=[("to go on", "app")])
    assert (status, "nothing was deleted" in seen) == (1, True)
    status, seen = admin.type("repo", "delete", "bin/app", answers=[("to go on", "bin/app")])
    assert (status, "with its 1 tags" in seen) == (0, True)
    push(server, "bin/app", "1")
    done(admin, "repo", "delete", "bin/app", "--yes")
    assert admin.call("repo", "delete", "bin/app", "--yes").status == 4


def test_labels_and_descriptions(server: Server, admin: Person, tmp_path: Path) -> None:
    """Labels are set and taken away one by one; a description comes as words, from a file, or is piped in."""
    push(server, "notes/app", "1")
    assert done(admin, "repo", "label", "notes/app", "env=prod", "tier=1") == (
        "The repository notes/app has the labels: env=prod, tier=1.\n"
    )
    assert admin.read("repo", "label", "notes/app", "tier-", "none-", "env=test")["labels"] == {"env": "test"}
    assert admin.call("repo", "label", "notes/app", "env").status == 2
    assert admin.call("repo", "label", "notes/app", "a b=c").status == 1
    assert "env=test" in done(admin, "repo", "list", "notes", "--label", "env=test", "--sort", "-pushed_at")
    assert admin.read("repo", "list", "notes", "--label", "env=prod") == []
    assert admin.call("repo", "list", "notes", "--sort", "size").status == 1
    readme = tmp_path / "README.md"
    readme.write_text("# Notes")
    for words, given, expected in (
        (("short",), "", "short"),
        (("--file", str(readme)), "", "# Notes"),
        (("--file", "-"), "piped", "piped"),
    ):
        done(admin, "repo", "describe", "notes/app", *words, given=given)
        assert admin.read("repo", "show", "notes/app")["description"] == expected
    assert admin.call("repo", "describe", "notes/app").status == 2
    assert admin.call("repo", "describe", "notes/app", "--file", str(tmp_path / "none")).status == 1


def test_renamed_and_moved(server: Server, admin: Person) -> None:
    """Names change within a project and between projects; old names are listed, and freed one by one."""
    push(server, "older/app", "1")
    push(server, "flat-one", "1")
    done(admin, "project", "create", "newer")
    assert done(admin, "repo", "rename", "older/app", "older/deep/web") == (
        "The repository older/app is now older/deep/web.\n"
    )
    outcome = admin.call("repo", "rename", "older/deep/web", "newer/web")
    assert (outcome.status, "moorage repo move" in outcome.err) == (2, True)
    assert admin.read("repo", "move", "older/deep/web", "newer")["name"] == "newer/deep/web"
    assert admin.read("repo", "move", "newer/deep/web", "older", "--name", "back")["name"] == "older/back"
    assert admin.read("repo", "rename", "flat-one", "flat-two")["name"] == "flat-two"
    assert admin.read("project", "rename", "older", "oldest")["name"] == "oldest"
    listed = admin.read("repo", "redirects", "oldest")
    assert [(entry["name"], entry["leads_to"]) for entry in listed] == [
        ("older/app", "oldest/back"),
        ("older/deep/web", "oldest/back"),
        ("newer/deep/web", "oldest/back"),
        ("older", "oldest"),
    ]
    assert done(admin, "repo", "redirects", "oldest", "--remove", "older") == "older leads nowhere any more.\n"
    assert admin.call("repo", "redirects", "oldest", "--remove", "older").status == 4
    assert "older/app" in done(admin, "repo", "redirects", "oldest")
    done(admin, "project", "create", "older")


def test_members_and_roles(admin: Person) -> None:
    """A role replaces those held, --add keeps them; groups and patterns go along; roles of one's own are roles."""
    for words in (("project", "create", "crew"), ("group", "create", "day"), ("role", "set", "pusher", "pull", "push")):
        done(admin, *words)
    done(admin, "user", "create", "amy", "--password-stdin", given=PASSWORD)
    done(admin, "member", "set", "crew", "amy", "owner")
    assert done(admin, "member", "set", "crew", "amy", "writer", "--repositories", "web-*", "--tags", "dev-*") == (
        "amy is now writer (repositories web-*, tags dev-*) in project crew.\n"
    )
    added = admin.read("member", "set", "crew", "amy", "reader", "--add")
    assert [role["role"] for role in added["roles"]] == ["writer", "reader"]
    assert len(admin.read("member", "set", "crew", "amy", "reader", "--add")["roles"]) == 2
    done(admin, "member", "set", "crew", "day", "pusher", "--group", "--add")
    table = [line.split() for line in done(admin, "member", "list", "crew").splitlines()]
    assert table == [
        ["NAME", "KIND", "ROLE", "REPOSITORIES", "TAGS"],
        ["amy", "user", "writer", "web-*", "dev-*"],
        ["amy", "user", "reader", "**", "**"],
        ["day", "group", "pusher", "**", "**"],
    ]
    assert admin.call("role", "delete", "pusher").status == 5
    done(admin, "member", "remove", "crew", "day", "--group")
    assert admin.call("member", "remove", "crew", "day", "--group").status == 4
    done(admin, "role", "delete", "pusher")
    assert admin.call("role", "set", "reader", "push").status == 5
    assert {role["name"] for role in admin.read("role", "list")} >= {"reader", "writer", "maintainer", "owner"}
    assert admin.call("member", "set", "crew", "nobody", "reader").status == 4
    outcome = admin.call("member", "set", "crew", "amy", "king")
    assert (outcome.status, "there is no role 'king'" in outcome.err) == (1, True)


def test_users(server: Server, admin: Person, tmp_path: Path) -> None:
    """Made, given rights, disabled, given another password, deleted."""
    done(admin, "user", "create", "bob", "--password-stdin", given=f"{PASSWORD}\n")
    bob = known("bob", PASSWORD, server, tmp_path)
    outcome = bob.call("user", "list")
    assert (outcome.status, outcome.err[:13]) == (1, "moorage: bob ")
    done(admin, "user", "update", "bob", "--auditor", "--administrator")
    assert admin.read("user", "update", "bob", "--no-administrator")["auditor"] is True
    assert "auditor" in done(admin, "user", "show", "bob")
    assert admin.read("user", "update", "bob", "--disable")["disabled"] is True
    assert admin.read("user", "update", "bob", "--enable")["disabled"] is False
    assert admin.call("user", "update", "bob").status == 2
    done(admin, "user", "set-password", "bob", "--password-stdin", given="another-password")
    assert known("bob", "another-password", server, tmp_path).read("whoami")["must_change"] is True
    assert admin.call("user", "create", "bob", "--password-stdin", given=PASSWORD).status == 5
    assert admin.call("user", "create", "b", "--password-stdin", given="short").status == 1
    done(admin, "user", "delete", "bob")
    assert admin.call("user", "delete", "bob").status == 4
    assert "bob" not in [user["name"] for user in admin.read("user", "list")]


def test_groups(admin: Person) -> None:
    """Made, joined, left, listed over several pages, deleted."""
    done(admin, "group", "create", "night")
    assert done(admin, "group", "join", "night", "admin") == "admin is in the group night.\n"
    assert done(admin, "group", "people", "night") == "NAME\nadmin\n"
    assert [group["members"] for group in admin.read("group", "list") if group["name"] == "night"] == [1]
    done(admin, "group", "leave", "night", "admin")
    assert admin.read("group", "people", "night") == []
    done(admin, "group", "delete", "night")
    assert admin.call("group", "people", "night").status == 4


def test_lists_are_read_to_their_end(server: Server, admin: Person) -> None:
    """All pages of a list come, in one JSON list too, or the first --limit entries."""
    with httpx.Client(base_url=server.url, auth=("admin", PASSWORD)) as client:
        for number in range(260):
            made = client.post("/api/v1/groups", json={"name": f"many-{number:03}"})
            assert made.status_code == 201
    names = [group["name"] for group in admin.read("group", "list")]
    assert [name for name in names if name.startswith("many-")] == [f"many-{number:03}" for number in range(260)]
    assert admin.read("group", "list", "--limit", "255") == admin.read("group", "list")[:255]
    assert len(admin.read("group", "list", "--limit", "3")) == 3
    assert admin.call("group", "list", "--limit", "0").status == 2


def test_robots_of_a_project(admin: Person) -> None:
    """The secret stands alone on standard output; a robot goes by its two names or by its login."""
    done(admin, "project", "create", "machines")
    made = admin.run(
        "robot", "create", "machines", "ci", "--action", "pull", "--action", "push", "--repositories", "web-*",
        "--days", "7",
    )  # fmt: skip
    assert made.out.startswith("mor_")
    assert made.out.count("\n") == 1
    assert "robot$machines+ci" in made.err
    assert made.out.strip() not in made.err
    shown = admin.read("robot", "show", "machines", "ci")
    assert (shown["actions"], shown["repositories"]) == (["pull", "push"], ["web-*"])
    assert shown["expires_at"] - shown["created_at"] == 7 * 86_400
    rotated = admin.read("robot", "rotate", "robot$machines+ci", "--never-expires", "--overlap-hours", "0.5")
    assert (rotated["expires_at"], rotated["secret"] == made.out.strip()) == (None, False)
    updated = admin.read("robot", "update", "machines", "ci", "--action", "pull", "--repositories", "*", "--days", "9")
    assert (updated["actions"], updated["repositories"], updated["expires_at"] is None) == (["pull"], ["*"], False)
    assert admin.read("robot", "update", "robot$machines+ci", "--never-expires")["expires_at"] is None
    assert admin.read("robot", "update", "machines", "ci", "--description", "of CI")["expires_at"] is None
    assert admin.call("robot", "update", "machines", "ci").status == 2
    assert admin.call("robot", "update", "machines", "ci", "--days", "1", "--never-expires").status == 2
    assert admin.read("robot", "disable", "machines", "ci")["disabled"] is True
    assert "disabled" in done(admin, "robot", "list", "machines")
    assert admin.read("robot", "enable", "robot$machines+ci")["disabled"] is False
    assert admin.call("robot", "create", "machines", "ci").status == 5
    assert admin.call("robot", "create", "ci").status == 2
    assert admin.call("robot", "create", "machines", "x", "--action", "fly").status == 1
    done(admin, "robot", "delete", "machines", "ci")
    assert admin.call("robot", "show", "machines", "ci").status == 4


def test_webhooks_of_a_project(admin: Person) -> None:
    """Made with its secret alone on standard output, changed, tried, looked after and removed."""
    done(admin, "project", "create", "hooked")
    made = admin.run("webhook", "add", "hooked", "https://127.0.0.1:1/hook?key=1", "--event", "tag.*", "--tags", "1.*")
    assert made.out.startswith("whsec_")
    assert made.out.count("\n") == 1
    assert "is made" in made.err
    (hook,) = admin.read("webhook", "list", "hooked")
    number = str(hook["id"])
    assert (hook["url"], hook["events"], hook["tags"]) == ("https://127.0.0.1:1/hook?key=1", ["tag.*"], ["1.*"])
    assert "enabled" in done(admin, "webhook", "show", "hooked", number)
    assert admin.call("webhook", "rotate", "hooked", number).out.startswith("whsec_")
    given = admin.call("webhook", "rotate", "hooked", number, "--secret-stdin", given="a secret of ours\n")
    assert given.out == "a secret of ours\n"
    ping = admin.read("webhook", "test", "hooked", number)
    assert ping["kind"] == "ping"
    assert "ping" in done(admin, "webhook", "deliveries", "hooked", number, "--state", "waiting")
    assert admin.call("webhook", "redeliver", "hooked", number, str(ping["id"])).status == 5
    assert admin.read("webhook", "update", "hooked", number, "--disable")["disabled"] is True
    assert "disabled" in done(admin, "webhook", "list", "hooked")
    assert admin.call("webhook", "test", "hooked", number).status == 5
    changed = admin.read("webhook", "update", "hooked", number, "--enable", "--form", "slack", "--event", "*")
    assert (changed["disabled"], changed["form"], changed["events"]) == (False, "slack", ["*"])
    assert admin.read("webhook", "redeliver", "hooked", number, str(ping["id"]))["state"] == "waiting"
    assert admin.call("webhook", "update", "hooked", number).status == 2
    assert admin.call("webhook", "add", "hooked", "ftp://127.0.0.1/").status == 1
    assert admin.call("webhook", "deliveries", "hooked", number, "--state", "lost").status == 1
    done(admin, "webhook", "remove", "hooked", number)
    assert admin.call("webhook", "show", "hooked", number).status == 4


def test_robots_of_the_instance(admin: Person) -> None:
    """They go by one name and --instance."""
    assert admin.call("robot", "create", "backup", "--instance").out.startswith("mor_")
    assert [robot["name"] for robot in admin.read("robot", "list", "--instance")] == ["robot$backup"]
    assert admin.call("robot", "list").status == 2
    assert admin.call("robot", "list", "machines", "--instance").status == 2
    assert admin.call("robot", "show", "machines", "backup", "--instance").status == 2
    assert "backup" in done(admin, "robot", "show", "backup", "--instance")
    done(admin, "robot", "delete", "robot$backup")


def test_tokens(admin: Person) -> None:
    """Made for a purpose, shown once, revoked by name or by id."""
    made = admin.read("token", "create", "laptop", "--scope", "pull", "--repositories", "team/*", "--days", "1")
    assert made["secret"].startswith("mop_")
    assert admin.call("token", "create", "phone", "--scope", "pull", "--scope", "push").out.startswith("mop_")
    assert admin.call("token", "create", "phone", "--scope", "pull").status == 5
    assert admin.call("token", "create", "x").status == 2
    assert [token["name"] for token in admin.read("token", "list")][:2] == ["phone", "laptop"]
    assert "team/*" in done(admin, "token", "list")
    done(admin, "token", "delete", "phone")
    assert done(admin, "token", "delete", str(made["id"])) == "The token laptop is revoked.\n"
    assert admin.call("token", "delete", "laptop").status == 4


def test_garbage(admin: Person) -> None:
    """Its status, what a round would take, and a round."""
    lines = done(admin, "gc", "status").splitlines()
    assert [line.partition("  ")[0] for line in lines] == [
        "running", "can go now", "rests", "for", "last round", "asked by", "took", "all rounds",
    ]  # fmt: skip
    assert admin.read("gc", "status")["grace_hours"] == 24
    assert admin.read("gc", "run", "--dry-run", "--grace-hours", "1000")["dry_run"] is True
    assert "would go now" in done(admin, "gc", "run", "--dry-run")
    assert done(admin, "gc", "run", "--grace-hours", "1000").startswith("0 B (0 blobs, 0 links) went.")
    assert admin.read("gc", "run")["took"]["blobs"] == 0
    assert admin.read("gc", "status")["asked_by"] == "admin"
    assert admin.call("gc", "run", "--grace-hours", "-1").status == 1


def test_the_audit_and_explanations(admin: Person) -> None:
    """What happened is listed by its filters; who may what is answered with the reason."""
    done(admin, "project", "create", "seen")
    done(admin, "project", "update", "seen", "--public")
    kinds = [event["kind"] for event in admin.read("audit", "--project", "seen")]
    assert kinds == ["project.updated", "project.created"]
    outcome = admin.call("audit", "--project", "seen", "--limit", "1", "--actor", "admin", "--since", "1h")
    assert [line.split()[2:5] for line in outcome.out.splitlines()[1:]] == [["admin", "project.updated", "seen"]]
    assert "newest 1" in outcome.err
    assert admin.call("audit", "--project", "seen", "--until", "2020-01-31").err == "Nothing like this happened.\n"
    assert admin.call("audit", "--since", "yesterday").status == 2
    assert len(admin.read("audit", "--limit", "0")) >= 2
    assert done(admin, "explain", "anonymous", "pull", "seen") == "yes: anonymous may pull in seen\n  it is public\n"
    assert admin.read("explain", "anonymous", "push", "seen/app", "--tag", "1")["allowed"] is False
    assert admin.call("explain", "nobody", "pull", "seen").status == 4
    assert admin.call("explain", "admin", "fly", "seen").status == 1


@pytest.mark.parametrize(
    "words",
    [
        ("project", "show", ""),
        ("project", "show", ".."),
        ("group", "delete", "dev/members/admin"),
        ("repo", "delete", "team/../../x", "--yes"),
        ("repo", "show", "team//app"),
        ("user", "delete", "."),
        ("user", "show", "\udc80"),
    ],
)
def test_names_that_would_mean_something_else(admin: Person, words: tuple[str, ...]) -> None:
    """What would lead to another resource is refused before anything is asked."""
    outcome = admin.call(*words)
    assert (outcome.status, outcome.err.startswith("moorage: ")) == (2, True)


def test_issuers_and_trusts(admin: Person, tmp_path: Path) -> None:
    """An issuer is added, shown, changed and removed; robots get trusts by any of their names, and lose them."""
    added = ("issuer", "add", "hub", "https://ci.example.com", "--audience", "registry")
    assert done(admin, *added) == "The issuer hub is trusted.\n"
    assert admin.call(*added).status == 5
    assert "not the issuer's url" in admin.call(*added[:4], "--audience", added[3]).err
    keys = tmp_path / "keys.json"
    keys.write_text(
        json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})
    )
    changed = admin.read("issuer", "update", "hub", "--keys", str(keys), "--algorithm", "EdDSA")
    assert (changed["algorithms"], changed["keys"]["keys"][0]["kty"]) == (["EdDSA"], "OKP")
    assert admin.read("issuer", "update", "hub", "--published-keys")["keys"] is None
    assert admin.call("issuer", "update", "hub").status == 2
    keys.write_text("no json")
    assert admin.call("issuer", "update", "hub", "--keys", str(keys)).status == 2
    assert "hub" in [issuer["name"] for issuer in admin.read("issuer", "list")]
    done(admin, "project", "create", "fleet")
    done(admin, "robot", "create", "fleet", "ci")
    done(admin, "robot", "create", "--instance", "wide")
    trust = ("robot", "trust")
    for words in (("robot$fleet+ci",), ("fleet/ci",), ("--instance", "wide"), ("robot$wide",)):
        made = admin.read(*trust, "add", *words, "hub", "--claim", "repository=acme/app", "--claim", "ref=a=b")
        assert made["claims"] == {"repository": "acme/app", "ref": "a=b"}
        assert "repository=acme/app, ref=a=b" in done(admin, *trust, "list", *words)
        done(admin, *trust, "remove", *words, str(made["id"]))
        assert admin.call(*trust, "remove", *words, str(made["id"])).status == 4
    assert admin.call(*trust, "add", "ci", "hub", "--claim", "a=b").status == 2
    assert admin.call(*trust, "add", "fleet/ci", "hub", "--claim", "a").status == 2
    done(admin, "issuer", "remove", "hub")
    assert admin.call("issuer", "show", "hub").status == 4
