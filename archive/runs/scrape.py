"""One scrape run: lock the archive, crawl, save, write a row in `runs`, and return the totals.

::

    sources ─► scraper.crawl (event loop + worker processes) ─► outcomes ─► one writer thread ─► archive
                    ▲                                                              │
                    └─────────── known URLs: the main thread's connection ◄────────┘

The crawl waits until its outcomes are saved: a slow disk slows the crawl, and memory stays flat. A failed item is
counted. A failed archive (full disk, damage) ends the run with `ArchiveError`.

SIGINT, SIGTERM and `--max-time` end a run early. Requests and extractions that are under way are finished and saved within
the grace period. A second signal ends the run at once. The remaining links wait in the archive for the next run.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from archive.monitoring.alarms import evaluate
from archive.monitoring.failures import links_failed_in
from archive.runs.totals import RunTotals
from archive.runs.writer import Clock, Writer, batches, now
from archive.store.archive import Archive
from archive.store.lock import locked
from scraper.crawl.crawler import crawl
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.saved_link import SavedLink
from scraper.errors import ArchiveError, CuttingsError, DamageError
from scraper.fetch.client import Pause, Settings
from scraper.types import REVISIT, Known, Outcome, Source

GRACE_SECONDS: Final = 8.0
"""Time to finish after a stop request. Containers are killed after ten seconds."""
TIME_UP: Final = "--max-time"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The input of a run. `sources_name` is kept in the `runs` row; `jobs` is the number of extracting processes.

    `revisit_delays` are the seconds from the first fetch to each refetch, by source. `max_pages` and `max_time` (seconds)
    bound the whole run. With `ignore_schedule`, pages are fetched even if they are not due. `paged_hosts` are sites for which a
    rule names the links to further pages. `saved` are the pages of
    reading lists, with the date and the tags that the archive keeps.
    """

    archive: Path
    sources: tuple[Source, ...]
    sources_name: str
    settings: Settings
    jobs: int
    rules_paths: tuple[Path, ...] = ()
    revisit_delays: Mapping[str, Sequence[float]] = field(default_factory=dict)
    max_pages: int | None = None
    max_time: float | None = None
    ignore_schedule: bool = False
    paged_hosts: tuple[str, ...] = ()
    saved: tuple[SavedLink, ...] = ()


Watch = Callable[[RunTotals, Outcome], None]
"""Called after each saved outcome, for a progress display."""


def run_scrape(
    plan: RunPlan,
    *,
    watch: Watch = lambda totals, outcome: None,
    begin: Callable[[RunTotals], None] = lambda totals: None,
    clock: Clock = now,
) -> RunTotals:
    """Carries out a run. `begin` gets its totals before the first request, `watch` after each outcome; `clock` gives the time of day.

    Raises `LockedError`, `ArchiveError`.
    """
    with locked(plan.archive), Archive.open(plan.archive, create=True) as archive:
        return asyncio.run(recorded_run(plan, watch, begin, archive, clock))


async def recorded_run(
    plan: RunPlan, watch: Watch, begin: Callable[[RunTotals], None], archive: Archive, clock: Clock
) -> RunTotals:
    """One run between its two entries in `runs`. The second is written even if the run ends in an error."""
    started, started_at = time.monotonic(), clock()
    delays = {source.name: plan.revisit_delays.get(source.name, REVISIT) for source in plan.sources}
    totals = RunTotals(run=archive.start_run(at=started_at, sources=plan.sources_name, revisit_delays=delays))
    if plan.saved:
        archive.save_reading_list(plan.saved, run=totals.run, at=started_at)
    begin(totals)
    archive.retry_refused_hosts(None if plan.settings.allow_private else plan.settings.allow_hosts)

    def finish(note: str) -> None:
        totals.seconds = time.monotonic() - started
        ended_at = started_at + timedelta(seconds=totals.seconds)  # the clock may have been set meanwhile
        archive.finish_run(totals.run, at=ended_at, counts=totals.as_counts(), note=note)

    stop = asyncio.Event()
    work = crawl_and_save(plan, watch, archive, totals, stop, clock)
    try:
        await run_until_stopped(work, stop, totals, max_time=plan.max_time)
    except DamageError:
        raise  # a damaged archive is not written to
    except CuttingsError as exc:
        with suppress(ArchiveError):  # the disk may be full: the first error is the one to report
            finish(str(exc))
        raise
    finish(f"stopped by {totals.stopped_by}" if totals.stopped_by else "")
    totals.alarms = evaluate(archive, totals.run, at=clock())
    totals.failed_links = links_failed_in(archive.db, totals.run)
    return totals


async def run_until_stopped(
    work: Coroutine[Any, Any, None], stop: asyncio.Event, totals: RunTotals, *, max_time: float | None
) -> None:
    """Awaits `work`. SIGINT, SIGTERM or the end of its time sets `stop`; after the grace period `work` is cancelled.

    A second signal cancels it at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    timers: list[asyncio.TimerHandle] = []

    def end(reason: str) -> None:
        if stop.is_set() and reason != TIME_UP:
            task.cancel()
        if not stop.is_set():
            totals.stopped_by = reason
            stop.set()
            timers.append(loop.call_later(GRACE_SECONDS, task.cancel))

    if max_time is not None:
        timers.append(loop.call_later(max_time, end, TIME_UP))
    caught: list[signal.Signals] = []
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, RuntimeError):  # signals reach the main thread only; in another, its owner does
                loop.add_signal_handler(number, end, number.name)
                caught.append(number)
        await task
    except asyncio.CancelledError:
        if not totals.stopped_by:
            raise
    finally:
        for timer in timers:
            timer.cancel()
        for number in caught:
            loop.remove_signal_handler(number)


async def crawl_and_save(
    plan: RunPlan, watch: Watch, archive: Archive, totals: RunTotals, stop: asyncio.Event, clock: Clock
) -> None:
    """Crawls, and saves each batch before it takes the next. `archive` answers which URLs earlier runs fetched."""
    totals.all_sources = frozenset(source.name for source in plan.sources if source.urls)
    totals.given.update(source.name for source in plan.sources if source.kind == "urls")
    pool_of = ExtractPool(plan.jobs, rules_paths=plan.rules_paths, paged_hosts=plan.paged_hosts)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer") as thread, pool_of as pool:
        pool.start_ahead()
        writer = Writer(plan.archive, totals.run, plan.revisit_delays, thread, clock)
        try:
            await writer.open()
            outcomes = crawl(
                plan.sources,
                settings=plan.settings,
                known=always_due(archive.known) if plan.ignore_schedule else archive.known,
                waiting=lambda source: archive.waiting(source.name),
                pool=pool,
                clock=clock,
                max_pages=plan.max_pages,
                stop=stop,
                under_way=totals.under_way,
                pauses={paused.host: Pause(paused.until, paused.reason) for paused in archive.paused(at=clock())},
            )
            async with aclosing(cast("AsyncGenerator[Outcome, None]", outcomes)):
                await save_each(outcomes, writer, watch, totals)
        finally:
            await writer.close()


async def save_each(outcomes: AsyncIterator[Outcome], writer: Writer, watch: Watch, totals: RunTotals) -> None:
    """Saves outcomes as they come. Their order can be cut anywhere: a source comes before all of its links."""
    async with aclosing(cast("AsyncGenerator[list[Outcome], None]", batches(outcomes))) as lists:
        async for batch in lists:
            saving = asyncio.ensure_future(writer.save(batch))
            try:
                await asyncio.shield(saving)
            finally:  # saved outcomes count, even when the run is cancelled
                for outcome, result in zip(batch, await saving, strict=True):
                    totals.count(outcome, result)
                    watch(totals, outcome)


def always_due(known: Callable[[Sequence[str]], dict[str, Known]]) -> Callable[[Sequence[str]], dict[str, Known]]:
    """The function `known` with every page due."""
    return lambda urls: {url: replace(found, due=True) for url, found in known(urls).items()}
