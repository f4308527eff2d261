"""The page that an entry of a feed leads to: the best of the addresses that the entry names.

Many entries name several: the page in HTML and as JSON, a link that runs a script beside a permalink, an identity that is an
address. Only addresses of the web count, so that a useless one does not hide the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from scraper.discovery.links import local_name, text_of
from scraper.text.patterns import lazy_pattern
from scraper.urls.canonical import MAX_URL_CHARS

WEB: Final = lazy_pattern(r"https?:|(?![a-z][a-z0-9+.-]*:)[^\s#]", re.IGNORECASE)
"""How an address of a web page begins, relative or not: not as `nostr:` or `javascript:` do."""
ABSOLUTE: Final = lazy_pattern(r"https?://", re.IGNORECASE)
ONLY_WORDS: Final = lazy_pattern(r"[\w\s{}-]*")
"""A `guid` that is no address, although it claims to be one: 4711, post-4711; but story-1.html and 2026/storm are."""
ALTERNATE: Final = frozenset({"alternate", "http://www.iana.org/assignments/relation/alternate"})
"""Names of the relation between an entry and its page (RFC 4287, 4.2.7.2), in lower case."""
HTML: Final = frozenset({"", "html", "text", "text/html", "application/xhtml+xml"})
"""Types of a page. Another type is the same article for programs: JSON, PDF, Atom."""


class Rank(IntEnum):
    """What kind of address an entry names, the best first."""

    ORIGINAL = 0
    """The target of a redirector that counts readers, as FeedBurner's `origLink`."""
    TEXT = 1
    """The text of a `link`, as in RSS."""
    PAGE = 2
    """A link of Atom to the page in HTML."""
    PERMALINK = 3
    ABOUT = 4
    """The identity of an item in RDF."""
    IDENTITY = 5
    """An identity that happens to be an address."""
    OTHER_FORM = 6
    """The article in another form than a page, or the entry itself as a page."""


def address_of(item: etree._Element) -> str:
    """Return the address of an entry's page, relative to the document if the feed has no base; empty without one.

    >>> item = '<item><link>javascript:show(1)</link><guid>https://news.example/a</guid></item>'
    >>> address_of(etree.fromstring(item))
    'https://news.example/a'
    """
    about = next((value for key, value in item.attrib.items() if key.endswith("}about")), "")
    named = [(Rank.ABOUT, about, item), *((*found, child) for child in item if (found := named_by(child)))]
    usable = [row for row in named if WEB.match(row[1].strip())]
    if not usable:
        return ""
    _, address, node = min(usable, key=lambda row: row[0])
    return based(node, address.strip())


def best_address(named: Iterable[tuple[Rank, str]]) -> str:
    """Return the first web address of the best rank; empty without one."""
    found = [(rank, address.strip()) for rank, address in named if WEB.match(address.strip())]
    return min(found, key=lambda one: one[0])[1] if found else ""


def named_by(node: etree._Element) -> tuple[Rank, str] | None:
    """Return the address that a child of an entry names, with its rank; None if it names none."""
    name = local_name(node)
    if name == "link":
        return named_by_link(node)
    if name == "origLink":
        return Rank.ORIGINAL, text_of(node)
    if name == "guid":
        return guid_address(text_of(node), is_permalink=node.get("isPermaLink", "true").lower() != "false")
    if name == "id" and ABSOLUTE.match(identity := text_of(node)):
        return Rank.IDENTITY, identity
    if name == "content" and node.get("src") and node.get("type", "").lower() in HTML:
        return Rank.OTHER_FORM, node.get("src", "")
    return None


def named_by_link(node: etree._Element) -> tuple[Rank, str] | None:
    """Return the address of a link. A link without a relation is one to the page (RFC 4287, 4.2.7.2)."""
    href = node.get("href")
    if not href:
        return Rank.TEXT, text_of(node)
    relation = node.get("rel", "").strip().lower() or "alternate"
    is_page = node.get("type", "").partition(";")[0].strip().lower() in HTML
    if relation in ALTERNATE:
        return (Rank.PAGE if is_page else Rank.OTHER_FORM), href
    if relation == "self" and is_page and node.get("type"):
        return Rank.OTHER_FORM, href
    return None


def guid_address(guid: str, *, is_permalink: bool) -> tuple[Rank, str] | None:
    """Return the address that a `guid` is; None if it is none."""
    if is_permalink and not ONLY_WORDS.fullmatch(guid):
        return Rank.PERMALINK, guid
    return (Rank.IDENTITY, guid) if ABSOLUTE.match(guid) else None


def based(node: etree._Element, address: str) -> str:
    """Return an address with the base of its place in the document (XML Base), if it has one that is an address."""
    base = "" if ABSOLUTE.match(address) else node.base or ""
    if not base or len(base) > MAX_URL_CHARS:
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address
