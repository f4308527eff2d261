"""Links of a document, and the functions that feeds, sitemaps and section pages share.

Bytes in, values out, no network. Links are canonical, each page once, in document order; anything that is not a web
address is left out. Bytes of a wrong format raise `ParseError`, and nothing else is raised.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from scraper.errors import FetchError, ParseError
from scraper.fetch.body import Body
from scraper.text.patterns import lazy_pattern
from scraper.types import Link
from scraper.urls.canonical import FILE_NAME, OUTER_CHARS, canonicalize, with_slashes
from scraper.urls.variants import is_copy, page_key

MAX_BYTES: Final = 10_000_000
"""Size limit of a decoded feed or sitemap; lxml silently drops text nodes over 10 MB."""
MAX_TITLE_CHARS: Final = 500
"""Size limit of a title."""
NEWS_PREFIX: Final = "news:"
"""The prefix of news sitemaps, which many do not declare. `image:` and `video:` have a `loc` and `title` of their own."""
GZIP_MAGIC: Final = b"\x1f\x8b"
STRAY_AMPERSAND: Final = lazy_pattern(rb"&(?!#?[0-9A-Za-z]{1,12};)")
"""An ampersand that begins no entity."""
AMPERSAND: Final = lazy_pattern(r"&(?:amp|#0*38|#[xX]0*26);", re.IGNORECASE)
"""An ampersand that was escaped once too often, as `&amp;` within CDATA."""
WWW: Final = lazy_pattern(rf"(?!{FILE_NAME})www\d?\.[\w-]+\.\w", re.IGNORECASE)
"""The start of an address that lacks its scheme: no folder has such a name, but a file may be called www.page.html."""
TAG: Final = lazy_pattern(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Listing:
    """Links of one document: pages, further sitemaps of an index, feeds that a page announces.

    `next_page` is where a section page continues; `document_type` is the format's name.
    """

    links: tuple[Link, ...] = ()
    children: tuple[Link, ...] = ()
    feeds: tuple[Link, ...] = ()
    next_page: str = ""
    document_type: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed or row of a sitemap, as written there."""

    href: str = ""
    title: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class LinkContext:
    """Context of a document's links: their source, the base URL, and whether the entries' own text is wanted."""

    source: str
    url: str
    full_text: bool = False

    def link(self, entry: Entry) -> Link | None:
        """Return a canonical link; None if it leads to no web page."""
        href = address_as_meant(entry.href)
        if not href:
            return None
        try:
            url = canonicalize(urljoin(self.url, href))
        except (FetchError, ValueError):
            return None
        body = without_surrogates(entry.body) if self.full_text else ""
        return Link(url, self.source, one_line(entry.title), entry.published, body, entry.modified)

    def links(self, entries: Iterable[Entry]) -> tuple[Link, ...]:
        """Return the links that lead to web pages, each page once."""
        return unique(link for entry in entries if (link := self.link(entry)))


def address_as_meant(href: str) -> str:
    """Return an address without mistakes that many documents make, so that it leads where its writer means it to.

    >>> address_as_meant("www.news.example/a?b=1&amp;c=2"), address_as_meant("/a?b=1&ampere=2")
    ('//www.news.example/a?b=1&c=2', '/a?b=1&ampere=2')
    """
    href = with_slashes(AMPERSAND.sub("&", href.strip(OUTER_CHARS)))
    return f"//{href}" if WWW.match(href) else href


def unique(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return links with one link per page: the first that is not an AMP or mobile copy, with facts from its other
    variants.
    """
    found: dict[str, Link] = {}
    for link in links:
        key = page_key(link.url)
        before = found.get(key)
        found[key] = link if before is None else merged(before, link)
    return tuple(found.values())


def merged(first: Link, second: Link) -> Link:
    """Return two links to variants of a page as one."""
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
    """Return a title on one line, cut to the size limit."""
    return without_surrogates(" ".join(text[: 10 * MAX_TITLE_CHARS].split())[:MAX_TITLE_CHARS])


def without_surrogates(text: str) -> str:
    """Return text without lone surrogates, which JSON can contain but no encoding can write."""
    return text.encode("utf-8", "replace").decode()


def check_size(body: bytes, document_type: str, *, max_bytes: int = MAX_BYTES) -> None:
    """Raise `ParseError` for a document that is empty or too large."""
    if not body.strip():
        raise ParseError(f"not a {document_type}: the document is empty")
    if len(body) > max_bytes:
        raise ParseError(f"the {document_type} exceeds {max_bytes:,} bytes")


def unzip(body: bytes, document_type: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return a document without gzip, within the size limit."""
    if not body.startswith(GZIP_MAGIC):
        return body
    zipped = Body(document_type, "gzip", max_wire_bytes=max_bytes, max_body_bytes=max_bytes)
    try:
        zipped.add(body)
        return zipped.finish()
    except FetchError as exc:
        raise ParseError(f"not a {document_type}: {exc.detail}") from exc


def read_xml(body: bytes, *, recover: bool = False, typed: bool = False) -> etree._Element | None:
    """Return the root of well-formed XML without a document type; None for anything else, which needs a more tolerant
    parser.

    With `recover`, stray ampersands and missing end tags are repaired. With `typed`, a document type is accepted, but no
    entity that it declares is expanded.
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
    return None if root is None or (root.getroottree().docinfo.internalDTD is not None and not typed) else root


def local_name(node: etree._Element) -> str:
    """Return a tag without its namespace or an undeclared `news:`; empty for a comment or instruction."""
    return node.tag.rpartition("}")[2].removeprefix(NEWS_PREFIX) if isinstance(node.tag, str) else ""


def text_of(node: etree._Element) -> str:
    """Return all text within an element; none of an entity that is not declared."""
    return "".join(node.itertext()).strip() if isinstance(node.tag, str) else ""


def plain_text(text: str) -> str:
    """Return a title without the markup that some feeds put into it.

    >>> plain_text("<b>Storm</b> &amp; calm"), plain_text("2 < 3")
    ('Storm & calm', '2 < 3')
    """
    return html.unescape(TAG.sub("", text[: 10 * MAX_TITLE_CHARS])) if "<" in text or "&" in text else text
