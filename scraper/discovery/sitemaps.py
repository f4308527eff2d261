"""Sitemaps (sitemaps.org 0.9), indexes of them, news sitemaps, plain lists of addresses; gzip or not."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from scraper.discovery.feeds import FEED_ROOTS, parse_feed
from scraper.discovery.links import Entry, Listing, Place, check_size, local_name, parse_time, read_xml, text_of, unzip
from scraper.errors import ParseError
from scraper.types import Link

NEWS: Final = "news"
"""The one element whose children are read too: those of `image` and `video` have a `loc` and `title` of their own."""
YEAR: Final = re.compile(r"(?:19|20)\d\d")
DIGITS: Final = re.compile(r"\d+")


def parse_sitemap(body: bytes, place: Place) -> Listing:
    """What a sitemap names: XML, news sitemap, index, plain text or feed, gzip or not. Raises `ParseError`.

    A document with declared entities is refused: no sitemap needs them, and expanding them is an old way to harm.
    """
    body = unzip(body, "sitemap")
    check_size(body, "sitemap")
    if b"<!ENTITY" in body:
        raise ParseError("not a sitemap: it declares entities")
    root = read_xml(body)
    if root is None and (b"urlset" in body or b"sitemapindex" in body):
        root = read_xml(body, recover=True)
    if root is None:
        return Listing(place.links(read_text_sitemap(body)), what="a list of addresses")
    name = local_name(root)
    if name in FEED_ROOTS:
        return parse_feed(body, place)
    if name == "sitemapindex":
        return Listing(children=newest_first(place.links(map(row_of, root.iter("{*}sitemap")))), what="sitemap index")
    if name != "urlset":
        raise ParseError(f"not a sitemap: the document is <{name[:40]}>")
    is_news = any("sitemap-news" in uri for uri in root.nsmap.values())
    return Listing(place.links(map(row_of, root.iter("{*}url"))), what="news sitemap" if is_news else "sitemap")


def row_of(row: etree._Element) -> Entry:
    """One row of a sitemap. `lastmod` says when the page was changed, which is no day of publication."""
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
    """One address a line."""
    lines = body.decode("utf-8-sig", "replace").split()
    if not lines or not all(line.lower().startswith(("http://", "https://")) for line in lines):
        raise ParseError("not a sitemap: neither XML that can be read nor a list of addresses")
    return [Entry(line) for line in lines]


def newest_first(children: tuple[Link, ...]) -> tuple[Link, ...]:
    """Sitemaps of an index, the last changed first; those that do not say, by the dates in their names.

    A number in a name without a year says nothing: some sites begin with the newest, others with the oldest.
    """
    return tuple(sorted(children, key=age_rank, reverse=True))


def age_rank(child: Link) -> tuple[float, tuple[int, ...]]:
    """What sorts sitemaps by age: the time of change, then the numbers of a name that holds a year."""
    name = child.url.rpartition("//")[2].partition("/")[2]
    numbers = tuple(int(number[:9]) for number in DIGITS.findall(name)) if YEAR.search(name) else ()
    return (child.dated.timestamp() if child.dated else 0.0, numbers)
