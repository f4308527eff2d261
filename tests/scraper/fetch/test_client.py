"""The fetcher against a real server that behaves, and against servers that do not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import brotli
import pytest
import zstandard as zstd

from scraper.errors import FetchError
from scraper.fetch.addresses import is_public
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.streams import connect
from scraper.fetch.throttle import RetryPolicy, parse_retry_after
from scraper.types import Known, Page
from tests.support.loopback import Exchange, Route, Server, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONCE = RetryPolicy(retries=0)
OPEN = Settings(
    user_agent="Test/1.0 (+https://example.org)",
    delay=0,
    allow_private=True,
    deadline=5,
    max_body_bytes=200_000,
    max_wire_bytes=100_000,
    retry_policy=ONCE,
)
HTML = b"<html><body><p>" + b"words and words " * 500 + b"</p></body></html>"


def fetcher(settings: Settings = OPEN, **kwargs: Any) -> Fetcher:
    return Fetcher(settings, clock=lambda: NOW, **kwargs)


def fetched(
    routes: dict[str, Route], path: str = "/a", settings: Settings = OPEN, **kwargs: Any
) -> tuple[Page, Server]:
    """The page at a path of a server with these routes."""

    async def run() -> tuple[Page, Server]:
        async with serving(routes) as server, fetcher(settings) as client:
            return await client.fetch(server.url(path), **kwargs), server

    return asyncio.run(run())


def refused(routes: dict[str, Route], path: str = "/a", settings: Settings = OPEN, **kwargs: Any) -> FetchError:
    """The error that fetching a path raises."""
    with pytest.raises(FetchError) as caught:
        fetched(routes, path, settings, **kwargs)
    return caught.value


def answer(body: bytes = HTML, status: int = 200, **fields: str) -> Callable[[Exchange], Awaitable[None]]:
    async def route(exchange: Exchange) -> None:
        await exchange.send(body, status, **fields)

    return route


def test_a_page_comes_with_its_headers_final_address_and_time() -> None:
    routes: dict[str, Route] = {
        "/a": answer(b"", 301, Location="/b?utm_source=x"),
        "/b": answer(gzip.compress(HTML), Content_Encoding="gzip", ETag='"1"'),
    }
    page, server = fetched(routes)
    assert page.body == HTML
    assert (page.url, page.final_url, page.status, page.fetched_at) == (
        server.url("/a"),
        server.url("/b?utm_source=x"),
        200,
        NOW,
    )
    assert page.header("ETag") == '"1"'
    assert server.asked[-1]["user-agent"] == OPEN.user_agent
    assert "cookie" not in server.asked[-1]


@pytest.mark.parametrize("kind", ["text/html; charset=rot13", "text/html; charset=no-such", "TEXT/HTML;;charset", ""])
def test_a_charset_that_is_none_leaves_the_bytes_as_they_came(kind: str) -> None:
    assert fetched({"/a": answer("é".encode("latin-1"), kind=kind)})[0].body == b"\xe9"


BODIES = {
    "plain": (HTML, ""),
    "identity": (HTML, "identity"),
    "gzip": (gzip.compress(HTML), "gzip"),
    "gzip in two members": (gzip.compress(HTML[:99]) + gzip.compress(HTML[99:]), "gzip"),
    "gzip with padding": (gzip.compress(HTML) + b"\0\0", "GZip"),
    "deflate": (zlib.compress(HTML), "deflate"),
    "bare deflate": (zlib.compress(HTML)[2:-4], "deflate"),
    "brotli": (brotli.compress(HTML), "br"),
    "zstd": (zstd.compress(HTML), "zstd"),
    "zstd in two frames": (zstd.compress(HTML[:99]) + zstd.compress(HTML[99:]), "zstd"),
    "nothing, though encoded": (b"", "zstd"),
}


@pytest.mark.parametrize(("body", "encoding"), BODIES.values(), ids=BODIES)
def test_each_offered_encoding_is_decoded(body: bytes, encoding: str) -> None:
    page, server = fetched({"/a": answer(body, Content_Encoding=encoding)})
    assert page.body == (HTML if body else b"")
    assert server.asked[-1]["accept-encoding"] == "gzip, deflate, br, zstd"


@pytest.mark.parametrize(
    ("body", "framed", "marked"),
    [
        (HTML, False, False),
        (HTML[:-20], False, True),
        (HTML[:-20], True, False),
        (b"<p>No document element", False, False),
    ],
    ids=["whole", "cut", "cut, as announced", "a fragment"],
)
def test_a_page_that_only_its_connection_ends_is_marked_when_its_markup_has_no_end(
    body: bytes, framed: bool, marked: bool
) -> None:
    async def route(exchange: Exchange) -> None:
        await exchange.raw(
            b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: %d\r\n\r\n" % len(body) if framed else b"\r\n") + body
        )
        exchange.hang_up()

    page, _ = fetched({"/a": route})
    assert page.body == body
    assert page.cut_short is marked


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
    "no gzip though it says so": (answer(HTML, Content_Encoding="gzip"), "decode"),
    "chained encodings": (answer(gzip.compress(gzip.compress(HTML)), Content_Encoding="gzip, gzip"), "decode"),
    "a cut brotli stream": (answer(brotli.compress(HTML)[:-5], Content_Encoding="br"), "truncated"),
    "a cut zstd stream": (answer(zstd.compress(HTML)[:-5], Content_Encoding="zstd"), "truncated"),
    "no brotli though it says so": (answer(HTML, Content_Encoding="br"), "decode"),
    "no zstd though it says so": (answer(HTML, Content_Encoding="zstd"), "decode"),
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


def test_an_error_status_carries_what_the_server_asked_for() -> None:
    error = refused({"/a": answer(b"", 503, Retry_After="120")})
    assert (error.kind, error.status, error.retry_after) == ("status", 503, 120)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2020 12:01:00 GMT", 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str, seconds: float) -> None:
    assert parse_retry_after(text, lambda: NOW) == seconds


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("not an address", "url"),
        ("http://127.0.0.1:1/", "refused"),
        ("http://no-such-host.invalid/", "dns"),
    ],
)
def test_a_host_that_cannot_be_had_is_an_error_of_its_kind(url: str, kind: str) -> None:
    async def run() -> None:
        async with fetcher() as client:
            await client.fetch(url)

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("greeting", "kind"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"), (b"", "timeout")], ids=["no TLS", "silence"]
)
def test_a_host_that_fails_at_tls_is_an_error_and_no_downgrade(greeting: bytes, kind: str) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)
            writer.write(greeting)
            await reader.read()
        finally:
            writer.transport.abort()

    async def run() -> None:
        listener = await asyncio.start_server(greet, "127.0.0.1")
        async with listener, fetcher(replace(OPEN, deadline=0.6)) as client:
            await client.fetch(f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/")

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.kind == kind


SPELLINGS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "0.0.0.0", "localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "１２７.0.0.1", "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]",
    "127.0.0.1.", "%31%32%37.0.0.1", "127.0.0.0x1", "[::7f00:1]", "[64:ff9b:1:7f00:1::]", "[fec0::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]",
    "[2001:4860::200:5efe:10.0.0.1]", "[::ffff:169.254.169.254]", "[100::1]", "192.88.99.1", "192.0.0.1", "198.18.0.1", "240.0.0.1", "203.0.113.1", "①②⑦.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_private_address_is_refused_in_every_spelling_before_a_byte_is_sent(host: str) -> None:
    async def run() -> Server:
        async with serving({"/a": HTML}) as server, fetcher(Settings(delay=0)) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(f"http://{host}:{server.port}/a")
            assert caught.value.kind == "private-address"
            return server

    assert asyncio.run(run()).connections == 0


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_a_redirect_to_a_private_address_is_refused() -> None:
    """The first host is let through by name, the second hop is vetted like any other."""

    async def run() -> Server:
        async with (
            serving({"/secret": HTML}) as inner,
            serving({"/a": answer(b"", 302, Location=inner.url("/secret"))}) as outer,
        ):
            client = fetcher(
                Settings(delay=0), resolve=lambda host, port: only_public(host), connect=Rerouted(outer.port)
            )
            async with client:
                with pytest.raises(FetchError) as caught:
                    await client.fetch("http://public.test/a")
            assert caught.value.kind == "private-address"
            assert outer.count("/a") == 1
            return inner

    assert asyncio.run(run()).connections == 0


async def only_public(host: str) -> list[str]:
    return ["93.184.216.34"] if host == "public.test" else [host]


class Rerouted:
    """Connects a public address to a loopback port, as a machine with a route of its own might."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connected: list[str] = []

    async def __call__(self, address: str, port: int) -> socket.socket:
        self.connected.append(address)
        assert is_public(address)
        return await connect("127.0.0.1", self.port)


def test_a_name_is_resolved_once_a_connection_and_the_vetted_address_connected() -> None:
    answers = iter([["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    async def run() -> list[str]:
        async with serving({"/a": HTML}) as server:
            route = Rerouted(server.port)
            now = 0.0
            async with fetcher(Settings(delay=0), resolve=rebinding, connect=route, monotonic=lambda: now) as client:
                await client.fetch("http://rebinding.test/a")
                now = 600.0
                with pytest.raises(FetchError) as caught:
                    await client.fetch("http://rebinding.test/a")
            assert caught.value.kind == "private-address"
            return route.connected

    assert asyncio.run(run()) == ["93.184.216.34"]


def test_validators_are_sent_and_304_is_an_empty_page() -> None:
    async def route(exchange: Exchange) -> None:
        matches = exchange.headers.get("if-none-match") == '"1"' and "if-modified-since" in exchange.headers
        await exchange.send(b"" if matches else HTML, 304 if matches else 200)

    known = Known(etag='"1"', last_modified="Sun, 01 Mar 2026 07:00:00 GMT")
    page, _ = fetched({"/a": route}, known=known)
    assert (page.status, page.body) == (304, b"")


def test_a_304_leaves_its_connection_open_for_the_next_request() -> None:
    async def unchanged(exchange: Exchange) -> None:
        await exchange.raw(b'HTTP/1.1 304 x\r\nETag: "1"\r\nContent-Length: 70000\r\n\r\n')

    async def run() -> int:
        async with serving({"/a": unchanged, "/b": HTML}) as server, fetcher() as client:
            for path in ("/a", "/a", "/b"):
                await client.fetch(server.url(path), known=Known(etag='"1"'))
            return server.connections

    assert asyncio.run(run()) == 1


def test_a_validator_that_would_break_the_request_is_left_out() -> None:
    page, server = fetched({"/a": HTML}, known=Known(etag='"1"\r\nX-Evil: 1', last_modified="é"))
    assert page.body == HTML
    assert not {"x-evil", "if-none-match", "if-modified-since"} & set(server.asked[-1])


def test_robots_is_asked_once_and_obeyed_on_every_hop() -> None:
    async def run() -> Server:
        async with (
            serving({"/a": HTML, "/b": answer(b"", 302, Location="/private/x"), "/private/x": HTML}) as server,
            fetcher() as client,
        ):
            paths = ["/a", "/a?1", "/b", "/private/x"]
            results = await asyncio.gather(*(client.fetch(server.url(path)) for path in paths), return_exceptions=True)
            kinds = [result.kind if isinstance(result, FetchError) else "" for result in results]
            assert kinds == ["", "", "robots", "robots"]
            return server

    server = asyncio.run(run())
    assert server.count("/robots.txt") == 1
    assert server.count("/private/x") == 0


@pytest.mark.parametrize(("status", "kind"), [(404, ""), (403, ""), (500, "robots"), (429, "robots")])
def test_a_robots_file_that_cannot_be_had_decides_too(status: int, kind: str) -> None:
    routes: dict[str, Route] = {"/robots.txt": answer(b"", status), "/a": HTML}
    if kind:
        assert refused(routes).kind == kind
    else:
        assert fetched(routes)[0].body == HTML


def test_an_endless_robots_file_is_read_as_far_as_it_must_be() -> None:
    async def robots(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        rule = b"User-agent: *\nDisallow: /a\n"
        await exchange.raw(b"%x\r\n%b\r\n" % (len(rule), rule))
        while True:
            await exchange.raw(b"1000\r\n" + b"#" * 0x1000 + b"\r\n")

    assert refused({"/robots.txt": robots, "/a": HTML}).kind == "robots"


def test_one_host_never_has_more_in_flight_than_allowed() -> None:
    async def run() -> Server:
        async with serving({"/a": HTML}, latency=0.02) as server, fetcher() as client:
            await asyncio.gather(*(client.fetch(server.url(f"/a?{n}")) for n in range(12)))
            return server

    server = asyncio.run(run())
    assert server.peak == OPEN.per_host
    assert server.connections <= OPEN.per_host


@pytest.mark.parametrize(("robots", "delay"), [("User-agent: *\n", 2.0), ("User-agent: *\nCrawl-delay: 5\n", 5.0)])
def test_requests_to_a_host_start_no_sooner_than_its_delay(robots: str, delay: float) -> None:
    now = 0.0
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    async def run() -> None:
        settings = Settings(delay=2.0, per_host=1, allow_private=True)
        timing: Any = {"sleep": sleep, "monotonic": lambda: now, "chance": lambda: 0.0}
        async with serving({"/robots.txt": robots, "/a": HTML}) as server, fetcher(settings, **timing) as client:
            for n in range(4):
                await client.fetch(server.url(f"/a?{n}"))

    asyncio.run(run())
    assert slept == [2.0, delay, delay, delay]


def test_a_kept_connection_that_the_server_closed_is_replaced_at_the_host_s_pace() -> None:
    now = 0.0
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    async def closing(exchange: Exchange) -> None:
        if exchange.server.count("/a") == 1:
            exchange.reset()
        else:
            await exchange.send(HTML)

    async def run() -> int:
        settings = Settings(delay=2.0, allow_private=True)
        timing: Any = {"sleep": sleep, "monotonic": lambda: now, "chance": lambda: 0.0}
        async with serving({"/a": closing}) as server, fetcher(settings, **timing) as client:
            assert (await client.fetch(server.url("/a"))).body == HTML
            return server.count("/a")

    assert asyncio.run(run()) == 2
    assert slept == [2.0, 2.0]
