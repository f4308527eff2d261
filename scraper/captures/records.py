"""One record of a WARC file as a page. The body is decoded within the limits of a fetched page.

A record of two kilobytes can hold a gigabyte, and the headers of old crawls lie about codings, dates and lengths.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from warcio.bufferedreaders import ChunkedDataReader

from scraper.captures.streams import READ_BYTES
from scraper.errors import FetchError
from scraper.fetch.body import Body, lacks_end, looks_binary, own_encoding
from scraper.fetch.html_types import is_html_type, looks_html, may_be_html, media_type
from scraper.types import Page
from scraper.urls.canonical import canonicalize

MAX_BODY_BYTES: Final = 20_000_000
"""Bytes of a page, encoded or decoded."""
MAX_RECORD_BYTES: Final = 25_000_000
"""Bytes of a record: a page, its headers and the marks between its chunks."""
MAX_HEADERS: Final = 200
PAGE_TYPES: Final = frozenset({"response", "resource"})
"""Types of records that can hold a page (ISO 28500, 5.5)."""
PAGE_STATUS: Final = re.compile(r"2(?!0[456])\d\d")
"""Statuses of answers that are a whole page, as for a fetched one (RFC 9110, 15.3)."""
PART_OF: Final = "WARC-Concurrent-To"
"""The header by which our exports tie the further pages of an article to the first (ISO 28500, 5.7)."""
PART: Final = "Cuttings-Part"
"""A header of our exports: the number of a further page of an article, from 2 on."""
FROM_FEED: Final = "Cuttings-From-Feed"
"""A header of our exports: the body is a feed's own text, because the page gave none."""
MAGIC: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""First bytes of encoded bodies whose headers do not say so."""

REASONS: Final[dict[str, str]] = {
    "request": "the record is a request",
    "revisit": "the crawler found the page unchanged",
    "metadata": "the record describes another one",
    "warcinfo": "the record describes the file",
    "conversion": "the record is a converted page",
    "continuation": "the record continues another one",
    "other": "the record is of another type",
    "address": "the address is not of the web",
    "status": "the server did not answer with a page",
    "type": "the page is not HTML",
    "coding": "the page cannot be decoded",
    "cut": "the page is cut off",
    "too-large": f"the page has more than {MAX_BODY_BYTES:,} bytes",
    "empty": "the page has no text",
    "date": "the capture has no time, or one in the future",
    "damaged": "the record has no headers",
    "part": "the first page of the article is missing",
    "site": "the page is of another site",
    "time": "the page was captured at another time",
    "known": "the capture was imported before",
}
"""Why a record gives no page: the words of the counts, and what they mean."""


class Unusable(Exception):
    """A record without a usable page; `reason` is a key of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


def url_of(record: Any) -> str:
    """The canonical address of a record. Raises Unusable."""
    try:
        return canonicalize((record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> "))
    except FetchError as exc:
        raise Unusable("address") from exc


def read_page(record: Any, url: str, at: datetime) -> Page:
    """The page of a record. Raises Unusable."""
    http = record.http_headers
    if http is None and record.rec_type == "response":
        raise Unusable("damaged")
    status = http.get_statuscode() if http is not None else "200"
    if not PAGE_STATUS.fullmatch(status):
        raise Unusable("status")
    if record.rec_headers.get_header("WARC-Segment-Number"):
        raise Unusable("cut")
    named = (
        http.headers[:MAX_HEADERS] if http else [("content-type", record.rec_headers.get_header("Content-Type") or "")]
    )
    sent = tuple((name.lower(), value) for name, value in named if name.lower() not in DECODED)
    media = media_type(value for name, value in sent if name == "content-type")
    if not may_be_html(media):
        raise Unusable("type")
    body = read_body(record, url)
    if not body.strip():
        raise Unusable("empty")
    if looks_binary(body) or not (is_html_type(media) or looks_html(body)):
        raise Unusable("type")
    return Page(
        url,
        url,
        int(status),
        sent,
        body,
        at,
        cut_short=bool(record.rec_headers.get_header("WARC-Truncated")) and lacks_end(body),
        from_feed=record.rec_headers.get_header(FROM_FEED) is not None,
    )


DECODED: Final = frozenset({"transfer-encoding", "content-encoding"})
"""Headers that do not hold for a decoded body."""


def read_body(record: Any, url: str) -> bytes:
    """The decoded body: as the headers say, as its first bytes say, or as it is. Raises Unusable."""
    http = record.http_headers
    sent = read_sent(record, chunked="chunked" in header(http, "transfer-encoding"))
    coding = own_encoding(header(http, "content-encoding"))
    codings = dict.fromkeys((coding, *(name for magic, name in MAGIC.items() if sent.startswith(magic))))
    reason = ""
    for name in filter(None, codings):
        try:
            return decode(sent, name, url)
        except FetchError as exc:
            reason = {"too-large": "too-large", "truncated": "cut"}.get(exc.kind, "coding")
        if reason == "too-large":
            break
    if reason and (reason == "too-large" or b"<" not in sent[:READ_BYTES] or looks_binary(sent)):
        raise Unusable(reason)
    return sent


def header(http: Any, name: str) -> str:
    """A header of the response in lower case; empty without one."""
    return ((http.get_header(name) or "") if http else "").strip().lower()


def read_sent(record: Any, *, chunked: bool) -> bytes:
    """The body as it was sent, without its marks of chunks. Raises Unusable."""
    if record.length > MAX_RECORD_BYTES:
        raise Unusable("too-large")
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    pieces = list(iter(lambda: stream.read(READ_BYTES), b""))
    sent = b"".join(pieces)
    if len(sent) > MAX_BODY_BYTES:
        raise Unusable("too-large")
    return sent


def decode(sent: bytes, coding: str, url: str) -> bytes:
    """The decoded bytes. Raises FetchError."""
    body = Body(url, coding, max_wire_bytes=MAX_RECORD_BYTES, max_body_bytes=MAX_BODY_BYTES)
    body.add(sent)
    return body.finish()


def time_of(record: Any) -> datetime:
    """When a record was captured, in UTC; by the server's clock if the record's date cannot be read. Raises Unusable."""
    for text, read in (
        (record.rec_headers.get_header("WARC-Date") or "", datetime.fromisoformat),
        (header(record.http_headers, "date"), parsedate_to_datetime),
    ):
        try:
            at = read(text.strip())
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    raise Unusable("date")
