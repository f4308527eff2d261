"""A real HTTP/1.1 server on loopback. A test decides every byte that it sends, and reads the log of its requests.

A route is a body, or an async function that gets the request and writes any bytes, valid or not. A server listens on a port
that the system chooses, answers many requests on one connection, and stops with its context.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.listening import listening

Send = Callable[["Exchange"], Awaitable[None]]
Route = bytes | str | Send

TLS_HANDSHAKE = b"\x16"
"""First byte of a TLS connection (RFC 8446, 5.1)."""

ROBOTS = "User-agent: *\nDisallow: /private/\n"


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    path: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: Server

    async def send(self, body: bytes | str = b"", status: int = 200, kind: str = "text/html", **fields: str) -> None:
        """Send a well-formed response; `fields` are headers, with `_` for `-`."""
        data = body.encode() if isinstance(body, str) else body
        rows = {"Content-Type": kind, "Content-Length": str(len(data))} | {
            name.replace("_", "-"): value for name, value in fields.items()
        }
        lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in rows.items() if value), "", ""]
        await self.raw("\r\n".join(lines).encode("utf-8") + data)

    async def raw(self, data: bytes) -> None:
        """Send these bytes and nothing else."""
        self.writer.write(data)
        self.server.sent_bytes += len(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # otherwise a server that never waits would not notice a lost connection

    async def closed(self) -> None:
        """Wait until the client closes the connection."""
        while await self.reader.read(65_536):
            pass

    def hang_up(self) -> None:
        """Close the connection after the bytes that are sent."""
        self.writer.close()

    def reset(self) -> None:
        """Reset the connection; unsent bytes are lost."""
        self.writer.transport.abort()


@dataclass
class Server:
    """Routes to serve, and the log of requests.

    `seen` are paths, `asked` headers, `starts` and `spans` monotonic times, all in the order of the requests. `peak` is the
    largest number of requests in flight. `connections` were opened, `ended` of them are closed again. `sent_bytes` includes
    what waits in the operating system's buffers.
    """

    routes: dict[str, Route]
    latency: float = 0.0
    port: int = 0
    host: str = "127.0.0.1"
    seen: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0
    connections: int = 0
    ended: int = 0
    sent_bytes: int = 0

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    def url(self, path: str) -> str:
        return self.base + path

    def count(self, path: str) -> int:
        return self.seen.count(path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                first = await reader.readexactly(1)
                if (
                    first == TLS_HANDSHAKE
                ):  # servers refuse it at once; one that waited for a line would hold the client
                    writer.write(b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n")
                    break
                await self.answer(first + await reader.readuntil(b"\r\n\r\n"), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended += 1
            writer.close()

    async def answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *rows = head.decode("latin-1").split("\r\n")
        path = first.split(" ")[1]
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in rows if row)
        }
        await self.respond(Exchange(path, headers, reader, writer, self))

    async def respond(self, exchange: Exchange) -> None:
        """Answer a request by its route."""
        path = exchange.path
        self.seen.append(path)
        self.starts.append(started := time.monotonic())
        self.asked.append(exchange.headers)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(self.latency)
            route = self.routes.get(path.partition("?")[0])
            if route is None:
                await exchange.send("not found", 404)
            elif isinstance(route, (bytes, str)):
                await exchange.send(route)
            else:
                await route(exchange)
        finally:
            self.in_flight -= 1
            self.spans.append((started, time.monotonic()))


@asynccontextmanager
async def serving(
    routes: Mapping[str, Route],
    *,
    host: str = "127.0.0.1",
    latency: float = 0.0,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    made: type[Server] = Server,
) -> AsyncIterator[Server]:
    """A server until the context ends. It gets a robots.txt if the routes have none."""
    server = made({"/robots.txt": ROBOTS, **routes}, latency, host=host)
    async with listening(server.serve, host=host, port=port, tls=tls) as server.port:
        yield server
