"""Which network addresses may be connected to, and a network backend that connects to nothing else.

A name is resolved, its addresses are vetted, and a vetted address itself is connected: a second look-up (by which DNS
rebinding wins) never happens. Every spelling of an address ends here, for the resolver reads them all.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import httpcore

from scraper.errors import FetchError

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, as text, the preferred one first. Raises `OSError` or `UnicodeError`."""

MOST_TRIED: Final = 4
"""Addresses of one name that are tried before giving up."""
SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
TEREDO: Final = ipaddress.ip_network("2001::/32")
EMBEDDING: Final = tuple(ipaddress.ip_network(text) for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))
"""IPv6 ranges whose last 32 bits are an IPv4 address that a gateway may deliver to (RFC 4291, 6052, 7915, 8215)."""


def is_public(address: str) -> bool:
    """Whether an IP address, written in any standard way, belongs to a host of the public internet.

    >>> [is_public(text) for text in ("93.184.216.34", "127.0.0.1", "::ffff:10.0.0.1", "224.0.0.1", "no address")]
    [True, False, False, False, False]
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return is_public_v4(found)
    number = int(found)
    if found in SIX_TO_FOUR:
        return is_public_v4(ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF))
    if found in TEREDO:
        return False
    if any(found in network for network in EMBEDDING):
        return is_public_v4(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return found.is_global and not found.is_multicast and not found.is_reserved and not found.is_site_local


def is_public_v4(address: ipaddress.IPv4Address) -> bool:
    """Whether an IPv4 address is public; `is_global` alone lets multicast through."""
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))


class VettingBackend(httpcore.AsyncNetworkBackend):
    """Connects only to vetted addresses. Raises `FetchError` of kind `dns` or `private-address`, whose URL is the host."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self.allow_private = allow_private
        self.resolve = resolve
        self.inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first vetted address that answers."""
        refusal: Exception | None = None
        for address in (await self.vetted(host, port))[:MOST_TRIED]:
            try:
                return await self.inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                refusal = exc
        raise refusal or FetchError(host, "dns")

    async def vetted(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be connected."""
        try:
            addresses = await self.resolve(host, port)
        except (OSError, UnicodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "not a host name"
            raise FetchError(host, "dns", f"{host} did not resolve: {reason}") from exc
        if self.allow_private:
            return addresses
        public = [address for address in addresses if is_public(address)]
        if addresses and not public:
            raise FetchError(host, "private-address")
        return public
