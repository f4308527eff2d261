"""Checking sources: each source's documents are read once and reported. No article is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from scraper.crawl.crawler import MAX_SOURCES_AT_ONCE, secrets_for
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import follow, is_wanted
from scraper.discovery.links import Listing
from scraper.discovery.parse import parse_links
from scraper.errors import ExtractError, FetchError, ParseError
from scraper.fetch.client import Fetcher
from scraper.types import Link, Source
from scraper.urls.canonical import canonicalize, normalize
from scraper.urls.variants import canonical_or_empty

MAX_EXAMPLES: Final = 3
"""Number of links shown per source."""
MAX_ROBOTS_CHECKS: Final = 20
"""Number of links per source that are checked against robots.txt."""
MIN_FULL_TEXT_CHARS: Final = 2_000
"""Size of an entry's markup from which the entry is a whole article, not a summary."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of checking one source. `error` is a key of `errors.FETCH_KINDS`, or "empty" if no link was named, or "".

    `document_type` describes the source's document; `documents` counts the documents read; `feeds` are those its page
    announces. `newest` is the latest date of a wanted link. Of `asked` links, robots.txt forbids `forbidden`.
    """

    source: Source
    error: str = ""
    detail: str = ""
    document_type: str = ""
    documents: int = 0
    feeds: tuple[str, ...] = ()
    found: int = 0
    wanted: int = 0
    newest: datetime | None = None
    asked: int = 0
    forbidden: int = 0
    full_text: bool = False
    examples: tuple[Link, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether the source, unchanged, can give no article."""
        return bool(self.error) or (self.asked > 0 and self.forbidden == self.asked)


async def check_sources(sources: Sequence[Source], fetcher: Fetcher, pool: ExtractPool) -> list[CheckResult]:
    """Return the result for each source, in order. Hosts are read in parallel, each within its throttle."""
    slots = asyncio.Semaphore(MAX_SOURCES_AT_ONCE)

    async def check(source: Source) -> CheckResult:
        async with slots:
            return await SourceCheck(source, fetcher, pool).run()

    return list(await asyncio.gather(*map(check, sources)))


class SourceCheck:
    """The check of one source. For feeds it also looks for entries with the full text."""

    def __init__(self, source: Source, fetcher: Fetcher, pool: ExtractPool) -> None:
        self.source = source
        self.fetcher = fetcher
        self.pool = pool
        self.feeds: dict[str, None] = {}
        self.longest_body = 0

    async def run(self) -> CheckResult:
        """Return the result."""
        try:
            if self.source.kind == "urls":
                return await self.judge(self.listed_links(), document_type="addresses", documents=0)
            result = await follow(
                self.source, read=self.read, robots_sitemaps=self.fetcher.sitemaps, is_new=lambda links: False
            )
        except (FetchError, ExtractError) as exc:
            return CheckResult(self.source, exc.kind, exc.detail, feeds=tuple(self.feeds))
        document_types = [document_type for _, document_type in result.documents]
        failures = tuple(f"{link.url}: {error.detail}" for link, error in result.failures)
        return await self.judge(
            result.links,
            document_type=", then ".join(dict.fromkeys(document_types)),
            documents=len(document_types),
            failures=failures,
        )

    def listed_links(self) -> tuple[Link, ...]:
        """Return the URLs that the source lists itself."""
        return tuple(Link(url, self.source.name) for url in map(canonical_or_empty, self.source.urls) if url)

    async def judge(
        self, links: Sequence[Link], *, document_type: str, documents: int, failures: tuple[str, ...] = ()
    ) -> CheckResult:
        """Return the result for links, after the source's own conditions and robots.txt."""
        wanted = sorted(
            (link for link in links if is_wanted(self.source, link)),
            key=lambda link: link.dated.timestamp() if link.dated else 0.0,
            reverse=True,
        )
        tried = wanted[:MAX_ROBOTS_CHECKS]
        forbidden = sum([not await self.is_allowed(link.url) for link in tried])
        return CheckResult(
            self.source,
            error="" if links else "empty",
            detail="" if links else "the source names no link",
            document_type=document_type,
            documents=documents,
            feeds=tuple(self.feeds),
            found=len(links),
            wanted=len(wanted),
            newest=max((link.dated for link in wanted if link.dated), default=None),
            asked=len(tried),
            forbidden=forbidden,
            full_text=self.longest_body >= MIN_FULL_TEXT_CHARS,
            examples=tuple(wanted[:MAX_EXAMPLES]),
            failures=failures,
        )

    async def read(self, url: str) -> Listing | None:
        """Return the links of a document. Raises `FetchError`, `ExtractError`."""
        secrets = secrets_for(self.source, url)
        page = await self.fetcher.fetch(url, want="page" if self.source.kind == "section" else "feed", secrets=secrets)
        listing = await self.pool.run(parse_links, (replace(self.source, full_text=True), page))
        if isinstance(listing, ParseError):
            raise FetchError(url, "parse", str(listing)) from listing
        self.feeds |= dict.fromkeys(feed.url for feed in listing.feeds)
        self.longest_body = max([self.longest_body, *(len(link.body) for link in listing.links)])
        return listing

    async def is_allowed(self, url: str) -> bool:
        """Whether robots.txt allows an article. A host that does not answer allows nothing now."""
        try:
            await self.fetcher.check_robots(normalize(canonicalize(url)), url)
        except FetchError:
            return False
        return True
