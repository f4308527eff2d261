"""Kept connections: bytes that a server sends behind a response are never read as the response to the next request."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import httpcore
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.bounds import MessageBounds
from scraper.fetch.network import connect, wrap
from scraper.types import Known
from tests.support.fetching import OPEN, fetcher
from tests.support.listening import listening

SETTINGS = replace(OPEN, deadline=2)
KNOWN = Known('"tag"', "", datetime(2026, 3, 1, tzinfo=UTC))
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
COMPLETE = {
    "a length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nfirst",
    "an early hint": b"HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
    "chunks": CHUNKED + b"0\r\n\r\n",
    "chunks that contain their end": CHUNKED.replace(b"5\r\nfirst", b"a\r\n0\r\n\r\nfirst") + b"00\r\n\r\n",
    "a last chunk of two digits": CHUNKED + b"00\r\n\r\n",
    "a last chunk with an extension": CHUNKED + b"0;x=y\r\n\r\n",
    "a last chunk with a space": CHUNKED + b"0 \r\n\r\n",
    "a last chunk and a bare line feed": CHUNKED + b"0\r\n\n",
    "trailers": CHUNKED + b"0\r\nX: y\r\n\r\n",
    "trailers with bare line feeds": CHUNKED + b"0\r\nX: y\n\n",
    "304": b"HTTP/1.1 304 x\r\n\r\n",
    "304 with a length": b"HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n",
    "304 with chunks": b"HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "204 with a length": b"HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n",
    "404": b"HTTP/1.1 404 x\r\nContent-Length: 4\r\n\r\nnone",
}
FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
ASKED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nasked"
BEHIND = st.lists(
    st.one_of(
        st.sampled_from([
            FORGED, CHUNKED.replace(b"first", b"wrong") + b"0\r\n\r\n", b"HTTP/1.1 304 x\r\n\r\n", b"HTTP/1.1 103 x\r\n\r\n",
            b"\r\n", b"\n", b"0\r\n\r\n", b"first", b"X: y\r\n",
        ]),
        st.binary(max_size=8),
    ),
    max_size=4,
).map(b"".join)  # fmt: skip


async def turns() -> None:
    """Let the event loop deliver what was sent over loopback."""
    for _ in range(10):
        await asyncio.sleep(0)


async def fetch_two(first: bytes, behind: bytes, *, is_together: bool = False) -> tuple[list[bytes | str], int]:
    """Return the bodies of two requests, or their failures, and the number of connections.

    The server sends `behind` before the second request, together with the first response or later.
    """
    is_sent = asyncio.Event()
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET /first "):
                    writer.write(first + behind if is_together else first)
                    await turns()
                    writer.write(b"" if is_together else behind)
                    is_sent.set()
                else:
                    writer.write(ASKED)
        writer.close()

    bodies: list[bytes | str] = []
    async with listening(serve) as port, fetcher(SETTINGS) as client:
        for path in ("first", "second"):
            try:
                page = await client.fetch(f"http://127.0.0.1:{port}/{path}", want="part", known=KNOWN)
                bodies.append(page.body)
            except FetchError as exc:
                bodies.append(exc.kind)
            await is_sent.wait()
            await turns()
    return bodies, connections


@settings(max_examples=150)
@given(st.sampled_from(sorted(COMPLETE)), BEHIND, st.booleans())
@example("a last chunk and a bare line feed", FORGED, True)
@example("trailers", FORGED + CHUNKED + b"0\r\n\r\n", True)
@example("a length", FORGED, False)
def test_no_request_gets_a_response_that_was_sent_before_it(name: str, behind: bytes, is_together: bool) -> None:
    (first, second), _ = asyncio.run(fetch_two(COMPLETE[name], behind, is_together=is_together))
    assert second == b"asked"
    assert first in {b"first", b"0\r\n\r\nfirst", b"", "status", "truncated"}


@pytest.mark.parametrize("name", sorted(COMPLETE.keys() - {"204 with a length"}))
def test_a_connection_is_kept_after_a_complete_response(name: str) -> None:
    (_, second), connections = asyncio.run(fetch_two(COMPLETE[name], b""))
    assert second == b"asked"
    assert connections == 1


def test_a_request_is_not_sent_while_bytes_wait_that_would_be_read_as_its_response() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(COMPLETE["a length"] + FORGED)
        await reader.read()
        writer.close()

    async def run() -> None:
        async with listening(serve) as port:
            stream = await wrap(await connect("127.0.0.1", port), MessageBounds(1000))
            await stream.write(b"GET /first HTTP/1.1\r\n\r\n")
            while not (await stream.read(1000)).endswith(b"\r\n\r\n"):
                pass
            stream.bounds.expect_body(5, chunked=False)
            assert await stream.read(1000) == b"first"
            with pytest.raises(httpcore.ReadError):
                await stream.write(b"GET /second HTTP/1.1\r\n\r\n")
            await stream.aclose()

    asyncio.run(run())
