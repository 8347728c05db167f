"""What tags named and named when, and how they go back, on the wire."""

import time
from typing import Any

import httpx
import pytest

from tests.support.content import digest_of
from tests.support.people import enrol
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, fresh, refusal

API = "/api/v1"


def at(name: str, path: str = "") -> str:
    """The address of something below a repository."""
    project, _, short = name.partition("/")
    return f"{API}/projects/{project}/repositories/{short}{path}"


def done(answer: httpx.Response) -> Any:  # noqa: ANN401 - whatever JSON it is
    """What was answered, as JSON."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def pulled(who: Wire, name: str, tag: str) -> str | None:
    """The digest that a pull by tag gets; None where there is no such tag."""
    answer = who.get(f"/v2/{name}/manifests/{tag}")
    return answer.headers["docker-content-digest"] if answer.status_code == 200 else None


def events(admin: Wire, name: str) -> list[tuple[str, str | None]]:
    """What the audit tells of a repository, the newest first: kinds and tags."""
    found = done(admin.get(f"{API}/audit?repository={name}&per_page=100"))
    return [(event["kind"], event["tag"]) for event in found]


def push_two(admin: Wire, name: str, tag: str = "app") -> tuple[str, str]:
    """Two images that the tag names one after the other; their digests."""
    first, second = (digest_of(admin.push_image(name, tag, annotations={"salt": salt})) for salt in "12")
    return first, second


def test_moves(admin: Wire, name: str) -> None:
    """Every move of a tag is told, the newest first and in pages, also when it is deleted."""
    first, second = push_two(admin, name)
    admin.ask("DELETE", f"/v2/{name}/manifests/app")
    told = done(admin.get(at(name, "/tags/app/history")))
    assert [(move["before"], move["after"], move["by"]) for move in told] == [
        (second, None, ADMIN),
        (first, second, ADMIN),
        (None, first, ADMIN),
    ]
    assert [move["image"] for move in told] == [None, "here", "here"]
    paged, path = [], at(name, "/tags/app/history?per_page=2")
    for expected in (2, 1):
        answer = admin.get(path)
        assert answer.headers["x-total-count"] == "3"
        assert len(answer.json()) == expected
        paged += answer.json()
        path = str(httpx.URL(answer.links["next"]["url"]).raw_path, "ascii") if "next" in answer.links else ""
    assert (paged, path) == (told, "")
    refusal(admin.get(at(name, "/tags/never/history")), 404, "MANIFEST_UNKNOWN")
    refusal(admin.get(at(name, "/tags/-bad/history")), 400, "TAG_INVALID")


def test_who_sees_who_moved_it(server: Server, admin: Wire) -> None:
    """Whoever may push there, or see the members; pullers, also of what is public, learn no account and no trash."""
    project = fresh().replace("/", "-")
    name = f"{project}/app"
    first, _ = push_two(admin, name)
    admin.ask("DELETE", f"/v2/{name}/manifests/{first}")
    done(admin.ask("PATCH", f"{API}/projects/{project}", json={"public": True}))
    for role in ("reader", "writer", "maintainer", "", "partly"):
        account = f"{project}-{role or 'stranger'}"
        enrol(server.data, account, PASSWORD, administrator=False)
        given = {"roles": [{"role": "writer", "repositories": "a*"}]} if role == "partly" else {"role": role}
        if role:
            done(admin.ask("PUT", f"{API}/projects/{project}/members/{account}", json=given))
        who = Wire.basic(admin.client, account, PASSWORD)
        told = done(who.get(at(name, "/tags/app/history")))
        expected = (None, "gone") if role in {"", "reader"} else (ADMIN, "trash" if role == "maintainer" else "gone")
        assert [(move["by"], move["image"]) for move in told] == [(expected[0], "here"), expected], role


def test_undo(admin: Wire, name: str) -> None:
    """One action leads back to what a tag named before; the next pull gets it, and twice leads back again."""
    first, second = push_two(admin, name)
    assert pulled(admin, name, "app") == second
    shown = done(admin.ask("POST", at(name, "/tags/app/restore"), json={}))
    assert (shown["name"], shown["digest"]) == ("app", first)
    assert pulled(admin, name, "app") == first
    assert events(admin, name)[:2] == [("manifest.pushed", "app"), ("tag.restored", "app")]
    (event,) = done(admin.get(f"{API}/audit?repository={name}&kind=tag.restored"))
    assert (event["before"], event["after"], event["digest"]) == ({"digest": second}, {"digest": first}, first)
    done(admin.ask("POST", at(name, "/tags/app/restore"), json={}))
    assert pulled(admin, name, "app") == second


def test_back_to_one_of_many(admin: Wire, name: str) -> None:
    """By its digest a tag goes back to whatever it named once, and to nothing that it never named."""
    first, _ = push_two(admin, name)
    push_two(admin, name, "other")
    third = digest_of(admin.push_image(name, "app", annotations={"salt": "3"}))
    stranger = digest_of(admin.push_image(name, "other", annotations={"salt": "4"}))
    assert done(admin.ask("POST", at(name, "/tags/app/restore"), json={"digest": first}))["digest"] == first
    told = refusal(admin.ask("POST", at(name, "/tags/app/restore"), json={"digest": stranger}), 409, "CONFLICT")
    assert "promote" in told["message"]
    assert pulled(admin, name, "app") == first
    number = len(events(admin, name))
    done(admin.ask("POST", at(name, "/tags/app/restore"), json={"digest": first}))
    assert len(events(admin, name)) == number, "nothing moved, and something was told"
    assert third != first
    for digest in ("sha256:beef", "md5:00", 5):
        refusal(admin.ask("POST", at(name, "/tags/app/restore"), json={"digest": digest}), 400)


def test_a_deleted_tag(admin: Wire, name: str) -> None:
    """A deleted tag is there again; one that was never, or that named nothing before, is refused."""
    first, second = push_two(admin, name)
    admin.ask("DELETE", f"/v2/{name}/manifests/app")
    assert pulled(admin, name, "app") is None
    assert done(admin.ask("POST", at(name, "/tags/app/restore"), json={}))["digest"] == second
    assert pulled(admin, name, "app") == second
    refusal(admin.ask("POST", at(name, "/tags/never/restore"), json={}), 404, "MANIFEST_UNKNOWN")
    admin.push_image(name, "new")
    refusal(admin.ask("POST", at(name, "/tags/new/restore"), json={}), 409, "CONFLICT")
    assert first != second


def test_a_deleted_tag_with_its_image(admin: Wire, name: str) -> None:
    """A tag goes back to a deleted image in one action, and to none that is gone for good."""
    first, second = push_two(admin, name)
    admin.ask("DELETE", f"/v2/{name}/manifests/{first}")
    assert done(admin.get(at(name, "/tags/app/history")))[-1]["image"] == "trash"
    done(admin.ask("POST", at(name, "/tags/app/restore"), json={}))
    assert pulled(admin, name, "app") == first
    assert admin.get(f"/v2/{name}/manifests/{first}").status_code == 200
    assert ("manifest.restored", None) in events(admin, name)
    admin.ask("DELETE", f"/v2/{name}/manifests/{second}")
    done(admin.ask("DELETE", at(name, f"/trash/{second}")))
    told = refusal(admin.ask("POST", at(name, "/tags/app/restore"), json={"digest": second}), 409, "CONFLICT")
    assert "push it again" in told["message"]


def test_an_old_image_is_pulled_by_digest(admin: Wire, name: str) -> None:
    """What a tag named before is there under its digest for as long as nobody deletes it."""
    first, _ = push_two(admin, name)
    assert digest_of(admin.get(f"/v2/{name}/manifests/{first}").content) == first


def test_as_of(admin: Wire, name: str) -> None:
    """At a time in between, list and tag tell what was named then; another order than by name is refused."""
    first = digest_of(admin.push_image(name, "app", "old", annotations={"salt": "1"}))
    then = time.time()
    second = digest_of(admin.push_image(name, "app", annotations={"salt": "2"}))
    admin.ask("DELETE", f"/v2/{name}/manifests/old")
    for query, expected in (
        ("", {"app": second}),
        (f"?as_of={then!r}", {"app": first, "old": first}),
        (f"?as_of={then!r}&prefix=o", {"old": first}),
        ("?as_of=1", {}),
        ("?as_of=1000000000000", {"app": second}),
    ):
        answer = admin.get(at(name, f"/tags{query}"))
        assert {tag["name"]: tag["digest"] for tag in done(answer)} == expected
        assert answer.headers["x-total-count"] == str(len(expected))
    paged = admin.get(at(name, f"/tags?as_of={then!r}&per_page=1"))
    assert [tag["name"] for tag in paged.json()] == ["app"]
    assert paged.headers["x-total-count"] == "2"
    following = admin.get(str(httpx.URL(paged.links["next"]["url"]).raw_path, "ascii"))
    assert [tag["name"] for tag in following.json()] == ["old"]
    assert done(admin.get(at(name, f"/tags/app?as_of={then!r}")))["digest"] == first
    assert done(admin.get(at(name, "/tags/app")))["digest"] == second
    refusal(admin.get(at(name, "/tags/app?as_of=1")), 404, "MANIFEST_UNKNOWN")
    refusal(admin.get(at(name, "/tags/old")), 404, "MANIFEST_UNKNOWN")
    for query in ("as_of=1&sort=-name", "as_of=1&sort=pushed_at", "as_of=-1", "as_of=nan", "as_of=then", "as_of=inf"):
        refusal(admin.get(at(name, f"/tags?{query}")), 400)


def test_promote(admin: Wire, name: str) -> None:
    """A tag names what another names, or a digest, with no push; the move is in its history and in the audit."""
    first, second = push_two(admin, name, "1.4.2")
    shown = done(admin.ask("PUT", at(name, "/tags/stable"), json={"from_tag": "1.4.2"}))
    assert (shown["name"], shown["digest"]) == ("stable", second)
    assert pulled(admin, name, "stable") == second
    assert done(admin.ask("PUT", at(name, "/tags/stable"), json={"digest": first}))["digest"] == first
    assert pulled(admin, name, "stable") == first
    moves = done(admin.get(at(name, "/tags/stable/history")))
    assert [(move["before"], move["after"]) for move in moves] == [(second, first), (None, second)]
    told = events(admin, name)
    assert told[:4] == [("manifest.pushed", "stable"), ("tag.promoted", "stable")] * 2
    done(admin.ask("PUT", at(name, "/tags/stable"), json={"digest": first}))
    assert events(admin, name) == told
    for source in ({"from_tag": "none"}, {"digest": digest_of(b"nothing")}):
        refusal(admin.ask("PUT", at(name, "/tags/stable"), json=source), 404, "MANIFEST_UNKNOWN")
    for wrong in ({}, {"from_tag": "a", "digest": first}, {"from_tag": "-"}, {"digest": "x"}, {"tag": "a"}):
        refusal(admin.ask("PUT", at(name, "/tags/stable"), json=wrong), 400)
    refusal(admin.ask("PUT", at(name, "/tags/-bad"), json={"digest": first}), 400, "TAG_INVALID")


def test_promote_only_what_was_seen(admin: Wire, name: str) -> None:
    """With If-Match a tag moves only while it is what was seen; `*` moves none that is not there."""
    first, second = push_two(admin, name)
    seen = admin.get(at(name, "/tags/app")).headers["etag"]
    done(admin.ask("PUT", at(name, "/tags/app"), json={"digest": first}, headers={"If-Match": seen}))
    for tag, match in (("app", seen), ("new", "*")):
        refused = admin.ask("PUT", at(name, f"/tags/{tag}"), json={"digest": second}, headers={"If-Match": match})
        refusal(refused, 412)
    assert pulled(admin, name, "app") == first


def test_only_tags_of_ones_own(server: Server, admin: Wire) -> None:
    """Who may push some tags moves those and no other, by promotion as by restoring."""
    name = fresh()
    project = name.partition("/")[0]
    push_two(admin, name, "dev-1")
    push_two(admin, name, "1.0")
    enrol(server.data, "dev", PASSWORD, administrator=False)
    dev = Wire.basic(admin.client, "dev", PASSWORD)
    done(
        admin.ask("PUT", f"{API}/projects/{project}/members/dev", json={"roles": [{"role": "writer", "tags": "dev-*"}]})
    )
    done(dev.ask("PUT", at(name, "/tags/dev-2"), json={"from_tag": "1.0"}))
    done(dev.ask("POST", at(name, "/tags/dev-1/restore"), json={}))
    refusal(dev.ask("PUT", at(name, "/tags/1.0"), json={"from_tag": "dev-1"}), 403, "DENIED")
    refusal(dev.ask("POST", at(name, "/tags/1.0/restore"), json={}), 403, "DENIED")
    (first,) = {move["before"] for move in done(admin.get(at(name, "/tags/dev-1/history")))[:1]}
    done(dev.ask("POST", at(name, "/tags/dev-1/restore"), json={"digest": first}))
    # a deleted image comes back only by who may restore it
    old = done(admin.get(at(name, "/tags/dev-1/history")))[0]["before"]
    admin.ask("DELETE", f"/v2/{name}/manifests/{old}")
    refusal(dev.ask("POST", at(name, "/tags/dev-1/restore"), json={"digest": old}), 403, "DENIED")
    assert done(admin.get(at(name, "/trash")))[0]["digest"] == old


@pytest.mark.parametrize("repository", ["app/tags", "app/tags/1/history", "app/trash", "app/copies"])
def test_names_like_addresses(admin: Wire, repository: str) -> None:
    """A repository that is called as what stands behind repositories is reached by %2F."""
    name = fresh().replace("/", "-") + "/" + repository
    first, second = push_two(admin, name)
    project, _, short = name.partition("/")
    here = f"{API}/projects/{project}/repositories/{short.replace('/', '%2F')}"
    assert done(admin.get(here))["name"] == name
    assert [move["after"] for move in done(admin.get(f"{here}/tags/app/history"))] == [second, first]
