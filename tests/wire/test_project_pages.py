"""The pages of a project about people, robots and itself: what their forms do, and how they refuse."""

import json
import re
import time
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from moorage.oci import media_type as types
from tests.support.harbour import Harbour
from tests.support.server import Server
from tests.support.visiting import Visitor, fault, words

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """A registry with something in it."""
    with Server(tmp_path_factory.mktemp("project") / "data") as server:
        yield Harbour(server).fill()


@pytest.fixture
def admin(harbour: Harbour) -> Iterator[Visitor]:
    """Who may everything."""
    with Visitor(harbour.server.url) as visitor:
        visitor.sign_in("admin")
        yield visitor


@pytest.fixture
def olga(harbour: Harbour) -> Iterator[Visitor]:
    """The owner of `shop`."""
    with Visitor(harbour.server.url) as visitor:
        visitor.sign_in("olga")
        yield visitor


def _code(page: str, label: str) -> str:
    """What is there to be copied."""
    found = re.search(rf'aria-label="{label}"><code>(.*?)</code>', page, re.DOTALL)
    assert found is not None, page
    return unescape(found[1])


def _login(harbour: Harbour, name: str, secret: str) -> int:
    return httpx.get(f"{harbour.server.url}/v2/", auth=(name, secret), trust_env=False).status_code


def _opens_no_more(harbour: Harbour, name: str, secret: str) -> bool:
    """What was remembered of it is looked at again within seconds."""
    for _ in range(100):
        if _login(harbour, name, secret) == 401:
            return True
        time.sleep(0.1)
    return False


def test_repositories(harbour: Harbour, olga: Visitor) -> None:
    """Each with its size, its description's first line and its labels; by size and by label; all of it text."""
    about = {"description": f"\n## {HOSTILE}\nmore", "labels": {"tier": HOSTILE[:200]}}
    harbour.call("PATCH", "/projects/shop/repositories/web/front", about, 200)
    page = olga.get("/projects/shop").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert HOSTILE in unescape(page)
    assert "Checkout" in words(page)
    sizes = re.findall(r'<td class="number">([0-9.]+ [kM]?B)</td>', page)
    assert len(sizes) == 2
    by_size = [re.findall(r'href="/projects/shop/(checkout|web/front)"', olga.get(f"/projects/shop?sort={sort}").text)
               for sort in ("bytes", "-bytes")]  # fmt: skip
    assert by_size == [["web/front", "checkout"], ["checkout", "web/front"]]
    labelled = olga.get("/projects/shop?label=env%3Dprod").text
    assert 'href="/projects/shop/checkout"' in labelled
    assert 'href="/projects/shop/web/front"' not in labelled
    assert "No repository is like that" in olga.get("/projects/shop?label=env%3Dtest").text
    assert olga.get("/projects/shop?label=nothing").status_code == 400
    harbour.call("PATCH", "/projects/shop/repositories/web/front", {"description": "", "labels": {}}, 200)


def test_pulls_are_counted_for_those_who_see_them(harbour: Harbour, olga: Visitor) -> None:
    """Of the last days, by repository."""
    for _ in range(3):
        harbour.server.call("GET", "/v2/shop/web/front/manifests/main-1f2e3d4")
    for _ in range(100):
        time.sleep(0.1)  # they are written every second
        row = re.search(r'href="/projects/shop/web/front".*?</tr>', olga.get("/projects/shop").text, re.DOTALL)
        assert row is not None
        if '<td class="number less">3</td>' in row[0]:
            return
    pytest.fail("no pull was counted")


def test_a_description_is_harmless(harbour: Harbour, olga: Visitor) -> None:
    """Its markdown is shown, its HTML is text."""
    harbour.call("PATCH", "/projects/shop", {"description": f"**bold** {HOSTILE}"}, 200)
    page = olga.get("/projects/shop").text
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "<img" not in page


def test_a_role_more(olga: Visitor) -> None:
    """Is given beside those that somebody has, changed as a whole on their page, and taken away."""
    home = "/projects/shop/-/members"
    olga.get(home)
    given = {"kind": "users", "name": "nobody", "role": "reader"}
    assert "Saved." in olga.send(home, given).text
    olga.send(home, {**given, "role": "writer", "repositories": "web/**", "tags": "dev-*"})
    shown = words(olga.get(home).text)
    assert "nobody reader writer web/** , tags dev-*" in shown
    one = olga.get(f"{home}/users/nobody").text
    assert 'name="repositories-01" type="text" autocomplete="off" value="web/**"' in one
    roles = {"role-00": "maintainer", "repositories-00": "a*", "tags-00": "", "role-01": "", "repositories-01": "x"}
    assert "nobody maintainer a*" in words(olga.send(f"{home}/users/nobody", roles).text)
    gone = olga.send(f"{home}/remove", {"kind": "users", "name": "nobody"}).text
    assert "nobody has no role here any more" in words(gone)
    assert olga.get(f"{home}/users/nobody").status_code == 404
    olga.get(home)
    back = dict(re.findall(r'name="((?:role|repositories|tags)-0[0-9])" value="([^"]*)"', gone))
    assert f'action="{home}/users/nobody"' in gone
    assert "nobody maintainer a*" in words(olga.send(f"{home}/users/nobody", back).text)
    olga.send(f"{home}/remove", {"kind": "users", "name": "nobody"})
    assert olga.get(f"{home}/users/nobody").status_code == 404


def test_a_group(harbour: Harbour, olga: Visitor) -> None:
    """Has a page of its own, whatever people are called."""
    harbour.call("POST", "/groups", {"name": "wanda"}, 201)
    home = "/projects/shop/-/members"
    olga.get(home)
    olga.send(home, {"kind": "groups", "name": "wanda", "role": "reader"})
    assert "reader" in words(olga.get(f"{home}/groups/wanda").text)
    olga.send(f"{home}/remove", {"kind": "groups", "name": "wanda"})
    assert olga.get(f"{home}/groups/wanda").status_code == 404
    assert olga.get(f"{home}/users/wanda").status_code == 200
    assert olga.get(f"{home}/robots/wanda").status_code == 404


def test_roles_that_cannot_be_given(olga: Visitor) -> None:
    """Are refused with a sentence, and what was typed still stands there."""
    home = "/projects/shop/-/members"
    olga.get(home)
    for fields, status, sentence in (
        ({"name": ""}, 400, "Say who shall have the role"),
        ({"name": "no-such", "role": "reader"}, 404, "no user 'no-such'"),
        ({"name": "rita", "role": "king"}, 400, "no role 'king'"),
        ({"name": "rita", "role": "reader", "repositories": "a b"}, 400, "not a pattern"),
    ):
        answer = olga.post(home, {"kind": "users", **fields})
        assert (answer.status_code, sentence in fault(answer)) == (status, True), fault(answer)
        if fields["name"]:
            assert f'value="{fields["name"]}"' in answer.text
    less = olga.post(f"{home}/users/olga", {"role-00": "reader"})
    assert less.status_code == 409
    assert "ask another owner" in fault(less)
    assert olga.post(f"{home}/users/rita", {"role-00": ""}).status_code == 400


def test_an_invitation(harbour: Harbour, olga: Visitor) -> None:
    """Its link is shown once, opens what it says, and ends when it is taken back."""
    home = "/projects/shop/-/members"
    olga.get(home)
    made = olga.post(f"{home}/invite", {"role": "writer", "note": HOSTILE[:60], "days": "1"})
    link = _code(made.text, "The link")
    with Visitor(harbour.server.url) as stranger:
        assert "Join shop" in words(stranger.get(link.removeprefix(harbour.server.url)).text)
        page = olga.get(home).text
        assert link not in page
        assert "<script>alert" not in page
        number = re.search(r'/invite/end.*?name="number" value="([0-9]+)"', page, re.DOTALL)
        assert number is not None
        olga.send(f"{home}/invite/end", {"number": number[1]})
        assert stranger.get(link.removeprefix(harbour.server.url)).status_code == 404
    assert olga.post(f"{home}/invite", {"role": "writer", "days": "31"}).status_code == 400
    assert olga.post(f"{home}/invite/end", {"number": number[1]}).status_code == 404


def test_a_robot(harbour: Harbour, olga: Visitor) -> None:
    """Made with a secret that is shown once, rotated with an overlap, switched off and on, and deleted by its name."""
    home = "/projects/shop/-/robots"
    olga.get(home)
    wanted = {"name": "deploy", "may-pull": "yes", "repositories": "web/** checkout", "days": "7"}
    made = olga.post(home, {**wanted, "description": HOSTILE}).text
    secret, title = _code(made, "The secret"), "robot$shop+deploy"
    assert f"docker login -u '{title}'" in _code(made, "Command to sign in")
    assert secret not in _code(made, "Command for CI") + _code(made, "Command for Kubernetes")
    assert _login(harbour, title, secret) == 200
    for page in (olga.get(home).text, olga.get(f"{home}/deploy").text):
        assert secret not in page
        assert "<script>alert" not in page
        assert HOSTILE in unescape(page)
    assert "ends soon" in words(olga.get(home).text)
    newer = _code(olga.post(f"{home}/deploy/rotate", {"overlap": "1", "days": ""}).text, "The secret")
    assert [_login(harbour, title, one) for one in (secret, newer)] == [200, 200]
    assert "for ever" in words(olga.get(f"{home}/deploy").text)
    assert "disabled" in words(olga.send(f"{home}/deploy/switch", {"to": "off"}).text)
    assert _opens_no_more(harbour, title, newer)
    olga.send(f"{home}/deploy/switch", {"to": "on"})
    assert _login(harbour, title, newer) == 200
    changed = {"may-pull": "yes", "may-push": "yes", "repositories": "", "days": "as it is", "description": "x"}
    shown = words(olga.send(f"{home}/deploy", changed).text)
    assert "May pull, push In repositories ** Until for ever" in shown
    assert olga.post(f"{home}/deploy/delete", {"confirm": "deploi"}).status_code == 400
    olga.send(f"{home}/deploy/delete", {"confirm": "deploy"})
    assert olga.get(f"{home}/deploy").status_code == 404


def test_robots_that_cannot_be(olga: Visitor) -> None:
    """Are refused with a sentence, and what was typed still stands there."""
    home = "/projects/shop/-/robots"
    olga.get(home)
    answer = olga.post(home, {"name": "Bad Name", "may-push": "yes", "repositories": "a/**", "days": "365"})
    assert answer.status_code == 400
    assert 'value="Bad Name"' in answer.text
    assert 'name="may-push" value="yes" checked' in answer.text
    assert 'name="may-pull" value="yes" checked' not in answer.text
    assert '<option value="365" selected>' in answer.text
    for fields, status in (
        ({"name": "x"}, 400),
        ({"name": "x", "may-pull": "yes", "days": "4000"}, 400),
        ({"name": "ci", "may-pull": "yes", "days": "7"}, 409),
    ):
        assert olga.post(home, fields).status_code == status, fields
    for hours in ("-1", "x", "100000"):
        assert olga.post(f"{home}/ci/rotate", {"overlap": hours}).status_code == 400
    assert olga.get(f"{home}/none").status_code == 404


def test_jobs_without_a_secret(harbour: Harbour, olga: Visitor) -> None:
    """Are trusted by their claims, and no longer when that ends."""
    issuer = {"name": "github", "url": "https://token.example.com", "audience": "https://r.example.com"}
    harbour.call("POST", "/issuers", issuer, 201)
    home = "/projects/shop/-/robots/ci"
    olga.get(home)
    wanted = {"issuer": "github", "claims": "repository=acme/web\r\nref=refs/heads/*\r\n"}
    page = olga.send(f"{home}/trust", wanted).text
    assert "github repository=acme/web ref=refs/heads/*" in words(page)
    for fields, sentence in (
        ({"issuer": "", "claims": "a=b"}, "Name the issuer"),
        ({"issuer": "gitlab", "claims": "a=b"}, "no issuer is called 'gitlab'"),
        ({"issuer": "github", "claims": "nothing"}, "is no claim"),
        ({"issuer": "github", "claims": "a=b\na=c"}, "comes twice"),
        ({"issuer": "github", "claims": "a=*"}, "at least one claim must be exact"),
    ):
        answer = olga.post(f"{home}/trust", fields)
        assert answer.status_code == 400
        assert sentence.lower() in fault(answer).lower()
        assert f">{fields['claims']}</textarea>" in unescape(answer.text)
    number = re.search(r'/trust/end.*?name="number" value="([0-9]+)"', page, re.DOTALL)
    assert number is not None
    gone = olga.send(f"{home}/trust/end", {"number": number[1]}).text
    assert "The trust has ended" in words(gone)
    assert "acme/web" not in words(olga.get(home).text).replace("As repository=acme/web", "")
    claims = re.search(r'name="claims" value="([^"]*)"', gone)
    assert claims is not None
    again = olga.send(f"{home}/trust", {"issuer": "github", "claims": claims[1]}).text
    assert "github repository=acme/web ref=refs/heads/*" in words(again)


def test_settings(harbour: Harbour, olga: Visitor) -> None:
    """A preview saves nothing; what cannot be is refused with all that was typed; the rest is saved."""
    home = "/projects/shop/-/settings"
    olga.get(home)
    wanted = {"description": f"*new* {HOSTILE}", "visible": "members", "time_zone": "Europe/Berlin"}
    preview = olga.post(home, {**wanted, "show": "yes"}).text
    assert "<em>new</em>" in preview
    assert "<script>alert" not in preview
    assert f">{wanted['description']}</textarea>" in unescape(preview)
    assert 'value="Europe/Berlin"' in preview
    assert "new" not in json.loads(harbour.server.call("GET", "/api/v1/projects/shop")[2])["description"]
    wrong = olga.post(home, {**wanted, "time_zone": "Moon/Base"})
    assert wrong.status_code == 400
    assert f">{wanted['description']}</textarea>" in unescape(wrong.text)
    olga.send(home, wanted)
    kept = json.loads(harbour.server.call("GET", "/api/v1/projects/shop")[2])
    assert (kept["description"], kept["public"], kept["time_zone"]) == (wanted["description"], False, "Europe/Berlin")
    olga.send(home, {**wanted, "visible": "everybody"})
    assert json.loads(harbour.server.call("GET", "/api/v1/projects/shop")[2])["public"]
    olga.send(home, {**wanted, "description": "All that sells.", "time_zone": ""})


def test_another_name(harbour: Harbour, admin: Visitor) -> None:
    """The old one is listed until somebody ends it; a repository goes along to another project."""
    harbour.call("POST", "/projects", {"name": "before"}, 201)
    harbour.release("before/app", "1", "v1")
    admin.get("/projects/before/-/settings")
    assert admin.post("/projects/before/-/settings/rename", {"name": "shop"}).status_code == 409
    page = admin.send("/projects/before/-/settings/rename", {"name": "afterwards"}).text
    assert "Saved." in page
    assert "before" in words(page)
    number = re.search(r'/redirect/end.*?name="number" value="([0-9]+)"', page, re.DOTALL)
    assert number is not None
    home = "/projects/afterwards/-/settings"
    assert "None. When a repository" in admin.send(f"{home}/redirect/end", {"number": number[1]}).text
    assert admin.post(f"{home}/move", {"repository": "app", "project": "none"}).status_code == 404
    moved = admin.post(f"{home}/move", {"repository": "app", "project": "base"})
    assert moved.headers["location"] == "/projects/base/app?said=saved"
    assert admin.post(f"{home}/delete", {"confirm": "after"}).status_code == 400
    assert "Deleted." in admin.send(f"{home}/delete", {"confirm": "afterwards"}).text


def test_a_project_that_cannot_go(olga: Visitor) -> None:
    """Says what stops it."""
    olga.get("/projects/shop/-/settings")
    answer = olga.post("/projects/shop/-/settings/delete", {"confirm": "shop"})
    assert answer.status_code == 409
    assert "still has repositories" in fault(answer)


def test_a_quota(harbour: Harbour, admin: Visitor) -> None:
    """Of its own, without limit, or as the settings say; owners see it and do not change it."""
    home = "/projects/shop/-/settings"
    admin.get(home)
    assert "/ 10 GB" in admin.send(f"{home}/quota", {"kind": "own", "bytes": "10 GB", "warn_at": "90"}).text
    assert "/ 10 GB" in admin.get("/projects/shop").text
    for fields in ({"kind": "own", "bytes": "much"}, {"kind": "own", "bytes": "1GB", "warn_at": "0"}):
        answer = admin.post(f"{home}/quota", fields)
        assert answer.status_code == 400
        assert f'value="{fields["bytes"]}"' in answer.text
    with Visitor(harbour.server.url) as olga:
        olga.sign_in("olga")
        page = olga.get(home).text
        assert "/ 10 GB" in page
        assert "Change the quota" not in page
    assert "There is no limit" in admin.send(f"{home}/quota", {"kind": "none"}).text
    admin.send(f"{home}/quota", {"kind": "usual"})
    assert not json.loads(harbour.server.call("GET", "/api/v1/projects/shop/quota")[2])["own"]


def test_activity(harbour: Harbour, olga: Visitor) -> None:
    """What happened, narrowed by what is asked for, with what a change changed; blobs of one push are told once."""
    harbour.call("PUT", "/projects/shop/members/rita", {"roles": [{"role": "writer", "repositories": "a/**"}]}, 200)
    harbour.call("PUT", "/projects/shop/members/rita", {"role": "reader"}, 200)
    home = "/projects/shop/-/activity"
    page = olga.get(f"{home}?kind=member.set&object=user%3Arita").text
    assert "a/**" in words(page)
    assert "blob.pushed" not in page
    assert "\N{MULTIPLICATION SIGN} " in olga.get(f"{home}?kind=blob.pushed").text
    assert "Nothing like this happened" in olga.get(f"{home}?actor=wanda&outcome=done&until=2020-01-01").text
    assert "member.set" in olga.get(f"{home}?since=2020-01-01&kind=member.set").text
    for query in ("since=yesterday", "until=2026-02-30", f"tag={'x' * 600}"):
        answer = olga.get(f"{home}?{query}")
        assert answer.status_code == 400
        assert fault(answer)
    first = olga.get(home).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    assert olga.get(unescape(following[1])).status_code == 200
    assert "<script>alert" not in olga.get(f"{home}?kind=project.updated").text


def test_trash(harbour: Harbour, olga: Visitor) -> None:
    """What was deleted comes back by a button, and ends for good by its name alone."""
    for name in ("lost", "ended"):
        harbour.release(f"shop/{name}", "1", name)
        harbour.server.call("DELETE", f"/api/v1/projects/shop/repositories/{name}")
    home = "/projects/shop/-/trash"
    page = olga.get(home).text
    numbers = dict(re.findall(r'<th scope="row">(lost|ended)</th>.*?name="number" value="([0-9]+)"', page, re.DOTALL))
    back = olga.post(f"{home}/restore", {"number": numbers["lost"]})
    assert back.headers["location"] == "/projects/shop/lost?said=restored"
    assert harbour.server.call("GET", "/v2/shop/lost/manifests/1")[0] == 200
    assert olga.post(f"{home}/restore", {"number": numbers["lost"]}).status_code == 404
    asked = olga.get(f"{home}?end={numbers['ended']}").text
    assert "3 images go with it" in asked
    ending = {"number": numbers["ended"], "name": "ended"}
    wrong = olga.post(f"{home}/end", {**ending, "confirm": "endet"})
    assert wrong.status_code == 400
    assert "3 images go with it" in wrong.text
    assert "Deleted." in olga.send(f"{home}/end", {**ending, "confirm": "ended"}).text
    assert olga.post(f"{home}/restore", {"number": numbers["ended"]}).status_code == 404


def test_deleted_images(harbour: Harbour, olga: Visitor) -> None:
    """The same of images, found through their repository; nothing of other projects is reached."""
    harbour.release("shop/images", "a", "one", ["amd64"])
    digests = {}
    for tag, version in (("a", "one"), ("b", "two")):
        harbour.release("shop/images", tag, version, ["amd64"])
        digests[tag] = harbour.server.call("HEAD", f"/v2/shop/images/manifests/{tag}")[1]["docker-content-digest"]
        assert harbour.server.call("DELETE", f"/v2/shop/images/manifests/{digests[tag]}")[0] == 202
    home = "/projects/shop/-/trash"
    assert f'href="{home}?repository=images"' in olga.get(home).text
    listed = olga.get(f"{home}?repository=images").text
    assert all(digest.partition(":")[2][:12] in listed for digest in digests.values())
    one = {"repository": "images", "digest": digests["a"]}
    assert olga.post(f"{home}/images/restore", one).headers["location"] == "/projects/shop/images?said=restored"
    assert harbour.server.call("GET", "/v2/shop/images/manifests/a")[0] == 200
    other = {"repository": "images", "digest": digests["b"]}
    assert olga.get(f"{home}?repository=images&end={digests['b']}").text.count("End it for good") == 1
    refused = olga.post(f"{home}/images/end", {**other, "confirm": "b"})
    assert refused.status_code == 400
    assert "End it for good" in refused.text
    short = digests["b"].partition(":")[2][:12]
    assert "Deleted." in olga.send(f"{home}/images/end", {**other, "confirm": short}).text
    assert olga.post(f"{home}/images/restore", other).status_code == 404
    assert olga.post(f"{home}/images/restore", {"repository": "images", "digest": "b"}).status_code == 400
    assert olga.get(f"{home}?repository=none").status_code == 404
    assert olga.get(f"{home}?repository=../base/alpine").status_code == 400


def test_an_image_with_a_tag_that_a_rule_refuses(harbour: Harbour, olga: Visitor) -> None:
    """Does not come back as it is; the page offers to leave that tag out, and then it does."""
    index = harbour.release("shop/ruled", "good", "one", ["amd64"])
    harbour.server.call("PUT", "/v2/shop/ruled/manifests/bad", body=index, Content_Type=types.OCI_INDEX)
    digest = harbour.server.call("HEAD", "/v2/shop/ruled/manifests/good")[1]["docker-content-digest"]
    harbour.server.call("DELETE", f"/v2/shop/ruled/manifests/{digest}")
    forbidden = {"kind": "forbidden", "repositories": "ruled", "tags": "bad", "reason": "nobody wants it"}
    harbour.call("PUT", "/projects/shop/tag-rules", [forbidden], 200)
    home = "/projects/shop/-/trash"
    olga.get(home)
    one = {"repository": "ruled", "digest": digest}
    refused = olga.post(f"{home}/images/restore", one)
    assert refused.status_code == 403
    assert "nobody wants it" in fault(refused)
    assert 'name="only_allowed" value="yes"' in refused.text
    assert olga.post(f"{home}/images/restore", {**one, "only_allowed": "yes"}).status_code == 303
    assert harbour.server.call("GET", "/v2/shop/ruled/manifests/good")[0] == 200
    assert harbour.server.call("GET", "/v2/shop/ruled/manifests/bad")[0] == 404


def test_nothing_of_another_project(harbour: Harbour, olga: Visitor) -> None:
    """Numbers of others' invitations, trusts, redirects and deleted repositories are not found through one's own."""
    harbour.call("POST", "/projects/base/invitations", {"role": "reader"}, 201)
    harbour.release("base/lost", "1", "x")
    harbour.server.call("DELETE", "/api/v1/projects/base/repositories/lost")
    found = json.loads(harbour.server.call("GET", "/api/v1/projects/base/trash")[2])
    theirs = json.loads(harbour.server.call("GET", "/api/v1/projects/base/invitations")[2])
    olga.get("/projects/shop/-/members")
    for path, number in (
        ("members/invite/end", theirs[0]["id"]),
        ("trash/restore", found[0]["id"]),
        ("trash/end", found[0]["id"]),
        ("settings/redirect/end", 1),
        ("robots/ci/trust/end", 10_000),
    ):
        fields = {"number": str(number), "name": "", "confirm": ""}
        assert olga.post(f"/projects/shop/-/{path}", fields).status_code == 404, path
