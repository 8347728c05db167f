"""A registry with something in it, as a team would have: what pages are tried on and pictures are made of."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from moorage.oci import media_type as types
from tests.support.content import CONFIG_TYPE, digest_of, encode, image_fields, index_fields
from tests.support.pushing import push_blob
from tests.support.server import PASSWORD, Server

ROLES = {"olga": "owner", "mark": "maintainer", "wanda": "writer", "rita": "reader"}
"""Who has which role in the project `shop`; `nobody` has none, `vera` is an auditor, `leo` is in the group `crew`."""
MODULE = encode(
    image_fields(
        b"a module",
        config=b'{"name": "plugin", "version": "0.3.1"}',
        config_type="application/vnd.wasm.config.v0+json",
        annotations={"org.opencontainers.image.title": "plugin.wasm"},
    )
)
"""An artifact in `shop/checkout` and in `base/alpine` that no tag names."""
README = """# Checkout

Takes the money. **Never** run `latest` of it.

- `PORT`: where it listens
- [How it is built](https://example.com/build)
"""


class Harbour:
    """What stands where, once `fill` is done: projects `shop` (private) and `base` (public)."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._chance = random.Random("harbour")

    def fill(self) -> "Harbour":
        """People, projects, images of two platforms, moves of a tag, a signature, a robot, rules, a job, a webhook."""
        for name in (*ROLES, "nobody", "vera", "leo"):
            self.call("POST", "/users", {"name": name, "password": PASSWORD}, 201)
        self.call("PATCH", "/users/vera", {"auditor": True}, 200)
        self.call("POST", "/groups", {"name": "crew"}, 201)
        self.call("PUT", "/groups/crew/members/leo", None, 204)
        self.call("POST", "/projects", {"name": "shop", "description": "All that sells."}, 201)
        self.call("POST", "/projects", {"name": "base", "public": True}, 201)
        self.call("POST", "/projects/shop/jobs", {"kind": "retention"}, 201)
        for name, role in ROLES.items():
            self.call("PUT", f"/projects/shop/members/{name}", {"role": role}, 201)
        self.call("PUT", "/projects/shop/groups/crew", {"role": "reader"}, 201)
        for number in range(1, 4):
            self.release("shop/checkout", f"1.{number}.0", f"v{number}")
        self.release("shop/checkout", "stable", "v2")
        signed = self.release("shop/checkout", "stable", "v3")
        self.sign("shop/checkout", signed)
        for repository in ("shop/checkout", "base/alpine"):
            for content in (b"a module", b'{"name": "plugin", "version": "0.3.1"}'):
                push_blob(self.server, repository, content)
            self._put(repository, digest_of(MODULE), MODULE, types.OCI_MANIFEST)
        self.release("shop/web/front", "main-1f2e3d4", "front")
        self.release("base/alpine", "3.20", "alpine")
        about = {"description": README, "labels": {"env": "prod", "team": "payments"}}
        self.call("PATCH", "/projects/shop/repositories/checkout", about, 200)
        rules = [{"kind": "immutable", "repositories": "**", "tags": "1.*", "reason": "releases do not change"}]
        self.call("PUT", "/projects/shop/tag-rules", rules, 200)
        robot = {"name": "ci", "actions": ["pull", "push"], "repositories": ["**"]}
        self.call("POST", "/projects/shop/robots", robot, 201)
        hook = {"url": "https://ci.example.invalid/hooks/moorage", "events": ["manifest.*", "tag.*"]}
        self.call("POST", "/projects/shop/webhooks", hook, 201)
        self.call("POST", "/projects/shop/webhooks/1/test", {}, 201)
        return self

    def call(self, method: str, path: str, body: object, wanted: int) -> Any:  # noqa: ANN401 - whatever it answers
        """As the administrator, below /api/v1."""
        content = json.dumps(body).encode()
        status, _, answer = self.server.call(method, f"/api/v1{path}", body=content, Content_Type="application/json")
        assert status == wanted, (method, path, status, answer)
        return answer

    def release(
        self,
        repository: str,
        tag: str,
        version: str,
        platforms: Sequence[str] = ("amd64", "arm64"),
        labels: Mapping[str, str] | None = None,
    ) -> bytes:
        """An index of an image per platform under this tag; the bytes of the index."""
        children = [self._image(repository, version, platform, labels or {}) for platform in platforms]
        fields = index_fields(children)
        for entry, platform in zip(fields["manifests"], platforms, strict=True):
            entry["platform"] = {"os": "linux", "architecture": platform}
        index = encode(fields)
        self._put(repository, tag, index, types.OCI_INDEX)
        return index

    def sign(self, repository: str, subject: bytes) -> None:
        """Attach what says of itself that it is a signature."""
        payload = json.dumps({"critical": {"image": {"docker-manifest-digest": digest_of(subject)}}}).encode()
        push_blob(self.server, repository, payload)
        push_blob(self.server, repository, b"{}")
        fields = image_fields(
            payload, subject=None, artifactType="application/vnd.dev.cosign.artifact.sig.v1+json", config=b"{}"
        )
        fields["subject"] = {"mediaType": types.OCI_INDEX, "digest": digest_of(subject), "size": len(subject)}
        signature = encode(fields)
        self._put(repository, digest_of(signature), signature, types.OCI_MANIFEST)

    def _image(self, repository: str, version: str, platform: str, labels: Mapping[str, str]) -> bytes:
        layers = [
            b"base for " + platform.encode() + b"." * 90_000,
            f"packages of {version[0]} {platform}".encode() + b"." * 400_000,
            f"program {version} {platform}".encode() + b"." * self._chance.randrange(20_000, 120_000),
        ]
        config = json.dumps(
            {
                "architecture": platform,
                "os": "linux",
                "created": "2026-11-20T10:00:00Z",
                "config": {
                    "User": "app",
                    "ExposedPorts": {"8080/tcp": {}},
                    "Env": ["PATH=/usr/local/bin:/usr/bin", f"VERSION={version}"],
                    "Entrypoint": ["/usr/local/bin/checkout"],
                    "Cmd": ["--listen", ":8080"],
                    "Labels": {"org.opencontainers.image.source": "https://example.com/shop", **labels},
                },
                "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
                "history": [
                    {"created": "2026-11-01T08:00:00Z", "created_by": "/bin/sh -c #(nop) ADD file:rootfs in / "},
                    {"created": "2026-11-20T09:00:00Z", "created_by": "RUN apk add --no-cache ca-certificates"},
                    {"created": "2026-11-20T09:00:01Z", "created_by": "ENV VERSION=" + version, "empty_layer": True},
                    {"created": "2026-11-20T10:00:00Z", "created_by": "COPY checkout /usr/local/bin/"},
                ],
            }
        ).encode()
        for content in (*layers, config):
            push_blob(self.server, repository, content)
        manifest = encode(image_fields(*layers, config=config, config_type=CONFIG_TYPE))
        self._put(repository, digest_of(manifest), manifest, types.OCI_MANIFEST)
        return manifest

    def _put(self, repository: str, reference: str, content: bytes, media_type: str) -> None:
        path = f"/v2/{repository}/manifests/{reference}"
        status, _, answer = self.server.call("PUT", path, body=content, Content_Type=media_type)
        assert status == 201, answer
