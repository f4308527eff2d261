"""OPML 1.0 to 2.0, the format in which feed readers exchange lists of feeds. Bytes or text in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import quoteattr

from lxml import etree

from scraper.discovery.links import check_size, local_name, one_line, read_xml
from scraper.errors import ParseError
from scraper.html.encoding import replace_unsafe
from scraper.urls.canonical import without_feed_scheme
from scraper.urls.variants import canonical_or_empty, page_key

MAX_FEEDS: Final = 10_000
"""Limit on feeds of one document."""
FOLDER_SEPARATOR: Final = " \u2013 "
"""Text between a feed's nested folders, outermost first."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. `url` is canonical; `folder` is empty outside folders."""

    title: str
    url: str
    site: str = ""
    folder: str = ""


def parse_opml(body: bytes) -> tuple[tuple[Outline, ...], int]:
    """Return the feeds of an OPML document, each once, and the number of unusable outlines. Raises `ParseError`.

    An outline without a URL is a folder. A document that declares entities is refused.
    """
    check_size(body, "OPML file")
    if b"<!ENTITY" in body:
        raise ParseError("not an OPML file: it declares entities")
    root = read_xml(body)
    if root is None and b"<opml" in body:
        root = read_xml(body, recover=True)
    if root is None or local_name(root) != "opml":
        raise ParseError(
            "not an OPML file" if root is None else f"not an OPML file: the document is <{local_name(root)[:40]}>"
        )
    found: dict[str, Outline] = {}
    unused = 0
    for node in root.iter("{*}outline"):
        outline = read_outline(node)
        if outline is None:
            unused += len(node) == 0
        elif len(found) < MAX_FEEDS:
            found.setdefault(page_key(outline.url), outline)
    return tuple(found.values()), unused


def read_outline(node: etree._Element) -> Outline | None:
    """Return a feed's outline; None without a web address. Attribute names are matched in any case."""
    attributes = attributes_of(node)
    url = canonical_or_empty(without_feed_scheme(attributes.get("xmlurl", "")))
    if not url:
        return None
    parents = [attributes_of(parent) for parent in node.iterancestors("{*}outline")]
    folders = [one_line(parent.get("text") or parent.get("title", "")) for parent in reversed(parents)]
    title = one_line(attributes.get("title") or attributes.get("text", ""))
    return Outline(title, url, attributes.get("htmlurl", "").strip(), FOLDER_SEPARATOR.join(filter(None, folders)))


def attributes_of(node: etree._Element) -> Mapping[str, str]:
    """Return attributes by their names in lower case."""
    return {str(name).lower(): str(value) for name, value in node.attrib.items()}


def write_opml(outlines: Iterable[Outline], *, title: str, at: datetime) -> str:
    """Return an OPML 2.0 document, with folders as outlines around their feeds."""
    groups: dict[str, list[Outline]] = {}
    for outline in outlines:
        groups.setdefault(outline.folder, []).append(outline)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>"]
    lines += [
        f"    <title>{quoteattr(replace_unsafe(title))[1:-1]}</title>",
        f"    <dateCreated>{format_datetime(at)}</dateCreated>",
        "  </head>",
        "  <body>",
    ]
    for folder, feeds in groups.items():
        rows = [f"    {'  ' if folder else ''}{feed_row(feed)}" for feed in feeds]
        name = quoteattr(replace_unsafe(folder))
        lines += [f"    <outline text={name} title={name}>", *rows, "    </outline>"] if folder else rows
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def feed_row(feed: Outline) -> str:
    """Return the outline of one feed."""
    name = quoteattr(replace_unsafe(feed.title or feed.url))
    site = f" htmlUrl={quoteattr(replace_unsafe(feed.site))}" if feed.site else ""
    return f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}{site}/>'
