"""Parsing a source's document into links, by the source's kind. Runs in a worker process, so errors are returned as
values.
"""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.discovery.autodiscovery import find_feeds
from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import LinkContext, Listing, check_size
from scraper.discovery.sections import parse_section
from scraper.discovery.sitemaps import parse_sitemap
from scraper.errors import ParseError
from scraper.fetch.html_types import looks_html
from scraper.html.encoding import decode
from scraper.types import Link, Page, Source


def parse_links(item: tuple[Source, Page]) -> Listing | ParseError:
    """Return the links of a source's document, and the sitemaps or feeds to read next."""
    source, page = item
    try:
        return read_listing(source, page)
    except ParseError as exc:
        return exc


def read_listing(source: Source, page: Page) -> Listing:
    """Return the links of a source's document. Raises `ParseError`, which names a fitting `kind` if there is one."""
    context = LinkContext(source.name, page.final_url, source.full_text)
    if source.kind == "sitemap":
        return parse_sitemap(page.body, context)
    if source.kind == "section":
        check_size(page.body, "section page")
        markup = decode(page)
        return replace(parse_section(markup, context), feeds=feeds_of(markup, context))
    if looks_html(page.body):
        return read_home(page, context)
    try:
        return parse_feed(page.body, context, content_type=page.header("content-type"))
    except ParseError as exc:
        if "<urlset" in str(exc) or "<sitemapindex" in str(exc):
            raise ParseError(f'{exc}; write kind = "sitemap"') from exc
        raise


def feeds_of(markup: str, context: LinkContext) -> tuple[Link, ...]:
    """Return the feeds that a page announces. Raises `ParseError`."""
    try:
        return find_feeds(LexborHTMLParser(markup), context)
    except (SelectolaxError, ValueError, RuntimeError) as exc:
        raise ParseError(f"not an HTML page: {type(exc).__name__}") from exc


def read_home(page: Page, context: LinkContext) -> Listing:
    """Return the feeds that a page announces. Raises `ParseError` if there are none."""
    check_size(page.body, "page")
    feeds = feeds_of(decode(page), context)
    if not feeds:
        raise ParseError('not a feed but an HTML page that announces no feed; write kind = "section" to read its links')
    return Listing(feeds=feeds, document_type="a page that announces feeds")
