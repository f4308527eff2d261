"""One scrape run: lock → crawl → save → a row in `runs` → a summary.

::

    sources ─► scraper.crawl (event loop + worker processes) ─► outcomes ─► one writer thread ─► archive
                    ▲                                                              │
                    └─────────── known URLs: the main thread's connection ◄────────┘

An outcome is awaited until it is saved, so a slow disk slows the crawl and memory stays flat. An item that fails is
counted; an archive that fails (full disk, damage) ends the run with `ArchiveError`. SIGINT and SIGTERM end it early:
what was saved stays, the `runs` row says so.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from archive.exits import UNANSWERED
from archive.lock import locked
from archive.store import Archive
from scraper.crawl import crawl
from scraper.errors import ArchiveError, CuttingsError
from scraper.fetch import Settings
from scraper.types import Failure, Fetched, Link, Outcome, Source, SourceRead, Unchanged
from scraper.workers import ExtractPool

T = TypeVar("T")

POLITE: Final = frozenset({"robots"})
"""Kinds of failure that are not one: what a site asks us to leave, we leave."""

SAVED: Final = ("new", "revised", "same", "duplicate", "worse", "unchanged")
"""What can become of a page, in the order of the summary."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do. `sources_name` is kept in the `runs` row; `jobs` is the number of extracting processes."""

    archive: Path
    sources: tuple[Source, ...]
    sources_name: str
    settings: Settings
    jobs: int
    rules_paths: tuple[Path, ...] = ()


@dataclass(slots=True)
class Tally:
    """What a run has done so far.

    `saved` counts what `Archive.save` answered, `failures` the kinds of failure, `ended` the sources by name whose links
    are all settled; of these, `given` are lists of addresses, behind which stands no document that answered.
    """

    saved: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    links_found: int = 0
    run: int = 0
    seconds: float = 0.0
    stopped_by: str = ""

    def count(self, outcome: Outcome, answer: str) -> None:
        """Counts one saved outcome."""
        match outcome:
            case Failure():
                self.failures[outcome.kind] += 1
            case SourceRead():
                self.ended[outcome.source] += 1
                self.links_found += outcome.found
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
        return sum(count > self.given[name] for name, count in self.ended.items())

    @property
    def failed(self) -> int:
        return sum(count for kind, count in self.failures.items() if kind not in POLITE)

    @property
    def nothing_reached(self) -> bool:
        """Whether the run asked, and no server answered."""
        return bool(self.failures) and not self.pages and not self.sources and set(self.failures) <= UNANSWERED

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
            "failures": dict(sorted(self.failures.items())),
            "seconds": round(self.seconds, 2),
            "stopped_by": self.stopped_by or None,
        }


Watch = Callable[[Tally, Outcome], None]
"""Told of each saved outcome: a progress display, or nothing."""


def run_scrape(plan: Plan, *, watch: Watch = lambda tally, outcome: None) -> Tally:
    """What the run did. Raises `LockedError`, `ArchiveError`."""
    with locked(plan.archive), Archive.open(plan.archive, create=True) as archive:
        return asyncio.run(recorded_run(plan, watch, archive))


async def recorded_run(plan: Plan, watch: Watch, archive: Archive) -> Tally:
    """One run between its two entries in `runs`. The second is written even when the run ends in an error."""
    started = time.monotonic()
    tally = Tally(run=archive.start_run(at=now(), sources=plan.sources_name))

    def finish(note: str) -> None:
        tally.seconds = time.monotonic() - started
        archive.finish_run(tally.run, at=now(), counts=counts_of(tally), note=note)

    try:
        await stoppable(crawl_and_save(plan, watch, archive, tally), tally)
    except CuttingsError as exc:
        with suppress(ArchiveError):  # the disk is perhaps full: the first error is the one to tell
            finish(str(exc))
        raise
    finish(f"stopped by {tally.stopped_by}" if tally.stopped_by else "")
    return tally


async def stoppable(work: Any, tally: Tally) -> None:
    """Awaits `work`; SIGINT and SIGTERM cancel it, and are noted in the tally."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)

    def stop(number: signal.Signals) -> None:
        tally.stopped_by = number.name
        task.cancel()

    caught: list[signal.Signals] = []
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, RuntimeError):  # not in the main thread: whoever runs us there sees to signals
                loop.add_signal_handler(number, stop, number)
                caught.append(number)
        await task
    except asyncio.CancelledError:
        if not tally.stopped_by:
            raise
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


async def crawl_and_save(plan: Plan, watch: Watch, archive: Archive, tally: Tally) -> None:
    """Crawls, and saves each outcome before the next is taken. `archive` answers what is known from earlier runs."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer") as thread, ExtractPool(plan.jobs, rules_paths=plan.rules_paths) as pool:
        writer = Writer(plan.archive, tally.run, thread)
        try:
            await writer.open()
            sources = with_pending(plan.sources, archive.pending(at=now()))
            tally.given.update(source.name for source in sources if source.kind == "urls")
            outcomes = crawl(
                sources,
                settings=plan.settings,
                known=archive.known,
                pool=pool,
                clock=now,
                sleep=asyncio.sleep,
            )
            async with aclosing(cast("AsyncGenerator[Outcome, None]", outcomes)):
                await save_each(outcomes, writer, watch, tally)
        finally:
            await writer.close()


async def save_each(outcomes: AsyncIterator[Outcome], writer: Writer, watch: Watch, tally: Tally) -> None:
    """Saves outcomes as they come, which is in an order that a kill can cut anywhere: a source after all of its links."""
    async for outcome in outcomes:
        tally.count(outcome, await writer.save(outcome))
        watch(tally, outcome)


class Writer:
    """The one connection that writes, in a thread of its own: SQLite's is bound to the thread that opened it."""

    def __init__(self, path: Path, run: int, thread: ThreadPoolExecutor) -> None:
        self.path = path
        self.run = run
        self.thread = thread
        self.archive: Archive | None = None

    async def open(self) -> None:
        """Opens the archive. Raises `ArchiveError`."""
        self.archive = await self.call(Archive.open, self.path)

    async def save(self, outcome: Outcome) -> str:
        """What became of the outcome. Raises `ArchiveError`."""
        assert self.archive is not None
        return await self.call(save, self.archive, outcome, self.run)

    async def close(self) -> None:
        """Closes the archive, after what is being written."""
        if self.archive is not None:
            await self.call(self.archive.close)

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, *arguments)


def with_pending(sources: Sequence[Source], pending: Sequence[Link]) -> tuple[Source, ...]:
    """The sources, and for each with failed links that are due again a second one that names these links."""
    due: dict[str, list[str]] = {}
    for link in pending:
        due.setdefault(link.source, []).append(link.url)
    again = [replace(source, kind="urls", urls=tuple(due[source.name])) for source in sources if source.name in due]
    return (*sources, *again)


def save(archive: Archive, outcome: Outcome, run: int) -> str:
    """What became of the outcome in the archive."""
    return archive.save(outcome, run=run, at=now())


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def counts_of(tally: Tally) -> dict[str, int]:
    """The counts of a `runs` row."""
    return {**{name: tally.saved[name] for name in SAVED}, "failed": tally.failed, "links": tally.links_found}


def summary_line(tally: Tally) -> str:
    """One line for people and logs.

    >>> summary_line(Tally(saved=Counter(new=3), failures=Counter(status=1, robots=2), ended=Counter('ab'), seconds=4.2))
    '3 new, 1 failed (1 status), 2 left to robots.txt; 2 sources in 4.2 s'
    """
    parts = [f"{tally.saved[name]} {name}" for name in SAVED if tally.saved[name]] or ["nothing new"]
    if tally.failed:
        kinds = ", ".join(f"{count} {kind}" for kind, count in tally.failures.most_common() if kind not in POLITE)
        parts.append(f"{tally.failed} failed ({kinds})")
    if tally.failures["robots"]:
        parts.append(f"{tally.failures['robots']} left to robots.txt")
    sources = f"; {tally.sources} source{'' if tally.sources == 1 else 's'}" if tally.sources else ""
    stopped = f", stopped by {tally.stopped_by}" if tally.stopped_by else ""
    return f"{', '.join(parts)}{sources} in {tally.seconds:.1f} s{stopped}"
