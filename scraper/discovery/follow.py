"""Following a source from its URL to its links: index to sitemaps, home page to feed, section to further pages.

This module decides which document leads to which; fetching (`read`) is the caller's job. Documents, depth and links are
limited.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from scraper.discovery.links import Listing, unique
from scraper.errors import ExtractError, FetchError
from scraper.types import Link, Source
from scraper.urls.canonical import canonicalize

MAX_DOCUMENTS: Final = 50
"""Limit on sitemaps read from one source in one run, last changed first."""
MAX_INDEX_LEVELS: Final = 3
"""Limit on levels of indexes; sitemaps.org allows one."""
MAX_LINKS: Final = 50_000
"""Limit on links of one source, equal to a sitemap's largest number."""
MAX_FEEDS: Final = 3
"""Limit on announced feeds that are tried until one can be read."""
SITEMAP_PATHS: Final = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/wp-sitemap.xml",
    "/sitemap.xml.gz",
)
"""Usual places of a sitemap that robots.txt does not name, the most usual first."""
ONE_DAY: Final = timedelta(days=1)
NO_TIME: Final = timedelta(0)

ReadDocument = Callable[[str], Awaitable[Listing | None]]
"""Returns the links of the document at a URL; None if unchanged. Raises `FetchError`, `ExtractError`."""


@dataclass(slots=True)
class FollowResult:
    """Links found by following a source, the documents read (URL and type) and the documents that could not be fetched.

    `truncated`: a limit cut something off.
    """

    links: tuple[Link, ...] = ()
    documents: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[Link, FetchError | ExtractError]] = field(default_factory=list)
    truncated: bool = False

    def add(self, url: str, listing: Listing | None) -> Listing:
        """Note a document that was read; return an empty listing if it is unchanged."""
        self.documents.append((url, listing.document_type if listing else "unchanged"))
        return listing or Listing()

    def extend(self, links: Sequence[Link]) -> None:
        """Add links, each page once, up to the limit."""
        found = unique((*self.links, *links))
        self.truncated = self.truncated or len(found) > MAX_LINKS
        self.links = found[:MAX_LINKS]


async def follow(
    source: Source,
    *,
    read: ReadDocument,
    robots_sitemaps: Callable[[str], Awaitable[Sequence[str]]],
    is_new: Callable[[Sequence[Link]], bool],
) -> FollowResult:
    """Return the links of a source.

    `robots_sitemaps` returns the `Sitemap:` lines of a site's robots.txt. `is_new` returns whether any of some links is
    unknown; further pages of a section are read only then. Raises `FetchError`, `ExtractError` if the source's own
    document cannot be read.
    """
    result = FollowResult()
    url = canonicalize(source.urls[0])
    if source.kind == "sitemap" and urlsplit(url).path == "/":
        await follow_site(source, url, result, read, await robots_sitemaps(url))
        return result
    listing = result.add(url, await read(url))
    result.extend(listing.links)
    if source.kind == "sitemap":
        await follow_sitemaps(source, listing.children, result, read)
    elif source.kind == "section":
        await follow_pages(source, listing, result, read, is_new)
    elif listing.feeds:
        await follow_feed(listing.feeds, result, read)
    return result


async def follow_site(source: Source, url: str, result: FollowResult, read: ReadDocument, named: Sequence[str]) -> None:
    """Read the sitemaps that a site's robots.txt names, or the first one at a usual path."""
    addresses = [canonicalize(urljoin(url, address)) for address in named if is_valid_url(urljoin(url, address))]
    children = [Link(address, source.name) for address in dict.fromkeys(addresses)]
    if children:
        await follow_sitemaps(source, children, result, read)
    else:
        await follow_usual_sitemap(source, url, result, read)
    if result.failures and not result.documents:
        raise result.failures.pop()[1]


async def follow_usual_sitemap(source: Source, url: str, result: FollowResult, read: ReadDocument) -> None:
    """Read the sitemap at the first usual path that has one. The failure of the first path is kept if none has."""
    first: list[tuple[Link, FetchError | ExtractError]] = []
    for path in SITEMAP_PATHS:
        result.failures.clear()
        await follow_sitemaps(source, [Link(urljoin(url, path), source.name)], result, read)
        if result.documents:
            return
        first = first or list(result.failures)
        if not is_absent(result.failures[-1][1]):
            break
    result.failures[:] = first


def is_absent(error: FetchError | ExtractError) -> bool:
    """Whether a failure means that an address has no sitemap, while its server answers."""
    return isinstance(error, FetchError) and (error.is_refusal or error.kind in {"parse", "redirects", "robots"})


def is_valid_url(url: str) -> bool:
    """Whether a URL can be fetched."""
    try:
        return bool(canonicalize(url))
    except (FetchError, ValueError):
        return False


async def follow_sitemaps(source: Source, children: Sequence[Link], result: FollowResult, read: ReadDocument) -> None:
    """Read the sitemaps of an index, and those of the indexes in it, level by level."""
    seen = {url for url, _ in result.documents}
    level = list(children)
    for _ in range(MAX_INDEX_LEVELS):
        below: list[Link] = []
        for child in level:
            if child.url in seen or is_too_old(source, child):
                continue
            if len(seen) >= MAX_DOCUMENTS or len(result.links) >= MAX_LINKS:
                result.truncated = True
                return
            seen.add(child.url)
            if listing := await try_read(child, result, read):
                result.extend(listing.links)
                below.extend(listing.children)
        level = below
    result.truncated = result.truncated or bool(level)


def is_wanted(source: Source, link: Link) -> bool:
    """Whether a source's patterns and its `since` accept a link. A link without a date passes `since`."""
    if is_too_old(source, link) or (
        source.include and not any(re.search(pattern, link.url) for pattern in source.include)
    ):
        return False
    return not any(re.search(pattern, link.url) for pattern in source.exclude)


def is_too_old(source: Source, link: Link) -> bool:
    """Whether a link is older than `since`. A date at midnight has no time, so its whole day counts."""
    if source.since is None or link.dated is None:
        return False
    age = source.since - link.dated
    return age >= ONE_DAY if link.dated.time() == time.min else age > NO_TIME


async def follow_pages(
    source: Source, first: Listing, result: FollowResult, read: ReadDocument, is_new: Callable[[Sequence[Link]], bool]
) -> None:
    """Read the further pages of a section while each names something new."""
    listing: Listing | None = first
    seen = {url for url, _ in result.documents}
    while listing and listing.next_page and listing.next_page not in seen and is_new(listing.links):
        if len(seen) >= source.pages:
            return
        seen.add(listing.next_page)
        listing = await try_read(Link(listing.next_page, source.name), result, read)
        result.extend(listing.links if listing else ())


async def follow_feed(feeds: Sequence[Link], result: FollowResult, read: ReadDocument) -> None:
    """Read the first announced feed that can be read."""
    for feed in feeds[:MAX_FEEDS]:
        listing = await try_read(feed, result, read)
        if listing is not None:
            result.extend(listing.links)
            result.failures.clear()
            return
    failed = [error for _, error in result.failures]
    result.failures.clear()
    raise failed[0]


async def try_read(link: Link, result: FollowResult, read: ReadDocument) -> Listing | None:
    """Read a further document; None if that fails, which does not stop the others."""
    try:
        return result.add(link.url, await read(link.url))
    except (FetchError, ExtractError) as exc:
        result.failures.append((link, exc))
        return None
