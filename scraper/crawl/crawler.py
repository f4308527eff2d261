"""A crawl: sources in, outcomes out. Concurrent, bounded in memory; one bad page never stops the run.

::

    source ─ read_source ─► queue of a host ─ fetch_queue ─► pages ─ extract_pages ─► outcomes ─► the caller

A slow caller fills the queue of outcomes. This stops extraction, and extraction holds the fetcher's page budget: memory
stays flat. `FetchError`, `ParseError` and `ExtractError` become `Failure` values. Any other exception is a bug or the
caller's own, and is raised to the caller.

A source's `SourceRead` is yielded before the outcomes of its links. The `SourceRead` carries the feed's validators and the new links.
A caller who saves all of it loses no link, wherever the run stops: unfetched links come back through `waiting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final

from scraper.crawl.history import History, KnownLookup, WaitingLookup, no_waiting_links
from scraper.crawl.host_queue import HostQueue, Job
from scraper.crawl.planned_links import EARLIEST, plan_links
from scraper.crawl.worker import parse_listing
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import follow
from scraper.discovery.links import Listing
from scraper.errors import ExtractError, FetchError, ParseError
from scraper.extraction.multipage import REFUSED, extract_whole, read_parts
from scraper.fetch.browser import Renderer
from scraper.fetch.client import NOT_MODIFIED, PERMANENT_REDIRECTS, Fetcher, Pause, Secrets, Settings, Want
from scraper.html.robots_meta import read_signals
from scraper.types import Failure, Fetched, HostPaused, Known, Link, Outcome, Page, Source, SourceRead, Unchanged
from scraper.urls.canonical import canonicalize, host_port, site_of
from scraper.urls.variants import page_key

MAX_PENDING_OUTCOMES: Final = 16
"""Limit on outcomes that the caller has not taken yet."""
MAX_SOURCES_AT_ONCE: Final = 32
"""Limit on sources that are read in parallel."""
MIN_REPORTED_PAUSE_SECONDS: Final = 10.0
"""Shorter pauses are over by the next run, so they are not reported."""


@dataclass(slots=True)
class SourceReading:
    """What was found so far in a source's documents: links and validators, and which documents answered."""

    source: Source
    found: dict[str, Link] = field(default_factory=dict)
    validators: list[tuple[str, Known]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FetchedPages:
    """The fetched page or pages of a link, and the signals of the first page."""

    link: Link
    parts: tuple[Page, ...]
    signals: tuple[str, ...]


async def crawl(
    sources: Sequence[Source],
    *,
    settings: Settings,
    known: KnownLookup,
    pool: ExtractPool,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    waiting: WaitingLookup = no_waiting_links,
    max_pages: int | None = None,
    stop: asyncio.Event | None = None,
    pauses: Mapping[str, Pause] = MappingProxyType({}),
    under_way: set[str] | None = None,
) -> AsyncIterator[Outcome]:
    """Yield one outcome for each wanted link and each source. `max_pages` limits the pages fetched in the whole run.

    `known` returns what earlier runs stored about URLs. A page with validators is fetched conditionally; a page that is
    not due is skipped. After `stop` is set no new request starts: requests in flight finish, then the crawl ends.
    `pauses` are hosts that earlier runs paused. `under_way` holds the addresses that are waited for, as long as they are.
    """
    async with Fetcher(settings, clock=clock, sleep=sleep, pauses=pauses) as fetcher, Renderer(fetcher) as renderer:
        run = Crawl(sources, fetcher, renderer, pool, History(known, waiting), max_pages, stop or asyncio.Event())
        run.under_way = set() if under_way is None else under_way
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
    """State of one run."""

    def __init__(
        self,
        sources: Sequence[Source],
        fetcher: Fetcher,
        renderer: Renderer,
        pool: ExtractPool,
        history: History,
        max_pages: int | None,
        stop: asyncio.Event,
    ) -> None:
        self.sources = sources
        self.fetcher = fetcher
        self.renderer = renderer
        self.pool = pool
        self.history = history
        self.pages_left = max_pages
        self.stop = stop
        self.seen: set[str] = set()
        self.host_queues: dict[str, HostQueue] = {}
        self.reported_pauses: dict[str, datetime] = {name: pause.until for name, pause in fetcher.pauses().items()}
        self.waiting_requests: set[asyncio.Task[object] | None] = set()
        self.under_way: set[str] = set()
        self.pages: asyncio.Queue[FetchedPages | None] = asyncio.Queue()
        self.outcomes: asyncio.Queue[Outcome | None] = asyncio.Queue(MAX_PENDING_OUTCOMES)
        self.source_slots = asyncio.Semaphore(MAX_SOURCES_AT_ONCE)
        self.failure: BaseException | None = None
        self.fetching: asyncio.TaskGroup

    async def drive(self) -> None:
        """Run everything, then send None as the end marker."""
        stopper = asyncio.create_task(self.cancel_waiting_requests())
        try:
            async with asyncio.TaskGroup() as extracting:
                extractors = [extracting.create_task(self.extract_pages()) for _ in range(2 * self.pool.jobs)]
                async with asyncio.TaskGroup() as self.fetching:
                    for source in self.sources:
                        self.fetching.create_task(self.read_source(source))
                for _ in extractors:
                    self.pages.put_nowait(None)
        except BaseExceptionGroup as group:
            self.failure = first_error(group)
        finally:
            stopper.cancel()
        await self.outcomes.put(None)

    async def cancel_waiting_requests(self) -> None:
        """After `stop`, cancel the tasks still waiting for their turn at a host: that could take minutes."""
        await self.stop.wait()
        for task in self.waiting_requests - self.fetcher.in_flight:
            if task is not None:
                task.cancel()

    @contextmanager
    def waiting_request(self, url: str) -> Iterator[None]:
        """Mark the time in which this task waits for a host and may be cancelled."""
        task = asyncio.current_task()
        self.waiting_requests.add(task)
        self.under_way.add(url)
        try:
            yield
        finally:
            self.waiting_requests.discard(task)
            self.under_way.discard(url)

    async def read_source(self, source: Source) -> None:
        """Read one source, report it, and queue its links and the links that waited for this run."""
        reading = SourceReading(source)
        async with self.source_slots:
            if self.stop.is_set():
                return
            read = self.read_listed_urls if source.kind == "urls" else self.read_documents
            answered = await read(reading)
        now = self.fetcher.clock()
        plan = plan_links(source, reading.found, history=self.history, seen=self.seen, now=now)
        self.seen.update(page_key(job.link.url) for job in plan.jobs)
        if answered and (reading.found or plan.jobs or source.urls):
            validators = tuple(reading.validators)
            await self.outcomes.put(
                SourceRead(
                    source.name,
                    len(reading.found),
                    len(plan.jobs),
                    validators,
                    plan.new,
                    plan.changed,
                    tuple(reading.answered),
                )
            )
        for job in plan.jobs:
            self.enqueue(job)

    async def read_listed_urls(self, reading: SourceReading) -> bool:
        """Read the URLs that the source lists itself."""
        for url in reading.source.urls:
            try:
                link = Link(canonicalize(url), reading.source.name)
            except FetchError as exc:
                await self.outcomes.put(failure_of(Link(url, reading.source.name), exc))
            else:
                reading.found[link.url] = link
        return True

    async def read_documents(self, reading: SourceReading) -> bool:
        """Read the links in the source's documents. Return False if its first document failed."""
        try:
            result = await follow(
                reading.source,
                read=lambda url: self.read_document(reading, url),
                robots_sitemaps=self.fetcher.sitemaps,
                is_new=lambda links: len(self.history.lookup([link.url for link in links])) < len(links),
            )
        except (FetchError, ExtractError) as exc:
            link = Link(canonicalize(reading.source.urls[0]), reading.source.name)
            await self.outcomes.put(failure_of(link, exc, of_source=True))
            return False
        for link, error in result.failures:
            await self.outcomes.put(failure_of(link, error, of_source=True))
        reading.found = {link.url: link for link in result.links}
        if result.truncated:
            reading.validators.clear()  # "not modified" would hide the rest next time
        return True

    async def read_document(self, reading: SourceReading, url: str) -> Listing | None:
        """Return the links of a feed, sitemap or section page; None if it is unchanged. Raises `FetchError`,
        `ExtractError`.
        """
        source, known = reading.source, self.history.lookup([url]).get(url)
        with self.waiting_request(url):
            want: Want = "page" if source.kind == "section" else "feed"
            page = await self.fetcher.fetch(url, known=known, want=want, secrets=secrets_for(source, url))
        if page.status == NOT_MODIFIED:
            reading.answered.append(canonicalize(url))
            return None
        listing = await self.pool.run(parse_listing, (source, page), without_rules=True)
        if isinstance(listing, ParseError):
            raise FetchError(url, "parse", str(listing)) from listing
        reading.answered.append(canonicalize(url))
        remembered = Known(page.header("etag"), page.header("last-modified"), page.fetched_at)
        if (remembered.etag or remembered.last_modified) and (listing.links or not (listing.children or listing.feeds)):
            # an index may stay unchanged while its sitemaps change, a home page while its feed does: always read these
            reading.validators.append((url, remembered))
        return listing

    def enqueue(self, job: Job) -> None:
        """Queue a job at its host, with as many runners as the host accepts parallel requests."""
        queue = self.host_queues.setdefault(host_port(job.link.url), HostQueue())
        queue.add(job)
        if queue.runners < self.fetcher.settings.per_host:
            queue.runners += 1
            self.fetching.create_task(self.fetch_queue(queue))

    async def fetch_queue(self, queue: HostQueue) -> None:
        """Fetch the jobs of a host's queue until the queue or the run's budget is empty."""
        while not self.is_spent() and (job := queue.take()) is not None:
            if self.pages_left is not None:
                self.pages_left -= 1
            await self.fetch_job(job)
        queue.runners -= 1

    def is_spent(self) -> bool:
        """Whether the run may start no more requests."""
        return self.stop.is_set() or (self.pages_left is not None and self.pages_left <= 0)

    async def fetch_job(self, job: Job) -> None:
        """Fetch one page with its further parts and pass it to extraction, or report why that failed."""
        link = job.link
        try:
            page = await self.fetch_page(job)
            if page.status == NOT_MODIFIED or page.status in PERMANENT_REDIRECTS:
                await self.outcomes.put(Unchanged(link, moved_to=page.final_url if page.moved else ""))
                return
            signals = self.check_signals(job, page)
            parts = await read_parts(
                page,
                fetch=lambda url: self.fetch_part(job, url),
                find=self.pool.find_rest,
                named=self.pool.names_links(page.final_url),
            )
            for part in parts:
                if part is not page:
                    self.check_signals(job, part)
        except (FetchError, ExtractError) as exc:
            if isinstance(exc, ExtractError) or not await self.postpone_if_paused(job, exc):
                await self.outcomes.put(failure_of(link, exc))
            return
        self.fetcher.page_budget.take()
        self.pages.put_nowait(FetchedPages(link, parts, signals))

    def check_signals(self, job: Job, page: Page) -> tuple[str, ...]:
        """Return a page's signals. Raises `FetchError` if its source honours one of them."""
        signals = read_signals(page, agent=self.fetcher.agent)
        reserved = [signal for signal in signals if signal in job.source.honour]
        if reserved:
            raise FetchError(page.url, "reserved", f"the page says {', '.join(reserved)}")
        return signals

    async def fetch_page(self, job: Job) -> Page:
        """Return the page of a link; an empty page if it is refused and the feed has the text. Raises `FetchError`."""
        link, secrets = job.link, secrets_for(job.source, job.link.url)
        try:
            with self.waiting_request(link.url):
                if job.source.render:
                    return await self.renderer.render(link.url, secrets=secrets)
                leave = partial(self.is_fetched_by_itself, job)
                return await self.fetcher.fetch(link.url, known=job.known, secrets=secrets, ends_at=leave)
        except FetchError as exc:
            if not link.body or exc.status not in REFUSED:
                raise
            return Page(link.url, link.url, exc.status, (), b"", self.fetcher.clock())

    def is_fetched_by_itself(self, job: Job, target: str) -> bool:
        """Return whether a link that is refetched has moved to another link, which this run or a later one fetches."""
        if job.known is None or job.known.fetched_at is None or page_key(target) == page_key(job.link.url):
            return False
        url = canonicalize(target)
        known = self.history.lookup([url]).get(url)
        return page_key(target) in self.seen or (known is not None and known.own == url and known.scheduled)

    async def fetch_part(self, job: Job, url: str) -> Page:
        """Fetch a further page of an article; it counts like any other page. Raises `FetchError`."""
        if self.pages_left is not None:
            self.pages_left -= 1
        with self.waiting_request(url):
            return await self.fetcher.fetch(url, secrets=secrets_for(job.source, url))

    async def postpone_if_paused(self, job: Job, exc: FetchError) -> bool:
        """Report newly paused hosts. Return whether the job's own host is paused; if so, its jobs are dropped from this
        run.
        """
        pauses = self.fetcher.pauses()
        for host, pause in pauses.items():
            long = (pause.until - self.fetcher.clock()).total_seconds() > MIN_REPORTED_PAUSE_SECONDS
            if long and pause.until > self.reported_pauses.get(host, EARLIEST) + timedelta(seconds=1):
                self.reported_pauses[host] = pause.until
                await self.outcomes.put(HostPaused(host, pause.until, pause.reason))
        if exc.kind != "paused" or site_of(job.link.url) not in pauses:
            return False
        self.host_queues[host_port(job.link.url)].queues.clear()
        return True

    async def extract_pages(self) -> None:
        """Extract fetched pages until the end marker."""
        while (pages := await self.pages.get()) is not None:
            await self.outcomes.put(await self.extract(pages))
            self.fetcher.page_budget.release()

    async def extract(self, pages: FetchedPages) -> Outcome:
        """Return the outcome of a page. A page without an article counts as fetched: its raw body is worth keeping."""
        link, parts = pages.link, pages.parts
        try:
            page, extraction = await extract_whole(link, parts, self.pool.extract)
        except ExtractError as exc:
            return failure_of(link, exc)
        return Fetched(link, page, extraction, pages.signals, parts[1:] if page is parts[0] else ())


def secrets_for(source: Source, url: str) -> Secrets | None:
    """Return the source's headers and cookies if the URL is at one of the source's hosts."""
    if not source.headers and not source.cookies:
        return None
    host = host_port(url)
    if host not in {host_port(canonicalize(listed)) for listed in source.urls}:
        return None
    return Secrets(host.partition("://")[2], source.headers, source.cookies)


def failure_of(link: Link, exc: FetchError | ExtractError, *, of_source: bool = False) -> Failure:
    """Return an error as a value."""
    if isinstance(exc, ExtractError):
        return Failure(link, exc.kind, exc.detail, of_source=of_source)
    return Failure(link, exc.kind, exc.detail, exc.status, exc.retry_after, of_source)


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first single exception of a group, because callers handle single errors."""
    inner = group.exceptions[0]
    return first_error(inner) if isinstance(inner, BaseExceptionGroup) else inner
