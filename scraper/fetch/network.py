"""httpcore's network: TCP to vetted addresses with a race between them (RFC 8305), TLS on top; no socket leaks.

httpcore's own streams use anyio. A TLS handshake cancelled from outside left its socket open, and each read cost a
cancel scope. These streams use asyncio, leave timeouts to the caller's deadline and count the received bytes
(`bounds`). `Network` connects only to the addresses that its `addresses` returned for this connection.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any, Final

import httpcore

from scraper.errors import FetchError
from scraper.fetch.addresses import MAX_TRIED_ADDRESSES
from scraper.fetch.bounds import Bounds, FrameBounds, MessageBounds
from scraper.fetch.failures import fetch_error, reason_of

Connect = Callable[[str, int], Awaitable[socket.socket]]
"""Return a connected, non-blocking socket to an address and port. Raises `OSError`."""
Addresses = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a host that may be connected to. Raises `FetchError` or `OSError`."""

HEAD_START_SECONDS: Final = 0.25
"""Seconds before the next address is tried beside the current one (RFC 8305, 5)."""
BUFFER_BYTES: Final = 262_144
"""Received bytes that wait to be read; twice as many pause the connection."""


class Network(httpcore.AsyncNetworkBackend):
    """Connections for httpcore. `max_body_bytes` is the largest body that is wanted, as sent.

    With `to_proxy` all connections go to a proxy: without an answer the failure is of kind `proxy`.
    """

    def __init__(self, addresses: Addresses, connect: Connect, *, max_body_bytes: int, to_proxy: bool = False) -> None:
        self.addresses = addresses
        self.connect = connect
        self.max_body_bytes = max_body_bytes
        self.to_proxy = to_proxy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """Return a stream to the first address that answers. The time limit includes a TLS handshake that follows.

        Raises `FetchError`.
        """
        until = None if timeout is None else asyncio.get_running_loop().time() + timeout
        host = host.strip("[]")
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        limit = asyncio.timeout_at(until)
        try:
            async with limit:
                sock = await connect_first(await self.addresses(host, port), port, self.connect)
                return await wrap(sock, MessageBounds(self.max_body_bytes), until)
        except OSError as exc:
            if limit.expired():
                raise FetchError(host, "timeout", f"no connection to {place} within {timeout:g} s") from exc
            error = fetch_error(exc, host, f"no connection to {place}")
            raise (FetchError(host, "proxy", error.detail) if self.to_proxy else error) from exc


class Stream(httpcore.AsyncNetworkStream):
    """Bytes of one connection. The connection must be made, with TLS, before `until` (in the event loop's time)."""

    def __init__(
        self, reader: CountingReader, transport: asyncio.Transport, bounds: Bounds, until: float | None
    ) -> None:
        self.reader = reader
        self.transport = transport
        self.bounds = bounds
        self.until = until
        self.unread = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes, none at the end. Raises `httpcore.ReadError`, `FetchError`."""
        data = self.unread
        if not data:
            try:
                data = await self.reader.read(max_bytes)
            except OSError as exc:
                raise httpcore.ReadError(reason_of(exc)) from exc
        taken = self.bounds.take(data)
        if not data and self.bounds.is_silent:
            raise httpcore.ReadError("the server sent no response")
        self.unread = data[taken:]
        return data[:taken]

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes. Write errors show in the next read, which may still find a response.

        Raises `httpcore.ReadError` if the server already sent what would be read as the response.
        """
        if buffer:
            if self.bounds.has_answered and self.has_unread:
                raise httpcore.ReadError("the server sent bytes behind its response")
            self.bounds.begin()
            self.transport.write(buffer)

    async def aclose(self) -> None:
        """Close the connection at once, without the closing handshake of TLS."""
        self.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        """Return the connection with TLS on top. If that fails or is cancelled, close the connection.

        Raises `FetchError`.
        """
        limit = asyncio.timeout_at(self.until)
        host = (server_hostname or "").strip("[]")
        try:
            async with limit:
                return await secure(self, ssl_context, host)
        except OSError as exc:
            self.transport.abort()
            if limit.expired():
                raise FetchError(host, "timeout", f"no TLS connection to {host} in time") from exc
            raise fetch_error(exc, host, "the TLS connection could not be made or verified") from exc
        except BaseException:
            self.transport.abort()
            raise

    def get_extra_info(self, info: str) -> Any:
        """Return asyncio's information about the transport, such as `ssl_object`; `is_readable` is httpcore's own."""
        if info != "is_readable":
            return self.transport.get_extra_info(info)
        return self.has_unread or self.is_closed

    @property
    def has_unread(self) -> bool:
        """Whether bytes arrived that were not read."""
        return bool(self.unread) or self.reader.waiting_bytes > 0

    async def unread_bytes(self) -> bytes:
        """Return the bytes that arrived and were not read. They stay unread."""
        if self.reader.waiting_bytes:
            self.unread += await self.reader.read(BUFFER_BYTES)
        return self.unread

    @property
    def is_closed(self) -> bool:
        """Whether the connection is closed, or the server closed it."""
        return self.transport.is_closing() or self.reader.at_eof() or self.reader.exception() is not None


class CountingReader(asyncio.StreamReader):
    """A reader that knows how many bytes wait to be read."""

    waiting_bytes = 0

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # the stubs allow any integers
        self.waiting_bytes += len(data)
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.waiting_bytes -= len(data)
        return data


async def wrap(sock: socket.socket, bounds: Bounds, until: float | None = None) -> Stream:
    """Return a stream over a connected socket."""
    reader = CountingReader(limit=BUFFER_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    return Stream(reader, transport, bounds, until)


async def secure(stream: Stream, tls: ssl.SSLContext, host: str) -> Stream:
    """Return a stream with TLS on top of another one. Raises `OSError`, of which `ssl.SSLError` is one."""
    reader = CountingReader(limit=BUFFER_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport = await asyncio.get_running_loop().start_tls(stream.transport, protocol, tls, server_hostname=host)
    if transport is None:
        raise ConnectionResetError("the connection was closed in the TLS handshake")
    protocol.connection_made(transport)
    secured = transport.get_extra_info("ssl_object")
    bounds = FrameBounds() if secured.selected_alpn_protocol() == "h2" else stream.bounds
    return Stream(reader, transport, bounds, stream.until)


async def connect(address: str, port: int) -> socket.socket:
    """Connect with the operating system's sockets."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def connect_first(addresses: Sequence[str], port: int, connect: Connect = connect) -> socket.socket:
    """Return a connection to the first address that answers; each gets a short head start before the next (RFC 8305).

    Raises the first address's `OSError` if none answers.
    """
    tasks: list[asyncio.Task[socket.socket]] = []
    chosen: asyncio.Task[socket.socket] | None = None
    try:
        for address in by_turns(addresses)[:MAX_TRIED_ADDRESSES]:
            tasks.append(asyncio.ensure_future(connect(address, port)))
            await asyncio.wait(tasks, timeout=HEAD_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if any(is_connected(task) for task in tasks):
                break
        while not any(is_connected(task) for task in tasks) and (
            waiting := [task for task in tasks if not task.done()]
        ):
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        chosen = next((task for task in tasks if is_connected(task)), tasks[0])
        return chosen.result()
    finally:
        for task in tasks:
            if task is not chosen:
                task.cancel()
                task.add_done_callback(close_connection)


def close_connection(attempt: asyncio.Task[socket.socket]) -> None:
    """Close the connection of an attempt that nobody waits for any more."""
    if is_connected(attempt):
        attempt.result().close()


def is_connected(task: asyncio.Task[socket.socket]) -> bool:
    """Whether an attempt succeeded."""
    return task.done() and not task.cancelled() and task.exception() is None


def by_turns(addresses: Sequence[str]) -> list[str]:
    """Return addresses with the two families alternating, beginning with the first address's family.

    >>> by_turns(["::1", "::2", "1.1.1.1"])
    ['::1', '1.1.1.1', '::2']
    """
    first = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    other = [address for address in addresses if (":" in address) != (":" in addresses[0])]
    return [address for address in chain.from_iterable(zip_longest(first, other)) if address is not None]
