"""Connections: which address is used, what a cancelled attempt leaves, and how arbitrary bytes are read."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.network import connect, connect_first
from tests.support.fetching import OPEN, fetcher
from tests.support.listening import listening
from tests.support.tls import client_tls, server_tls

SETTINGS = replace(OPEN, max_body_bytes=100_000, max_wire_bytes=100_000)
OPEN_FILES = Path("/proc/self/fd")

HEADS = st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200\r\n", b"HTTP/1.1 103 x\r\n\r\n", b"HTTP/1.1 304 x\r\n", b"HTTP/1.1 503 x\r\n", b"Content-Length: 5\r\n",
    b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\n", b"HTTP/1.1 302 x\r\nLocation: http://[::1\r\n",
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


async def fetch_from(data: bytes, *, h2: bool = False) -> None:
    """Fetch from a server that sends these bytes. Any other exception than ours fails the test."""

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)
            writer.write(data)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    tls = server_tls(h2=True) if h2 else None
    async with listening(send, tls=tls) as port, fetcher(SETTINGS, tls=client_tls) as client:
        with suppress(FetchError):
            page = await client.fetch(f"http{'s' if h2 else ''}://127.0.0.1:{port}/a", want="part")
            assert len(page.body) <= SETTINGS.max_body_bytes


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=300), st.lists(st.one_of(HEADS, st.binary(max_size=8)), max_size=12).map(b"".join)))
def test_any_bytes_over_http_1_are_a_response_or_our_error(data: bytes) -> None:
    asyncio.run(fetch_from(data))


@settings(max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(FRAMES, max_size=6).map(b"".join),
        st.lists(FRAMES, max_size=6).map(lambda rest: b"\0\0\0\4\0\0\0\0\0" + b"".join(rest)),
    )
)
def test_any_frames_over_http_2_are_a_response_or_our_error(data: bytes) -> None:
    asyncio.run(fetch_from(data, h2=True))


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


@pytest.mark.parametrize("late", [0.0, 0.05], ids=["at once", "after the end"])
def test_a_cancelled_race_leaves_no_socket_open_even_if_an_address_answers_later(late: float) -> None:
    async def run() -> tuple[int, list[socket.socket]]:
        made: list[socket.socket] = []

        async def attempt(address: str, port: int) -> socket.socket:
            with suppress(asyncio.CancelledError):  # a connection that is already made when it is cancelled
                await asyncio.sleep(late)
            made.append(socket.create_connection(("127.0.0.1", port)))
            return made[-1]

        with socket.create_server(("127.0.0.1", 0)) as listener:
            before = len(list(OPEN_FILES.iterdir()))
            race = asyncio.create_task(connect_first(["192.0.2.1", "192.0.2.2"], listener.getsockname()[1], attempt))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            race.cancel()
            with pytest.raises(asyncio.CancelledError):
                await race
            await asyncio.sleep(0.1)
            return len(list(OPEN_FILES.iterdir())) - before, made

    left, made = asyncio.run(run())
    assert made
    assert left == 0
