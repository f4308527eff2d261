"""HTTP/2 and TLS, against real servers on loopback with certificates of our own."""

from __future__ import annotations

import asyncio
import gzip
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import brotli
import pytest

from scraper.errors import FetchError
from scraper.fetch.client import Fetcher, Settings
from scraper.types import Page
from tests.support.fetching import NOW, OPEN
from tests.support.http2_server import Answer, Http2Server, Stream, serving_h2
from tests.support.listening import listening
from tests.support.loopback import Server, serving
from tests.support.tls import client_tls, server_tls

SETTINGS = replace(OPEN, deadline=2, max_body_bytes=400_000, max_wire_bytes=200_000)
HTML = b"<html><body><p>" + b"words and words " * 6000 + b"</p></body></html>"
OPEN_FILES = Path("/proc/self/fd")
TYPE = ("content-type", "text/html")


def fetcher(settings: Settings = SETTINGS, **kwargs: Any) -> Fetcher:
    return Fetcher(settings, clock=lambda: NOW, tls=client_tls, **kwargs)


async def encoded(stream: Stream) -> None:
    await stream.head("200", TYPE, ("content-encoding", "br"))
    await stream.data(brotli.compress(HTML), end=True)


async def moved(stream: Stream) -> None:
    await stream.head("301", ("location", "/a"), end=True)


async def endless(stream: Stream) -> None:
    await stream.head("200", TYPE)
    while True:
        await stream.data(b"x" * 10_000)


async def trickled(stream: Stream) -> None:
    await stream.head("200", TYPE)
    while True:
        await stream.data(b"x")
        await asyncio.sleep(0.05)


async def reset(stream: Stream) -> None:
    await stream.head("200", TYPE)
    await stream.data(b"x" * 500)
    stream.protocol.reset_stream(stream.number)
    await stream.flush()


async def hang_up(stream: Stream) -> None:
    await stream.head("200", TYPE)
    await stream.data(b"x" * 500)
    stream.writer.transport.abort()


async def too_short(stream: Stream) -> None:
    await stream.head("200", TYPE, ("content-length", "1000"))
    await stream.data(b"x" * 500, end=True)


async def too_long(stream: Stream) -> None:
    await stream.head("200", TYPE, ("content-length", "100"))
    await stream.data(b"x" * 500, end=True)


async def cut_gzip(stream: Stream) -> None:
    await stream.head("200", TYPE, ("content-encoding", "gzip"))
    await stream.data(gzip.compress(HTML)[:-9], end=True)


async def many_fields(stream: Stream) -> None:
    await stream.head("200", TYPE, *((f"x-{n}", "1") for n in range(400)), end=True)


async def wide_fields(stream: Stream) -> None:
    await stream.head("200", TYPE, *((f"x-{n}", os.urandom(4000).hex()) for n in range(10)), end=True)


async def no_status(stream: Stream) -> None:
    await stream.head("fine", TYPE, end=True)


async def wide_status(stream: Stream) -> None:
    await stream.head("9" * 30, TYPE, end=True)


async def low_status(stream: Stream) -> None:
    await stream.head("20", TYPE, end=True)


async def silent(stream: Stream) -> None:
    await asyncio.sleep(30)


async def garbage(stream: Stream) -> None:
    stream.writer.write(b"\0" * 100 + b"garbage" * 100)


async def goodbye(stream: Stream) -> None:
    stream.protocol.close_connection(1)
    await stream.flush()


HOSTILE: dict[str, tuple[Answer, str]] = {
    "an endless body": (endless, "too-large"),
    "a trickled body": (trickled, "timeout"),
    "a reset stream": (reset, "truncated"),
    "a connection that breaks off": (hang_up, "truncated"),
    "fewer bytes than announced": (too_short, "truncated"),
    "more bytes than announced": (too_long, "truncated"),
    "a cut gzip stream": (cut_gzip, "truncated"),
    "400 header fields": (many_fields, "too-large"),
    "80 KB of header": (wide_fields, "too-large"),
    "a status that is none": (no_status, "protocol"),
    "a status of thirty digits": (wide_status, "protocol"),
    "a status of two digits": (low_status, "protocol"),
    "silence": (silent, "timeout"),
    "frames that are none": (garbage, "protocol"),
    "a goodbye instead of an answer": (goodbye, "protocol"),
}


@pytest.mark.parametrize(("route", "kind"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_over_http_2_is_an_error_and_affects_no_other_request(route: Answer, kind: str) -> None:
    async def run() -> str:
        async with (
            serving_h2({"/bad": route, "/a": HTML}) as server,
            fetcher(replace(SETTINGS, deadline=0.5)) as client,
        ):
            assert (await client.fetch(server.url("/a"))).body == HTML
            with pytest.raises(FetchError) as caught:
                await client.fetch(server.url("/bad"))
            assert (await client.fetch(server.url("/a"))).body == HTML
            return caught.value.kind

    assert asyncio.run(run()) == kind


def test_http_2_is_used_if_offered_on_one_connection_for_all_requests() -> None:
    async def run() -> tuple[Http2Server, list[Page]]:
        async with serving_h2({"/a": HTML, "/b": encoded, "/c": moved}) as server, fetcher() as client:
            pages = await asyncio.gather(*(client.fetch(server.url(path)) for path in ("/a", "/b", "/c", "/a", "/b")))
            return server, list(pages)

    server, pages = asyncio.run(run())
    assert [page.body for page in pages] == [HTML] * 5
    assert server.connections == 1
    assert server.peak == SETTINGS.per_host
    assert server.seen.count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("settings", "offer"),
    [(SETTINGS, False), (replace(SETTINGS, http2=False), True)],
    ids=["not offered", "not wanted"],
)
def test_http_1_is_used_over_tls_otherwise(settings: Settings, offer: bool) -> None:
    async def run() -> Server:
        async with serving({"/a": HTML}, tls=server_tls(h2=offer)) as server, fetcher(settings) as client:
            assert (await client.fetch(f"https://127.0.0.1:{server.port}/a")).body == HTML
            return server

    assert asyncio.run(run()).connections == 1


CERTIFICATES = {
    "self-signed": {"signed": False},
    "expired": {"days": -1},
    "of another host": {"hosts": ("elsewhere.test",)},
}


@pytest.mark.parametrize("made", CERTIFICATES.values(), ids=CERTIFICATES)
def test_an_invalid_certificate_is_an_error_and_no_request_is_sent(made: dict[str, Any]) -> None:
    async def run() -> tuple[str, Server]:
        async with serving({"/a": HTML}, tls=server_tls(**made)) as server, fetcher() as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(f"https://127.0.0.1:{server.port}/a")
            return caught.value.kind, server

    kind, server = asyncio.run(run())
    assert kind == "tls"
    assert server.seen == []


def test_a_handshake_timeout_leaves_no_socket_open() -> None:
    """asyncio and a socket that is collected unclosed would warn, which fails the test."""

    async def run() -> int:
        hung = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await reader.read(1000):
                    pass
            except ConnectionError:
                pass
            hung.set()
            writer.transport.abort()

        async with listening(silent) as port, fetcher(replace(SETTINGS, deadline=0.3)) as client:
            before = len(list(OPEN_FILES.iterdir()))
            with pytest.raises(FetchError) as caught:
                await client.fetch(f"https://127.0.0.1:{port}/")
            assert caught.value.kind == "timeout"
            await asyncio.wait_for(hung.wait(), 2)
            await asyncio.sleep(0)
            return len(list(OPEN_FILES.iterdir())) - before

    assert asyncio.run(run()) == 0


def test_a_cancelled_request_does_not_affect_other_requests() -> None:
    async def run() -> None:
        async with serving_h2({"/slow": silent, "/a": HTML}) as server, fetcher() as client:
            slow = asyncio.create_task(client.fetch(server.url("/slow")))
            await asyncio.sleep(0.1)
            page = asyncio.create_task(client.fetch(server.url("/a")))
            slow.cancel()
            assert (await page).body == HTML
            assert (await client.fetch(server.url("/a"))).body == HTML
            assert server.connections <= 2

    asyncio.run(run())
