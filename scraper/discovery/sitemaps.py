"""Sitemaps (sitemaps.org 0.9), sitemap indexes, news sitemaps and plain lists of URLs, with or without gzip."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from scraper.discovery.feeds import FEED_ROOTS, parse_feed
from scraper.discovery.links import (
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
from scraper.types import Link

NEWS: Final = "news"
"""The only element whose children are read too: `image` and `video` have their own `loc` and `title`."""
YEAR: Final = re.compile(r"(?:19|20)\d\d")
"""A year in a sitemap's name."""
DIGITS: Final = re.compile(r"\d+")


def parse_sitemap(body: bytes, context: LinkContext) -> Listing:
    """Return the links of a sitemap: XML, news sitemap, index, plain text or feed. Raises `ParseError`.

    A document that declares entities is refused: no sitemap needs them, and expanding them can exhaust memory.
    """
    body = unzip(body, "sitemap")
    check_size(body, "sitemap")
    if b"<!ENTITY" in body:
        raise ParseError("not a sitemap: it declares entities")
    root = read_xml(body)
    if root is None and (b"urlset" in body or b"sitemapindex" in body):
        root = read_xml(body, recover=True)
    if root is None:
        return Listing(context.links(read_text_sitemap(body)), document_type="a list of addresses")
    name = local_name(root)
    if name in FEED_ROOTS:
        return parse_feed(body, context)
    if name == "sitemapindex":
        return Listing(
            children=newest_first(context.links(map(entry_of, root.iter("{*}sitemap")))), document_type="sitemap index"
        )
    if name != "urlset":
        raise ParseError(f"not a sitemap: the document is <{name[:40]}>")
    is_news = any("sitemap-news" in uri for uri in root.nsmap.values())
    return Listing(
        context.links(map(entry_of, root.iter("{*}url"))), document_type="news sitemap" if is_news else "sitemap"
    )


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


def read_text_sitemap(body: bytes) -> list[Entry]:
    """Return the entries of a plain list: one URL per line."""
    lines = body.decode("utf-8-sig", "replace").split()
    if not lines or not all(line.lower().startswith(("http://", "https://")) for line in lines):
        raise ParseError("not a sitemap: neither readable XML nor a list of URLs")
    return [Entry(line) for line in lines]


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
