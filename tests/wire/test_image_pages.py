"""Pages of repositories, tags and images: whatever was pushed, whoever looks, and what their forms do."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from moorage.oci import media_type as types
from tests.support import harbour
from tests.support.content import CONFIG_TYPE, digest_of, encode, image_fields, index_fields
from tests.support.pushing import push_blob
from tests.support.server import Server
from tests.support.visiting import Visitor, fault

BASE = "/projects/shop/checkout"
MARKUP = '<script>alert("x")</script>'
ODD: list[Any] = [None, 1e999, True, MARKUP, "\ud800\u202e", [], {}, [None, [1]], {MARKUP: MARKUP}, {"a": {"b": []}}]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Filled once."""
    with Server(tmp_path_factory.mktemp("images") / "data") as server:
        harbour.Harbour(server).fill()
        yield server


@pytest.fixture(scope="module")
def mark(registry: Server) -> Iterator[Visitor]:
    """A maintainer in a browser."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in("mark")
        yield visitor


def push(server: Server, fields: dict[str, Any], tag: str, media_type: str = types.OCI_MANIFEST) -> str:
    """Put a manifest into shop/checkout; its digest."""
    made = encode(fields)
    path = f"/v2/shop/checkout/manifests/{tag or digest_of(made)}"
    status, _, answer = server.call("PUT", path, body=made, Content_Type=media_type)
    assert status == 201, answer
    return digest_of(made)


def shown(visitor: Visitor, path: str) -> str:
    """The page, which has to be one, and in which no markup of others stands as markup."""
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.text)
    assert MARKUP not in answer.text
    return answer.text


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_configurations(registry: Server, mark: Visitor, number: int) -> None:
    """Whatever a configuration holds: image, tag, list and comparison are shown, and all of it as text."""
    odd = ODD[number]
    names = ("os", "architecture", "variant", "created", "author")
    inner = ("User", "Entrypoint", "Cmd", "Env", "ExposedPorts", "Volumes", "WorkingDir", "Labels", "Healthcheck")
    fields = dict.fromkeys(names, odd) | {"config": dict.fromkeys(inner, odd), "history": [odd, {"created_by": odd}]}
    for tag, config in ((f"odd-{number}", json.dumps(fields)), (f"odder-{number}", json.dumps(odd))):
        content = config.encode()
        push_blob(registry, "shop/checkout", content)
        layer = f"layer {number}".encode()
        push_blob(registry, "shop/checkout", layer)
        digest = push(registry, image_fields(layer, config=content, config_type=CONFIG_TYPE), tag)
        for path in (f"/-/tags/{tag}", f"/-/images/{digest}", f"/-/compare?from={tag}&to=1.1.0", "?prefix=odd"):
            shown(mark, BASE + path)


def test_odd_manifests(registry: Server, mark: Visitor) -> None:
    """Annotations, platforms, titles and artifact types of others are text, of whatever type they are."""
    for number, odd in enumerate(odd for odd in ODD if not isinstance(odd, float)):
        child = harbour.MODULE
        index = index_fields([child], annotations={"org.opencontainers.image.title": MARKUP, MARKUP: "\u202e"})
        index["manifests"][0] |= {"platform": odd, "annotations": odd, "artifactType": odd}
        digest = push(registry, index, f"index-{number}", types.OCI_INDEX)
        shown(mark, f"{BASE}/-/images/{digest}")
        shown(mark, f"{BASE}/-/compare?from=index-{number}&to=index-0")
    assert "&lt;script&gt;" in shown(mark, f"{BASE}/-/images/{digest}")
    shown(mark, f"{BASE}?prefix=index")


def test_the_largest(registry: Server, mark: Visitor) -> None:
    """An index of thousands of entries and an image of thousands of layers are shown in part, and soon."""
    index = index_fields([harbour.MODULE] * 14_000)
    for entry in index["manifests"]:
        entry["platform"] = {"os": MARKUP, "architecture": "x" * 20}
    content = json.dumps(index, separators=(",", ":")).encode()
    assert (
        registry.call("PUT", "/v2/shop/checkout/manifests/large", body=content, Content_Type=types.OCI_INDEX)[0] == 201
    )
    config = json.dumps({"history": [{"created_by": MARKUP * 20}] * 1000}).encode()
    for blob in (config, b"layer"):
        push_blob(registry, "shop/checkout", blob)
    push(registry, image_fields(*[b"layer"] * 9000, config=config, config_type=CONFIG_TYPE), "deep")
    for tag in ("large", "deep"):
        digest = json.loads(registry.call("GET", f"/api/v1/projects/shop/repositories/checkout/tags/{tag}")[2])[
            "digest"
        ]
        for path in (f"/-/tags/{tag}", f"/-/images/{digest}", f"/-/compare?from={tag}&to={tag}", f"?prefix={tag}"):
            assert len(shown(mark, BASE + path)) < 2_000_000


def test_other_artifacts(registry: Server, mark: Visitor) -> None:
    """A chart, a file, something unknown without layers, and a configuration that is no JSON: each has a page."""
    chart = b'{"name": "checkout", "version": "1.2.3", "dependencies": []}'
    for content in (chart, b"{}", b"\xff\x00no json", b"file"):
        push_blob(registry, "shop/checkout", content)
    helm = image_fields(b"file", config=chart, config_type="application/vnd.cncf.helm.config.v1+json")
    page = shown(mark, f"{BASE}/-/images/{push(registry, helm, 'chart')}")
    assert "Helm chart" in page
    assert "helm pull" in page
    assert "1.2.3" in page
    file = image_fields(b"file", config=b"{}", config_type=types.OCI_EMPTY, artifactType="application/x.thing")
    file["layers"][0]["annotations"] = {"org.opencontainers.image.title": MARKUP}
    page = shown(mark, f"{BASE}/-/images/{push(registry, file, 'file')}")
    assert "oras pull" in page
    assert "&lt;script&gt;" in page
    broken = image_fields(config=b"\xff\x00no json", config_type=CONFIG_TYPE)
    shown(mark, f"{BASE}/-/images/{push(registry, broken, 'broken')}")
    empty = push(registry, index_fields([]), "empty", types.OCI_INDEX)
    assert "lists no image" in shown(mark, f"{BASE}/-/images/{empty}")
    shown(mark, f"{BASE}/-/compare?from=empty&to=chart")


@pytest.mark.parametrize(
    "path",
    [
        "/-/tags/nothing",
        "/-/tags/.no-tag",
        "/-/images/sha256:" + "0" * 64,
        "/-/images/nothing",
        "/-/compare?from=nothing&to=stable",
        "/-/compare?from=stable&to=stable&platform=plan9/mips",
        "?sort=nonsense",
        "?after=x&sort=pushed_at",
        "?deleted_image=x",
        "?deleted=%2F",
    ],
)
def test_what_is_not_there(mark: Visitor, path: str) -> None:
    """Is refused by a page that says so."""
    answer = mark.get(BASE + path)
    assert answer.status_code in {400, 404}
    assert fault(answer)


@pytest.mark.parametrize(
    "path",
    [
        "?sort=-version",
        "?prefix=*TAB",
        "?prefix=*",
        "?sort=-version&after=999999999",
        "?sort=-version&after=²",
        "/-/tags/stable?after=²",
        "/-/tags/stable?after=1",
        "/-/deleted?after=x",
        "/-/compare",
        "?deleted=stable",
    ],
)
def test_odd_questions(mark: Visitor, path: str) -> None:
    """Are answered."""
    shown(mark, BASE + path)


def test_order_of_versions(registry: Server, mark: Visitor) -> None:
    """The highest version first, and what is none behind."""
    for tag in ("order-1", "1.10.0-rc.1"):
        push(registry, json.loads(harbour.MODULE), tag)
    page = shown(mark, f"{BASE}?sort=-version")
    tags = re.findall(r'<th scope="row"><a href="[^"]+/-/tags/([^"]+)"', page)
    assert tags[:4] == ["1.10.0-rc.1", "1.3.0", "1.2.0", "1.1.0"]
    assert "order-1" in tags
    assert re.findall(r"/-/tags/([^\"]+)\"", shown(mark, f"{BASE}?prefix=*RDER-"))[0] == "order-1"


def test_deleted_and_back(registry: Server, mark: Visitor) -> None:
    """What was chosen goes, its undo brings it back; only whoever deleted it is offered that."""
    for tag in ("go-1", "go-2"):
        push(registry, json.loads(harbour.MODULE), tag)
    mark.get(BASE)
    assert "Choose the tags" in fault(mark.send(f"{BASE}/-/delete-tags"))
    answer = mark.send(f"{BASE}/-/delete-tags", {"chosen": ["go-1", "go-2"]})
    assert 'name="tags" value="go-1,go-2"' in answer.text
    assert mark.get(f"{BASE}/-/tags/go-1").status_code == 200
    with Visitor(registry.url) as other:
        other.sign_in("olga")
        assert 'name="tags"' not in shown(other, f"{BASE}?deleted=go-1,go-2")
    assert "Restored." in mark.send(f"{BASE}/-/undo", {"tags": "go-1,go-2"}).text
    assert 'class="now"' in shown(mark, f"{BASE}/-/tags/go-2")
    refused = fault(mark.send(f"{BASE}/-/delete-tags", {"chosen": ["go-2", "1.1.0"]}))
    assert "releases do not change" in refused
    assert "deleted before that: go-2" in refused


def test_as_it_was(registry: Server, mark: Visitor) -> None:
    """A tag that is deleted stands among those of a time at which it was there; odd times are refused or answered."""
    push(registry, json.loads(harbour.MODULE), "was-here")
    then = datetime.now(UTC) + timedelta(seconds=1)
    time.sleep(1.1)
    mark.get(BASE)
    mark.send(f"{BASE}/-/delete-tags", {"chosen": ["was-here"]})
    asked = f"{BASE}/-/then?prefix=was&at={then:%Y-%m-%dT%H:%M:%S}"
    assert f"{BASE}/-/tags/was-here" in shown(mark, asked)
    assert "no tag here then" in shown(mark, f"{BASE}/-/then?at=0001-01-01T00:00")
    assert "no tag here then" in shown(mark, f"{BASE}/-/then?prefix=was&at=9999-12-31T23:59")
    for odd in ("x", MARKUP, "9999-12-31T23:59-23:59", "²"):
        answer = mark.get(f"{BASE}/-/then?at={odd}")
        assert answer.status_code in {200, 400}
        assert MARKUP not in answer.text


def test_an_image_deleted_and_back(registry: Server, mark: Visitor) -> None:
    """With its tags; it stands among what was deleted, and comes back by one button."""
    push_blob(registry, "shop/checkout", b"gone")
    push_blob(registry, "shop/checkout", b"{}")
    digest = push(registry, image_fields(b"gone"), "gone")
    path, short = f"{BASE}/-/images/{digest}", digest[7:19]
    mark.get(path)
    assert mark.post(f"{path}/delete").status_code == 400
    answer = mark.send(f"{path}/delete", {"confirm": short})
    assert f"/-/images/{digest}/restore" in answer.text
    assert short in shown(mark, f"{BASE}/-/deleted")
    assert mark.get(path).status_code == 404
    assert "can be restored" in shown(mark, f"{BASE}/-/tags/gone")
    mark.send(f"{path}/restore", {"confirm": short})
    assert f"{BASE}/-/tags/gone" in shown(mark, path)
    mark.send(f"{path}/delete", {"confirm": short})
    assert mark.post(f"{BASE}/-/deleted/erase", {"digest": digest, "confirm": "no"}).status_code == 400
    mark.send(f"{BASE}/-/deleted/erase", {"digest": digest, "confirm": short})
    assert short not in shown(mark, f"{BASE}/-/deleted")


def test_tags_move(registry: Server, mark: Visitor) -> None:
    """To what another names, and back along the timeline; what was typed stays where it is refused."""
    push(registry, json.loads(harbour.MODULE), "moving")
    mark.get(BASE)
    answer = mark.send(f"{BASE}/-/promote", {"source": "1.2.0", "tag": "moving"})
    assert "names this image now" in answer.text
    assert answer.text.count("Restore this") == 1
    mark.send(f"{BASE}/-/tags/moving/restore", {"digest": digest_of(harbour.MODULE)})
    assert "WebAssembly module" in shown(mark, f"{BASE}/-/tags/moving")
    refused = mark.send(f"{BASE}/-/promote", {"source": "1.2.0", "tag": MARKUP})
    assert refused.status_code == 400
    assert MARKUP not in refused.text
    assert f'value="{MARKUP}"' in unescape(refused.text)
    assert f'name="next" value="{BASE}"' in refused.text
    assert f'href="{BASE}?sort=name"' in refused.text


def test_copies(mark: Visitor) -> None:
    """Into another repository under a tag; refused where they may not push, with what was typed."""
    page = f"{BASE}/-/images/{digest_of(harbour.MODULE)}"
    mark.get(page)
    assert "Copied" in mark.send(f"{page}/copy", {"target": "shop/copied", "tag": "1", "referrers": "yes"}).text
    refused = mark.send(f"{page}/copy", {"target": "base/alpine", "tag": "1"})
    assert refused.status_code == 403
    assert 'value="base/alpine"' in refused.text


def test_settings(registry: Server, mark: Visitor) -> None:
    """A description, labels, another name and the end; a refusal keeps what was typed."""
    push_blob(registry, "shop/passing", b"{}")
    made = encode(image_fields())
    path = "/v2/shop/passing/manifests/1"
    assert registry.call("PUT", path, body=made, Content_Type=types.OCI_MANIFEST)[0] == 201
    settings = "/projects/shop/passing/-/settings"
    mark.get(settings)
    refused = mark.send(settings, {"description": f"# {MARKUP}", "labels": "no label", "public": "project"})
    assert "is no label" in fault(refused)
    assert MARKUP not in refused.text
    assert "no label</textarea>" in refused.text
    mark.send(settings, {"description": f"# A {MARKUP}", "labels": "env=test\r\nteam=x", "public": "public"})
    page = shown(mark, "/projects/shop/passing")
    assert "<h1>A " in page
    assert "env=test" in page
    assert "public" in page
    assert mark.send(f"{settings}/rename", {"name": "Not A Name"}).status_code == 400
    assert "Saved." in mark.send(f"{settings}/rename", {"name": "passed/by"}).text
    settings = "/projects/shop/passed/by/-/settings"
    assert mark.post(f"{settings}/delete", {"confirm": "passing"}).status_code == 400
    assert "Deleted." in mark.send(f"{settings}/delete", {"confirm": "passed/by"}).text
    assert mark.get("/projects/shop/passed/by").status_code == 404


def test_who_is_told_who(registry: Server) -> None:
    """A mere reader learns when a tag moved, and not by whom; and gets no form."""
    with Visitor(registry.url) as rita, Visitor(registry.url) as wanda:
        rita.sign_in("rita")
        wanda.sign_in("wanda")
        for path in (BASE, f"{BASE}/-/images/{digest_of(harbour.MODULE)}"):
            assert "by admin" not in shown(rita, path)
            assert not re.search('action="[^"]+/(delete|promote|undo|delete-tags)"', rita.get(path).text)
            assert "by admin" in shown(wanda, path)
