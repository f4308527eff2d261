"""Feeds: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0, CDF, JSON Feed 1 and 1.1.

lxml reads well-formed XML feeds, in milliseconds per megabyte. feedparser reads broken feeds: it forgives nearly
everything but takes 1.3 s per megabyte. A test checks that both give the same links.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from json import detect_encoding
from typing import Any, Final

import feedparser
from lxml import etree

from scraper.discovery.cdf import read_cdf_entries
from scraper.discovery.document_types import check_entities, declares_wide
from scraper.discovery.entry_address import ABSOLUTE, Rank, address_of, best_address, guid_address
from scraper.discovery.feed_encoding import as_utf8
from scraper.discovery.links import (
    Entry,
    LinkContext,
    Listing,
    check_size,
    local_name,
    plain_text,
    read_xml,
    text_of,
    unzip,
)
from scraper.discovery.times import parse_time
from scraper.errors import ParseError

PUBLISHED: Final = ("published", "pubDate", "date", "issued", "created")
"""Elements with the date of publication, in RSS, Dublin Core, Atom 1.0 and 0.3; the first readable date counts."""
MODIFIED: Final = ("updated", "modified")
"""Elements with the date of the last change; of several, the last counts."""
DATES: Final = frozenset({*PUBLISHED, *MODIFIED})
BODIES: Final = ("encoded", "content", "description", "summary")
"""Elements with an entry's own text."""
FEED_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
"""Root elements of XML feeds."""
MAX_FEEDPARSER_BYTES: Final = 5_000_000
"""Size limit for feedparser: 7 s, within a worker's deadline."""
MAX_BODY_CHARS: Final = 500_000
"""Size limit of one entry's own text."""
VERSIONS: Final = {
    "rss090": "RSS 0.90", "rss091n": "RSS 0.91", "rss091u": "RSS 0.91", "rss092": "RSS 0.92", "rss093": "RSS 0.93",
    "rss094": "RSS 0.94", "rss10": "RSS 1.0", "rss20": "RSS 2.0", "atom03": "Atom 0.3", "atom10": "Atom", "atom": "Atom",
}  # fmt: skip
"""Names of feed formats, by feedparser's codes."""
DECLARATION: Final = re.compile(rb"<\?[^>]{0,500}\?>")
"""A declaration at the start of an XML document."""
ATOM_03: Final = "http://purl.org/atom/ns#"
ATOM: Final = ("{http://www.w3.org/2005/Atom}", f"{{{ATOM_03}}}")
MEDIA_RSS: Final = "{http://search.yahoo.com/mrss"
RSS_090: Final = "http://my.netscape.com/rdf/simple/0.9/"


def parse_feed(body: bytes, context: LinkContext, *, content_type: str = "") -> Listing:
    """Return the links of an RSS, Atom, CDF or JSON feed. Raises `ParseError`, also for XML with harmful entities.

    `content_type` is the header's: it tells the encoding of a feed that declares none.
    """
    body = unzip(body, "feed")
    check_size(body, "feed")
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return read_json_feed(body, context)
    check_entities(body, "feed")
    body = as_utf8(body, content_type)
    root = read_xml(body)
    if root is None:
        return read_broken_feed(body, context)
    if local_name(root).lower() == "channel":
        return Listing(context.links(read_cdf_entries(root)), document_type="CDF")
    if local_name(root) not in FEED_ROOTS:
        raise ParseError(f"not a feed: the document is <{local_name(root)[:40]}>")
    return read_xml_feed(root, context)


def read_xml_feed(root: etree._Element, context: LinkContext) -> Listing:
    """Return the entries of well-formed RSS or Atom."""
    items = root.iter("{*}item", "{*}entry")
    return Listing(
        context.links(entry_of(item, full_text=context.full_text) for item in items), document_type=version_of(root)
    )


def version_of(root: etree._Element) -> str:
    """Return a feed's format, by its root element."""
    name = local_name(root)
    if name == "feed":
        return "Atom 0.3" if root.tag.startswith("{" + ATOM_03) else "Atom"
    if name == "RDF":
        return "RSS 0.90" if RSS_090 in root.nsmap.values() else "RSS 1.0"
    return f"RSS {root.get('version', '')[:8]}".strip()


def entry_of(item: etree._Element, *, full_text: bool) -> Entry:
    """Return one RSS item or Atom entry."""
    texts: dict[str, str] = {}
    title = ""
    for child in item:
        name = local_name(child)
        if name == "title":
            title = title or title_of(child)
        elif name in DATES and (name in MODIFIED or not texts.get(name)):
            texts[name] = text_of(child)
    body = (
        max((markup_of(child) for child in item if local_name(child) in BODIES), key=len, default="")
        if full_text
        else ""
    )
    return Entry(
        address_of(item),
        title,
        first_date(texts, PUBLISHED),
        first_date(texts, MODIFIED),
        body[:MAX_BODY_CHARS],
    )


def title_of(node: etree._Element) -> str:
    """Return a title as plain text. Atom says whether a title is text or markup; a title of RSS may be either."""
    kind, mode = node.get("type", "").lower(), node.get("mode", "").lower()
    text = text_of(node)
    if mode == "base64":
        text = from_base64(text)
    is_text = kind in {"text", "text/plain"} or "xhtml" in kind or len(node) > 0 or not (kind or mode)
    return text if is_text and node.tag.startswith(ATOM) else plain_text(text)


def from_base64(text: str) -> str:
    """Return the text that base64 encodes; the text itself if it is no base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except ValueError:
        return text


def first_date(texts: Mapping[str, str], names: Iterable[str]) -> datetime | None:
    """Return the first readable date."""
    return next((found for name in names if (found := parse_time(texts.get(name, "")))), None)


def markup_of(node: etree._Element) -> str:
    """Return an entry's own HTML: escaped, as XHTML or as plain text. Empty for media, which use `content` for other
    things.
    """
    kind = node.get("type", "html").lower()
    if node.tag.startswith(MEDIA_RSS) or node.get("src") or not ("html" in kind or kind.startswith("text")):
        return ""
    if len(node):
        return "".join(
            [
                html.escape(node.text or ""),
                *(etree.tostring(child, encoding="unicode", method="html") for child in node),
            ]
        )
    text = node.text or ""
    return html.escape(text) if kind in {"text", "text/plain"} else text


def read_json_feed(body: bytes, context: LinkContext) -> Listing:
    """Return the items of a JSON Feed (jsonfeed.org)."""
    try:
        document = json.loads(body, strict=False)  # some feeds have bare line ends in their texts
        items = [item for item in document["items"] if isinstance(item, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ParseError("not a feed: the JSON has no items") from exc
    version = as_text(document.get("version")).rpartition("/version/")[2]
    return Listing(context.links(map(entry_of_item, items)), document_type=f"JSON Feed {version[:8]}".strip())


def entry_of_item(item: Mapping[str, Any]) -> Entry:
    """Return one item of a JSON Feed."""
    return Entry(
        best_address(addresses_of_item(item)),
        as_text(item.get("title")),
        parse_time(as_text(item.get("date_published"))),
        parse_time(as_text(item.get("date_modified"))),
        (as_text(item.get("content_html")) or html.escape(as_text(item.get("content_text"))))[:MAX_BODY_CHARS],
    )


def addresses_of_item(item: Mapping[str, Any]) -> Iterator[tuple[Rank, str]]:
    """Return the addresses that an item of a JSON Feed names."""
    yield Rank.TEXT, as_text(item.get("url"))
    if ABSOLUTE.match(identity := as_text(item.get("id"))):
        yield Rank.IDENTITY, identity


def as_text(value: Any) -> str:
    """Return a string, or an empty string for any other type."""
    return value if isinstance(value, str) else ""


def read_broken_feed(body: bytes, context: LinkContext) -> Listing:
    """Return the entries of a feed that is not well-formed, by feedparser.

    Only a `BytesIO` is passed: feedparser would open bytes that look like a path or a URL.
    """
    if len(body) > MAX_FEEDPARSER_BYTES:
        raise ParseError(f"the feed is not well-formed XML and exceeds {MAX_FEEDPARSER_BYTES:,} bytes")
    try:
        found = feedparser.parse(
            io.BytesIO(with_short_declaration(body)), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as exc:  # its parsers raise all kinds of exceptions on arbitrary bytes
        raise ParseError(f"not a feed: {type(exc).__name__}") from exc
    version = str(found.get("version") or "")  # missing if it gave up on the encoding
    if not version and not found.entries:
        raise ParseError("not a feed: neither XML nor JSON of a known feed format")
    is_atom = version.startswith("atom")
    entries = (entry_of_parsed(entry, is_atom=is_atom) for entry in found.entries)
    return Listing(context.links(entries), document_type=VERSIONS.get(version, "a feed with mistakes"))


def with_short_declaration(body: bytes) -> bytes:
    """The document as UTF-8 or in the encoding that its declaration names, with the declaration on a line of its own.

    feedparser looks for `encoding` in the whole first line, in time that grows with the cube of the line: 20 kB took 5 s.

    >>> with_short_declaration(b"<?xml version='1.0'?><rss>"), with_short_declaration(b"<?" + b"x" * 2000)[:3]
    (b"<?xml version='1.0'?>\\n<rss>", b'xxx')
    """
    wide = detect_encoding(body) if 0 in body[:4] or body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ""
    body = body.decode(wide, "replace").encode("utf-8", "replace") if wide else body.removeprefix(BOM_UTF8)
    body = body.lstrip()
    found = DECLARATION.match(body)
    if found:
        is_wrong = wide or declares_wide(found[0])  # of UTF-16 in name only, feedparser would read nothing
        declaration = b"<?xml version='1.0' encoding='utf-8'?>" if is_wrong else found[0].replace(b"\n", b" ")
        return declaration + b"\n" + body[found.end() :]
    return body.lstrip(b"<?") if body.startswith(b"<?") else body


def entry_of_parsed(entry: Any, *, is_atom: bool) -> Entry:
    """Return one of feedparser's entries. In RSS, feedparser calls Dublin Core's date `updated`."""
    contents = [as_text(part.get("value")) for part in entry.get("content") or () if isinstance(part, dict)]
    published, modified = time_of(entry, "published"), time_of(entry, "updated")
    if published is None and not is_atom:
        published, modified = modified, None
    published = published or time_of(entry, "created")
    return Entry(
        best_address(addresses_of_parsed(entry)),
        plain_text(as_text(entry.get("title"))),
        published,
        modified,
        max([*contents, as_text(entry.get("summary"))], key=len)[:MAX_BODY_CHARS],
    )


def addresses_of_parsed(entry: Any) -> Iterator[tuple[Rank, str]]:
    """Return the addresses that one of feedparser's entries names. feedparser also calls a permalink `link`."""
    link, identity = as_text(entry.get("link")), as_text(entry.get("id"))
    yield Rank.ORIGINAL, as_text(entry.get("feedburner_origlink"))
    if link != identity or not entry.get("guidislink"):
        yield Rank.TEXT, link
    if found := guid_address(identity, is_permalink=link == identity):
        yield found


def time_of(entry: Any, name: str) -> datetime | None:
    """Return a time as `parse_time` reads it.

    feedparser returns `updated` for a missing `published` and vice versa, so the key is checked first.
    """
    return parse_time(as_text(entry[name])) if name in entry else None
