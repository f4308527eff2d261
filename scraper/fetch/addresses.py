"""Network addresses that may be connected to.

A host name is resolved once, its addresses are checked, and a checked address itself is connected. There is no second
look-up that DNS rebinding could answer differently. The resolver accepts every spelling of an address, so every
spelling is checked.
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
from scraper.urls.canonical import normalize, spellings

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Resolver of a host and port: addresses as text, preferred one first. Raises `OSError` or `UnicodeError`."""

MAX_TRIED_ADDRESSES: Final = 4
"""Number of addresses of one name that are tried before giving up."""
LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".corp", ".home")
"""Names of local networks (RFC 6761, 6762, 8375, and names that ICANN does not sell)."""
GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""The part of IPv6 that is assigned (RFC 4291, 2.4)."""
SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
"""IPv6 range whose bits 16 to 47 are an IPv4 address (RFC 3056)."""
EMBEDDED_V4: Final = tuple(ipaddress.ip_network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96"))
"""IPv6 ranges whose last 32 bits are an IPv4 address that a gateway may deliver to (RFC 4291, 6052)."""
NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",  # protocols, relays of 6to4, benchmarks
        "2001::/23", "2001:db8::/32", "3fff::/20",  # Teredo and other protocols, documentation
    )
)  # fmt: skip
"""Special ranges (IANA's registries) that some versions of `ipaddress` call global."""
ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
"""Middle bits of an IPv6 address whose last 32 bits are an IPv4 address within an organisation (RFC 5214)."""


def is_public(address: str) -> bool:
    """Whether an IP address, written in any standard way, belongs to the public internet.

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
    if number >> 32 & 0xFFFFFFFF in ISATAP or any(found in network for network in EMBEDDED_V4):
        return is_public_v4(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return found in GLOBAL_UNICAST and found.is_global and not any(found in network for network in NOT_PUBLIC)


def is_public_v4(address: ipaddress.IPv4Address) -> bool:
    """Whether an IPv4 address is public. `is_global` alone accepts multicast addresses."""
    special = address.is_multicast or address.is_reserved or any(address in network for network in NOT_PUBLIC)
    return address.is_global and not special


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that the system's resolver gives."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be connected to. `allow_hosts` are "HOST" or "HOST:PORT" that may be private.

    If `resolves_names` is false, a proxy or another transport resolves names, and must refuse private addresses itself.
    Here only hosts whose spelling is private (an address, `localhost`, a name of a local network) are refused.
    """

    allow_private: bool = False
    allow_hosts: frozenset[str] = frozenset()
    resolves_names: bool = True
    resolve: Resolve = resolve

    async def vetted(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses of a host that may be connected to; its name if it is resolved elsewhere.
        `host` is normalized.

        Raises `FetchError` of kind `dns` or `private-address`, whose URL is the host.
        """
        host = host.strip("[]")
        allowed = self.allow_private or not self.allow_hosts.isdisjoint(spellings(host, port))
        if not self.resolves_names:
            if not allowed and is_local_name(host):
                raise private_address_error(host)
            return (host,)
        try:
            addresses = await self.resolve(host, port)
        except (OSError, UnicodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "not a host name"
            raise FetchError(host, "dns", f"{host} did not resolve: {reason}") from exc
        public = tuple(address for address in addresses if allowed or is_public(address))
        if addresses and not public:
            raise private_address_error(host)
        if not addresses:
            raise FetchError(host, "dns", f"{host} has no address")
        return public


def private_address_error(host: str) -> FetchError:
    """Return the error for a private host. Its detail begins with the host, which the archive reads from there."""
    detail = f"{host} is a private or loopback address; pass --allow-host {host} or --allow-private to fetch from it"
    return FetchError(host, "private-address", detail)


def parse_allow_host(text: str) -> str:
    """Return "HOST" or "HOST:PORT" in normalized form. Raises `FetchError` of kind `url`.

    >>> parse_allow_host("LocalHost:8000"), parse_allow_host("127.1"), parse_allow_host("[::1]:80")
    ('localhost:8000', '127.0.0.1', '[::1]:80')
    """
    bare = text.strip()
    if ":" in bare and not bare.startswith("[") and bare.count(":") > 1:
        bare = f"[{bare}]"
    try:
        if not bare or not set("/?#@\\").isdisjoint(bare):
            raise FetchError(text, "url")
        host = normalize(f"http://{bare}/").split("/")[2]
    except FetchError as exc:
        raise FetchError(text, "url", f"{text!r} is not a host; write HOST or HOST:PORT") from exc
    return f"{host}:80" if re.search(r":0*80$", bare) else host


def is_local_name(host: str) -> bool:
    """Whether a host is private by its spelling."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(LOCAL_NAMES)
    return not is_public(host)
