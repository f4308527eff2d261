"""What a source's document names, and what the readers of feeds, sitemaps and section pages share.

Bytes in, values out, no network. Links come in canonical form, each page once, in the document's order; what is no web
address is left out. Bytes that are not what they were said to be raise `ParseError`, and nothing else is ever raised.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from scraper.errors import FetchError, ParseError
from scraper.fetch.body import Body
from scraper.text.time_zones import named_zone
from scraper.types import Link
from scraper.urls.canonical import canonicalize
from scraper.urls.variants import is_copy, page_key

MAX_BYTES: Final = 10_000_000
"""Decoded bytes of a feed or sitemap; lxml drops text nodes past 10 MB in silence."""
MAX_TITLE: Final = 500
GZIP_MAGIC: Final = b"\x1f\x8b"
STRAY_AMPERSAND: Final = re.compile(rb"&(?!#?[0-9A-Za-z]{1,12};)")
TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
ZONE_NAME: Final = re.compile(r"\s+([^\W\d_]{1,4})$")
"""A zone's name at the end of a time: RFC 822 knows only American names, feeds use others too."""
GAP: Final = re.compile(r"(?<=\d)\s+(?=[+-]\d\d:?\d\d$)")
MONTH_ONLY: Final = re.compile(r"\d{4}(-\d\d)?")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a document names: pages; further sitemaps, when it is an index; feeds, when it is a page that announces some.

    `next_page` is where a section page continues; `what` says what the document is, in the words of its makers.
    """

    links: tuple[Link, ...] = ()
    children: tuple[Link, ...] = ()
    feeds: tuple[Link, ...] = ()
    next_page: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed or row of a sitemap, as it is written there."""

    href: str = ""
    title: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose links are read, from where they are relative, and whether the entries' own text is wanted."""

    source: str
    url: str
    full_text: bool = False

    def link(self, entry: Entry) -> Link | None:
        """A link in canonical form; None when it leads to no web page."""
        if not entry.href.strip():
            return None
        try:
            url = canonicalize(urljoin(self.url, entry.href.strip()))
        except (FetchError, ValueError):
            return None
        body = writable(entry.body) if self.full_text else ""
        return Link(url, self.source, one_line(entry.title), entry.published, body, entry.modified)

    def links(self, entries: Iterable[Entry]) -> tuple[Link, ...]:
        """The links that lead somewhere, each page once."""
        return unique(link for entry in entries if (link := self.link(entry)))


def unique(links: Iterable[Link]) -> tuple[Link, ...]:
    """Links, of all variants of a page one: the first that is no AMP or mobile copy, with what the others say of it."""
    found: dict[str, Link] = {}
    for link in links:
        key = page_key(link.url)
        before = found.get(key)
        found[key] = link if before is None else merged(before, link)
    return tuple(found.values())


def merged(first: Link, second: Link) -> Link:
    """Two links to variants of a page as one."""
    url = second.url if is_copy(first.url) and not is_copy(second.url) else first.url
    return replace(
        first,
        url=url,
        title=first.title or second.title,
        published=first.published or second.published,
        modified=first.modified or second.modified,
        body=first.body or second.body,
    )


def one_line(text: str) -> str:
    """A title on one line, of bounded length."""
    return writable(" ".join(text[: 10 * MAX_TITLE].split())[:MAX_TITLE])


def writable(text: str) -> str:
    """Text without lone surrogates, which JSON can hold and no encoding write."""
    return text.encode("utf-8", "replace").decode()


def check_size(body: bytes, what: str) -> None:
    """Raises `ParseError` for a document that is empty or too large to be read whole."""
    if not body.strip():
        raise ParseError(f"not a {what}: the document is empty")
    if len(body) > MAX_BYTES:
        raise ParseError(f"the {what} exceeds {MAX_BYTES:,} bytes")


def unzip(body: bytes, what: str) -> bytes:
    """A document without gzip, within the cap."""
    if not body.startswith(GZIP_MAGIC):
        return body
    zipped = Body(what, "gzip", max_wire=MAX_BYTES, max_bytes=MAX_BYTES)
    try:
        zipped.add(body)
        return zipped.finish()
    except FetchError as exc:
        raise ParseError(f"not a {what}: {exc.detail}") from exc


def read_xml(body: bytes, *, recover: bool = False) -> etree._Element | None:
    """The root of well-formed XML without a document type; None for anything else, which needs a reader of more patience.

    `recover`: stray ampersands and missing ends are forgiven.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    text = STRAY_AMPERSAND.sub(b"&amp;", body) if recover else body
    try:
        root = etree.fromstring(text.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None
    return None if root is None or root.getroottree().docinfo.internalDTD is not None else root


def local_name(node: etree._Element) -> str:
    """A tag without its namespace; empty for what is no element."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def text_of(node: etree._Element) -> str:
    """All text within an element."""
    return "".join(node.itertext()).strip()


def plain_text(text: str) -> str:
    """A title without the markup that some feeds put into it.

    >>> plain_text("<b>Storm</b> &amp; calm"), plain_text("2 < 3")
    ('Storm & calm', '2 < 3')
    """
    return html.unescape(TAG.sub("", text[: 10 * MAX_TITLE])) if "<" in text or "&" in text else text


def parse_time(text: str) -> datetime | None:
    """A time of RFC 822 or ISO 8601, in UTC; a time without a zone is taken as UTC. None when it is neither.

    >>> parse_time("Tue, 13 Dec 2016 18:06:00 -0500"), parse_time("soon")
    (datetime.datetime(2016, 12, 13, 23, 6, tzinfo=datetime.timezone.utc), None)
    """
    text = " ".join(text[:100].split())
    named = ZONE_NAME.search(text)
    zone = named_zone(named[1]) if named else None
    if named and zone:
        text = text[: named.start()]
    if MONTH_ONLY.fullmatch(text):
        text = f"{text}-01" if "-" in text else f"{text}-01-01"  # W3C-DTF allows a bare year and month
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(GAP.sub("", text) if read is datetime.fromisoformat else text)
            return (found if found.tzinfo else found.replace(tzinfo=zone or UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
