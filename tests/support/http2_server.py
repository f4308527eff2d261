"""A server that speaks HTTP/2 over TLS on loopback; a test may decide its every frame."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.support.listening import listening
from tests.support.tls import server_tls


@dataclass
class Stream:
    """One request over HTTP/2, and the means to answer it."""

    path: str
    headers: dict[str, str]
    number: int
    protocol: h2.connection.H2Connection
    writer: asyncio.StreamWriter
    credit: asyncio.Event

    async def head(self, status: str = "200", *fields: tuple[str, str], end: bool = False) -> None:
        self.protocol.send_headers(self.number, [(":status", status), *fields], end_stream=end)
        await self.flush()

    async def data(self, data: bytes, *, end: bool = False) -> None:
        """Send bytes, as many at a time as the client's flow-control window allows."""
        while data or end:
            room = min(self.protocol.local_flow_control_window(self.number), self.protocol.max_outbound_frame_size)
            if data and room <= 0:
                self.credit.clear()
                await self.credit.wait()
                continue
            now, data = data[:room], data[room:]
            self.protocol.send_data(self.number, now, end_stream=end and not data)
            await self.flush()
            if not data:
                return

    async def flush(self) -> None:
        self.writer.write(self.protocol.data_to_send())
        await self.writer.drain()


Answer = Callable[[Stream], Awaitable[None]]


@dataclass
class Http2Server:
    """Routes to serve over HTTP/2, and a count of the requests."""

    routes: Mapping[str, bytes | Answer]
    port: int = 0
    seen: list[str] = field(default_factory=list)
    connections: int = 0
    in_flight: int = 0
    peak: int = 0

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        config = h2.config.H2Configuration(
            client_side=False,
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        protocol = h2.connection.H2Connection(config)
        protocol.initiate_connection()
        writer.write(protocol.data_to_send())
        credit = asyncio.Event()
        answers: set[asyncio.Task[None]] = set()
        try:
            while data := await reader.read(65_536):
                for event in protocol.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        fields = {str(name): str(value) for name, value in event.headers}
                        stream = Stream(fields[":path"], fields, event.stream_id, protocol, writer, credit)
                        answers.add(asyncio.create_task(self.answer(stream)))
                credit.set()
                writer.write(protocol.data_to_send())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            for task in answers:
                task.cancel()
            await asyncio.gather(*answers, return_exceptions=True)
            writer.transport.abort()

    async def answer(self, stream: Stream) -> None:
        self.seen.append(stream.path)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            route = self.routes.get(stream.path, b"")
            if callable(route):
                await route(stream)
            else:
                await asyncio.sleep(0.01)
                await stream.head("200" if route else "404", ("content-type", "text/html"))
                await stream.data(route, end=True)
        finally:
            self.in_flight -= 1


@asynccontextmanager
async def serving_h2(
    routes: Mapping[str, bytes | Answer], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Http2Server]:
    """A server until the context ends."""
    server = Http2Server(routes)
    async with listening(server.serve, tls=tls or server_tls(h2=True)) as server.port:
        yield server
