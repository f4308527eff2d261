"""Replies: what is sent with a request, and what is taken of what comes back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urljoin

from scraper.errors import FetchError
from scraper.fetch import robots as robots_txt
from scraper.fetch.body import Body, is_html_type, lacks_end, looks_binary
from scraper.fetch.decoders import ACCEPT_ENCODING
from scraper.fetch.protocol import Broken, Exchange, Head
from scraper.fetch.throttle import seconds_to_wait
from scraper.types import Known
from scraper.urls.canonical import normalize

Want = Literal["page", "feed", "data", "part", "robots"]
"""What is asked for: only a page is held to HTML, only robots.txt may be cut. It needs no permission, nor does a part: a
script or style of a page that is drawn, without which there is no page. Data that its scripts ask for need it."""
AT_ONCE: Final[frozenset[Want]] = frozenset({"data", "part"})
"""What a page needs to be drawn does not wait for the host's delay, only for a place among the requests that it takes side by
side: a page and its parts are one visit, and the next page keeps its distance from the last part."""

NOT_MODIFIED: Final = 304
EMPTY: Final = frozenset({204, 205})
PART: Final = 206
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
DRAIN: Final = 16_384
"""Bytes of an unwanted body that are read to keep its connection."""
DRAIN_TIME: Final = 0.5
"""Seconds that this may take."""
ACCEPT: Final[dict[Want, str]] = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "feed": "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5",
    "data": "*/*",
    "part": "*/*",
    "robots": "text/plain,*/*;q=0.1",
}
OURS: Final = frozenset(
    "host connection content-length transfer-encoding te trailer upgrade expect accept-encoding user-agent range proxy-authorization".split()
)
"""Headers that no source may set: they are the protocol's, or say who is asking."""
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Caps:
    """Bytes of a body: `wire` as it comes, `decoded` as it is kept."""

    wire: int
    decoded: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: the body is empty for a redirect and a 304; `cut_short` as in `Page`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    cut_short: bool = False


def request_headers(
    user_agent: str, want: Want, known: Known | None, secrets: tuple[tuple[str, str], ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Request headers, without Host; a value that would break the request is left out."""
    rows = [
        ("User-Agent", user_agent),
        ("Accept", ACCEPT[want]),
        ("Accept-Encoding", ACCEPT_ENCODING),
        ("If-None-Match", known.etag if known else ""),
        ("If-Modified-Since", known.last_modified if known else ""),
    ]
    if want != "robots":
        named = {name.lower() for name, _ in secrets}
        rows = [row for row in rows if row[0].lower() not in named - OURS]
        rows += [row for row in secrets if row[0].lower() not in OURS]
    return tuple(
        (name, value.strip())
        for name, value in rows
        if value.strip() and TOKEN.fullmatch(name) and value.isascii() and value.isprintable()
    )


async def read_reply(exchange: Exchange, url: str, want: Want, caps: Caps, clock: Callable[[], datetime]) -> Reply:
    """What is wanted of a reply. Raises `FetchError`, `Broken`."""
    head = exchange.head
    if head.status == NOT_MODIFIED or head.status in REDIRECTS or head.status >= 400:
        await drain(exchange)
    check_status(head, url, clock)
    if head.status == NOT_MODIFIED or head.status in REDIRECTS:
        return Reply(head.status, head.headers)
    body = await read_body(exchange, url, want, caps)
    cut = want == "page" and head.open_ended and lacks_end(body)
    return Reply(head.status, head.headers, body, cut_short=cut)


async def drain(exchange: Exchange) -> None:
    """Reads a short body that nobody wants, so that its connection can serve again. A 304 has none (RFC 9110, 15.4.5)."""
    length = exchange.head.header("content-length")
    if exchange.head.status != NOT_MODIFIED and length.isdecimal() and int(length[:20]) > DRAIN:
        return
    read = 0
    with suppress(TimeoutError, Broken, FetchError):
        async with asyncio.timeout(DRAIN_TIME), aclosing(exchange.chunks(DRAIN)) as chunks:
            async for chunk in chunks:
                read += len(chunk)
                if read > DRAIN:
                    return


def check_status(head: Head, url: str, clock: Callable[[], datetime]) -> None:
    """Raises `FetchError` unless a reply is a body, a redirect or a 304."""
    status = head.status
    if (
        status in REDIRECTS
        or status == NOT_MODIFIED
        or (200 <= status < 300 and status != PART and status not in EMPTY)
    ):
        return
    wait = seconds_to_wait(head.header("retry-after"), clock)
    raise FetchError(url, "status", f"the server answered {status}", status=status, retry_after=wait)


async def read_body(exchange: Exchange, url: str, want: Want, caps: Caps) -> bytes:
    """The decoded body, within the caps and of the type that is wanted. Raises `FetchError`, `Broken`."""
    head = exchange.head
    kind = head.header("content-type")
    if want == "page" and not is_html_type(kind):
        raise FetchError(url, "type", f"the content is {kind[:80]}, not HTML", status=head.status)
    cut = want == "robots"
    length = head.header("content-length")
    if not cut and length.isdecimal() and int(length[:20]) > caps.wire:
        raise FetchError(url, "too-large", f"the body is {int(length[:20]):,} bytes long")
    encodings = ", ".join(value for name, value in head.headers if name == "content-encoding")
    body = Body(url, encodings, max_wire=caps.wire, max_bytes=robots_txt.MAX_BYTES if cut else caps.decoded, cut=cut)
    async with aclosing(exchange.chunks(caps.wire)) as chunks:
        async for chunk in chunks:
            body.add(chunk)
            if body.full:
                break
    whole = body.finish()
    if want == "page" and looks_binary(whole):
        raise FetchError(url, "type", "the content is binary, though it is called HTML", status=head.status)
    return whole


def next_target(url: str, target: str, reply: Reply) -> str:
    """Where a redirect leads, in normal form. Raises `FetchError`: of kind `redirects` when it leads nowhere."""
    location = next((value for name, value in reply.headers if name == "location"), "")
    if not location:
        raise FetchError(url, "redirects", f"{reply.status} without a Location", status=reply.status)
    try:
        raw = location.encode("latin-1").decode("utf-8", "replace")
        return normalize(urljoin(target, raw))
    except (FetchError, ValueError) as exc:
        raise FetchError(
            url, "redirects", f"redirected to {location[:200]!r}, which is no web address", status=reply.status
        ) from exc
