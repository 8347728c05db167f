"""The guarded way out: it goes to public addresses, to what was named, and nowhere else, whatever a name means."""

import asyncio
import socket
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from moorage.adapters import egress
from moorage.adapters.egress import GuardedEgress, is_public
from moorage.ports.egress import EgressRefused
from tests.support.certificate import make_certificate
from tests.support.issuer import Issuer
from tests.support.server import Server

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2001:0:0:0:0:0:0:1",
    "fe80::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fec0::1",
    "::ffff:0:127.0.0.1",
    "192.0.0.8",
    "2001:0:808:808::f7f7:f7f7",
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.fixture
def real() -> Iterator[Issuer]:
    """Something on the loopback address that answers over HTTP."""
    with Issuer() as issuer:
        yield issuer


async def why_not(way: GuardedEgress, url: str) -> str:
    """What it is refused for."""
    with pytest.raises(EgressRefused) as fault:
        await way.fetch(url, limit=100_000)
    return str(fault.value)


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    """What is not public, also when it is wrapped into another kind of address."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside(address: str) -> None:
    """What is public."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0"],
)
async def test_every_spelling_of_this_machine(real: Issuer, host: str) -> None:
    """However this machine is spelt, nobody connects to it."""
    port = real.base.rpartition(":")[2]
    why = await why_not(GuardedEgress(), f"https://{host}:{port}/keys")
    assert "not public" in why or "no such host" in why
    assert real.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "keys",
        "//host/keys",
        "file:///etc/passwd",
        "ftp://8.8.8.8/",
        "gopher://8.8.8.8/",
        "https://user@8.8.8.8/",
        "https://user:word@8.8.8.8/",
        "https:///keys",
        "https://8.8.8.8:99999/",
        "https://8.8.8.8/a b\r\nHost: x",
        "https://8.8.8.8/é",
        "https://[::1/",
    ],
)
async def test_what_is_no_address(url: str) -> None:
    """Other schemes, credentials, line breaks and half addresses are refused before anything is asked."""
    assert "address" in await why_not(GuardedEgress(["8.8.8.8"]), url)


async def test_plain_http_only_where_named(real: Issuer) -> None:
    """Plain http goes to hosts and networks that were named, and to no other."""
    assert "only https" in await why_not(GuardedEgress(), f"{real.base}/keys")
    assert "only https" in await why_not(GuardedEgress(["localhost"]), f"{real.base}/keys")
    assert b'"kid"' in await GuardedEgress(["127.0.0.0/8"]).fetch(f"{real.base}/keys", limit=100_000)
    named = real.base.replace("127.0.0.1", "LocalHost")
    assert b'"kid"' in await GuardedEgress(["localhost"]).fetch(f"{named}/keys", limit=100_000)
    assert "only https" in await why_not(GuardedEgress(["127.0.0.0/8"]), f"{named}/keys")


async def test_the_judged_address_is_the_one(real: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up once: it cannot mean something harmless first and this machine afterwards."""
    meanings = iter([["8.8.8.8"], ["127.0.0.1"]])
    looked = []

    async def lookup(_loop: object, host: str, port: int, **_more: object) -> list[Any]:
        looked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(meanings)]

    went = []

    async def no_connection(*_words: object, **named: object) -> None:
        went.append(named["remote_host"])
        raise OSError("not in a test")

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", lookup)
    import anyio

    monkeypatch.setattr(anyio, "connect_tcp", lambda *words, **named: no_connection(None, *words, **named))
    assert "not in a test" in await why_not(GuardedEgress(), "https://rebinding.example/keys")
    assert (looked, went) == (["rebinding.example"], ["8.8.8.8"])
    assert "127.0.0.1 is not public" in await why_not(GuardedEgress(), "https://rebinding.example/keys")
    assert real.asked == []


async def test_one_bad_address_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a public address and an inner one is refused: the order of addresses is not to be relied on."""

    async def lookup(_loop: object, _host: str, port: int, **_more: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, port)) for at in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", lookup)
    assert "10.0.0.1 is not public" in await why_not(GuardedEgress(), "https://both.example/")


async def test_one_dead_address_of_several(real: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one address does not answer the next is tried: all of them were judged."""

    async def lookup(_loop: object, _host: str, port: int, **_more: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, port)) for at in ("127.0.0.9", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", lookup)
    named = real.base.replace("127.0.0.1", "idp.example")
    assert b'"kid"' in await GuardedEgress(["idp.example"]).fetch(f"{named}/keys", limit=100_000)


async def test_redirects_and_sizes(real: Issuer) -> None:
    """A redirect is an answer that nobody wants, an endless one is cut off."""
    way = GuardedEgress(["127.0.0.1"])
    for status in (301, 302, 307, 308):
        real.answers["/from"] = lambda status=status: (status, {"Location": f"{real.base}/keys"}, b"")  # type: ignore[misc]
        assert f"status {status}" in await why_not(way, f"{real.base}/from")
    real.answers["/large"] = lambda: (200, {}, b"x" * 100_001)
    assert "larger than 100000 bytes" in await why_not(way, f"{real.base}/large")
    assert "/keys" not in real.asked


async def test_slow_answers(monkeypatch: pytest.MonkeyPatch, real: Issuer) -> None:
    """Whoever answers too slowly is given up, and nobody else waits meanwhile."""
    monkeypatch.setattr(egress, "SECONDS", 0.3)

    def slowly() -> tuple[int, dict[str, str], bytes]:
        time.sleep(1)
        return 200, {}, b""

    real.answers["/slow"] = slowly
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    beside = asyncio.create_task(others())
    assert "no whole answer" in await why_not(GuardedEgress(["127.0.0.1"]), f"{real.base}/slow")
    beside.cancel()
    assert turns > 10


async def test_tls_checks_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate must be of the name that was asked for, and of an authority that is trusted."""
    cert, key = make_certificate(tmp_path, "idp.example")

    async def lookup(_loop: object, _host: str, port: int, **_more: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with Server(tmp_path / "data", options=("--tls-cert", str(cert), "--tls-key", str(key)), scheme="https") as server:
        monkeypatch.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", lookup)
        hosts = ["127.0.0.0/8"]
        url = f"https://{{}}:{server.port}/healthz"
        assert await GuardedEgress(hosts, cert).fetch(url.format("idp.example"), limit=100) == b"ok\n"
        assert "certificate" in (await why_not(GuardedEgress(hosts, cert), url.format("other.example"))).lower()
        assert "certificate" in (await why_not(GuardedEgress(hosts), url.format("idp.example"))).lower()


async def test_proxies_of_the_environment(real: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is not asked: it could reach what we may not."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert b'"kid"' in await GuardedEgress(["127.0.0.1"]).fetch(f"{real.base}/keys", limit=100_000)
