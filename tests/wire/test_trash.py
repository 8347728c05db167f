"""Deleted images and repositories, restored or ended for good, on the wire."""

from pathlib import Path

import httpx
import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.people import enrol
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, client_of, fresh, refusal
from tests.wire.test_history import API, at, done, events, pulled

LAYER = b"a layer that is deleted and restored"
DAY = 86_400


def trash_of(admin: Wire, project: str) -> list[dict[str, object]]:
    """The project's deleted repositories."""
    found: list[dict[str, object]] = done(admin.get(f"{API}/projects/{project}/trash?per_page=1000"))
    return found


def delete_repository(admin: Wire, name: str) -> int:
    """Delete it; the number under which it lies in the trash."""
    number = done(admin.get(at(name)))["id"]
    done(admin.ask("DELETE", at(name)))
    return int(number)


def test_an_image(admin: Wire, name: str) -> None:
    """A deleted image is told with its tags and its end; restored it is pulled as before, by tag and by digest."""
    manifest = admin.push_image(name, "1", "2", layers=(LAYER,))
    digest = digest_of(manifest)
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    assert pulled(admin, name, "1") is None
    (told,) = done(admin.get(at(name, "/trash")))
    assert (told["digest"], told["tags"], told["deleted_by"]) == (digest, ["1", "2"], ADMIN)
    assert (told["media_type"], told["size"]) == (types.OCI_MANIFEST, len(manifest))
    assert told["ends_at"] == told["deleted_at"] + 14 * DAY
    restored = done(admin.ask("POST", at(name, f"/trash/{digest}/restore")))
    assert restored == {"digest": digest, "tags": ["1", "2"], "left_out": []}
    for reference in ("1", "2", digest):
        assert admin.get(f"/v2/{name}/manifests/{reference}").content == manifest
    assert admin.get(f"/v2/{name}/blobs/{digest_of(LAYER)}").content == LAYER
    assert done(admin.get(at(name, "/trash"))) == []
    assert ("manifest.restored", None) in events(admin, name)
    assert ("manifest.pushed", "2") in events(admin, name)[:5]
    refusal(admin.ask("POST", at(name, f"/trash/{digest}/restore")), 404, "MANIFEST_UNKNOWN")


def test_an_image_whose_tag_moved_on(admin: Wire, name: str) -> None:
    """A tag that names something else by now is left alone."""
    digest = digest_of(admin.push_image(name, "1", "2", annotations={"salt": "1"}))
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    other = digest_of(admin.push_image(name, "1", annotations={"salt": "2"}))
    again = done(admin.ask("POST", at(name, f"/trash/{digest}/restore")))
    assert again["tags"] == ["2"]
    assert again["left_out"] == [{"name": "1", "reason": "it names something else by now"}]
    assert (pulled(admin, name, "1"), pulled(admin, name, "2")) == (other, digest)


def test_an_image_without_the_tags_that_a_rule_refuses(server: Server, admin: Wire) -> None:
    """One refused tag refuses it all, unless such tags are left out: then the answer tells which, and why."""
    project = fresh().replace("/", "-")
    name = f"{project}/app"
    digest = digest_of(admin.push_image(name, "dev-1", "latest"))
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    rule = {"kind": "forbidden", "tags": "latest", "action": "refuse", "reason": "say which"}
    done(admin.ask("PUT", f"{API}/projects/{project}/tag-rules", json=[rule]))
    path = at(name, f"/trash/{digest}/restore")
    assert "latest" in refusal(admin.ask("POST", path), 403, "DENIED")["message"]
    refusal(admin.ask("POST", f"{path}?tags=none"), 400)
    assert pulled(admin, name, digest) is None
    again = done(admin.ask("POST", f"{path}?tags=allowed"))
    (left,) = again["left_out"]
    assert (again["tags"], left["name"]) == (["dev-1"], "latest")
    assert "say which" in left["reason"]
    assert [pulled(admin, name, tag) for tag in ("dev-1", "latest")] == [digest, None]
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    enrol(server.data, f"{project}-kim", PASSWORD, administrator=False)
    actions = ["pull", "project:read", "trash:read", "trash:manage"]
    done(admin.ask("PUT", f"{API}/roles/{project}-keeper", json={"actions": actions}))
    done(admin.ask("PUT", f"{API}/projects/{project}/members/{project}-kim", json={"role": f"{project}-keeper"}))
    kim = Wire.basic(admin.client, f"{project}-kim", PASSWORD)
    refusal(kim.ask("POST", path), 403, "DENIED")
    again = done(kim.ask("POST", f"{path}?tags=allowed"))
    assert (again["tags"], [tag["name"] for tag in again["left_out"]]) == ([], ["dev-1"])
    assert pulled(admin, name, digest) == digest


def test_referrers(admin: Wire, name: str) -> None:
    """What refers to a deleted image stays as it is, and refers to it again when it is back."""
    manifest = admin.push_image(name, "1")
    digest = digest_of(manifest)
    signature = admin.push_image(name, subject=manifest, artifactType="application/x.sig")
    listed = admin.get(f"/v2/{name}/referrers/{digest}").json()
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    assert admin.get(f"/v2/{name}/manifests/{digest_of(signature)}").content == signature
    done(admin.ask("POST", at(name, f"/trash/{digest}/restore")))
    assert admin.get(f"/v2/{name}/referrers/{digest}").json() == listed
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest_of(signature)}")
    assert admin.get(f"/v2/{name}/referrers/{digest}").json()["manifests"] == []
    done(admin.ask("POST", at(name, f"/trash/{digest_of(signature)}/restore")))
    assert admin.get(f"/v2/{name}/referrers/{digest}").json() == listed


def test_an_image_without_its_blobs(admin: Wire, name: str) -> None:
    """Links to its blobs that went meanwhile are made anew."""
    digest = digest_of(admin.push_image(name, "1", layers=(LAYER,)))
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    for blob in (LAYER, content.CONFIG):
        assert admin.ask("DELETE", f"/v2/{name}/blobs/{digest_of(blob)}").status_code == 202
    done(admin.ask("POST", at(name, f"/trash/{digest}/restore")))
    assert admin.get(f"/v2/{name}/blobs/{digest_of(LAYER)}").content == LAYER


def test_an_image_ended_for_good(admin: Wire, name: str) -> None:
    """What is ended for good is not restored, and who did it is told."""
    digest = digest_of(admin.push_image(name, "1"))
    admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    done(admin.ask("DELETE", at(name, f"/trash/{digest}")))
    for method, path in (("POST", f"/trash/{digest}/restore"), ("DELETE", f"/trash/{digest}")):
        refusal(admin.ask(method, at(name, path)), 404, "MANIFEST_UNKNOWN")
    assert events(admin, name)[0] == ("manifest.erased", None)
    refusal(admin.ask("DELETE", at(name, "/trash/nonsense")), 400, "DIGEST_INVALID")


def test_a_repository(admin: Wire) -> None:
    """A deleted repository comes back with its id, its images, tags, labels and history, and pulls get it at once."""
    name = fresh()
    project, _, short = name.partition("/")
    manifest = admin.push_image(name, "1", "2", layers=(LAYER,))
    before = done(admin.ask("PATCH", at(name), json={"labels": {"env": "prod"}, "description": "the app"}))
    assert pulled(admin, name, "1")
    number = delete_repository(admin, name)
    assert pulled(admin, name, "1") is None
    (told,) = [entry for entry in trash_of(admin, project) if entry["id"] == number]
    assert (told["name"], told["images"], told["deleted_by"]) == (name, 1, ADMIN)
    assert told["ends_at"] == told["deleted_at"] + 14 * DAY  # type: ignore[operator]
    after = done(admin.ask("POST", f"{API}/projects/{project}/trash/{number}/restore", json={}))
    same = ("id", "name", "tags", "public", "description", "labels", "created_at")
    assert {field: after[field] for field in same} == {field: before[field] for field in same}
    assert admin.get(f"/v2/{name}/manifests/1").content == manifest
    assert admin.get(f"/v2/{name}/blobs/{digest_of(LAYER)}").content == LAYER
    moves = done(admin.get(at(name, "/tags/1/history")))
    assert [move["after"] for move in moves] == [digest_of(manifest), None, digest_of(manifest)]
    assert number not in [entry["id"] for entry in trash_of(admin, project)]
    assert events(admin, name)[0] == ("repository.restored", None)
    refusal(admin.ask("POST", f"{API}/projects/{project}/trash/{number}/restore", json={}), 404, "NAME_UNKNOWN")
    assert short


def test_a_name_that_is_taken(admin: Wire) -> None:
    """Where its name is taken meanwhile, or leads elsewhere, it comes back under another name alone."""
    name = fresh()
    project, _, short = name.partition("/")
    old = admin.push_image(name, "1", annotations={"salt": "old"})
    number = delete_repository(admin, name)
    new = admin.push_image(name, "1", annotations={"salt": "new"})
    path = f"{API}/projects/{project}/trash/{number}/restore"
    assert "another name" in refusal(admin.ask("POST", path, json={}), 409, "CONFLICT")["message"]
    done(admin.ask("PATCH", at(name), json={"name": f"{short}-moved"}))
    assert "redirect" in refusal(admin.ask("POST", path, json={}), 409, "CONFLICT")["message"]
    assert pulled(admin, name, "1") == digest_of(new)
    for wrong in ("No", "a//b", "../x", ""):
        refusal(admin.ask("POST", path, json={"name": wrong}), 400, "NAME_INVALID")
    assert done(admin.ask("POST", path, json={"name": f"{short}-back"}))["name"] == f"{name}-back"
    assert pulled(admin, f"{name}-back", "1") == digest_of(old)


def test_in_a_renamed_project(admin: Wire) -> None:
    """It comes back under the name that its project has by then."""
    project = fresh().replace("/", "-")
    admin.push_image(f"{project}/app", "1")
    number = delete_repository(admin, f"{project}/app")
    done(admin.ask("PATCH", f"{API}/projects/{project}", json={"name": f"{project}-new"}))
    (told,) = trash_of(admin, f"{project}-new")
    assert told["name"] == f"{project}-new/app"
    done(admin.ask("POST", f"{API}/projects/{project}-new/trash/{number}/restore", json={}))
    assert pulled(admin, f"{project}-new/app", "1")


def test_a_project_with_deleted_repositories(admin: Wire) -> None:
    """A project is not deleted while repositories of it can be restored; once they are ended, it is."""
    project = fresh().replace("/", "-")
    admin.push_image(f"{project}/app", "1")
    number = delete_repository(admin, f"{project}/app")
    told = refusal(admin.ask("DELETE", f"{API}/projects/{project}"), 409, "CONFLICT")
    assert "app" in told["message"]
    done(admin.ask("DELETE", f"{API}/projects/{project}/trash/{number}"))
    assert events(admin, f"{project}/app")[0] == ("repository.erased", None)
    done(admin.ask("DELETE", f"{API}/projects/{project}"))


def test_what_nobody_may_see(server: Server, admin: Wire) -> None:
    """Who may not see a repository learns nothing of it when it is deleted: hidden and missing are answered alike."""
    project = fresh().replace("/", "-")
    for repository in ("seen", "hidden"):
        admin.push_image(f"{project}/{repository}", "1")
    enrol(server.data, f"{project}-mia", PASSWORD, administrator=False)
    mia = Wire.basic(admin.client, f"{project}-mia", PASSWORD)
    member = {"roles": [{"role": "maintainer", "repositories": "seen*"}]}
    done(admin.ask("PUT", f"{API}/projects/{project}/members/{project}-mia", json=member))
    seen, hidden = (delete_repository(admin, f"{project}/{name}") for name in ("seen", "hidden"))
    assert [entry["id"] for entry in trash_of(mia, project)] == [seen]
    assert mia.get(f"{API}/projects/{project}/trash").headers["x-total-count"] == "1"
    answers = []
    for number in (hidden, 999_999):
        for method, path in (("POST", "/restore"), ("DELETE", "")):
            address = f"{API}/projects/{project}/trash/{number}{path}"
            told = refusal(mia.ask(method, address, json={} if path else None), 404)
            answers.append(told["message"].replace(str(number), "N"))
    assert len(set(answers)) == 1
    other = fresh().replace("/", "-")
    admin.ask("POST", f"{API}/projects", json={"name": other})
    refusal(admin.ask("DELETE", f"{API}/projects/{other}/trash/{seen}"), 404, "NAME_UNKNOWN")
    # under a name that her role does not reach she brings nothing back
    path = f"{API}/projects/{project}/trash/{seen}/restore"
    refusal(mia.ask("POST", path, json={"name": "hidden"}), 403, "DENIED")
    done(mia.ask("POST", path, json={"name": "seen-again"}))


def test_pages(admin: Wire) -> None:
    """Both lists come in pages."""
    project = fresh().replace("/", "-")
    numbers = []
    for index in range(3):
        admin.push_image(f"{project}/r{index}", "1")
        numbers.append(delete_repository(admin, f"{project}/r{index}"))
    name = f"{project}/app"
    digests = [digest_of(admin.push_image(name, annotations={"salt": str(index)})) for index in range(3)]
    for digest in digests:
        admin.ask("DELETE", f"/v2/{name}/manifests/{digest}")
    for path, field, expected in (
        (f"{API}/projects/{project}/trash", "id", numbers),
        (at(name, "/trash"), "digest", digests),
    ):
        found, after = [], ""
        while True:
            answer = admin.get(f"{path}?per_page=2{after}")
            assert answer.headers["x-total-count"] == "3"
            found += [entry[field] for entry in answer.json()]
            if "next" not in answer.links:
                break
            after = "&after=" + answer.links["next"]["url"].rpartition("after=")[2]
        assert found == expected
        refusal(admin.get(f"{path}?after=x"), 400)


def test_pages_of_those_who_see_some(server: Server, admin: Wire) -> None:
    """Each page is full, none is empty, and the total is of what they see; whoever sees none is told of none."""
    project = fresh().replace("/", "-")
    numbers = []
    for name in ("a1", "hidden1", "a2", "hidden2", "hidden3", "a3", "hidden4"):
        admin.push_image(f"{project}/{name}", "1")
        numbers.append((name, delete_repository(admin, f"{project}/{name}")))
    for account, role, seen in (("some", {"role": "maintainer", "repositories": "a*"}, "a"), ("none", {}, "-")):
        enrol(server.data, f"{project}-{account}", PASSWORD, administrator=False)
        member = {"roles": [role or {"role": "writer"}]}
        done(admin.ask("PUT", f"{API}/projects/{project}/members/{project}-{account}", json=member))
        who = Wire.basic(admin.client, f"{project}-{account}", PASSWORD)
        expected = [number for name, number in numbers if name.startswith(seen)]
        found, path = [], f"{API}/projects/{project}/trash?per_page=1"
        while path:
            answer = who.get(path)
            assert answer.headers["x-total-count"] == str(len(expected))
            assert len(answer.json()) == min(1, len(expected))
            found += [entry["id"] for entry in answer.json()]
            path = str(httpx.URL(answer.links["next"]["url"]).raw_path, "ascii") if "next" in answer.links else ""
        assert found == expected


@pytest.mark.parametrize("days", [0, 0.000_01])
def test_a_window(tmp_path: Path, days: float) -> None:
    """Without a window nothing is kept; after a window nothing is restored, and a round forgets it."""
    settings = {"MOORAGE_UNDELETE_DAYS": str(days), "MOORAGE_SWEEP_MINUTES": "0.01"}
    server = Server(tmp_path / "data", settings=settings).start()
    try:
        with client_of(server.url) as client:
            admin = Wire.basic(client, ADMIN, PASSWORD)
            digest = digest_of(admin.push_image("team/app", "1"))
            admin.ask("DELETE", f"/v2/team/app/manifests/{digest}")
            admin.push_image("team/gone", "1")
            number = delete_repository(admin, "team/gone")
            while done(admin.get(at("team/app", "/trash"))) or trash_of(admin, "team"):
                assert days
            refusal(admin.ask("POST", at("team/app", f"/trash/{digest}/restore")), 404, "MANIFEST_UNKNOWN")
            refusal(admin.ask("POST", f"{API}/projects/team/trash/{number}/restore", json={}), 404, "NAME_UNKNOWN")
            while days and "repository.erased" not in {kind for kind, _ in events(admin, "gone")}:
                pass
    finally:
        server.stop()
        server.log.unlink(missing_ok=True)
