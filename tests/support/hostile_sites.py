"""Hostile servers as a table: the behaviour of each, and the expected outcome of fetching a page or a feed from it.

Each behaviour has its own address (127.9.x.x), so each is a host of its own. `expected` is a key of `errors.FETCH_KINDS`, or
`ARTICLE` if the page must be archived. In a redirect, `HERE` is the server's own host and port. `TRAP` is the port of a
server on a private address that must never get a connection.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import zstandard

from tests.support.behaviours import (
    ARTICLE,
    FEED,
    HTML,
    LENGTH,
    OK,
    RULE,
    STORY,
    Behaviour,
    answer,
    bomb,
    bomb_bytes,
    chunked,
    moved,
    raw,
    repeat,
)
from tests.support.hostile_frames import HTTP_2
from tests.support.hostile_framing import FRAMING
from tests.support.loopback import Exchange, Route, Send
from tests.support.news_server import feed, story


def reset_at(share: float) -> Send:
    """A page whose connection is reset after a part of its body."""
    head = OK + b"Content-Length: %d\r\n\r\n" % len(HTML)
    return raw(head + HTML[: int(share * len(HTML))], end="reset")


async def ever_further(exchange: Exchange) -> None:
    await exchange.send(b"", 302, Location=f"{STORY}?{len(exchange.server.seen)}")


async def between_two(exchange: Exchange) -> None:
    await exchange.send(b"", 302, Location=STORY if "?" in exchange.path else f"{STORY}?b")


async def only_after_a_moment(exchange: Exchange) -> None:
    if exchange.server.count(STORY) == 1:
        await exchange.send(b"", 429, Retry_After="1")
    else:
        await exchange.send(HTML)


async def silence(exchange: Exchange) -> None:
    await asyncio.sleep(60)


def thousand_links() -> bytes:
    return HTML.replace(
        b"</nav>",
        b"".join(b'<a href="/story.html?utm_source=%d#%d">Petrel, again</a> ' % (n, n) for n in range(1000))
        + b"</nav>",
    )


NOW = datetime.now(UTC)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
SPELLINGS = (
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "0.0.0.0", "localhost", "127.0.0.1.", "%31%32%37.0.0.1",
    "１２７.0.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]",
    "10.0.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "224.0.0.1", "255.255.255.255",
)  # fmt: skip

BODIES: dict[str, Behaviour] = {
    "a bomb in gzip": Behaviour(bomb("gzip"), "too-large"),
    "a bomb in deflate": Behaviour(bomb("deflate"), "too-large"),
    "a bomb in brotli": Behaviour(bomb("br"), "too-large"),
    "a bomb in zstd": Behaviour(bomb("zstd"), "too-large"),
    "a cut gzip stream": Behaviour(answer(gzip.compress(HTML)[:-20], Content_Encoding="gzip"), "truncated"),
    "a cut deflate stream": Behaviour(answer(zlib.compress(HTML)[:-20], Content_Encoding="deflate"), "truncated"),
    "a cut brotli stream": Behaviour(answer(brotli.compress(HTML)[:-20], Content_Encoding="br"), "truncated"),
    "a cut zstd stream": Behaviour(answer(zstandard.compress(HTML)[:-20], Content_Encoding="zstd"), "truncated"),
    "gzip with garbage behind it": Behaviour(
        answer(gzip.compress(HTML) + b"garbage", Content_Encoding="gzip"), ARTICLE
    ),
    "gzip that is none": Behaviour(answer(b"\xff" + HTML, Content_Encoding="gzip"), "decode"),
    "brotli that is none": Behaviour(answer(b"\xff" + HTML, Content_Encoding="br"), "decode"),
    "two encodings": Behaviour(answer(gzip.compress(brotli.compress(HTML)), Content_Encoding="br, gzip"), "decode"),
    "an encoding nobody offered": Behaviour(answer(Content_Encoding="compress"), "decode"),
    "an endless body in chunks": Behaviour(
        repeat(chunked(), b"8000\r\n" + b"x" * 0x8000 + b"\r\n", times=2000), "too-large"
    ),
    "an endless body": Behaviour(repeat(OK + b"\r\n", b"x" * 65_536, times=1000), "too-large"),
    "a body that is announced at a terabyte": Behaviour(
        raw(OK + b"Content-Length: 1000000000000\r\n\r\n"), "too-large"
    ),
    "a trickled body": Behaviour(repeat(OK + LENGTH, b"x", pause=0.05, times=1000), "timeout"),
    "chunks that are garbage": Behaviour(raw(chunked(b"zz\r\nhello\r\n")), "truncated"),
    "a chunk larger than the world": Behaviour(raw(chunked(b"f" * 30 + b"\r\nhello\r\n")), "truncated"),
    "chunks that end early": Behaviour(raw(chunked(b"5\r\nhello\r\n")), "truncated"),
    "fewer bytes than announced": Behaviour(
        raw(OK + b"Content-Length: %d\r\n\r\n" % (len(HTML) + 100) + HTML), "truncated"
    ),
    "more bytes than announced": Behaviour(raw(OK + b"Content-Length: 200\r\n\r\n" + HTML), "truncated"),
    "a negative length": Behaviour(raw(OK + b"Content-Length: -5\r\n\r\n" + HTML), "protocol"),
    "a length that is a word": Behaviour(raw(OK + b"Content-Length: many\r\n\r\n" + HTML), "protocol"),
    "two lengths": Behaviour(raw(OK + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + HTML), "protocol"),
    "nothing at all": Behaviour(answer(b""), "no-article"),
    "a second answer behind the first": Behaviour(raw(OK + LENGTH + HTML + OK + LENGTH + HTML), "truncated"),
    **{f"a reset at {tenth} %": Behaviour(reset_at(tenth / 100), "truncated") for tenth in range(0, 100, 10)},
}
HEADS: dict[str, Behaviour] = {
    "silence": Behaviour(silence, "timeout"),
    "a connection closed at once": Behaviour(raw(), "refused"),
    "a connection reset at once": Behaviour(raw(end="reset"), "refused"),
    "trickled headers": Behaviour(repeat(OK, b"X", pause=0.05, times=1000), "timeout"),
    "endless headers": Behaviour(repeat(OK, b"X-Fill: " + b"x" * 5000 + b"\r\n", times=1000), "too-large"),
    "one header of a megabyte": Behaviour(raw(OK + b"X-Fill: " + b"x" * 1_000_000 + b"\r\n\r\n"), "too-large"),
    "a thousand cookies": Behaviour(raw(OK + b"Set-Cookie: a=b\r\n" * 1000 + LENGTH + HTML), "too-large"),
    "a NUL in a header": Behaviour(raw(OK + b"X-Odd: a\0b\r\n" + LENGTH + HTML), "protocol"),
    "a header without a name": Behaviour(raw(OK + b": value\r\n" + LENGTH + HTML), "protocol"),
    "HTTP/0.9": Behaviour(raw(HTML), "protocol"),
    "another protocol": Behaviour(raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "protocol"),
    "a status of two digits": Behaviour(raw(b"HTTP/1.1 20 OK\r\n\r\n"), "protocol"),
    "a switch of protocols": Behaviour(raw(b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n"), "protocol"),
    "204": Behaviour(raw(b"HTTP/1.1 204 x\r\n\r\n"), "status"),
    "206": Behaviour(answer(HTML[:500], 206), "status"),
    "304 unasked": Behaviour(raw(b"HTTP/1.1 304 x\r\n\r\n"), "protocol"),
    "404 with an endless page": Behaviour(repeat(b"HTTP/1.1 404 x\r\n\r\n", b"x" * 65_536, times=1000), "status"),
    "500": Behaviour(answer(status=500), "status"),
    "a picture called HTML": Behaviour(answer(b"\x89PNG\r\n\x1a\n\0\0"), "type"),
    "zeros called HTML": Behaviour(answer(b"\0" * 5000), "type"),
    "a page called a picture": Behaviour(answer(kind="image/png"), "type"),
    "a film that never ends": Behaviour(
        repeat(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", b"x" * 65_536, times=1000), "type"
    ),
    "a charset that is no charset": Behaviour(answer(kind="text/html; charset=rot13"), ARTICLE),
    "a charset that lies": Behaviour(
        answer(HTML.replace(b"Ann Lee", "Ånn Léè Çøül".encode()), kind="text/html; charset=utf-16"), ARTICLE
    ),
    "a thousand links to itself": Behaviour(answer(thousand_links()), ARTICLE),
}
REDIRECTS: dict[str, Behaviour] = {
    "redirects without end": Behaviour(ever_further, "redirects"),
    "redirects in a ring": Behaviour(between_two, "redirects"),
    "a redirect to TLS where nobody speaks it": Behaviour(moved("https://HERE" + STORY), "tls"),
    "a redirect to a file": Behaviour(moved("file:///etc/passwd"), "redirects"),
    "a redirect to a script": Behaviour(moved("javascript:alert(1)"), "redirects"),
    "a redirect to nowhere": Behaviour(answer(b"", 301), "redirects"),
    "a redirect to a port that is none": Behaviour(moved("http://127.0.0.1:99999/"), "redirects"),
    "a redirect to what robots.txt forbids": Behaviour(moved("/private/x"), "robots"),
    "a redirect with a zone": Behaviour(moved("http://[fe80::1%25lo]/"), "redirects"),
    **{f"a redirect to {host}": Behaviour(moved(f"http://{host}:TRAP/"), "private-address") for host in SPELLINGS},
}
TRANSPORT: dict[str, Behaviour] = {
    "TLS signed by nobody": Behaviour(answer(), "tls", tls={"signed": False}),
    "TLS that has expired": Behaviour(answer(), "tls", tls={"days": -1}),
    "TLS of another host": Behaviour(answer(), "tls", tls={"hosts": ("elsewhere.test",)}),
    "429 and a second": Behaviour(only_after_a_moment, ARTICLE),
    **{
        f"{status} and {name}": Behaviour(answer(b"", status, Retry_After=value), "status")
        for status in (429, 503)
        for name, value in {
            "no word": "",
            "an hour": "3600",
            "a date": format_datetime(NOW + timedelta(hours=1), usegmt=True),
            "a date that is past": format_datetime(NOW - timedelta(hours=1), usegmt=True),
            "nonsense": "soon",
            "a negative number": "-7",
            "a thousand digits": "9" * 1000,
        }.items()
    },
}
ROBOTS: dict[str, Behaviour] = {
    "a robots.txt of 10 MB": Behaviour(answer(), ARTICLE, answer(RULE + b"# filler\n" * 1_200_000, kind="text/plain")),
    "a robots.txt in one line of 10 MB": Behaviour(
        answer(), ARTICLE, answer(b"Disallow: /" + b"x" * 10_000_000, kind="text/plain")
    ),
    "a robots.txt without end": Behaviour(answer(), ARTICLE, repeat(OK + b"\r\n" + RULE, b"#" * 65_536, times=1000)),
    "a robots.txt that is a bomb": Behaviour(answer(), ARTICLE, bomb("br", kind="text/plain")),
    "a robots.txt of noise": Behaviour(answer(), ARTICLE, answer(bytes(range(256)) * 100, kind="text/plain")),
    "a robots.txt that is trickled": Behaviour(answer(), "timeout", repeat(OK + LENGTH, b"#", pause=0.05, times=1000)),
    "a robots.txt that fails": Behaviour(answer(), "robots", answer(b"", 500)),
    "a robots.txt that redirects without end": Behaviour(
        answer(), ARTICLE, answer(b"", 302, Location="/robots.txt?again")
    ),
    "a robots.txt that forbids": Behaviour(answer(), "robots", b"User-agent: *\nDisallow: /\n"),
    "a robots.txt with old line ends and a mark": Behaviour(
        answer(), "robots", b"\xef\xbb\xbfUser-agent: *\rDisallow: /story\r"
    ),
}
SOURCES: dict[str, Behaviour] = {
    "a feed that laughs": Behaviour(
        answer(f"{LAUGHS}<rss><channel><item><title>&j;</title></item></channel></rss>".encode(), kind="text/xml"),
        "parse",
        source="feed",
    ),
    "a sitemap that laughs": Behaviour(
        answer(f"{LAUGHS}<urlset><url><loc>&j;</loc></url></urlset>".encode(), kind="text/xml"),
        "parse",
        source="sitemap",
    ),
    "a sitemap that reads files": Behaviour(
        answer(
            b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&f;</loc></url></urlset>',
            kind="text/xml",
        ),
        "parse",
        source="sitemap",
    ),
    "a feed that is a bomb": Behaviour(bomb("gzip", kind="text/xml"), "too-large", source="feed"),
    "a sitemap that is a bomb of its own": Behaviour(
        answer(bomb_bytes("gzip"), kind="application/gzip"), "parse", source="sitemap"
    ),
    "a feed without end": Behaviour(
        repeat(OK + b"\r\n<rss><channel>", b"<item><link>/a</link></item>" * 2000, times=1000),
        "too-large",
        source="feed",
    ),
    "a feed of noise": Behaviour(answer(bytes(range(256)) * 100, kind="text/xml"), "parse", source="feed"),
    "a feed that is not there": Behaviour(answer(status=404), "status", source="feed"),
    "a section of a thousand links to itself": Behaviour(
        answer(thousand_links().replace(b"/story.html", FEED.encode())), "", source="section"
    ),
    "an index of itself": Behaviour(
        answer(
            f"<sitemapindex>{f'<sitemap><loc>{FEED}</loc></sitemap>' * 1000}</sitemapindex>".encode(), kind="text/xml"
        ),
        "",
        source="sitemap",
    ),
}
PRIVATE = ("127.0.0.1",)
NAMES: dict[str, Behaviour] = {
    "a name that is public once, and private ever after": Behaviour(
        answer(), ARTICLE, answer(RULE, kind="text/plain", Connection="close"), answers=(("PUBLIC",), PRIVATE)
    ),
    "a redirect to its own name, which is private by then": Behaviour(
        moved("http://NAME:TRAP/"), "private-address", answers=(("PUBLIC",), PRIVATE)
    ),
    "a redirect to its own name, which is private in IPv6 by then": Behaviour(
        moved("http://NAME:TRAP/"), "private-address", answers=(("PUBLIC",), ("::ffff:127.0.0.1", "::1"))
    ),
    "a redirect to its own name, which has a private address beside the public one by then": Behaviour(
        moved("http://NAME:TRAP/"), "refused", answers=(("PUBLIC",), (*PRIVATE, "PUBLIC"))
    ),
    "a name with a private address before its public one": Behaviour(
        answer(), ARTICLE, answers=((*PRIVATE, "PUBLIC"),)
    ),
    "a name that is private": Behaviour(answer(), "private-address", answers=(PRIVATE,)),
}
PAGES: dict[str, Behaviour] = BODIES | HEADS | REDIRECTS | TRANSPORT | ROBOTS | NAMES | FRAMING | HTTP_2


def honest(base: str, *names: str) -> dict[str, Route]:
    """A harmless site with these stories."""
    return {f"/{name}.html": story(name) for name in names} | {FEED: feed(base, *(f"/{name}.html" for name in names))}
