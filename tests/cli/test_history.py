"""Tags that go back, promotions, copies and the trash, as people ask for them."""

import pytest

from tests.cli.support.person import Person
from tests.cli.test_nouns import done
from tests.support import content
from tests.support.server import Server


def push(server: Server, repository: str, *tags: str) -> None:
    """An image of its own for each tag."""
    for tag in tags:
        status, _, body = server.call(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            body=content.index(annotations={"tag": tag}),
            Content_Type="application/vnd.oci.image.index.v1+json",
        )
        assert status == 201, body


def digest(admin: Person, repository: str, tag: str) -> str:
    """What a tag names."""
    named: str = admin.read("tag", "show", repository, tag)["digest"]
    return named


def test_a_tag_goes_back(server: Server, admin: Person) -> None:
    """Its moves are listed, it goes back by one word, to a digest as well, and is shown as of a time."""
    push(server, "night/app", "1.0", "2.0")
    first, second = (digest(admin, "night/app", tag) for tag in ("1.0", "2.0"))
    assert first != second
    for source in ("night/app:1.0", f"night/app@{second}"):
        done(admin, "tag", "promote", source, "stable")
    assert digest(admin, "night/app", "stable") == second
    assert [move["after"] for move in admin.read("tag", "history", "night/app", "stable")] == [second, first]
    told = done(admin, "tag", "history", "night/app", "stable")
    assert second in told
    assert "admin" in told
    assert done(admin, "tag", "restore", "night/app", "stable") == f"night/app:stable names {first} again.\n"
    done(admin, "tag", "restore", "night/app", "stable", "--digest", second)
    assert digest(admin, "night/app", "stable") == second
    assert admin.read("tag", "list", "night/app", "--as-of", "1d") == []
    assert [tag["name"] for tag in admin.read("tag", "list", "night/app", "--as-of", "2100-01-01")] == [
        "1.0", "2.0", "stable"
    ]  # fmt: skip
    assert "DIGEST" in done(admin, "tag", "list", "night/app", "--as-of", "2100-01-01")
    assert admin.call("tag", "show", "night/app", "stable", "--as-of", "1d").status == 4
    assert admin.call("tag", "restore", "night/app", "never").status == 4
    assert admin.call("tag", "restore", "night/app", "1.0").status == 5
    assert admin.call("tag", "promote", "night/app", "stable").status == 2


def test_a_copy(server: Server, admin: Person) -> None:
    """An image is copied by tag or digest, under tags of its own."""
    push(server, "origin/app", "1.0")
    done(admin, "project", "create", "goal")
    made = admin.read("repo", "copy", "origin/app:1.0", "goal/app:1.0", "--tag", "stable", "--no-referrers")
    assert (made["tags"], made["new"]) == (["1.0", "stable"], 1)
    assert digest(admin, "goal/app", "stable") == made["digest"]
    assert "0 of its manifests are new" in done(admin, "repo", "copy", f"origin/app@{made['digest']}", "goal/app")
    assert admin.call("repo", "copy", "origin/app", "goal/app").status == 2
    assert admin.call("repo", "copy", "origin/app:2.0", "goal/app").status == 4


def test_the_trash(server: Server, admin: Person) -> None:
    """Deleted repositories and images are listed, restored, and ended for good where that is meant."""
    push(server, "bin2/app", "1.0", "2.0")
    done(admin, "repo", "delete", "bin2/app", "--yes")
    assert [entry["name"] for entry in admin.read("trash", "list", "bin2")] == ["bin2/app"]
    told = done(admin, "trash", "restore", "bin2/app", "--as", "bin2/old")
    assert told == "The repository bin2/old is there again, with 2 tags.\n"
    assert admin.call("trash", "restore", "bin2/app").status == 4
    assert done(admin, "trash", "list", "bin2") == ""
    gone = digest(admin, "bin2/old", "1.0")
    assert server.call("DELETE", f"/v2/bin2/old/manifests/{gone}")[0] == 202
    assert admin.read("trash", "images", "bin2/old")[0]["tags"] == ["1.0"]
    assert done(admin, "trash", "restore", f"bin2/old@{gone}") == f"bin2/old@{gone} is there again; tags: 1.0.\n"
    assert server.call("DELETE", f"/v2/bin2/old/manifests/{gone}")[0] == 202
    done(admin, "tag-rule", "add", "bin2", "forbidden", "--tags", "1.*")
    assert admin.call("trash", "restore", f"bin2/old@{gone}").status not in {0, 2}
    told = done(admin, "trash", "restore", f"bin2/old@{gone}", "--allowed-tags")
    assert f"bin2/old@{gone} is there again; tags: none. Without 1.0: the tag 1.0 of bin2/old is not" in told
    assert admin.call("trash", "restore", "bin2/old", "--allowed-tags").status == 2
    assert server.call("DELETE", f"/v2/bin2/old/manifests/{gone}")[0] == 202
    assert admin.call("trash", "empty", "bin2/old").status == 2
    status, seen = admin.type("trash", "empty", "bin2/old", answers=[("to go on", "bin2")])
    assert (status, "nothing was ended" in seen) == (1, True)
    status, seen = admin.type("trash", "empty", "bin2/old", answers=[("to go on", "bin2/old")])
    assert (status, "1 ended for good" in seen) == (0, True)
    assert admin.call("trash", "restore", f"bin2/old@{gone}").status == 4
    done(admin, "repo", "delete", "bin2/old", "--yes")
    assert admin.call("project", "delete", "bin2").status == 5
    done(admin, "trash", "empty", "bin2", "--yes")
    done(admin, "project", "delete", "bin2")
    assert admin.call("trash", "restore", "bin2/app@sha256:beef", "--as", "x").status == 2


@pytest.mark.parametrize("name", ["shelf2/tags/tool", "shelf2/trash", "alpine2"])
def test_names_like_addresses(server: Server, admin: Person, name: str) -> None:
    """Whatever a repository is called, its tags and its trash are its own."""
    push(server, name, "1.0")
    assert admin.read("tag", "history", name, "1.0")[0]["before"] is None
    assert admin.read("trash", "images", name) == []
    done(admin, "repo", "delete", name, "--yes")
    done(admin, "trash", "restore", name)
    assert digest(admin, name, "1.0")
