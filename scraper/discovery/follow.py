"""Following a source from its address to its links: indexes to sitemaps, home pages to feeds, sections to further pages.

Which document leads to which is decided here; how one is had (`ask`) is the caller's. Everything is bounded: documents,
depth and links.
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
"""Sitemaps that are read of one source in one run, the last changed first."""
MAX_DEPTH: Final = 3
"""Levels of indexes; sitemaps.org knows one."""
MAX_LINKS: Final = 50_000
"""Links of one source, a sitemap's greatest number."""
MAX_FEEDS: Final = 3
"""Announced feeds that are tried until one can be read."""
A_DAY: Final = timedelta(days=1)
NO_TIME: Final = timedelta(0)

Ask = Callable[[str], Awaitable[Listing | None]]
"""What the document at an address names; None when it is as it was. Raises `FetchError`, `ExtractError`."""


@dataclass(slots=True)
class Trail:
    """What following a source found: links, documents read with what each is, and documents that could not be had.

    `cut` when there was more than the bounds allow.
    """

    links: tuple[Link, ...] = ()
    documents: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[Link, FetchError | ExtractError]] = field(default_factory=list)
    cut: bool = False

    def add(self, url: str, listing: Listing | None) -> Listing:
        """Notes a document; the listing is empty when it is as it was."""
        self.documents.append((url, listing.what if listing else "unchanged"))
        return listing or Listing()

    def extend(self, links: Sequence[Link]) -> None:
        """Adds links, each page once, up to the bound."""
        every = unique((*self.links, *links))
        self.cut = self.cut or len(every) > MAX_LINKS
        self.links = every[:MAX_LINKS]


async def follow(
    source: Source,
    *,
    ask: Ask,
    robots_sitemaps: Callable[[str], Awaitable[Sequence[str]]],
    is_new: Callable[[Sequence[Link]], bool],
) -> Trail:
    """The links of a source. `robots_sitemaps` gives the `Sitemap:` lines of a site's robots.txt; `is_new` says whether
    any of some links is not yet known, without which a section's further pages are not turned.

    Raises `FetchError`, `ExtractError` when the source's own document cannot be had.
    """
    trail = Trail()
    url = canonicalize(source.urls[0])
    if source.kind == "sitemap" and urlsplit(url).path == "/":
        await follow_site(source, url, trail, ask, await robots_sitemaps(url))
        return trail
    listing = trail.add(url, await ask(url))
    trail.extend(listing.links)
    if source.kind == "sitemap":
        await follow_sitemaps(source, listing.children, trail, ask)
    elif source.kind == "section":
        await follow_pages(source, listing, trail, ask, is_new)
    elif listing.feeds:
        await follow_feed(listing.feeds, trail, ask)
    return trail


async def follow_site(source: Source, url: str, trail: Trail, ask: Ask, named: Sequence[str]) -> None:
    """The sitemaps that a site's robots.txt names; the one at the usual address when it names none."""
    addresses = [canonicalize(urljoin(url, address)) for address in named if is_address(urljoin(url, address))]
    children = [Link(address, source.name) for address in dict.fromkeys(addresses)]
    await follow_sitemaps(source, children or [Link(urljoin(url, "/sitemap.xml"), source.name)], trail, ask)
    if trail.failures and not trail.documents:
        raise trail.failures.pop()[1]


def is_address(url: str) -> bool:
    """Whether a text is an address that can be asked for."""
    try:
        return bool(canonicalize(url))
    except (FetchError, ValueError):
        return False


async def follow_sitemaps(source: Source, children: Sequence[Link], trail: Trail, ask: Ask) -> None:
    """The sitemaps of an index, and those of indexes in it, a level at a time."""
    seen = {url for url, _ in trail.documents}
    level = list(children)
    for _ in range(MAX_DEPTH):
        below: list[Link] = []
        for child in level:
            if child.url in seen or is_too_old(source, child):
                continue
            if len(seen) >= MAX_DOCUMENTS or len(trail.links) >= MAX_LINKS:
                trail.cut = True
                return
            seen.add(child.url)
            if listing := await attempt(child, trail, ask):
                trail.extend(listing.links)
                below.extend(listing.children)
        level = below
    trail.cut = trail.cut or bool(level)


def is_wanted(source: Source, link: Link) -> bool:
    """Whether a source's patterns and its `since` let a link through. A link without a date is let through."""
    if is_too_old(source, link) or (
        source.include and not any(re.search(pattern, link.url) for pattern in source.include)
    ):
        return False
    return not any(re.search(pattern, link.url) for pattern in source.exclude)


def is_too_old(source: Source, link: Link) -> bool:
    """Whether a link is dated before all that is wanted. At midnight stands a date without a time, and its whole day counts."""
    if source.since is None or link.dated is None:
        return False
    age = source.since - link.dated
    return age >= A_DAY if link.dated.time() == time.min else age > NO_TIME


async def follow_pages(
    source: Source, first: Listing, trail: Trail, ask: Ask, is_new: Callable[[Sequence[Link]], bool]
) -> None:
    """The further pages of a section, while each names something new."""
    listing: Listing | None = first
    seen = {url for url, _ in trail.documents}
    while listing and listing.next_page and listing.next_page not in seen and is_new(listing.links):
        if len(seen) >= source.pages:
            return
        seen.add(listing.next_page)
        listing = await attempt(Link(listing.next_page, source.name), trail, ask)
        trail.extend(listing.links if listing else ())


async def follow_feed(feeds: Sequence[Link], trail: Trail, ask: Ask) -> None:
    """The first announced feed that can be read."""
    for feed in feeds[:MAX_FEEDS]:
        listing = await attempt(feed, trail, ask)
        if listing is not None:
            trail.extend(listing.links)
            trail.failures.clear()
            return
    failed = [error for _, error in trail.failures]
    trail.failures.clear()
    raise failed[0]


async def attempt(link: Link, trail: Trail, ask: Ask) -> Listing | None:
    """A further document; None when it cannot be had, which does not stop the others."""
    try:
        return trail.add(link.url, await ask(link.url))
    except (FetchError, ExtractError) as exc:
        trail.failures.append((link, exc))
        return None
