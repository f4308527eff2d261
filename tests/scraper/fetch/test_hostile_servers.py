"""The fetcher against servers that send too much, too little, too slowly or no HTTP."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from dataclasses import replace

import brotli
import pytest
import zstandard as zstd

from scraper.errors import FetchError
from tests.support.fetching import (
    HTML,
    OPEN,
    answer,
    fetcher,
    refused,
)
from tests.support.listening import listening
from tests.support.loopback import Exchange, Route


async def endless(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.raw(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


async def trickle(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        await exchange.raw(b"x")
        await asyncio.sleep(0.05)


async def silent(exchange: Exchange) -> None:
    await asyncio.sleep(30)


async def endless_headers(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.raw(b"X-Fill: " + b"x" * 5000 + b"\r\n")


async def cut_length(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    exchange.hang_up()


async def cut_chunks(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    exchange.hang_up()


async def cut_gzip(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(HTML)[:-20])
    exchange.hang_up()


async def reset_body(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    await asyncio.sleep(0.05)
    exchange.reset()


async def reset_head(exchange: Exchange) -> None:
    exchange.reset()


async def no_http(exchange: Exchange) -> None:
    await exchange.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    exchange.hang_up()


async def bad_chunks(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")
    exchange.hang_up()


async def loop_of_two(exchange: Exchange) -> None:
    await exchange.send(b"", 302, Location="/a?x" if exchange.path == "/a" else "/a")


async def ever_further(exchange: Exchange) -> None:
    await exchange.send(b"", 302, Location="/a?" + "x" * (len(exchange.path) % 900))


BOMB = gzip.compress(b"\0" * 50_000_000)


HOSTILE: dict[str, tuple[Route, str]] = {
    "an endless body": (endless, "too-large"),
    "a body of 50 MB, announced": (answer(b"", Content_Length="50000000"), "too-large"),
    "a length of a thousand digits": (answer(b"", Content_Length="9" * 1000), "protocol"),
    "a gzip bomb": (answer(BOMB, Content_Encoding="gzip"), "too-large"),
    "a deflate bomb": (answer(zlib.compress(b"\0" * 50_000_000), Content_Encoding="deflate"), "too-large"),
    "endless headers": (endless_headers, "too-large"),
    "a trickled body": (trickle, "timeout"),
    "silence": (silent, "timeout"),
    "fewer bytes than announced": (cut_length, "truncated"),
    "a missing last chunk": (cut_chunks, "truncated"),
    "a cut gzip stream": (cut_gzip, "truncated"),
    "a reset in the body": (reset_body, "truncated"),
    "a part of a page": (answer(status=206), "status"),
    "a reset at once": (reset_head, "refused"),
    "no HTTP": (no_http, "protocol"),
    "broken chunks": (bad_chunks, "truncated"),
    "no gzip though it says so": (answer(b"\xff" + HTML, Content_Encoding="gzip"), "decode"),
    "chained encodings": (answer(gzip.compress(gzip.compress(HTML)), Content_Encoding="gzip, gzip"), "decode"),
    "a cut brotli stream": (answer(brotli.compress(HTML)[:-5], Content_Encoding="br"), "truncated"),
    "a cut zstd stream": (answer(zstd.compress(HTML)[:-5], Content_Encoding="zstd"), "truncated"),
    "no brotli though it says so": (answer(b"\xff" + HTML, Content_Encoding="br"), "decode"),
    "no zstd though it says so": (answer(b"\xff" + HTML, Content_Encoding="zstd"), "decode"),
    "an encoding that was not offered": (answer(HTML, Content_Encoding="compress"), "decode"),
    "a picture": (answer(b"\x89PNG", kind="image/png"), "type"),
    "a picture called HTML": (answer(b"\x89PNG\r\n\x1a\n\0\0"), "type"),
    "zeros called HTML": (answer(b"ab\0\0" * 100), "type"),
    "an error": (answer(status=500), "status"),
    "not modified, unasked": (answer(b"", status=304), "protocol"),
    "a redirect to itself": (answer(b"", 302, Location="/a"), "redirects"),
    "a loop of redirects": (loop_of_two, "redirects"),
    "endless redirects": (ever_further, "redirects"),
    "a redirect without an address": (answer(b"", 302), "redirects"),
    "a redirect to a file": (answer(b"", 302, Location="file:///etc/passwd"), "redirects"),
    "a redirect to a port that is none": (answer(b"", 302, Location="http://127.0.0.1:99999/"), "redirects"),
    "a redirect to broken brackets": (answer(b"", 302, Location="http://[::1"), "redirects"),
}


@pytest.mark.parametrize(("route", "kind"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_is_an_error_of_its_kind(route: Route, kind: str) -> None:
    settings = replace(OPEN, deadline=0.6)
    assert refused({"/a": route}, settings=settings).kind == kind


@pytest.mark.parametrize(
    ("greeting", "kind"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"), (b"", "timeout")], ids=["no TLS", "silence"]
)
def test_a_failed_tls_handshake_is_an_error_and_not_retried_over_http(greeting: bytes, kind: str) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)
            writer.write(greeting)
            await reader.read()
        finally:
            writer.transport.abort()

    async def run() -> None:
        async with listening(greet) as port, fetcher(replace(OPEN, deadline=0.6)) as client:
            await client.fetch(f"https://127.0.0.1:{port}/")

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.kind == kind
