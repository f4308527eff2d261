"""Byte streams to vetted addresses: TCP with a race between addresses (RFC 8305), TLS on top; no socket leaks.

httpcore's own streams use anyio. A TLS handshake cancelled from outside left its socket open, and each read cost a
cancel scope. These streams use asyncio, leave timeouts to the caller's deadline and count the bytes read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain, zip_longest
from typing import Any, Final

import certifi
import httpcore

from scraper.fetch.addresses import MAX_TRIED_ADDRESSES

Connect = Callable[[str, int], Awaitable[socket.socket]]
"""Return a connected, non-blocking socket to an address and port. Raises `OSError`."""

HEAD_START_SECONDS: Final = 0.25
"""Seconds before the next address is tried beside the current one (RFC 8305, 5)."""
READ_BYTES: Final = 65_536
"""Bytes per read."""


class Stream(httpcore.AsyncNetworkStream):
    """One connection's bytes. `received` counts the bytes read. Raises `OSError`."""

    def __init__(
        self, reader: asyncio.StreamReader, transport: asyncio.Transport, protocol: asyncio.StreamReaderProtocol
    ) -> None:
        self.reader = reader
        self.transport = transport
        self.protocol = protocol
        self.received = 0

    async def read(self, max_bytes: int = READ_BYTES, timeout: float | None = None) -> bytes:
        """Return the next bytes; none at the end."""
        data = await self.reader.read(max_bytes)
        self.received += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes. Write errors show in the next read, which may still find an answer."""
        if buffer:
            self.transport.write(buffer)

    async def aclose(self) -> None:
        """Close the connection at once, without the closing handshake of TLS."""
        self.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        """Return asyncio's transport information, such as `ssl_object`."""
        return self.transport.get_extra_info(info)

    @property
    def is_quiet(self) -> bool:
        """Whether the connection is open and has no unread bytes."""
        unread = self.reader._buffer  # type: ignore[attr-defined]
        return not (self.transport.is_closing() or self.reader.at_eof() or unread or self.reader.exception())

    @property
    def speaks_h2(self) -> bool:
        """Whether HTTP/2 was negotiated (RFC 7301)."""
        secured = self.transport.get_extra_info("ssl_object")
        return secured is not None and secured.selected_alpn_protocol() == "h2"


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
        return next((task.result() for task in tasks if is_connected(task)), None) or tasks[0].result()
    finally:
        await drop_losers(tasks)


async def drop_losers(tasks: Sequence[asyncio.Task[socket.socket]]) -> None:
    """Cancel pending attempts, and close all connections except the first."""
    for task in tasks:
        task.cancel()
    winner = next((task for task in tasks if is_connected(task)), None)
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task is not winner and is_connected(task):
            task.result().close()


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


async def wrap(sock: socket.socket) -> Stream:
    """Return a stream over a connected socket."""
    reader = asyncio.StreamReader(limit=4 * READ_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    return Stream(reader, transport, protocol)


async def secure(stream: Stream, *, tls: ssl.SSLContext, host: str) -> Stream:
    """Return the connection with TLS on top. If that fails or is cancelled, close the connection.

    Raises `OSError`, of which `ssl.SSLError` is one.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=4 * READ_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        transport = await loop.start_tls(stream.transport, protocol, tls, server_hostname=host)
        if transport is None:
            raise ConnectionResetError("the connection was closed in the TLS handshake")
    except BaseException:
        stream.transport.abort()
        raise
    protocol.connection_made(transport)
    return Stream(reader, transport, protocol)


@cache
def default_tls() -> ssl.SSLContext:
    """Return TLS settings that verify with certifi's roots. Creating them costs 20 ms; the environment is ignored."""
    return ssl.create_default_context(cafile=certifi.where())
