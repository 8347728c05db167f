"""What address clients know us by, and what address they have: proxies that we trust may tell both."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from moorage.api.wire import Exchange

Network = IPv4Network | IPv6Network
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Origin:
    """`public_url` wins; then a trusted proxy's X-Forwarded headers; then the request itself."""

    public_url: str | None = None
    trusted: tuple[Network, ...] = ()

    def base(self, exchange: Exchange) -> str:
        """As in `https://registry.example.com`, without a slash at the end."""
        if self.public_url:
            return self.public_url
        scheme, host = exchange.scope["scheme"], exchange.header(b"host")
        if self._trusts(_peer(exchange)):
            scheme = _first(exchange.header(b"x-forwarded-proto")) or scheme
            host = _first(exchange.header(b"x-forwarded-host")) or host
        if scheme not in {"http", "https"} or not host or not _AUTHORITY.fullmatch(host):
            return ""  # clients resolve what is relative against the address they used
        return f"{scheme}://{host}"

    def service(self, exchange: Exchange) -> str:
        """How clients are told to name us when they ask for a token: the host."""
        return self.base(exchange).partition("://")[2] or "moorage"

    def client(self, exchange: Exchange) -> str:
        """The address of who asks: the last one in X-Forwarded-For that is not a trusted proxy's."""
        peer = _peer(exchange)
        if not self._trusts(peer):
            return peer
        hops = [hop.strip() for hop in (exchange.header(b"x-forwarded-for") or "").split(",") if hop.strip()]
        for hop in reversed(hops):
            if not self._trusts(hop):
                return hop[:64]
        return peer

    def _trusts(self, address: str) -> bool:
        if not self.trusted:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)


def _peer(exchange: Exchange) -> str:
    client = exchange.scope.get("client")
    # A socket for IPv6 that serves IPv4 as well names such peers ::ffff:192.0.2.1 (RFC 4291, section 2.5.5.2).
    return str(client[0]).removeprefix("::ffff:") if client else ""


def _first(header: str | None) -> str | None:
    return header.split(",")[0].strip() if header else None
