"""Sitemaps (sitemaps.org 0.9), sitemap indexes, news sitemaps and plain lists of URLs, with or without gzip."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from itertools import islice
from typing import Final

from lxml import etree

from scraper.discovery.document_types import check_entities
from scraper.discovery.feeds import FEED_ROOTS, parse_feed
from scraper.discovery.links import (
    MAX_BYTES,
    Entry,
    LinkContext,
    Listing,
    check_size,
    local_name,
    read_xml,
    text_of,
    unzip,
)
from scraper.discovery.times import parse_time
from scraper.errors import ParseError
from scraper.html.encoding import read_bytes
from scraper.types import Link
from scraper.urls.canonical import MAX_URL_CHARS

NEWS: Final = "news"
"""The only element whose children are read too: `image` and `video` have their own `loc` and `title`."""
MAX_SITEMAP_BYTES: Final = 52_428_800
"""Size limit of a decoded sitemap, as in the protocol. lxml reads one in half a second and 170 MB."""
MAX_TAGS: Final = 2_500_000
"""Limit on the tags of a sitemap over `MAX_BYTES`: so many need as much memory as the worst document of that size."""
MAX_ROWS: Final = 50_001
"""Rows that are read: as many as the protocol allows, and one more, so that `follow` tells that its limit cut some off."""
MAX_LAYERS: Final = 2
"""Limit on gzip around a sitemap: some servers zip the zipped file."""
ROOTS: Final = frozenset({"urlset", "sitemapindex"})
SEARCHED_BYTES: Final = 4_096
"""Bytes in which a document must begin: some begin with a warning, or stand in a page."""
ROOT_START: Final = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?(?:urlset|sitemapindex)(?=[\s>])")
FEED_START: Final = re.compile(rb"<(?:rss|feed|rdf:RDF)(?=[\s>])")
CUT_ADDRESS: Final = re.compile(rb"<(?!image:|video:)(?:[\w.-]{1,40}:)?loc\s*>(?:\s*<!\[CDATA\[)?[^<]*\Z")
"""An address whose end is missing: it would lead to another page, or to none."""
YEAR: Final = re.compile(r"(?:19|20)\d\d")
"""A year in a sitemap's name."""
DIGITS: Final = re.compile(r"\d+")


def parse_sitemap(body: bytes, context: LinkContext) -> Listing:
    """Return the links of a sitemap: XML, news sitemap, index, plain text or feed. Raises `ParseError`.

    A document that declares entities is refused: no sitemap needs them, and expanding them can exhaust memory.
    """
    for _ in range(MAX_LAYERS):
        body = unzip(body, "sitemap", max_bytes=MAX_SITEMAP_BYTES)
    check_size(body, "sitemap", max_bytes=MAX_SITEMAP_BYTES)
    check_entities(body, "sitemap")
    if b"<!ENTITY" in body:
        raise ParseError("not a sitemap: it declares entities")
    if len(body) > MAX_BYTES and body.count(b"<") > MAX_TAGS:
        raise ParseError(f"the sitemap exceeds {MAX_BYTES:,} bytes and {MAX_TAGS:,} tags")
    root = read_xml(body, typed=True)
    is_cut = root is None and CUT_ADDRESS.search(body[-SEARCHED_BYTES:]) is not None
    start, feed = ROOT_START.search(body), FEED_START.search(body[:SEARCHED_BYTES])
    if root is None and feed and (not start or feed.start() < start.start()):
        return parse_feed(body, context)
    if start and (root is None or local_name(root) not in ROOTS | FEED_ROOTS):
        root = repaired(body, start.start())
    if root is None:
        check_size(body, "list of addresses")
        return Listing(context.links(read_text_sitemap(body)), document_type="a list of addresses")
    if local_name(root) in FEED_ROOTS:
        return parse_feed(body, context)
    if local_name(root) not in ROOTS:
        raise ParseError(f"not a sitemap: the document is <{local_name(root)[:40]}>")
    return read_rows(root, context, is_cut=is_cut)


def repaired(body: bytes, start: int) -> etree._Element | None:
    """Return the root of a sitemap with mistakes; from `start` on if something else stands before it."""
    root = read_xml(body, recover=True, typed=True)
    return root if root is not None and local_name(root) in ROOTS else read_xml(body[start:], recover=True, typed=True)


def read_rows(root: etree._Element, context: LinkContext, *, is_cut: bool) -> Listing:
    """Return the rows of a sitemap or an index. `is_cut`: the last address is cut off, so it is left out.

    Pages and sitemaps are told apart by their rows, not by the root: some sites write an index as a list of pages.
    """
    in_index = local_name(root) == "sitemapindex"
    nodes = list(islice(root.iter("{*}url", "{*}sitemap"), MAX_ROWS))
    if in_index and any(local_name(node) == "sitemap" for node in nodes):  # a page among sitemaps is none
        nodes = [node for node in nodes if local_name(node) == "sitemap"]
    nodes = nodes[:-1] if is_cut else nodes
    entries = [(local_name(node), entry_of(node)) for node in nodes]
    rows = [(in_index or name == "sitemap" or names_sitemap(entry.href), entry) for name, entry in entries]
    children, pages = ([entry for listed, entry in rows if listed is wanted] for wanted in (True, False))
    is_news = any("sitemap-news" in uri for uri in root.nsmap.values())
    document_type = (
        "sitemap index" if in_index or (children and not pages) else "news sitemap" if is_news else "sitemap"
    )
    return Listing(context.links(pages), newest_first(context.links(children)), document_type=document_type)


def entry_of(row: etree._Element) -> Entry:
    """Return one row of a sitemap. `lastmod` is a time of change, not of publication."""
    texts: dict[str, str] = {}
    for child in row:
        inner = child if local_name(child) == NEWS else (child,)
        for node in inner:
            texts.setdefault(local_name(node), text_of(node))
    return Entry(
        texts.get("loc", ""),
        texts.get("title", ""),
        parse_time(texts.get("publication_date", "")),
        parse_time(texts.get("lastmod", "")),
    )


def names_sitemap(address: str) -> bool:
    """Whether an address names a sitemap, and no page.

    >>> [names_sitemap(f"/news/{name}") for name in ("Sitemap-1.xml", "2026.xml.gz", "4711.xml", "sitemap.xml?id=7")]
    [True, True, False, False]
    """
    if len(address) > MAX_URL_CHARS or "?" in address or "#" in address:
        return False
    _, slash, name = address.strip().lower().rpartition("/")
    return bool(slash) and (name.endswith(".xml.gz") or ("sitemap" in name and name.endswith((".xml", ".gz"))))


def read_text_sitemap(body: bytes) -> list[Entry]:
    """Return the entries of a plain list: one URL per line, alone or before a space; lines with `#` are comments."""
    is_wide = body.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    pieces = [read_bytes(body, "")] if is_wide else map(read_line, body.splitlines())
    lines = [line.strip() for piece in pieces for line in piece.lstrip("\ufeff").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or not all(line.lower().startswith(("http://", "https://")) for line in lines):
        raise ParseError("not a sitemap: neither readable XML nor a list of URLs")
    return [Entry(address) for line in lines for address in line.split() if address.lower().startswith("http")]


def read_line(line: bytes) -> str:
    """Return a line of a list as UTF-8, or as windows-1252 if it is not: one damaged line says nothing of the others."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("windows-1252", "replace")


def newest_first(children: tuple[Link, ...]) -> tuple[Link, ...]:
    """Return an index's sitemaps, last changed first; without a date they are sorted by the dates in their names.

    A number in a name without a year is ignored: some sites begin with the newest, others with the oldest.
    """
    return tuple(sorted(children, key=age_rank, reverse=True))


def age_rank(child: Link) -> tuple[float, tuple[int, ...]]:
    """Return the sort key of a sitemap: time of change, then the numbers of a name that contains a year."""
    name = child.url.rpartition("//")[2].partition("/")[2]
    numbers = tuple(int(number[:9]) for number in DIGITS.findall(name)) if YEAR.search(name) else ()
    return (child.dated.timestamp() if child.dated else 0.0, numbers)
