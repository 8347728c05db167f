"""Slashes in repositories' names, as addresses of our own API write them: plainly, or as %2F."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.wire import Wire, refusal

ROOT = "/api/v1/projects/slashes/repositories"
NAMES = ["app", "app/tags", "app/tags/x", "app/tags/tags", "tags", "tags/tags", "robots", "app/robots", "redirects/app"]


@pytest.fixture(scope="module", autouse=True)
def _repositories(admin: Wire) -> Iterator[None]:
    for name in NAMES:
        admin.push_image(f"slashes/{name}", f"of-{name.replace('/', '-')}")
    yield
    for name in NAMES:
        admin.ask("DELETE", f"{ROOT}/{name.replace('/', '%2F')}")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("slash", ["%2F", "%2f"])
def test_every_name_can_be_reached(admin: Wire, name: str, slash: str) -> None:
    """With %2F every repository is reached, and its tags, whatever words its name is made of."""
    address = f"{ROOT}/{name.replace('/', slash)}"
    found = admin.get(address)
    assert (found.status_code, found.json()["name"]) == (200, f"slashes/{name}")
    assert [tag["name"] for tag in admin.get(f"{address}/tags").json()] == [f"of-{name.replace('/', '-')}"]
    changed = admin.ask("PATCH", address, json={"description": name}, headers={"If-Match": found.headers["etag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, f"slashes/{name}")
    refusal(admin.ask("PATCH", address, json={}, headers={"If-Match": found.headers["etag"]}), 412)
    assert admin.ask("PATCH", address, json={"description": ""}).status_code == 200


@pytest.mark.parametrize("name", ["app", "tags", "app/robots", "redirects/app"])
def test_plain_slashes(admin: Wire, name: str) -> None:
    """They mean the same, unless the name holds a word that stands behind names: then it is that of the shorter."""
    assert admin.get(f"{ROOT}/{name}").json()["name"] == f"slashes/{name}"
    assert [tag["name"] for tag in admin.get(f"{ROOT}/app/tags").json()] == ["of-app"]
    assert admin.get(f"{ROOT}/app/tags/of-app").json()["name"] == "of-app"
    for tag in ("x", "tags"):
        refusal(admin.get(f"{ROOT}/app/tags/{tag}"), 404, "MANIFEST_UNKNOWN")
        admin.push_image("slashes/app", tag)
        assert admin.get(f"{ROOT}/app/tags/{tag}").json()["name"] == tag
        admin.ask("DELETE", f"/v2/slashes/app/manifests/{tag}")


def test_links_keep_them(admin: Wire) -> None:
    """The next page is that of the same repository."""
    admin.push_image("slashes/app/tags", "z")
    page = admin.get(f"{ROOT}/app%2Ftags/tags?per_page=1")
    following = httpx.URL(page.links["next"]["url"])
    assert following.raw_path.startswith(f"{ROOT}/app%2Ftags/tags?".encode())
    assert [tag["name"] for tag in admin.get(str(following.raw_path, "ascii")).json()] == ["z"]


@pytest.mark.parametrize(
    "name",
    ["app%252Ftags", "app%2F", "%2Fapp", "app%2F%2Ftags", "app%2F..%2Ftags", "..%2F..%2Fother", "%2F", "%2e%2e%2Fapp",
     "app%1Ftags", "app%1ftags%2Fx", "app%5Ctags", "app%00%2Ftags", "%FF%2Ftags", "slashes%2Fapp"],
)  # fmt: skip
def test_names_that_cannot_be(admin: Wire, name: str) -> None:
    """What is written otherwise names no repository; nothing is read in its place, and nothing deleted."""
    for method in ("GET", "PATCH", "DELETE"):
        refused = admin.ask(method, f"{ROOT}/{name}", json={} if method == "PATCH" else None)
        assert refused.status_code in {400, 404}, (method, refused.text)
    refused = admin.get(f"{ROOT}/{name}/tags")
    assert refused.status_code in {400, 404}, refused.text


def test_elsewhere(admin: Wire) -> None:
    """No other part of an address holds a slash."""
    for address in ("projects%2Fslashes", "projects/slashes%2Frepositories", "users/admin%2Fx", "users%2Fadmin"):
        assert admin.get(f"/api/v1/{address}").status_code in {400, 404}, address
