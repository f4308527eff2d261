"""A server that sends HTTP/2 frames, byte by byte as a test wants them. While it answers, it reads nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.support.behaviours import repeat
from tests.support.loopback import Exchange, Send, Server

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
"""Types of frames (RFC 9113, 6)."""
UNKNOWN: Final = 0xBE
END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
MAX_FRAME_BYTES: Final = 16_384

Piece = Callable[[int], bytes]
"""Frames for the response on a stream of this number."""


def frame(kind: int, flags: int = 0, stream: int = 0, body: bytes = b"") -> bytes:
    """One frame."""
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


def text(value: str) -> bytes:
    """A string with its length (RFC 7541, 5.2)."""
    data = value.encode()
    length, rest = min(len(data), 127), len(data) - 127
    size = [length]
    while rest >= 128:
        size.append(rest % 128 + 128)
        rest //= 128
    return bytes(size + [rest] * (length == 127)) + data


def fields(*rows: tuple[str, str]) -> bytes:
    """Header fields as they are, neither compressed nor stored in the table (RFC 7541, 6.2.2)."""
    return b"".join(b"\0" + text(name) + text(value) for name, value in rows)


def head(stream: int, *rows: tuple[str, str], status: str = "200", end: bool = False) -> bytes:
    """The header of a response, in as many frames as it needs."""
    block = fields((":status", status), *(rows or (("content-type", "text/html"),)))
    first, *more = [block[at : at + MAX_FRAME_BYTES] for at in range(0, len(block), MAX_FRAME_BYTES)]
    flags = (END_STREAM if end else 0) | (0 if more else END_HEADERS)
    rest = [frame(CONTINUATION, END_HEADERS if piece is more[-1] else 0, stream, piece) for piece in more]
    return frame(HEADERS, flags, stream, first) + b"".join(rest)


def body(stream: int, data: bytes) -> bytes:
    """The whole body of a response."""
    pieces = [data[at : at + MAX_FRAME_BYTES] for at in range(0, len(data), MAX_FRAME_BYTES)]
    return b"".join(frame(DATA, 0, stream, piece) for piece in pieces) + frame(DATA, END_STREAM, stream)


@dataclass
class FrameExchange(Exchange):
    """One request over HTTP/2; `number` is that of its stream."""

    number: int = 0

    async def send(
        self, body_bytes: bytes | str = b"", status: int = 200, kind: str = "text/html", **rows: str
    ) -> None:
        data = body_bytes.encode() if isinstance(body_bytes, str) else body_bytes
        names = {"content-type": kind} | {name.replace("_", "-").lower(): value for name, value in rows.items()}
        await self.raw(head(self.number, *names.items(), status=str(status)) + body(self.number, data))


class FrameServer(Server):
    """A server whose routes get a `FrameExchange`. It answers one request after the other."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        protocol = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        protocol.initiate_connection()
        try:
            writer.write(protocol.data_to_send())
            while data := await reader.read(65_536):
                for event in protocol.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        rows = {str(name): str(value) for name, value in event.headers}
                        assert event.stream_id is not None
                        await self.respond(FrameExchange(rows[":path"], rows, reader, writer, self, event.stream_id))
                writer.write(protocol.data_to_send())
                await writer.drain()
        except (ConnectionError, h2.exceptions.ProtocolError):
            pass
        finally:
            self.ended += 1
            writer.close()


def frames(*pieces: Piece, then: Piece | None = None, times: int = 100_000, pause: float = 0.0) -> Send:
    """These frames, then one piece repeated."""

    async def send(exchange: Exchange) -> None:
        number: int = exchange.number  # type: ignore[attr-defined]
        before = b"".join(piece(number) for piece in pieces)
        again = repeat(before, then(number) if then is not None else b"", pause=pause, times=times if then else 0)
        await again(exchange)

    return send
