"""Connections: which address is used, and how the readers of HTTP treat arbitrary bytes."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.protocol import Broken, Http1, Http2, Request
from scraper.fetch.response import Caps, read_reply
from scraper.fetch.streams import connect, connect_first, wrap

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUEST = Request("http", "news.test", "/a", (("Accept", "*/*"),))
CAPS = Caps(100_000, 100_000)

HEADS = st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200\r\n", b"HTTP/1.1 103 x\r\n\r\n", b"HTTP/1.1 304 x\r\n", b"HTTP/1.1 503 x\r\n", b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Content-Encoding: zstd\r\n", b"Connection: close\r\n",
    b"Retry-After: 7\r\n", b"Location: /b\r\n", b"Content-Type: text/html\r\n", b"\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b"hello", b"\n", b" folded\r\n",
])  # fmt: skip
FRAMES = st.builds(
    lambda length, kind, flags, stream, body: (
        length.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body
    ),
    st.one_of(st.integers(0, 40), st.integers(0, 2**24 - 1)),
    st.integers(0, 12),
    st.integers(0, 255),
    st.sampled_from([0, 1, 2, 3, 2**31 - 1]),
    st.binary(max_size=40),
)


async def read(data: bytes, version: int) -> None:
    """Reads these bytes as a reply. Any other exception than ours fails the test."""
    near, far = socket.socketpair()
    far.setblocking(False)
    await asyncio.get_running_loop().sock_sendall(far, data)
    far.shutdown(socket.SHUT_WR)
    stream = await wrap(near)
    connection = Http1(stream) if version == 1 else Http2(stream, "http", "news.test", 80)
    try:
        async with asyncio.timeout(5):
            exchange = await connection.ask(REQUEST, "u")
            try:
                reply = await read_reply(exchange, "u", "page", CAPS, lambda: NOW)
                assert len(reply.body) <= CAPS.body_bytes
            finally:
                await exchange.finish()
    except (Broken, FetchError):
        pass
    finally:
        await connection.close()
        far.close()
        await asyncio.sleep(0)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(st.one_of(HEADS, st.binary(max_size=8)), max_size=12).map(b"".join)))
def test_any_bytes_over_http_1_are_a_response_or_our_error(data: bytes) -> None:
    asyncio.run(read(data, 1))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(FRAMES, max_size=6).map(b"".join),
        st.lists(FRAMES, max_size=6).map(lambda rest: b"\0\0\0\4\0\0\0\0\0" + b"".join(rest)),
    )
)
def test_any_frames_over_http_2_are_a_response_or_our_error(data: bytes) -> None:
    asyncio.run(read(data, 2))


async def first(addresses: list[str], *, silent: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """The address that was connected, and those that were tried; silent ones never answer."""
    tried: list[str] = []

    async def attempt(address: str, port: int) -> socket.socket:
        tried.append(address)
        if address in silent:
            await asyncio.sleep(30)
        return await connect(address, port)

    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        async with asyncio.timeout(5):
            sock = await connect_first(addresses, listener.getsockname()[1], attempt)
        with sock:
            return sock.getpeername()[0], tried


@pytest.mark.parametrize(
    ("addresses", "silent", "tried"),
    [
        (["127.0.0.1", "127.0.0.2"], (), ["127.0.0.1"]),
        (["127.0.0.2", "127.0.0.1"], (), ["127.0.0.2", "127.0.0.1"]),
        (["::1", "127.0.0.2", "127.0.0.1"], ("::1",), ["::1", "127.0.0.2", "127.0.0.1"]),
    ],
    ids=["the first answers", "the first refuses", "the first is silent"],
)
def test_the_first_address_that_answers_is_used(
    addresses: list[str], silent: tuple[str, ...], tried: list[str]
) -> None:
    assert asyncio.run(first(addresses, silent=silent)) == ("127.0.0.1", tried)


def test_a_host_without_an_answering_address_fails_like_its_first_address() -> None:
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(first(["127.0.0.2", "127.0.0.3"]))
