"""Checking sources: each is read once, politely, and what it gives is told; nothing of its articles is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from scraper.crawl.crawler import secrets_for
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import follow, is_wanted
from scraper.discovery.links import Listing
from scraper.discovery.parse import parse_links
from scraper.errors import ExtractError, FetchError, ParseError
from scraper.fetch.client import Fetcher
from scraper.types import Link, Source
from scraper.urls.canonical import canonicalize, normalize
from scraper.urls.variants import canonical_or_empty

AT_ONCE: Final = 32
EXAMPLES: Final = 3
ROBOTS_TRIED: Final = 20
"""Links that robots.txt is asked about, of one source."""


FULL_TEXT: Final = 2_000
"""Characters of markup of an entry that is an article and not its summary."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one source gave. `error` is a key of `errors.FETCH_KINDS`, "empty" when it names no link, or empty.

    `what` says what its document is, `documents` how many were read; `feeds` are those that its page announces.
    `newest` is the latest date of a wanted link; of `asked` links robots.txt forbids `forbidden`.
    """

    source: Source
    error: str = ""
    detail: str = ""
    what: str = ""
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
        """Whether nothing can come of it as it stands."""
        return bool(self.error) or (self.asked > 0 and self.forbidden == self.asked)


async def check_sources(sources: Sequence[Source], fetcher: Fetcher, pool: ExtractPool) -> list[Checked]:
    """What each source gives, in their order. Hosts are asked at the same time, each at its own pace."""
    room = asyncio.Semaphore(AT_ONCE)

    async def check(source: Source) -> Checked:
        async with room:
            return await Check(source, fetcher, pool).run()

    return list(await asyncio.gather(*map(check, sources)))


class Check:
    """The check of one source. Of a feed the entries' own texts are looked at too, to say whether it has them."""

    def __init__(self, source: Source, fetcher: Fetcher, pool: ExtractPool) -> None:
        self.source = source
        self.fetcher = fetcher
        self.pool = pool
        self.feeds: dict[str, None] = {}
        self.longest = 0

    async def run(self) -> Checked:
        """What the source gives."""
        try:
            if self.source.kind == "urls":
                return await self.judge(self.given(), what="addresses", documents=0)
            trail = await follow(
                self.source, ask=self.ask, robots_sitemaps=self.fetcher.sitemaps, is_new=lambda links: False
            )
        except (FetchError, ExtractError) as exc:
            return Checked(self.source, exc.kind, exc.detail, feeds=tuple(self.feeds))
        kinds = [what for _, what in trail.documents]
        failures = tuple(f"{link.url}: {error.detail}" for link, error in trail.failures)
        return await self.judge(
            trail.links, what=", then ".join(dict.fromkeys(kinds)), documents=len(kinds), failures=failures
        )

    def given(self) -> tuple[Link, ...]:
        """The addresses that the source lists itself."""
        return tuple(Link(url, self.source.name) for url in map(canonical_or_empty, self.source.urls) if url)

    async def judge(
        self, links: Sequence[Link], *, what: str, documents: int, failures: tuple[str, ...] = ()
    ) -> Checked:
        """The links, weighed by the source's own conditions and by robots.txt."""
        wanted = sorted(
            (link for link in links if is_wanted(self.source, link)),
            key=lambda link: link.dated.timestamp() if link.dated else 0.0,
            reverse=True,
        )
        tried = wanted[:ROBOTS_TRIED]
        forbidden = sum([not await self.is_allowed(link.url) for link in tried])
        return Checked(
            self.source,
            error="" if links else "empty",
            detail="" if links else "it names no link",
            what=what,
            documents=documents,
            feeds=tuple(self.feeds),
            found=len(links),
            wanted=len(wanted),
            newest=max((link.dated for link in wanted if link.dated), default=None),
            asked=len(tried),
            forbidden=forbidden,
            full_text=self.longest >= FULL_TEXT,
            examples=tuple(wanted[:EXAMPLES]),
            failures=failures,
        )

    async def ask(self, url: str) -> Listing | None:
        """What a document names. Raises `FetchError`, `ExtractError`."""
        secrets = secrets_for(self.source, url)
        page = await self.fetcher.fetch(url, want="page" if self.source.kind == "section" else "feed", secrets=secrets)
        listing = await self.pool.run(parse_links, (replace(self.source, full_text=True), page))
        if isinstance(listing, ParseError):
            raise FetchError(url, "parse", str(listing)) from listing
        self.feeds |= dict.fromkeys(feed.url for feed in listing.feeds)
        self.longest = max([self.longest, *(len(link.body) for link in listing.links)])
        return listing

    async def is_allowed(self, url: str) -> bool:
        """Whether robots.txt lets an article be asked for; a host that does not answer allows nothing now."""
        try:
            await self.fetcher.ask_robots(normalize(canonicalize(url)), url)
        except FetchError:
            return False
        return True
