"""Connections to one scheme, host and port, kept for reuse; with HTTP/2 one connection serves all exchanges.

Through a proxy, http URLs are requested with the whole URL (RFC 9112, 3.2.2), https URLs through a tunnel (RFC 9110,
9.3.6). TLS is always between us and the host.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scraper.errors import FetchError
from scraper.fetch.protocol import MAX_HEAD_BYTES, Http1, Http2, Request, reason_of
from scraper.fetch.proxy import Proxy
from scraper.fetch.streams import Connect, Stream, connect_first, secure, wrap

MAX_IDLE_SECONDS: Final = 15.0
"""Time for which an idle connection is kept."""
Connection = Http1 | Http2


@dataclass(frozen=True, slots=True)
class Origin:
    """The scheme, host (without brackets) and port of a connection."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as written in a tunnel's request."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Pool:
    """The connections of one origin. `addresses` returns freshly vetted addresses."""

    def __init__(
        self,
        origin: Origin,
        *,
        addresses: Callable[[], Awaitable[Sequence[str]]],
        connect: Connect,
        tls: Callable[[], ssl.SSLContext],
        timeout: float,
        proxy: Proxy | None = None,
    ) -> None:
        self.origin = origin
        self.addresses = addresses
        self.connect = connect
        self.tls = tls
        self.timeout = timeout
        self.proxy = proxy
        self.idle: list[Http1] = []
        self.shared: Http2 | None = None

    async def take(self, now: float, *, fresh: bool = False) -> tuple[Connection, bool]:
        """Return a connection, and whether it was used before; `fresh` demands a new one. Raises `FetchError`."""
        if (
            self.shared is not None
            and not fresh
            and self.shared.reusable
            and (self.shared.active or now - self.shared.idle_since < MAX_IDLE_SECONDS)
        ):
            return self.shared, True
        while self.idle:
            kept = self.idle.pop()
            if not fresh and kept.reusable and now - kept.idle_since < MAX_IDLE_SECONDS:
                return kept, True
            await kept.close()
        return await self.open(), False

    async def open(self) -> Connection:
        """Return a new connection; with HTTP/2 it becomes the shared one."""
        try:
            async with asyncio.timeout(self.timeout):
                stream = await self.dial()
        except TimeoutError as exc:
            raise FetchError(
                self.origin.host, "timeout", f"no connection to {self.origin.authority} within {self.timeout:g} s"
            ) from exc
        if not stream.speaks_h2:
            return Http1(stream)
        if self.shared is not None and self.shared.active == 0:
            await self.shared.close()
        self.shared = Http2(stream, self.origin.scheme, self.origin.host, self.origin.port)
        return self.shared

    async def dial(self) -> Stream:
        """Return a stream to the origin. Raises `FetchError`: `refused`, `tls`, `dns`, `private-address`."""
        tls = self.tls() if self.origin.scheme == "https" else None
        addresses = await self.addresses()
        try:
            if self.proxy is not None:
                sock = await connect_first(await self.proxy_addresses(self.proxy), self.proxy.port, self.connect)
            else:
                sock = await connect_first(addresses, self.origin.port, self.connect)
        except OSError as exc:
            if self.proxy is not None:
                raise FetchError(self.origin.host, "proxy", f"no connection to the proxy: {reason_of(exc)}") from exc
            raise FetchError(
                self.origin.host, "refused", f"no connection to {self.origin.authority}: {reason_of(exc)}"
            ) from exc
        stream = await wrap(sock)
        if tls is None:
            return stream
        if self.proxy is not None:
            await open_tunnel(stream, self.origin, self.proxy)
        try:
            return await secure(stream, tls=tls, host=self.origin.host)
        except OSError as exc:
            reason = getattr(exc, "verify_message", "") or reason_of(exc)
            raise FetchError(
                self.origin.host, "tls", f"the TLS connection could not be made or verified: {reason}"
            ) from exc

    async def proxy_addresses(self, proxy: Proxy) -> list[str]:
        """Return the proxy's addresses; any address is allowed."""
        rows = await asyncio.get_running_loop().getaddrinfo(proxy.host, proxy.port, type=1)
        return list(dict.fromkeys(str(row[4][0]) for row in rows))

    async def give_back(self, connection: Connection, now: float) -> None:
        """Keep a connection after its exchange, if it can be reused."""
        connection.idle_since = now
        if isinstance(connection, Http1):
            if connection.reusable:
                self.idle.append(connection)
            else:
                await connection.close()

    async def close(self) -> None:
        """Close all idle connections."""
        for kept in self.idle:
            await kept.close()
        self.idle.clear()
        if self.shared is not None:
            await self.shared.close()
            self.shared = None


async def open_tunnel(stream: Stream, origin: Origin, proxy: Proxy) -> None:
    """Ask a proxy for a tunnel. Raises `FetchError` of kind `proxy`."""
    lines = [
        f"CONNECT {origin.authority} HTTP/1.1",
        f"Host: {origin.authority}",
        *(f"{name}: {value}" for name, value in proxy.headers),
    ]
    try:
        await stream.write("\r\n".join([*lines, "", ""]).encode())
        head = await stream.reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ", 2)[1] if head.startswith(b"HTTP/1.") and len(head) < MAX_HEAD_BYTES else b""
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError) as exc:
        await stream.aclose()
        raise FetchError(
            origin.host, "proxy", f"the proxy gave no tunnel to {origin.authority}: {type(exc).__name__}"
        ) from exc
    except BaseException:
        await stream.aclose()
        raise
    if not status.startswith(b"2"):
        await stream.aclose()
        raise FetchError(
            origin.host,
            "proxy",
            f"the proxy gave no tunnel to {origin.authority}: it answered {status.decode('latin-1')[:3] or 'no HTTP'}",
        )


def request_for(target: str, headers: tuple[tuple[str, str], ...], proxy: Proxy | None) -> Request:
    """Return the request for a normalized URL, in the form for the proxy or for the host."""
    scheme, _, authority, path = target.split("/", 3)
    absolute = proxy is not None and scheme == "http:"
    extra = proxy.headers if proxy is not None and absolute else ()
    return Request(scheme[:-1], authority, f"/{path}", (*headers, *extra), absolute)
