"""Which network addresses may be connected to.

A name is resolved, its addresses are vetted, and a vetted address itself is connected: a second look-up (by which DNS
rebinding wins) never happens. Every spelling of an address ends here, for the resolver reads them all.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from scraper.errors import FetchError
from scraper.urls.canonical import normalize

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, as text, the preferred one first. Raises `OSError` or `UnicodeError`."""

MAX_TRIED_ADDRESSES: Final = 4
"""Addresses of one name that are tried before giving up."""
LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".corp", ".home")
"""Names of local networks (RFC 6761, 6762, 8375, and what ICANN keeps from being sold)."""
GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out (RFC 4291, 2.4)."""
SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
EMBEDDING: Final = tuple(ipaddress.ip_network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96"))
"""IPv6 ranges whose last 32 bits are an IPv4 address that a gateway may deliver to (RFC 4291, 6052)."""
CLOSED: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",  # protocols, relays of 6to4, benchmarks
        "2001::/23", "2001:db8::/32", "3fff::/20",  # Teredo and other protocols, documentation
    )
)  # fmt: skip
"""Special ranges (IANA's registries) that `ipaddress` calls global, or once did."""
ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
"""The middle of an IPv6 address whose last 32 bits are an IPv4 address within an organisation (RFC 5214)."""


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
    if number >> 32 & 0xFFFFFFFF in ISATAP or any(found in network for network in EMBEDDING):
        return is_public_v4(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return found in GLOBAL_UNICAST and found.is_global and not any(found in network for network in CLOSED)


def is_public_v4(address: ipaddress.IPv4Address) -> bool:
    """Whether an IPv4 address is public; `is_global` alone lets multicast through."""
    special = address.is_multicast or address.is_reserved or any(address in network for network in CLOSED)
    return address.is_global and not special


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Who may be connected to. `allow_hosts` are "HOST" or "HOST:PORT" whose addresses may be private.

    Behind a proxy names are resolved by the proxy, which must shut out private addresses itself: here only what is
    private by its spelling (an address, `localhost`, a name of a local network) is refused.
    """

    allow_private: bool = False
    allow_hosts: frozenset[str] = frozenset()
    proxied: bool = False
    resolve: Resolve = resolve

    async def vetted(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host that may be connected; behind a proxy its name. `host` is in normal form.

        Raises `FetchError` of kind `dns` or `private-address`, whose URL is the host.
        """
        host = host.strip("[]")
        opened = self.allow_private or not self.allow_hosts.isdisjoint(spellings(host, port))
        if self.proxied:
            if not opened and is_local_name(host):
                raise private(host)
            return (host,)
        try:
            addresses = await self.resolve(host, port)
        except (OSError, UnicodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "not a host name"
            raise FetchError(host, "dns", f"{host} did not resolve: {reason}") from exc
        public = tuple(address for address in addresses if opened or is_public(address))
        if addresses and not public:
            raise private(host)
        if not addresses:
            raise FetchError(host, "dns", f"{host} has no address")
        return public


def private(host: str) -> FetchError:
    """The error for a host that is not open. Its detail begins with the host: the archive looks for it there."""
    return FetchError(
        host, "private-address", f"{host} is a private or loopback address (--allow-private or --allow-host opens it)"
    )


def spellings(host: str, port: int) -> tuple[str, ...]:
    """How a host in normal form may stand in `allow_hosts`.

    >>> spellings("::1", 80)
    ('::1', '[::1]', '::1:80', '[::1]:80')
    """
    names = (host, f"[{host}]") if ":" in host else (host,)
    return (*names, *(f"{name}:{port}" for name in names))


def parse_allow_host(text: str) -> str:
    """ "HOST" or "HOST:PORT" in the form in which hosts are compared. Raises `FetchError` of kind `url`.

    >>> parse_allow_host("LocalHost:8000"), parse_allow_host("127.1"), parse_allow_host("[::1]:80")
    ('localhost:8000', '127.0.0.1', '[::1]:80')
    """
    bare = text.strip()
    if ":" in bare and not bare.startswith("[") and bare.count(":") > 1:
        bare = f"[{bare}]"
    try:
        if not bare or not set("/?#@").isdisjoint(bare):
            raise FetchError(text, "url")
        host = normalize(f"http://{bare}/").split("/")[2]
    except FetchError as exc:
        raise FetchError(text, "url", f"{text!r} is not HOST or HOST:PORT") from exc
    return f"{host}:80" if re.search(r":0*80$", bare) else host


def is_local_name(host: str) -> bool:
    """Whether a host is private by its spelling."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(LOCAL_NAMES)
    return not is_public(host)
