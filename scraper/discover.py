"""Discovery: the links that a feed, a sitemap or a section page names. Bytes in, values out, no network.

Links come in canonical form, each once, in the document's order; what is no web address is left out. Bytes that are not
what they were said to be raise `ParseError`, and nothing else is ever raised.
"""

from __future__ import annotations

import io
import json
import re
from calendar import timegm
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from scraper.content import Body
from scraper.errors import FetchError, ParseError
from scraper.types import Link, SourceKind
from scraper.urls import canonicalize
from scraper.variants import registrable_site

MAX_BYTES: Final = 10_000_000
"""Decoded bytes of a feed or sitemap; lxml drops text nodes past 10 MB in silence."""
DATE_TAGS: Final = ("published", "pubDate", "date", "issued", "publication_date", "updated", "lastmod", "modified")
"""Local names of dates, the first found counts: publication before modification."""
FEED_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SitemapRead:
    """What a sitemap names: pages, and, when it is an index, further sitemaps (`published` is their last change)."""

    links: tuple[Link, ...]
    children: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Whose links are read, and from where they are relative."""

    source: str
    url: str

    def link(self, href: str, title: str = "", published: datetime | None = None) -> Link | None:
        """A link in canonical form; None when it leads to no web page."""
        if not href.strip():
            return None
        try:
            url = canonicalize(urljoin(self.url, href.strip()))
        except (FetchError, ValueError):
            return None
        return Link(url, self.source, " ".join(title.split())[:500].encode("utf-8", "replace").decode(), published)


def parse_feed(body: bytes, *, source: str, url: str) -> tuple[Link, ...]:
    """The links of an RSS, Atom or JSON feed. Raises `ParseError`."""
    check_size(body, "feed")
    place = Place(source, url)
    if body.lstrip()[:1] == b"{":
        return unique(read_json_feed(body, place))
    root = read_xml(body)
    if root is None:
        return unique(read_any_feed(body, place))
    if local_name(root) not in FEED_ROOTS:
        raise ParseError(f"not a feed: the document is <{local_name(root)[:40]}>")
    return unique(place.link(*entry_of(item)) for item in root.iter("{*}item", "{*}entry"))


def parse_links(item: tuple[SourceKind, bytes, str, str]) -> SitemapRead | ParseError:
    """What a source's document names: its kind, bytes, the source's name, its URL.

    A task for a worker, so an error comes as a value.
    """
    kind, body, source, url = item
    try:
        if kind == "sitemap":
            return parse_sitemap(body, source=source, url=url)
        parse = parse_section if kind == "section" else parse_feed
        return SitemapRead(parse(body, source=source, url=url))
    except ParseError as exc:
        return exc


def check_size(body: bytes, what: str) -> None:
    """Raises `ParseError` for a document that is empty or too large to be read whole."""
    if not body.strip():
        raise ParseError(f"not a {what}: the document is empty")
    if len(body) > MAX_BYTES:
        raise ParseError(f"the {what} exceeds {MAX_BYTES:,} bytes")


def read_xml(body: bytes) -> etree._Element | None:
    """The root of well-formed XML without a document type; None for anything else, which needs a reader of more patience."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else root


def local_name(node: etree._Element) -> str:
    """A tag without its namespace; empty for what is no element."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def text_of(node: etree._Element) -> str:
    """All text within an element."""
    return "".join(node.itertext()).strip()


def entry_of(item: etree._Element) -> tuple[str, str, datetime | None]:
    """Address, title and time of one RSS item or Atom entry."""
    texts: dict[str, str] = {}
    href = ""
    for child in item:
        name = local_name(child)
        if name == "link" and child.get("href") and child.get("rel", "alternate") == "alternate":
            href = href or child.get("href", "")
        elif name not in texts and not (name == "guid" and child.get("isPermaLink", "true").lower() == "false"):
            texts[name] = text_of(child)
    # an address behind a counting redirector (FeedBurner's origLink) is known before it is followed
    address = texts.get("origLink") or texts.get("link") or href or texts.get("guid", "")
    return address, texts.get("title", ""), first_date(texts)


def first_date(texts: dict[str, str]) -> datetime | None:
    """The first date that can be read, by `DATE_TAGS`."""
    return next((found for tag in DATE_TAGS if (found := parse_time(texts.get(tag, "")))), None)


def parse_time(text: str) -> datetime | None:
    """A time of RFC 822 or ISO 8601, in UTC; a time without a zone is taken as UTC. None when it is neither.

    >>> parse_time("Tue, 13 Dec 2016 18:06:00 -0500"), parse_time("soon")
    (datetime.datetime(2016, 12, 13, 23, 6, tzinfo=datetime.timezone.utc), None)
    """
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def read_json_feed(body: bytes, place: Place) -> Iterator[Link | None]:
    """The items of a JSON Feed (jsonfeed.org, version 1 and 1.1)."""
    try:
        items = json.loads(body)["items"]
        rows = [item for item in items if isinstance(item, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ParseError("not a feed: JSON without items") from exc
    for row in rows:
        yield place.link(as_text(row.get("url")), as_text(row.get("title")), parse_time(as_text(row.get("date_published"))))


def as_text(value: Any) -> str:
    """A text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def read_any_feed(body: bytes, place: Place) -> Iterator[Link | None]:
    """The entries of a feed that is not well-formed, by feedparser.

    Only a `BytesIO` goes in: bytes that look like a path or an address would be opened. 1.3 s a megabyte.
    """
    try:
        found = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except Exception as exc:  # its parsers raise whatever they like on arbitrary bytes
        raise ParseError(f"not a feed: {type(exc).__name__}") from exc
    if not found.version and not found.entries:
        raise ParseError("not a feed")
    for entry in found.entries:
        stamp = entry.get("published_parsed") or (entry.get("updated_parsed") if "updated" in entry else None)
        yield place.link(as_text(entry.get("link")), as_text(entry.get("title")), time_of(stamp))


def time_of(stamp: Any) -> datetime | None:
    """feedparser's time (a struct in UTC)."""
    try:
        return datetime.fromtimestamp(timegm(stamp), UTC) if stamp else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def unique(links: Iterable[Link | None]) -> tuple[Link, ...]:
    """The links that lead somewhere, each address once."""
    found: dict[str, Link] = {}
    for link in links:
        if link is not None:
            found.setdefault(link.url, link)
    return tuple(found.values())


def parse_sitemap(body: bytes, *, source: str, url: str) -> SitemapRead:
    """What a sitemap names: XML, news sitemap, index, plain text or feed, gzip or not. Raises `ParseError`."""
    body = unzip(body)
    check_size(body, "sitemap")
    place = Place(source, url)
    root = read_xml(body)
    if root is None:
        return SitemapRead(unique(read_text_sitemap(body, place)))
    name = local_name(root)
    if name in FEED_ROOTS:
        return SitemapRead(parse_feed(body, source=source, url=url))
    if name not in {"urlset", "sitemapindex"}:
        raise ParseError(f"not a sitemap: the document is <{name[:40]}>")
    links = unique(place.link(*row_of(row)) for row in root.iter("{*}url" if name == "urlset" else "{*}sitemap"))
    return SitemapRead(links) if name == "urlset" else SitemapRead((), links)


def unzip(body: bytes) -> bytes:
    """A document without gzip, within the cap."""
    if not body.startswith(GZIP_MAGIC):
        return body
    zipped = Body("sitemap", "gzip", max_wire=MAX_BYTES, max_bytes=MAX_BYTES)
    try:
        zipped.add(body)
        return zipped.finish()
    except FetchError as exc:
        raise ParseError(f"not a sitemap: {exc.detail}") from exc


def row_of(row: etree._Element) -> tuple[str, str, datetime | None]:
    """Address, title and time of one row of a sitemap; a news sitemap keeps the latter two one level deeper."""
    texts: dict[str, str] = {}
    for child in row:
        for node in (child, *child):
            texts.setdefault(local_name(node), text_of(node))
    return texts.get("loc", ""), texts.get("title", ""), first_date(texts)


def read_text_sitemap(body: bytes, place: Place) -> Iterator[Link | None]:
    """One address a line (sitemaps.org)."""
    lines = body.decode("utf-8-sig", "replace").split()
    if not lines or not all(line.startswith(("http://", "https://")) for line in lines):
        raise ParseError("not a sitemap: neither XML that can be read nor a list of addresses")
    for line in lines:
        yield place.link(line)


DATED: Final = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?:[/-]|\d\d)", re.IGNORECASE)
SLUG: Final = re.compile(r"[^/]+-[^/]+-[^/]+")
NUMBERED: Final = re.compile(r"\d{5,}|[0-9a-f]{16,}")
NO_ARTICLE: Final = re.compile(
    r"/(?:tags?|topics?|category|categories|authors?|by|people|search|login|signin|register|subscribe|newsletters?|about|contact|"
    r"privacy|terms|jobs|careers|advertise|feeds?|rss|wp-content|cdn-cgi|page)(?:/|$)|\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|xml|rss)$",
    re.IGNORECASE,
)
ENOUGH: Final = 3
"""Points of evidence that make a link an article's."""


def parse_section(body: bytes, *, source: str, url: str) -> tuple[Link, ...]:
    """The article links of a section page, told from navigation by evidence. Raises `ParseError`.

    Titles are read as UTF-8; they are hints, the article's page has the last word.
    """
    check_size(body, "section page")
    try:
        tree = LexborHTMLParser(body)
        tree.strip_tags(["script", "style", "noscript", "template", "nav", "footer", "form"])
        anchors = tree.css("a[href]")
        base = tree.css_first("base[href]")
        place = Place(source, urljoin(url, (base.attributes.get("href") or "") if base else ""))
        return unique(article_link(anchor, place) for anchor in anchors)
    except (SelectolaxError, ValueError, RuntimeError) as exc:
        raise ParseError(f"not an HTML page: {type(exc).__name__}") from exc


def article_link(anchor: LexborNode, place: Place) -> Link | None:
    """The link of an anchor that looks like an article's; None otherwise."""
    text = " ".join(anchor.text(separator=" ").split())
    link = place.link(anchor.attributes.get("href") or "", text)
    if link is None or link.url == place.url or registrable_site(link.url) != registrable_site(place.url):
        return None
    return link if evidence(urlsplit(link.url).path, text, anchor) >= ENOUGH else None


def evidence(path: str, text: str, anchor: LexborNode) -> int:
    """Points for a link being an article's: what its address, its text and its place say."""
    if NO_ARTICLE.search(path) or path == "/":
        return 0
    words = len(text.split())
    points = 2 * bool(DATED.search(path)) + 2 * bool(SLUG.search(path)) + bool(NUMBERED.search(path))
    points += 2 * (words >= 5) + (words >= 3)
    parent = anchor.parent
    return points + (parent is not None and parent.tag in {"h1", "h2", "h3", "h4"})
