"""One scrape run: lock → crawl → save → a row in `runs` → a summary.

::

    sources ─► scraper.crawl (event loop + worker processes) ─► outcomes ─► one writer thread ─► archive
                    ▲                                                              │
                    └─────────── known URLs: the main thread's connection ◄────────┘

Outcomes are awaited until they are saved, so a slow disk slows the crawl and memory stays flat. An item that fails is
counted; an archive that fails (full disk, damage) ends the run with `ArchiveError`.

SIGINT, SIGTERM and the end of its time end a run early: what is on its way is finished and saved, but for what takes longer
than the grace; a second signal ends it at once. Links it did not come to wait in the archive for the next run.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from archive.monitoring.alarms import Alarm, evaluate
from archive.output.article import counted
from archive.runs.writer import Clock, Writer, batches, now
from archive.store.archive import Archive
from archive.store.lock import locked
from scraper.crawl.crawler import crawl
from scraper.crawl.worker_pool import ExtractPool
from scraper.errors import UNREACHABLE_KINDS, ArchiveError, CuttingsError, DamageError
from scraper.fetch.client import Pause, Settings
from scraper.types import Failure, Fetched, HostPaused, Known, Outcome, Source, SourceRead, Unchanged

GRACE: Final = 8.0
"""Seconds that what is on its way has to come in after a run was told to end: less than the ten that a container gets."""
TIME_UP: Final = "--max-time"

POLITE: Final = frozenset({"robots", "paused", "reserved"})
"""Kinds of failure that are not one: what a site asks us to leave, we leave."""

SAVED: Final = ("new", "revised", "same", "duplicate", "worse", "unchanged")
"""What can become of a page, in the order of the summary."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run is to do. `sources_name` is kept in the `runs` row; `jobs` is the number of extracting processes.

    `looks` are the seconds after which pages are looked at again, by source. `max_pages` and `max_time` (seconds) bound the
    whole run. With `insist`, pages are asked for though they are not due.
    """

    archive: Path
    sources: tuple[Source, ...]
    sources_name: str
    settings: Settings
    jobs: int
    rules_paths: tuple[Path, ...] = ()
    looks: Mapping[str, Sequence[float]] = field(default_factory=dict)
    max_pages: int | None = None
    max_time: float | None = None
    insist: bool = False


@dataclass(slots=True)
class Tally:
    """What a run has done so far.

    `saved` counts what `Archive.save` answered, `failures` the kinds of failure, `read` the sources by name that were
    read; of these, `given` are lists of addresses, behind which stands no document that answered.
    """

    saved: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    paused: set[str] = field(default_factory=set)
    links_found: int = 0
    run: int = 0
    seconds: float = 0.0
    stopped_by: str = ""
    alarms: tuple[Alarm, ...] = ()

    def count(self, outcome: Outcome, answer: str) -> None:
        """Counts one saved outcome."""
        match outcome:
            case Failure():
                self.failures[outcome.kind] += 1
            case SourceRead():
                self.read[outcome.source] += 1
                self.links_found += outcome.found
            case HostPaused():
                self.paused.add(outcome.host)
            case Fetched() | Unchanged():
                if answer == "failed":
                    self.failures["no-article"] += 1
                else:
                    self.saved[answer] += 1

    @property
    def pages(self) -> int:
        return self.saved.total()

    @property
    def sources(self) -> int:
        """Feeds, sitemaps and sections that answered."""
        return sum(count > self.given[name] for name, count in self.read.items())

    @property
    def failed(self) -> int:
        return sum(count for kind, count in self.failures.items() if kind not in POLITE)

    @property
    def nothing_reached(self) -> bool:
        """Whether the run asked, and no server answered."""
        return bool(self.failures) and not self.pages and not self.sources and set(self.failures) <= UNREACHABLE_KINDS

    def as_dict(self) -> dict[str, Any]:
        """The run's summary, for `--json`."""
        return {
            "run": self.run,
            "sources": self.sources,
            "links": self.links_found,
            "pages": self.pages,
            **{name: self.saved[name] for name in SAVED},
            "failed": self.failed,
            "robots": self.failures["robots"],
            "paused_hosts": len(self.paused),
            "failures": dict(sorted(self.failures.items())),
            "seconds": round(self.seconds, 2),
            "stopped_by": self.stopped_by or None,
            "alarms": [alarm.as_dict() for alarm in self.alarms],
        }


Watch = Callable[[Tally, Outcome], None]
"""Told of each saved outcome: a progress display, or nothing."""


def run_scrape(plan: RunPlan, *, watch: Watch = lambda tally, outcome: None, clock: Clock = now) -> Tally:
    """What the run did. `clock` gives the time of day. Raises `LockedError`, `ArchiveError`."""
    with locked(plan.archive), Archive.open(plan.archive, create=True) as archive:
        return asyncio.run(recorded_run(plan, watch, archive, clock))


async def recorded_run(plan: RunPlan, watch: Watch, archive: Archive, clock: Clock) -> Tally:
    """One run between its two entries in `runs`. The second is written even when the run ends in an error."""
    started = time.monotonic()
    tally = Tally(run=archive.start_run(at=clock(), sources=plan.sources_name))
    archive.retry_refused_hosts(None if plan.settings.allow_private else plan.settings.allow_hosts)

    def finish(note: str) -> None:
        tally.seconds = time.monotonic() - started
        archive.finish_run(tally.run, at=clock(), counts=counts_of(tally), note=note)

    stop = asyncio.Event()
    try:
        await stoppable(crawl_and_save(plan, watch, archive, tally, stop, clock), stop, tally, max_time=plan.max_time)
    except DamageError:
        raise  # nothing more is written to it
    except CuttingsError as exc:
        with suppress(ArchiveError):  # the disk is perhaps full: the first error is the one to tell
            finish(str(exc))
        raise
    finish(f"stopped by {tally.stopped_by}" if tally.stopped_by else "")
    tally.alarms = evaluate(archive, tally.run, at=clock())
    return tally


async def stoppable(
    work: Coroutine[Any, Any, None], stop: asyncio.Event, tally: Tally, *, max_time: float | None
) -> None:
    """Awaits `work`. SIGINT, SIGTERM and the end of its time set `stop` and are noted; it is cancelled a grace later.

    A second signal cancels it at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    timers: list[asyncio.TimerHandle] = []

    def end(why: str) -> None:
        if stop.is_set() and why != TIME_UP:
            task.cancel()
        if not stop.is_set():
            tally.stopped_by = why
            stop.set()
            timers.append(loop.call_later(GRACE, task.cancel))

    if max_time is not None:
        timers.append(loop.call_later(max_time, end, TIME_UP))
    caught: list[signal.Signals] = []
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, RuntimeError):  # not in the main thread: whoever runs us there sees to signals
                loop.add_signal_handler(number, end, number.name)
                caught.append(number)
        await task
    except asyncio.CancelledError:
        if not tally.stopped_by:
            raise
    finally:
        for timer in timers:
            timer.cancel()
        for number in caught:
            loop.remove_signal_handler(number)


async def crawl_and_save(
    plan: RunPlan, watch: Watch, archive: Archive, tally: Tally, stop: asyncio.Event, clock: Clock
) -> None:
    """Crawls, and saves what comes before more is taken. `archive` answers what is known from earlier runs."""
    tally.given.update(source.name for source in plan.sources if source.kind == "urls")
    pool_of = ExtractPool(plan.jobs, rules_paths=plan.rules_paths, with_chrome=archive.restored_addresses())
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer") as thread, pool_of as pool:
        writer = Writer(plan.archive, tally.run, plan.looks, thread, clock)
        try:
            await writer.open()
            outcomes = crawl(
                plan.sources,
                settings=plan.settings,
                known=asked_anyway(archive.known) if plan.insist else archive.known,
                waiting=lambda source: archive.waiting(source.name),
                pool=pool,
                clock=clock,
                max_pages=plan.max_pages,
                stop=stop,
                pauses={paused.host: Pause(paused.until, paused.reason) for paused in archive.paused()},
            )
            async with aclosing(cast("AsyncGenerator[Outcome, None]", outcomes)):
                await save_each(outcomes, writer, watch, tally)
        finally:
            await writer.close()


async def save_each(outcomes: AsyncIterator[Outcome], writer: Writer, watch: Watch, tally: Tally) -> None:
    """Saves outcomes as they come, which is in an order that a kill can cut anywhere: a source before all of its links."""
    async with aclosing(cast("AsyncGenerator[list[Outcome], None]", batches(outcomes))) as lists:
        async for batch in lists:
            saving = asyncio.ensure_future(writer.save(batch))
            try:
                await asyncio.shield(saving)
            finally:  # cancelled or not, what is saved counts
                for outcome, answer in zip(batch, await saving, strict=True):
                    tally.count(outcome, answer)
                    watch(tally, outcome)


def asked_anyway(known: Callable[[Sequence[str]], dict[str, Known]]) -> Callable[[Sequence[str]], dict[str, Known]]:
    """What `known` says, but everything is due."""
    return lambda urls: {url: replace(found, due=True) for url, found in known(urls).items()}


def counts_of(tally: Tally) -> dict[str, int]:
    """The counts of a `runs` row."""
    return {**{name: tally.saved[name] for name in SAVED}, "failed": tally.failed, "links": tally.links_found}


def summary_line(tally: Tally) -> str:
    """One line for people and logs.

    >>> summary_line(Tally(saved=Counter(new=3), failures=Counter(status=1, robots=2), read=Counter('ab'), seconds=4.2))
    '3 new, 1 failed (1 status), 2 left to robots.txt; 2 sources in 4.2 s'
    """
    parts = [f"{tally.saved[name]} {name}" for name in SAVED if tally.saved[name]] or ["nothing new"]
    if tally.failed:
        kinds = ", ".join(f"{count} {kind}" for kind, count in tally.failures.most_common() if kind not in POLITE)
        parts.append(f"{tally.failed} failed ({kinds})")
    if tally.failures["robots"]:
        parts.append(f"{tally.failures['robots']} left to robots.txt")
    if tally.failures["reserved"]:
        parts.append(f"{tally.failures['reserved']} reserved by their publishers")
    if tally.paused:
        parts.append(f"{counted(len(tally.paused), 'host')} left alone for a while")
    sources = f"; {counted(tally.sources, 'source')}" if tally.sources else ""
    stopped = f", stopped by {tally.stopped_by}" if tally.stopped_by else ""
    return f"{', '.join(parts)}{sources} in {tally.seconds:.1f} s{stopped}"
