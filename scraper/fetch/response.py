"""Request headers, and the checks on a response: status, type, size, encoding, redirect target."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast
from urllib.parse import urljoin

import httpx

from scraper.errors import FetchError
from scraper.fetch import robots as robots_txt
from scraper.fetch.body import Body, lacks_end, looks_binary
from scraper.fetch.bounds import MAX_FIELDS, MAX_HEAD_BYTES
from scraper.fetch.decoders import ACCEPT_ENCODING
from scraper.fetch.failures import as_fetch_error
from scraper.fetch.html_types import (
    GZIP_START,
    SNIFFED_BYTES,
    is_html_type,
    looks_html,
    may_be_html,
    may_become_html,
    media_type,
)
from scraper.fetch.settings import CLIENT_HEADERS, HEADER_NAME
from scraper.fetch.throttle import parse_retry_after
from scraper.text.patterns import lazy_pattern
from scraper.types import Known
from scraper.urls.canonical import normalize, with_slashes

Want = Literal["page", "feed", "data", "part", "robots"]
"""The kind of request. Only a page must be HTML; only robots.txt may be cut. robots.txt itself needs no permission. A
`part` needs none either: it is a script or style without which a page cannot be rendered. `data` that scripts fetch needs permission."""
WITHOUT_DELAY: Final[frozenset[Want]] = frozenset({"data", "part"})
"""Requests that ignore the host's delay and only need a free slot. A page and its parts are one visit; the next page
keeps its distance from the last part."""

WITHOUT_FRAMES: Final = frozenset({"HTTP/1.0", "HTTP/1.1"})
"""Versions of HTTP in which the end of the connection may be the end of a body."""
FINAL_STATUSES: Final = range(200, 1000)
"""Statuses that end a request: three digits, not those of interim responses (RFC 9110, 15). Over HTTP/2 a server may send
a status of any length."""
NOT_MODIFIED: Final = 304
NO_CONTENT: Final = frozenset({204, 205})
PARTIAL_CONTENT: Final = 206
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS: Final = frozenset({301, 308})
NOT_ASCII: Final = lazy_pattern(rb"[\x80-\xff]")
MAX_DRAIN_BYTES: Final = 16_384
"""Size limit of an unwanted body that is read to keep its connection."""
MAX_DRAIN_SECONDS: Final = 0.5
"""Time limit for reading it."""
ACCEPT: Final[dict[Want, str]] = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "feed": "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5",
    "data": "*/*",
    "part": "*/*",
    "robots": "text/plain,*/*;q=0.1",
}


@dataclass(frozen=True, slots=True)
class Caps:
    """Size limits of a body in bytes: as sent, and as decoded."""

    wire_bytes: int
    body_bytes: int


@dataclass(frozen=True, slots=True)
class Head:
    """Status and header fields of a response, names in lower case. `open_ended`: only the connection's end ends the
    body.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    open_ended: bool = False

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. The body is empty for a redirect and a 304; `cut_short` as in `Page`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    cut_short: bool = False


def request_headers(
    user_agent: str, want: Want, known: Known | None, secrets: tuple[tuple[str, str], ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the request headers without Host; a value that would break the request is left out."""
    rows = [
        ("User-Agent", user_agent),
        ("Accept", ACCEPT[want]),
        ("Accept-Encoding", ACCEPT_ENCODING),
        ("If-None-Match", known.etag if known else ""),
        ("If-Modified-Since", known.last_modified if known else ""),
    ]
    if want != "robots":
        named = {name.lower() for name, _ in secrets}
        rows = [row for row in rows if row[0].lower() not in named - CLIENT_HEADERS]
        rows += [row for row in secrets if row[0].lower() not in CLIENT_HEADERS]
    return tuple(
        (name, value.strip())
        for name, value in rows
        if value.strip() and HEADER_NAME.fullmatch(name) and value.isascii() and value.isprintable()
    )


def read_head(response: httpx.Response, url: str) -> Head:
    """Return the head of a response. Raises `FetchError` if it is too large or not final."""
    fields = response.extensions["fields"]
    if len(fields) > MAX_FIELDS:
        raise FetchError(url, "too-large", f"the header has {len(fields):,} fields")
    if sum(len(name) + len(value) for name, value in fields) > MAX_HEAD_BYTES:
        raise FetchError(url, "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes")
    if response.status_code not in FINAL_STATUSES:
        raise FetchError(url, "protocol", "the server sent a status that ends no request")
    framed = any(name in {"content-length", "transfer-encoding"} for name, _ in fields)
    return Head(response.status_code, fields, open_ended=response.http_version in WITHOUT_FRAMES and not framed)


async def read_reply(
    response: httpx.Response, url: str, want: Want, caps: Caps, clock: Callable[[], datetime]
) -> Reply:
    """Read a response. Raises `FetchError`."""
    head = read_head(response, url)
    if head.status == NOT_MODIFIED or head.status in REDIRECTS or head.status >= 400:
        await drain(response, head)
    check_status(head, url, clock)
    if head.status == NOT_MODIFIED or head.status in REDIRECTS:
        return Reply(head.status, head.headers)
    body = await read_body(response, head, url, want, caps)
    cut_short = want == "page" and head.open_ended and lacks_end(body)
    return Reply(head.status, head.headers, body, cut_short=cut_short)


async def drain(response: httpx.Response, head: Head) -> None:
    """Read a short unwanted body, so that its connection can be reused. A 304 has no body (RFC 9110, 15.4.5)."""
    length = head.header("content-length")
    if response.is_stream_consumed:
        return
    if head.status != NOT_MODIFIED and length.isdecimal() and int(length[:20]) > MAX_DRAIN_BYTES:
        return
    read = 0
    with suppress(FetchError), as_fetch_error(""):
        async with asyncio.timeout(MAX_DRAIN_SECONDS), raw_chunks(response) as chunks:
            async for chunk in chunks:
                read += len(chunk)
                if read > MAX_DRAIN_BYTES:
                    return


def check_status(head: Head, url: str, clock: Callable[[], datetime]) -> None:
    """Raise `FetchError` unless a response is a body, a redirect or a 304."""
    status = head.status
    if (
        status in REDIRECTS
        or status == NOT_MODIFIED
        or (200 <= status < 300 and status != PARTIAL_CONTENT and status not in NO_CONTENT)
    ):
        return
    wait = parse_retry_after(head.header("retry-after"), clock)
    raise FetchError(url, "status", f"the server answered {status}", status=status, retry_after=wait)


async def read_body(response: httpx.Response, head: Head, url: str, want: Want, caps: Caps) -> bytes:
    """Return the decoded body, if it has the wanted type and is within the limits. Raises `FetchError`."""
    media = media_type(value for name, value in head.headers if name == "content-type") if want == "page" else ""
    if not may_be_html(media):
        raise not_html(head, url)
    truncate = want == "robots"
    max_body_bytes = robots_txt.MAX_BYTES if truncate else caps.body_bytes
    length = head.header("content-length")
    if not truncate and length.isdecimal() and int(length[:20]) > caps.wire_bytes:
        raise FetchError(url, "too-large", f"the body has {int(length[:20]):,} bytes; the limit is {caps.wire_bytes:,}")
    is_decoded = response.is_stream_consumed  # a caller's transport made it in memory or read it, and httpx decoded it
    encodings = "" if is_decoded else ", ".join(value for name, value in head.headers if name == "content-encoding")
    wire_bytes = caps.body_bytes if is_decoded else caps.wire_bytes
    body = Body(url, encodings, max_wire_bytes=wire_bytes, max_body_bytes=max_body_bytes, truncate=truncate)
    await receive(response, body, url, head, is_sure=is_html_type(media))
    data = body.finish()
    return data if want != "page" else checked_page(data, head, url, caps, is_sure=is_html_type(media))


def checked_page(data: bytes, head: Head, url: str, caps: Caps, *, is_sure: bool) -> bytes:
    """Return the body of a page, without gzip that no header names. Raises `FetchError` if it is no page."""
    if data.startswith(GZIP_START):
        zipped = Body(url, "gzip", max_wire_bytes=caps.body_bytes, max_body_bytes=caps.body_bytes)
        zipped.add(data)
        data = zipped.finish()
    if not is_sure and not looks_html(data):
        raise not_html(head, url)
    if looks_binary(data):
        raise FetchError(url, "type", "the content is binary, although its type is HTML", status=head.status)
    return data


def not_html(head: Head, url: str) -> FetchError:
    """Return the error for a response of another type."""
    return FetchError(url, "type", f"the content is {head.header('content-type')[:80]}, not HTML", status=head.status)


async def receive(response: httpx.Response, body: Body, url: str, head: Head, *, is_sure: bool) -> None:
    """Receive a body, as sent. Raises `FetchError`: `truncated` if it breaks off, `type` if its type is not sure and it
    does not begin as a page, and those of `Body`.
    """
    with as_fetch_error(url, "the body broke off", status=head.status):
        if response.is_stream_consumed:
            body.add(response.content)
            return
        async with raw_chunks(response) as chunks:
            async for chunk in chunks:
                body.add(chunk)
                if body.full:
                    return
                if not is_sure and body.body_bytes >= SNIFFED_BYTES:
                    is_sure = may_become_html(body.begin(SNIFFED_BYTES))
                    if not is_sure:
                        raise not_html(head, url)


def raw_chunks(response: httpx.Response) -> aclosing[AsyncGenerator[bytes, None]]:
    """Return the body as sent, to be closed when it is not read to its end."""
    return aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw()))


def next_target(url: str, target: str, reply: Reply) -> str:
    """Return the normalized target of a redirect. Raises `FetchError` of kind `redirects` if there is none."""
    location = next((value for name, value in reply.headers if name == "location"), "")
    if not location:
        raise FetchError(
            url, "redirects", f"the server answered {reply.status} without a Location", status=reply.status
        )
    try:
        raw = location.encode("latin-1")
        text = NOT_ASCII.sub(
            lambda found: b"%%%02X" % found[0][0], raw
        ).decode()  # in whatever encoding: the server knows
        return normalize(urljoin(target, with_slashes(text)))
    except (FetchError, ValueError) as exc:
        raise FetchError(
            url, "redirects", f"redirected to {location[:200]!r}, which is not a web address", status=reply.status
        ) from exc
