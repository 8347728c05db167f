"""The way out, guarded: whoever may type an address in must not reach through it what only this machine can reach.

A name is looked up here, all addresses it has are judged, and the connection goes to the very one that was judged, so
that a name cannot mean one thing when it is judged and another when it is used. TLS still checks the name. Source: the
IANA registries of special-purpose addresses; RFC 6052 (NAT64), RFC 7526 (6to4 is no more).
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from moorage.adapters.authorities import trusting
from moorage.ports.egress import Answer, EgressRefused, Why

if TYPE_CHECKING:
    import httpcore

Address = IPv4Address | IPv6Address
Taken = TypeVar("Taken")
SECONDS = 10.0
_LINGER = 1.0
"""Seconds that a body may take of which only the beginning is of interest."""
_MOST_ADDRESSES = 8
_PATIENCE = 3.0
"""Seconds for one of several addresses to take the connection, before the next is tried."""
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""All that is given out for the public internet (RFC 4291, section 2.4); what lies beside it leads somewhere else."""
_CLOSED = (
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
)
"""Networks that lead inside or nowhere, beside those that every Python knows of."""
_PORTS = {"https": 443, "http": 80}


class GuardedEgress:
    """See `ports.egress.Egress`. `allowed` are names of hosts and networks that may be reached though they are inside.

    Plain http goes to what is named there, and nowhere else. `ca_file` is trusted beside what the system trusts.
    """

    def __init__(self, allowed: Iterable[str] = (), ca_file: Path | None = None) -> None:
        self._hosts: set[str] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        for text in allowed:
            try:
                self._networks.append(ip_network(text))
            except ValueError:
                self._hosts.add(text.lower().rstrip("."))
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None

    async def fetch(
        self,
        url: str,
        *,
        limit: int,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> bytes:
        """One connection for one request: nothing is kept open, and no proxy or cookie comes in."""
        return await self._ask(url, method, headers or {}, body, lambda response: _whole(url, response, limit))

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, limit: int) -> Answer:
        """The same."""
        return await self._ask(url, "POST", headers, body, lambda response: _beginning(response, limit))

    async def _ask(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        take: "Callable[[httpcore.Response], Awaitable[Taken]]",
    ) -> Taken:
        import httpcore  # noqa: PLC0415 - memory that only those pay who use it

        scheme, host, port, target = _taken_apart(url)
        if scheme == "http" and not self._is_named(host):
            raise EgressRefused(f"{host}: only https is spoken, but to the hosts that egress.allow names", Why.CLOSED)
        own: dict[bytes | str, bytes | str] = {name: value for name, value in headers.items()}  # noqa: C416
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=scheme.encode(), host=host.encode(), port=port, target=target.encode()),
            headers={
                **own,
                "Host": host if port == _PORTS[scheme] else f"{_bracketed(host)}:{port}",
                "User-Agent": "moorage",
                "Accept-Encoding": "identity",
                **({"Content-Length": str(len(body))} if body or method == "POST" else {}),
            },
            content=body,
        )
        try:
            async with asyncio.timeout(SECONDS):
                context = await asyncio.to_thread(self._context) if scheme == "https" else None
                addresses = await self._addresses(host, port)
                async with httpcore.AsyncConnectionPool(
                    ssl_context=context, network_backend=_leading_to(addresses)
                ) as pool:
                    response = await pool.handle_async_request(request)
                    try:
                        return await take(response)
                    finally:
                        await response.aclose()
        except TimeoutError:
            raise EgressRefused(f"{host}: no whole answer within {SECONDS:.0f} seconds", Why.SLOW) from None
        except (httpcore.ConnectError, httpcore.TimeoutException, OSError) as fault:
            raise EgressRefused(f"{host}: {str(fault) or type(fault).__name__}", Why.UNREACHED) from fault
        except (httpcore.NetworkError, httpcore.ProtocolError) as fault:
            raise EgressRefused(f"{host}: {str(fault) or type(fault).__name__}") from fault

    async def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses to try, in the system's order, if none of those that the name has is forbidden."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            raise EgressRefused(f"{host}: there is no such host", Why.CLOSED) from fault
        texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_MOST_ADDRESSES]
        if not texts:
            raise EgressRefused(f"{host}: there is no such host", Why.CLOSED)
        for text in texts:
            if not self._may(host, ip_address(text.partition("%")[0])):
                raise EgressRefused(
                    f"{host}: {text} is not public; name the host or its network in egress.allow", Why.CLOSED
                )
        return texts

    def _may(self, host: str, address: Address) -> bool:
        if host.lower().rstrip(".") in self._hosts:
            return True
        return any(address in network for network in self._networks) or is_public(address)

    def _is_named(self, host: str) -> bool:
        if host.lower().rstrip(".") in self._hosts:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                self._tls = trusting(self._ca_file)
            except OSError as fault:
                raise EgressRefused(str(fault), Why.UNREACHED) from fault
        return self._tls


def is_public(address: Address) -> bool:
    """Does it lead to the public internet, also by what it wraps?"""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _UNICAST:
            return False
    if address.is_multicast or any(address in network for network in _CLOSED if network.version == address.version):
        return False
    return address.is_global


def _taken_apart(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise EgressRefused("this is no address of a server", Why.CLOSED) from fault
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or not url.isascii() or not url.isprintable():
        raise EgressRefused(
            "an address begins with https:// and names a host, without a user or a password", Why.CLOSED
        )
    target = parts.path or "/"
    return parts.scheme, host, port or _PORTS[parts.scheme], f"{target}?{parts.query}" if parts.query else target


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _whole(url: str, response: "httpcore.Response", limit: int) -> bytes:
    host = urlsplit(url).hostname
    if not 200 <= response.status < 300:  # noqa: PLR2004 - a redirect might lead anywhere: it is not followed
        raise EgressRefused(f"{host}: answered with status {response.status}")
    taken = bytearray()
    async for piece in response.aiter_stream():
        taken += piece
        if len(taken) > limit:
            raise EgressRefused(f"{host}: the answer is larger than {limit} bytes")
    return bytes(taken)


async def _beginning(response: "httpcore.Response", limit: int) -> Answer:
    import httpcore  # noqa: PLC0415 - memory that only those pay who use it

    taken = bytearray()
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
        async with asyncio.timeout(_LINGER):
            async for piece in response.aiter_stream():
                taken += piece
                if len(taken) >= limit:
                    break
    return Answer(response.status, bytes(taken[:limit]))


def _leading_to(addresses: list[str]) -> Any:  # noqa: ANN401 - the library is imported only when it is used
    """A network on which every name is these addresses."""
    import httpcore  # noqa: PLC0415 - the same

    class Leading(httpcore.AsyncNetworkBackend):
        async def connect_tcp(self, host: str, port: int, *more: Any, **named: Any) -> httpcore.AsyncNetworkStream:  # noqa: ANN401, ARG002 - as it is called
            for address in addresses[:-1]:
                try:
                    async with asyncio.timeout(_PATIENCE):
                        return await httpcore.AnyIOBackend().connect_tcp(address, port, *more, **named)
                except (TimeoutError, httpcore.ConnectError, httpcore.ConnectTimeout):
                    continue  # a machine may have an address of a kind that its network does not carry
            return await httpcore.AnyIOBackend().connect_tcp(addresses[-1], port, *more, **named)

    return Leading()
