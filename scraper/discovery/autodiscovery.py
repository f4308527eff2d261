"""Feeds of an HTML page: those it announces, those it links to, or the usual feed of its software."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.discovery.links import Entry, LinkContext, unique
from scraper.html.pagination import base_of
from scraper.types import Link
from scraper.urls.canonical import without_feed_scheme
from scraper.urls.variants import registrable_site

FEED_TYPES: Final = re.compile(
    r"application/(?:x-)?(?:rss|atom|rdf)\+xml|application/feed\+json|(?:application|text)/(?:rss|atom)", re.IGNORECASE
)
"""Media types of feeds."""
GENERIC_TYPES: Final = re.compile(r"(?:application|text)/(?:xml|json)", re.IGNORECASE)
"""Media types that pages also use for other documents; accepted only with a name that says feed."""
FEED_NAME: Final = re.compile(
    r"(?:^|[/._-])(?:rss2?|atom|feeds?|rdf)(?:[/._?-]|$)|\b(?:rss|atom|feed)\b", re.IGNORECASE
)
"""Words in a URL or title that name a feed."""
COMMENT_FEED: Final = re.compile(r"comment|kommentar|comentario|commentaire|replies|oembed", re.IGNORECASE)
"""Words that mark a feed of comments."""
FEED_PATHS: Final[tuple[tuple[str, str], ...]] = (
    ("wordpress", "/feed/"),
    ("wp-content", "/feed/"),
    ("ghost", "/rss/"),
    ("blogger", "/feeds/posts/default"),
    ("drupal", "/rss.xml"),
    ("joomla", "/?format=feed&type=rss"),
    ("hugo", "/index.xml"),
    ("jekyll", "/feed.xml"),
    ("substack", "/feed"),
    ("squarespace", "/?format=rss"),
    ("typo3", "/feed.rss"),
)
"""Usual feed path by the name in a page's `generator` tag, or by the folder of its files."""


def find_feeds(tree: LexborHTMLParser, context: LinkContext) -> tuple[Link, ...]:
    """Return the feeds of a page, best first: announced feeds, else linked feeds, else the usual path of its software.

    Feeds of comments come last.
    """
    announced = [entry_of(node) for node in tree.css('link[rel~="alternate" i][href]')[:100] if announces(node)]
    linked = [entry_of(node) for node in tree.css("a[href]")[:5_000] if not announced and points_to_feed(node)]
    guessed = [] if announced or linked else [Entry(path) for path in likely_paths(tree)]
    entries = sorted(
        [*announced, *linked, *guessed], key=lambda entry: bool(COMMENT_FEED.search(f"{entry.title} {entry.href}"))
    )
    site = registrable_site(context.url)
    here = context if guessed else LinkContext(context.source, base_of(tree, context.url))
    links = unique(link for entry in entries if (link := here.link(entry)))
    return tuple(link for link in links if announced or registrable_site(link.url) == site)


def entry_of(node: LexborNode) -> Entry:
    """Return a link to a feed, with its name."""
    return Entry(without_feed_scheme(node.attributes.get("href") or ""), node.attributes.get("title") or node.text())


def announces(node: LexborNode) -> bool:
    """Whether a `<link rel=alternate>` names a feed, not a translation or an app."""
    kind = node.attributes.get("type") or ""
    if FEED_TYPES.match(kind.strip()):
        return True
    names = f"{node.attributes.get('href')} {node.attributes.get('title') or ''}"
    return bool(GENERIC_TYPES.match(kind.strip()) and FEED_NAME.search(names))


def points_to_feed(node: LexborNode) -> bool:
    """Whether an anchor leads to a feed, by its URL and its text or type."""
    href = node.attributes.get("href") or ""
    kind = node.attributes.get("type") or ""
    text = node.text().strip().lower()
    return bool(FEED_TYPES.match(kind)) or (
        len(text) <= 30
        and bool(FEED_NAME.search(href.partition("//")[2] or href))
        and ("rss" in text or "atom" in text)
    )


def likely_paths(tree: LexborHTMLParser) -> list[str]:
    """Return the usual feed paths of the software that made a page; empty if the software is unknown."""
    generators = [(node.attributes.get("content") or "").lower() for node in tree.css('meta[name="generator" i]')[:5]]
    files = [(node.attributes.get("href") or "").lower() for node in tree.css("link[href]")[:50]]
    evidence = " ".join([*generators, *(href for href in files if "wp-content" in href)])
    return list(dict.fromkeys(path for word, path in FEED_PATHS if word in evidence))
