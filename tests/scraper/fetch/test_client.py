"""The fetcher against a real server: pages, redirects, encodings, conditional requests."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import brotli
import pytest
import zstandard as zstd

from scraper.errors import FetchError
from scraper.html.encoding import decode
from scraper.types import Known
from tests.support.fetching import (
    HTML,
    NOW,
    OPEN,
    answer,
    fetched,
    fetcher,
    refused,
)
from tests.support.loopback import Exchange, Route, serving


def test_a_page_has_its_headers_final_url_and_time() -> None:
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


def test_a_redirect_with_backslashes_leads_where_browsers_go() -> None:
    page, server = fetched({"/a": answer(b"", 301, Location="\\b\\c?d\\e"), "/b/c": HTML})
    assert page.final_url == server.url("/b/c?d%5Ce")


@pytest.mark.parametrize("kind", ["text/html; charset=rot13", "text/html; charset=no-such", "TEXT/HTML;;charset", ""])
def test_an_unknown_charset_leaves_the_bytes_unchanged(kind: str) -> None:
    assert fetched({"/a": answer("é".encode("latin-1"), kind=kind)})[0].body == b"\xe9"


def test_a_page_with_a_nul_in_its_first_kilobyte_is_fetched_and_read() -> None:
    page, _ = fetched({"/a": answer(HTML.replace(b"<p>", b"<p>\0", 1))})
    assert b"\0" in page.body[:1024]
    assert "\0" not in decode(page)


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
def test_a_page_without_a_length_and_without_an_end_tag_is_marked_as_cut_short(
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


def test_an_error_status_carries_retry_after() -> None:
    error = refused({"/a": answer(b"", 503, Retry_After="120")})
    assert (error.kind, error.status, error.retry_after) == ("status", 503, 120)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("not an address", "url"),
        ("http://127.0.0.1:1/", "refused"),
        ("http://no-such-host.invalid/", "dns"),
    ],
)
def test_an_unreachable_host_is_an_error_of_its_kind(url: str, kind: str) -> None:
    async def run() -> None:
        async with fetcher() as client:
            await client.fetch(url)

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.kind == kind


def test_validators_are_sent_and_a_304_is_an_empty_page() -> None:
    async def route(exchange: Exchange) -> None:
        matches = exchange.headers.get("if-none-match") == '"1"' and "if-modified-since" in exchange.headers
        await exchange.send(b"" if matches else HTML, 304 if matches else 200)

    known = Known(etag='"1"', last_modified="Sun, 01 Mar 2026 07:00:00 GMT")
    page, _ = fetched({"/a": route}, known=known)
    assert (page.status, page.body) == (304, b"")


def test_a_304_keeps_its_connection_open() -> None:
    async def unchanged(exchange: Exchange) -> None:
        await exchange.raw(b'HTTP/1.1 304 x\r\nETag: "1"\r\nContent-Length: 70000\r\n\r\n')

    async def run() -> int:
        async with serving({"/a": unchanged, "/b": HTML}) as server, fetcher() as client:
            for path in ("/a", "/a", "/b"):
                await client.fetch(server.url(path), known=Known(etag='"1"'))
            return server.connections

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("framing", ["Content-Length: %d\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n%x\r\n"])
def test_a_line_end_behind_a_body_is_ignored_and_its_connection_is_not_used_again(framing: str) -> None:
    async def sloppy(exchange: Exchange) -> None:
        last = b"\r\n0\r\n\r\n" if "chunked" in framing else b""
        await exchange.raw(f"HTTP/1.1 200 OK\r\n{framing % len(HTML)}".encode() + HTML + last + b"\r\n")

    async def run() -> int:
        async with serving({"/a": sloppy, "/b": HTML}) as server, fetcher() as client:
            for path in ("/a", "/b"):
                assert (await client.fetch(server.url(path))).body == HTML
            return server.connections

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize(
    "name", ["xn--i-7iq.ws", "xn--ls8h.la", "xn--n3h.net", "xn--a.example", "xn--bcher-kva.example"]
)
def test_a_host_with_a_name_that_idna_would_not_allow_is_fetched(name: str) -> None:
    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def run() -> tuple[bytes, str]:
        async with serving({"/a": HTML}) as server, fetcher(resolve=here) as client:
            page = await client.fetch(f"http://{name}:{server.port}/a")
            return page.body, server.asked[-1]["host"].partition(":")[0]

    assert asyncio.run(run()) == (HTML, name)


def test_robots_txt_is_read_no_further_than_a_body_may_be_long() -> None:
    """Empty blocks of deflate: they decode to nothing, so only the bytes as sent can end them."""
    compressor = zlib.compressobj(wbits=-15)
    empty = compressor.compress(b"") + compressor.flush(zlib.Z_SYNC_FLUSH)
    sent = 0

    async def endless(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n")
        for _ in range(200):
            await exchange.raw(empty * 10_000)
            sent += 10_000 * len(empty)

    page, _ = fetched({"/robots.txt": endless, "/a": HTML})
    assert page.body == HTML
    assert sent < 4_000_000


def test_an_invalid_validator_is_not_sent() -> None:
    page, server = fetched({"/a": HTML}, known=Known(etag='"1"\r\nX-Evil: 1', last_modified="é"))
    assert page.body == HTML
    assert not {"x-evil", "if-none-match", "if-modified-since"} & set(server.asked[-1])


@pytest.mark.parametrize(
    ("location", "path"),
    [(b"/b\xe4", "/b%E4"), ("/bä".encode(), "/b%C3%A4"), (b"/b%20c", "/b%20c"), (b"/b c", "/b%20c")],
    ids=["Latin-1", "UTF-8", "escaped", "a space"],
)
def test_the_bytes_of_a_redirect_are_sent_back_as_they_are(location: bytes, path: str) -> None:
    async def redirect(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 302 x\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")

    page, server = fetched({"/a": redirect, path: answer()})
    assert page.final_url == server.url(path)
