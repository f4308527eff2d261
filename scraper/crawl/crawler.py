"""A crawl: sources in, outcomes out. Everything at once, nothing in heaps, and no bad page stops it.

::

    source ─ read_source ─► lane of a host ─ run_lane ─► pages ─ extract_pages ─► outcomes ─► the caller

A slow caller fills the outcomes, which stops extraction, which takes the fetcher's room: memory stays flat. `FetchError`,
`ParseError` and `ExtractError` become `Failure` values; anything else is a bug or the caller's, and is raised to the caller.

A source's `SourceRead` is yielded before any outcome of its links. It carries the feed's validators and the links that are
new, so that a caller who saves it whole loses no link, wherever the run is cut: what was not fetched comes back as `waiting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from scraper.crawl.history import KnownLookup, Memory, Waiting, nothing_waits
from scraper.crawl.host_queue import HostQueue, Job
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import follow, is_wanted
from scraper.discovery.lastmod import changed_since
from scraper.discovery.links import Listing, unique
from scraper.discovery.parse import parse_links
from scraper.errors import ExtractError, FetchError, ParseError
from scraper.extraction.multipage import REFUSED, extract_whole, find_rest, read_parts
from scraper.fetch.browser import Renderer
from scraper.fetch.client import NOT_MODIFIED, Fetcher, Pause, Secrets, Settings, Want
from scraper.html.robots_meta import read_signals
from scraper.sources.source_list import REVISIT
from scraper.types import Failure, Fetched, HostPaused, Known, Link, Outcome, Page, Source, SourceRead, Unchanged
from scraper.urls.canonical import canonicalize, host_port, site_of
from scraper.urls.variants import page_key

OUTCOMES_IN_HAND: Final = 16
SOURCES_AT_ONCE: Final = 32
SHORT_PAUSE: Final = 10.0
"""Seconds; what is over by the next run is not worth remembering."""
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Reading:
    """What a source's documents have given so far."""

    source: Source
    found: dict[str, Link] = field(default_factory=dict)
    validators: list[tuple[str, Known]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlannedLinks:
    """Of the links of one source: `jobs` for this run, the best first; links that nothing is known of; known ones that changed."""

    jobs: tuple[Job, ...]
    new: tuple[Link, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FetchedPages:
    """The page or pages of a link, and what the first asks of archives."""

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
    waiting: Waiting = nothing_waits,
    max_pages: int | None = None,
    stop: asyncio.Event | None = None,
    pauses: Mapping[str, Pause] = MappingProxyType({}),
) -> AsyncIterator[Outcome]:
    """One outcome for each wanted link and each source. `max_pages` bounds the pages asked for in the whole run.

    `known` says what is remembered of URLs: with validators a page is asked for conditionally, and not at all unless it
    is due. Once `stop` is set nothing more is asked for; what is on its way comes out, then the crawl is over. `pauses` are
    hosts that earlier runs were told to leave alone.
    """
    async with Fetcher(settings, clock=clock, sleep=sleep, pauses=pauses) as fetcher, Renderer(fetcher) as renderer:
        run = Crawl(sources, fetcher, renderer, pool, Memory(known, waiting), max_pages, stop or asyncio.Event())
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

    def __init__(
        self,
        sources: Sequence[Source],
        fetcher: Fetcher,
        renderer: Renderer,
        pool: ExtractPool,
        memory: Memory,
        max_pages: int | None,
        stop: asyncio.Event,
    ) -> None:
        self.sources = sources
        self.fetcher = fetcher
        self.renderer = renderer
        self.pool = pool
        self.memory = memory
        self.left = max_pages
        self.stop = stop
        self.seen: set[str] = set()
        self.lanes: dict[str, HostQueue] = {}
        self.told: dict[str, datetime] = {name: pause.until for name, pause in fetcher.pauses().items()}
        self.waiting_requests: set[asyncio.Task[object] | None] = set()
        self.pages: asyncio.Queue[FetchedPages | None] = asyncio.Queue()
        self.outcomes: asyncio.Queue[Outcome | None] = asyncio.Queue(OUTCOMES_IN_HAND)
        self.reading = asyncio.Semaphore(SOURCES_AT_ONCE)
        self.failure: BaseException | None = None
        self.fetching: asyncio.TaskGroup

    async def drive(self) -> None:
        """Runs everything; puts None behind the last outcome."""
        ending = asyncio.create_task(self.cancel_waiting_requests())
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
        finally:
            ending.cancel()
        await self.outcomes.put(None)

    async def cancel_waiting_requests(self) -> None:
        """When the run is to stop, calls back whoever still waits for a turn at a host: that may take minutes."""
        await self.stop.wait()
        for task in self.waiting_requests - self.fetcher.asking:
            if task is not None:
                task.cancel()

    @contextmanager
    def waiting_request(self) -> Iterator[None]:
        """The time in which this task asks a host for something, and may be called back."""
        task = asyncio.current_task()
        self.waiting_requests.add(task)
        try:
            yield
        finally:
            self.waiting_requests.discard(task)

    async def read_source(self, source: Source) -> None:
        """Reads one source, tells of it, and hands its links and those that waited for this run to the lanes of their hosts."""
        reading = Reading(source)
        async with self.reading:
            if self.stop.is_set():
                return
            answered = await (self.given_links(reading) if source.kind == "urls" else self.found_links(reading))
        choice = self.choose(reading)
        if answered and (reading.found or choice.jobs or source.urls):
            validators = tuple(reading.validators)
            await self.outcomes.put(
                SourceRead(source.name, len(reading.found), len(choice.jobs), validators, choice.new, choice.changed)
            )
        for job in choice.jobs:
            self.enqueue(job)

    async def given_links(self, reading: Reading) -> bool:
        """Reads the addresses that the source lists itself."""
        for url in reading.source.urls:
            try:
                link = Link(canonicalize(url), reading.source.name)
            except FetchError as exc:
                await self.outcomes.put(failure_of(Link(url, reading.source.name), exc))
            else:
                reading.found[link.url] = link
        return True

    async def found_links(self, reading: Reading) -> bool:
        """Reads the links that the source's documents name; False after a `Failure` was put for the first of them."""
        try:
            trail = await follow(
                reading.source,
                ask=lambda url: self.read_document(reading, url),
                robots_sitemaps=self.fetcher.sitemaps,
                is_new=lambda links: len(self.memory.of([link.url for link in links])) < len(links),
            )
        except (FetchError, ExtractError) as exc:
            await self.outcomes.put(
                failure_of(Link(canonicalize(reading.source.urls[0]), reading.source.name), exc, of_source=True)
            )
            return False
        for link, error in trail.failures:
            await self.outcomes.put(failure_of(link, error, of_source=True))
        reading.found = {link.url: link for link in trail.links}
        if trail.cut:
            reading.validators.clear()  # "not modified" would hide what is left
        return True

    async def read_document(self, reading: Reading, url: str) -> Listing | None:
        """What a feed, sitemap or section page names; None when it is as it was. Raises `FetchError`, `ExtractError`."""
        source, known = reading.source, self.memory.of([url]).get(url)
        with self.waiting_request():
            want: Want = "page" if source.kind == "section" else "feed"
            page = await self.fetcher.fetch(url, known=known, want=want, secrets=secrets_for(source, url))
        if page.status == NOT_MODIFIED:
            return None
        listing = await self.pool.run(parse_links, (source, page), without_rules=True)
        if isinstance(listing, ParseError):
            raise FetchError(url, "parse", str(listing)) from listing
        remembered = Known(page.header("etag"), page.header("last-modified"), page.fetched_at)
        if (remembered.etag or remembered.last_modified) and (listing.links or not (listing.children or listing.feeds)):
            # an index may stay as it is while its sitemaps change, a home page while its feed does: they are always read
            reading.validators.append((url, remembered))
        return listing

    def choose(self, reading: Reading) -> PlannedLinks:
        """What to do about a source's links and those that waited: what is wanted, due and not yet in this run.

        Pages never had come first, of these the newest. What is beyond the source's cap is left for another run.
        """
        source = reading.source
        links = unique((*self.memory.waiting(source), *reading.found.values()))
        wanted = [link for link in links if is_wanted(source, link) and page_key(link.url) not in self.seen]
        wanted.sort(key=lambda link: link.dated or LONG_AGO, reverse=True)
        known = self.memory.of([link.url for link in wanted])
        jobs = [Job(link, known.get(link.url), source) for link in wanted]
        changed = self.changed_jobs(reading, known)
        jobs = [job for job in jobs if job.known is None or job.known.due] + changed
        jobs.sort(key=lambda job: job.known is not None)
        now = tuple(jobs[: source.max_pages])
        self.seen.update(page_key(job.link.url) for job in now)
        return PlannedLinks(
            now, tuple(job.link for job in jobs if job.known is None), tuple(job.link.url for job in changed)
        )

    def changed_jobs(self, reading: Reading, known: Mapping[str, Known]) -> list[Job]:
        """The known pages that a feed or sitemap says were changed since they were had; a date beside a section's link says less."""
        source = reading.source
        if source.kind not in {"feed", "sitemap"}:
            return []
        looks = REVISIT if source.revisit is None else source.revisit
        found = changed_since(reading.found.values(), known, looks=looks, now=self.fetcher.clock())
        had = self.memory.of([own for own in found if page_key(own) not in self.seen])
        return [
            Job(replace(found[own], url=own), replace(then, due=True), source)
            for own, then in had.items()
            if not then.due
        ]

    def enqueue(self, job: Job) -> None:
        """Puts a job in its host's lane, and as many runners on it as the host takes requests at once."""
        lane = self.lanes.setdefault(host_port(job.link.url), HostQueue())
        lane.add(job)
        if lane.runners < self.fetcher.settings.per_host:
            lane.runners += 1
            self.fetching.create_task(self.run_lane(lane))

    async def run_lane(self, lane: HostQueue) -> None:
        """Fetches the jobs of a lane until it is empty or the run's budget is."""
        while not self.is_spent() and (job := lane.take()) is not None:
            if self.left is not None:
                self.left -= 1
            await self.fetch_job(job)
        lane.runners -= 1

    def is_spent(self) -> bool:
        """Whether nothing more is to be asked for."""
        return self.stop.is_set() or (self.left is not None and self.left <= 0)

    async def fetch_job(self, job: Job) -> None:
        """Fetches one page, with what belongs to it, and hands it on, or tells what came instead."""
        link = job.link
        try:
            page = await self.fetch_page(job)
            if page.status == NOT_MODIFIED:
                await self.outcomes.put(Unchanged(link))
                return
            signals = self.read_allowed(job, page)
            parts = await read_parts(
                page,
                fetch=lambda url: self.fetch_part(job, url),
                find=lambda part: self.pool.run(find_rest, part, without_rules=True),
            )
            for part in parts:
                if part is not page:
                    self.read_allowed(job, part)
        except (FetchError, ExtractError) as exc:
            if isinstance(exc, ExtractError) or not await self.put_back(job, exc):
                await self.outcomes.put(failure_of(link, exc))
            return
        self.fetcher.room.take()
        self.pages.put_nowait(FetchedPages(link, parts, signals))

    def read_allowed(self, job: Job, page: Page) -> tuple[str, ...]:
        """What a page asks of everyone, or of us. Raises `FetchError` when its source honours it."""
        signals = read_signals(page, agent=self.fetcher.agent)
        reserved = [signal for signal in signals if signal in job.source.honour]
        if reserved:
            raise FetchError(page.url, "reserved", f"the page says {', '.join(reserved)}")
        return signals

    async def fetch_page(self, job: Job) -> Page:
        """The page of a link; an empty one when it is refused and the feed has told the text. Raises `FetchError`."""
        link, secrets = job.link, secrets_for(job.source, job.link.url)
        try:
            with self.waiting_request():
                if job.source.render:
                    return await self.renderer.render(link.url, secrets=secrets)
                return await self.fetcher.fetch(link.url, known=job.known, secrets=secrets)
        except FetchError as exc:
            if not link.body or exc.status not in REFUSED:
                raise
            return Page(link.url, link.url, exc.status, (), b"", self.fetcher.clock())

    async def fetch_part(self, job: Job, url: str) -> Page:
        """A further page of an article, counted like any other. Raises `FetchError`."""
        if self.left is not None:
            self.left -= 1
        with self.waiting_request():
            return await self.fetcher.fetch(url, secrets=secrets_for(job.source, url))

    async def put_back(self, job: Job, exc: FetchError) -> bool:
        """Tells of hosts that are newly paused; whether the job's is, which takes all its jobs out of this run."""
        pauses = self.fetcher.pauses()
        for host, pause in pauses.items():
            long = (pause.until - self.fetcher.clock()).total_seconds() > SHORT_PAUSE
            if long and pause.until > self.told.get(host, LONG_AGO) + timedelta(seconds=1):
                self.told[host] = pause.until
                await self.outcomes.put(HostPaused(host, pause.until, pause.reason))
        if exc.kind != "paused" or site_of(job.link.url) not in pauses:
            return False
        self.lanes[host_port(job.link.url)].queues.clear()
        return True

    async def extract_pages(self) -> None:
        """Extracts page after page, until there will be none."""
        while (had := await self.pages.get()) is not None:
            await self.outcomes.put(await self.extract(had))
            self.fetcher.room.release()

    async def extract(self, had: FetchedPages) -> Outcome:
        """The outcome of a page. One without an article is fetched all the same: its raw body is worth keeping."""
        try:
            page, extraction = await extract_whole(had.link, had.parts, self.pool.extract)
        except ExtractError as exc:
            return failure_of(had.link, exc)
        return Fetched(had.link, page, extraction, had.signals, had.parts[1:] if page is had.parts[0] else ())


def secrets_for(source: Source, url: str) -> Secrets | None:
    """The source's own headers and cookies, when the address is at one of its hosts."""
    if not source.headers and not source.cookies:
        return None
    host = host_port(url)
    if host not in {host_port(canonicalize(own)) for own in source.urls}:
        return None
    return Secrets(host.partition("://")[2], source.headers, source.cookies)


def failure_of(link: Link, exc: FetchError | ExtractError, *, of_source: bool = False) -> Failure:
    """An error as a value."""
    if isinstance(exc, ExtractError):
        return Failure(link, exc.kind, exc.detail, of_source=of_source)
    return Failure(link, exc.kind, exc.detail, exc.status, exc.retry_after, of_source)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single exception of a group: the caller knows errors, not groups of them."""
    inner = group.exceptions[0]
    return first_of(inner) if isinstance(inner, BaseExceptionGroup) else inner
