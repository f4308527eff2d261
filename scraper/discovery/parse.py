"""Discovery: what a source's document names, by the source's kind. A worker's task, so an error comes as a value."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.discovery.autodiscovery import find_feeds
from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import Listing, Place, check_size
from scraper.discovery.sections import parse_section
from scraper.discovery.sitemaps import parse_sitemap
from scraper.errors import ParseError
from scraper.html.encoding import decode
from scraper.types import Link, Page, Source

HTML: Final = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)*(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])", re.IGNORECASE | re.DOTALL
)


def parse_links(item: tuple[Source, Page]) -> Listing | ParseError:
    """What a source's document names: links, and further sitemaps or feeds to read."""
    source, page = item
    try:
        return read_listing(source, page)
    except ParseError as exc:
        return exc


def read_listing(source: Source, page: Page) -> Listing:
    """The same. Raises `ParseError`, which says what to change when the document is of another kind."""
    place = Place(source.name, page.final_url, source.full_text)
    if source.kind == "sitemap":
        return parse_sitemap(page.body, place)
    if source.kind == "section":
        check_size(page.body, "section page")
        markup = decode(page)
        return replace(parse_section(markup, place), feeds=feeds_of(markup, place))
    if looks_html(page.body):
        return read_home(page, place)
    try:
        return parse_feed(page.body, place)
    except ParseError as exc:
        if "<urlset" in str(exc) or "<sitemapindex" in str(exc):
            raise ParseError(f'{exc}; write kind = "sitemap"') from exc
        raise


def looks_html(body: bytes) -> bool:
    """Whether bytes begin as an HTML page."""
    return HTML.match(body[:4_000].removeprefix(b"\xef\xbb\xbf")) is not None


def feeds_of(markup: str, place: Place) -> tuple[Link, ...]:
    """The feeds that a page announces. Raises `ParseError`."""
    try:
        return find_feeds(LexborHTMLParser(markup), place)
    except (SelectolaxError, ValueError, RuntimeError) as exc:
        raise ParseError(f"not an HTML page: {type(exc).__name__}") from exc


def read_home(page: Page, place: Place) -> Listing:
    """The feeds that a page announces. Raises `ParseError` when there are none."""
    check_size(page.body, "page")
    feeds = feeds_of(decode(page), place)
    if not feeds:
        raise ParseError('not a feed but a page, which announces none; write kind = "section" to read its links')
    return Listing(feeds=feeds, what="a page that announces feeds")
