"""A crawl: sources in, outcomes out. Everything at once, nothing in heaps, and no bad page stops it.

::

    source ─ read_source ─► lane of a host ─ run_lane ─► pages ─ extract_pages ─► outcomes ─► the caller

A slow caller fills the outcomes, which stops extraction, which takes the fetcher's room: memory stays flat. `FetchError`,
`ParseError` and `ExtractError` become `Failure` values; anything else is a bug or the caller's, and is raised to the caller.

A source's `SourceRead` is yielded after the last outcome of its links, and carries validators only when nothing is left to
come back for. So a run that is killed, or cut by `max_pages`, reads the feed again, instead of being told that it has not
changed and never seeing the rest.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from scraper.discover import SitemapRead, parse_links
from scraper.errors import ExtractError, FetchError, ParseError
from scraper.fetch import NOT_MODIFIED, Fetcher, Settings
from scraper.types import Failure, Fetched, Known, Link, Outcome, Page, Source, SourceRead, Unchanged
from scraper.urls import canonicalize, host_port
from scraper.workers import ExtractPool

KnownLookup = Callable[[Sequence[str]], Mapping[str, Known]]

PAGES_IN_HAND: Final = 32
"""Fetched pages that may wait for extraction; a page can hold 20 MB."""
OUTCOMES_IN_HAND: Final = 16
SOURCES_AT_ONCE: Final = 32
MOST_SITEMAPS: Final = 50
"""Sitemaps that are read of one index, the last changed first."""
KNOWN_AT_ONCE: Final = 500
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
LASTING: Final = frozenset({"url", "robots", "type", "too-large", "private-address", "extract-timeout", "extract-crashed"})
"""Kinds of failure that another visit would only repeat."""
GONE: Final = frozenset({401, 403, 404, 410, 451})


@dataclass(slots=True)
class Reading:
    """A source on its way: `pending` links are still to be settled; `complete` while nothing must be looked at again."""

    source: Source
    pending: int = 1  # the source itself
    found: int = 0
    wanted: int = 0
    complete: bool = True
    validators: list[tuple[str, Known]] = field(default_factory=list)

    def result(self) -> SourceRead:
        """The source's outcome."""
        return SourceRead(self.source.name, self.found, self.wanted, tuple(self.validators) if self.complete else ())


@dataclass(frozen=True, slots=True)
class Job:
    """One link to fetch."""

    reading: Reading
    link: Link
    known: Known | None


@dataclass(slots=True)
class Lane:
    """The jobs at one host, a queue for each source, taken in turn."""

    queues: dict[str, deque[Job]] = field(default_factory=dict)
    runners: int = 0

    def add(self, job: Job) -> None:
        """Puts a job at the end of its source's queue."""
        self.queues.setdefault(job.reading.source.name, deque()).append(job)

    def take(self) -> Job | None:
        """The next job; None when there is none now."""
        if not self.queues:
            return None
        name = next(iter(self.queues))
        queue = self.queues.pop(name)
        job = queue.popleft()
        if queue:
            self.queues[name] = queue  # behind the other sources
        return job


async def crawl(
    sources: Sequence[Source],
    *,
    settings: Settings,
    known: KnownLookup,
    pool: ExtractPool,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    max_pages: int | None = None,
) -> AsyncIterator[Outcome]:
    """One outcome for each wanted link and each source. `max_pages` bounds the pages asked for in the whole run.

    `known` says what is remembered of URLs: with validators a page is asked for conditionally; without, it is left out
    until `settings.revisit_after` seconds have passed.
    """
    async with Fetcher(settings, clock=clock, sleep=sleep) as fetcher:
        run = Crawl(sources, fetcher, pool, known, max_pages)
        driver = asyncio.create_task(run.drive())
        try:
            while (outcome := await run.outcomes.get()) is not None:
                yield outcome
        finally:
            driver.cancel()
            await asyncio.gather(driver, return_exceptions=True)
        if run.failure is not None:
            raise run.failure


class Crawl:
    """The state of one run."""

    def __init__(self, sources: Sequence[Source], fetcher: Fetcher, pool: ExtractPool, known: KnownLookup, max_pages: int | None) -> None:
        self.sources = sources
        self.fetcher = fetcher
        self.pool = pool
        self.known = known
        self.left = max_pages
        self.seen: set[str] = set()
        self.lanes: dict[str, Lane] = {}
        self.in_hand = 0
        self.pages: asyncio.Queue[tuple[Job, Page] | None] = asyncio.Queue()
        self.outcomes: asyncio.Queue[Outcome | None] = asyncio.Queue(OUTCOMES_IN_HAND)
        self.reading = asyncio.Semaphore(SOURCES_AT_ONCE)
        self.failure: BaseException | None = None
        self.fetching: asyncio.TaskGroup

    async def drive(self) -> None:
        """Runs everything; puts None behind the last outcome."""
        try:
            async with asyncio.TaskGroup() as extracting:
                extractors = [extracting.create_task(self.extract_pages()) for _ in range(2 * self.pool.jobs)]
                async with asyncio.TaskGroup() as self.fetching:
                    for source in self.sources:
                        self.fetching.create_task(self.read_source(source))
                for _ in extractors:
                    self.pages.put_nowait(None)
        except BaseExceptionGroup as group:
            self.failure = first_of(group)
        await self.outcomes.put(None)

    async def read_source(self, source: Source) -> None:
        """Reads one source and hands its links to the lanes of their hosts."""
        reading = Reading(source)
        async with self.reading:
            links = await (self.given_links(reading) if source.kind == "urls" else self.found_links(reading))
        if links is None:
            return
        reading.found = len(links)
        for job in self.choose(reading, links):
            reading.wanted += 1
            reading.pending += 1
            self.enqueue(job)
        await self.settle(reading)

    async def given_links(self, reading: Reading) -> list[Link]:
        """The addresses that the source lists itself."""
        links = []
        for url in reading.source.urls:
            try:
                links.append(Link(canonicalize(url), reading.source.name))
            except FetchError as exc:
                await self.outcomes.put(failure_of(Link(url, reading.source.name), exc))
        return links

    async def found_links(self, reading: Reading) -> list[Link] | None:
        """The links that the source's document names; None after a `Failure` was put for it."""
        link = Link(canonicalize(reading.source.urls[0]), reading.source.name)
        try:
            read = await self.read_document(reading, link.url)
        except (FetchError, ExtractError) as exc:
            await self.outcomes.put(failure_of(link, exc))
            return None
        links = {link.url: link for link in read.links}
        children = sorted(read.children, key=lambda child: child.published or LONG_AGO, reverse=True)
        for child in children[:MOST_SITEMAPS]:
            try:
                links |= {link.url: link for link in (await self.read_document(reading, child.url)).links}
            except (FetchError, ExtractError) as exc:
                reading.complete = False
                await self.outcomes.put(failure_of(child, exc))
        return list(links.values())

    async def read_document(self, reading: Reading, url: str) -> SitemapRead:
        """What a feed, sitemap or section page names; nothing when it is as it was. Raises `FetchError`, `ExtractError`."""
        source = reading.source
        known = self.known([url]).get(url)
        page = await self.fetcher.fetch(url, known=known, want="page" if source.kind == "section" else "feed")
        if page.status == NOT_MODIFIED:
            return SitemapRead(())
        read = await self.pool.run(parse_links, (source.kind, page.body, source.name, page.final_url))
        if isinstance(read, ParseError):
            raise FetchError(url, "parse", str(read)) from read
        remembered = Known(page.header("etag"), page.header("last-modified"), page.fetched_at)
        if (remembered.etag or remembered.last_modified) and not read.children:
            # an index may stay as it is while its sitemaps change: it is always read
            reading.validators.append((url, remembered))
        return read

    def choose(self, reading: Reading, links: Sequence[Link]) -> Iterator[Job]:
        """The jobs that a source's links make: wanted, not yet in this run, not too fresh; new ones first, newest first."""
        source = reading.source
        wanted = [link for link in links if is_wanted(source, link.url) and link.url not in self.seen]
        wanted.sort(key=lambda link: link.published or LONG_AGO, reverse=True)
        urls = [link.url for link in wanted]
        known: dict[str, Known] = {}
        for start in range(0, len(urls), KNOWN_AT_ONCE):
            known |= self.known(urls[start : start + KNOWN_AT_ONCE])
        jobs = [Job(reading, link, known.get(link.url)) for link in wanted if not self.is_fresh(known.get(link.url))]
        jobs.sort(key=lambda job: job.known is not None)
        if source.max_pages is not None and len(jobs) > source.max_pages:
            reading.complete = False
            jobs = jobs[: source.max_pages]
        self.seen.update(job.link.url for job in jobs)
        yield from jobs

    def is_fresh(self, known: Known | None) -> bool:
        """Whether a page without validators was fetched so lately that it is left alone."""
        if known is None or known.etag or known.last_modified or known.fetched_at is None:
            return False
        return (self.fetcher.clock() - known.fetched_at).total_seconds() < self.fetcher.settings.revisit_after

    def enqueue(self, job: Job) -> None:
        """Puts a job in its host's lane, and as many runners on it as the host takes requests at once."""
        lane = self.lanes.setdefault(host_port(job.link.url), Lane())
        lane.add(job)
        if lane.runners < self.fetcher.settings.per_host:
            lane.runners += 1
            self.fetching.create_task(self.run_lane(lane))

    async def run_lane(self, lane: Lane) -> None:
        """Fetches the jobs of a lane until it is empty."""
        while (job := lane.take()) is not None:
            if self.left is not None and self.left <= 0:
                job.reading.complete = False
                await self.settle(job.reading)
                continue
            if self.left is not None:
                self.left -= 1
            await self.fetch_job(job)
        lane.runners -= 1

    async def fetch_job(self, job: Job) -> None:
        """Fetches one page and hands it on, or settles the link."""
        try:
            page = await self.fetcher.fetch(job.link.url, known=job.known)
        except FetchError as exc:
            await self.settle(job.reading, failure_of(job.link, exc))
            return
        if page.status == NOT_MODIFIED:
            await self.settle(job.reading, Unchanged(job.link))
            return
        self.hold(+1)
        self.pages.put_nowait((job, page))

    def hold(self, change: int) -> None:
        """Counts the pages in hand; the fetcher has room while they are few."""
        self.in_hand += change
        if self.in_hand < PAGES_IN_HAND:
            self.fetcher.room.set()
        else:
            self.fetcher.room.clear()

    async def extract_pages(self) -> None:
        """Extracts page after page, until there will be none."""
        while (item := await self.pages.get()) is not None:
            job, page = item
            await self.settle(job.reading, await self.extract(job.link, page))
            self.hold(-1)

    async def extract(self, link: Link, page: Page) -> Outcome:
        """The outcome of a page. One without an article is fetched all the same: its raw body is worth keeping."""
        try:
            return Fetched(link, page, await self.pool.extract(page))
        except ExtractError as exc:
            return failure_of(link, exc)

    async def settle(self, reading: Reading, outcome: Outcome | None = None) -> None:
        """Puts a link's outcome, and behind the last one of its source the source's."""
        if outcome is not None:
            await self.outcomes.put(outcome)
        if isinstance(outcome, Failure) and not is_lasting(outcome):
            reading.complete = False
        reading.pending -= 1
        if reading.pending == 0:
            await self.outcomes.put(reading.result())


def is_wanted(source: Source, url: str) -> bool:
    """Whether a source's patterns let a URL through."""
    if source.include and not any(re.search(pattern, url) for pattern in source.include):
        return False
    return not any(re.search(pattern, url) for pattern in source.exclude)


def is_lasting(failure: Failure) -> bool:
    """Whether another visit would only fail again."""
    return failure.kind in LASTING or (failure.kind == "status" and failure.status in GONE)


def failure_of(link: Link, exc: FetchError | ExtractError) -> Failure:
    """An error as a value."""
    return Failure(link, exc.kind, exc.detail, exc.status if isinstance(exc, FetchError) else 0)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single exception of a group: the caller knows errors, not groups of them."""
    inner = group.exceptions[0]
    return first_of(inner) if isinstance(inner, BaseExceptionGroup) else inner
