"""Building blocks of hostile servers: a behaviour, and the routes that send what no honest server sends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.support.bombs import BOMBS
from tests.support.loopback import Exchange, Route, Send
from tests.support.news_server import story

ARTICLE = "article"
STORY = "/story.html"
FEED = "/feed.xml"

HTML = story("Petrel").encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(HTML)
RULE = b"User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True)
class Behaviour:
    """The response of a server at `/story.html`, or at `/feed.xml` if it is a `source` of a kind; `expected` is the outcome.

    With `answers` the server is fetched by a host name (`NAME`). The resolver returns these lists of addresses one after the
    other, then the last one for every further query. `PUBLIC` stands for a public address that leads to the server.

    `tls` are arguments of `server_tls`. An `http2` server sends frames, whatever protocol was negotiated. A limit
    must end an `is_flood` one long before the deadline.
    """

    route: Route
    expected: str
    robots: Route = RULE
    tls: dict[str, Any] | None = None
    source: str = ""
    more: dict[str, Route] = field(default_factory=dict)
    answers: tuple[tuple[str, ...], ...] = ()
    http2: bool = False
    is_flood: bool = False


def answer(body: bytes = HTML, status: int = 200, kind: str = "text/html", **fields: str) -> Send:
    """A well-formed response."""

    async def send(exchange: Exchange) -> None:
        await exchange.send(body, status, kind, **fields)

    return send


def raw(*pieces: bytes, pause: float = 0.0, end: str = "close") -> Send:
    """These bytes with pauses between them; then the connection is closed, reset or left open."""

    async def send(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.raw(piece)
            if pause:
                await asyncio.sleep(pause)
        if end == "reset":
            await asyncio.sleep(0.05)
            exchange.reset()
        elif end == "close":
            exchange.hang_up()

    return send


def repeat(head: bytes, piece: bytes, *, pause: float = 0.0, times: int = 100_000) -> Send:
    """A head, then one piece repeated: far more bytes than the fetcher reads, but not without end."""

    async def send(exchange: Exchange) -> None:
        await exchange.raw(head)
        for _ in range(times):
            await exchange.raw(piece)
            if pause:
                await asyncio.sleep(pause)

    return send


def bomb(encoding: str, *, kind: str = "text/html") -> Send:
    """A body that decodes to a gigabyte of zeros."""
    return answer(bomb_bytes(encoding), kind=kind, Content_Encoding=encoding)


@cache
def bomb_bytes(encoding: str) -> bytes:
    return BOMBS[encoding]()


def moved(to: str, status: int = 302) -> Send:
    return answer(b"", status, Location=to)


def chunked(*chunks: bytes) -> bytes:
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)
