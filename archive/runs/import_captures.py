"""Import of captures: pages of WARC files are extracted in parallel and stored, without the network.

::

    files ─► captures that are wanted and new ─► worker processes: extract, join ─► decide ─► small transactions
                       ▲                                                              │
                       └────────── captures: what was imported before ◄───────────────┘

A run that is cut leaves whole articles, and the next run continues after them. A run that finds nothing new writes nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from archive.runs.import_report import ImportReport
from archive.runs.writer import MAX_BATCH_BYTES, now
from archive.schema.stage import Stage, StageWatch, ignore_stage
from archive.store.archive import Archive
from archive.store.captures import IMPORTED, ImportVisit, is_known, mark_revisited, would_move
from archive.store.columns import iso
from archive.store.connection import archive_errors, transaction
from archive.store.sites import resolve_sites, site_name
from scraper.captures.reader import CaptureFile, Revisit
from scraper.crawl.capture_task import CaptureTask, extract_capture
from scraper.errors import ExtractError, InputError
from scraper.types import Extraction, Fetched, Link

PAGES_PER_TRANSACTION: Final = 20
"""Another writer waits some milliseconds for them, and a kill loses at most this work."""
MAX_WAITING_REVISITS: Final = 100_000
"""Addresses whose last visit is kept until their articles are written."""
MAX_AHEAD: Final = timedelta(days=1)
"""Captures of a later time are not believed: their time would outlast all later visits."""


class MapOrdered(Protocol):
    """Extracts pages, in order: `ExtractPool.map_ordered`, or a plain map in tests."""

    def __call__(
        self, task: Callable[[CaptureTask], Extraction], items: Iterable[CaptureTask]
    ) -> Iterator[Extraction | ExtractError]: ...


@dataclass(frozen=True, slots=True)
class CaptureSelection:
    """Captures to import: of a site, captured since a time and before another one."""

    site: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class ImportRun:
    """One import. Its row in `runs` is written with the first change, so `run_id` is None until then.

    With `refetch`, new links are due at once, as links of `add`.
    """

    archive: Archive
    selection: CaptureSelection
    rules_hash: str
    rules_paths: tuple[Path, ...] = ()
    refetch: bool = False
    clock: Callable[[], datetime] = now
    report: ImportReport = field(default_factory=ImportReport)
    run_id: int | None = None
    revisits: dict[str, str] = field(default_factory=dict)

    def skip_rule(self) -> Callable[[str, datetime], str]:
        """Why a capture is not imported, as a function of its address and time."""
        chosen, latest = self.selection, self.clock() + MAX_AHEAD
        on_site = self.site_rule()

        def skip(url: str, at: datetime) -> str:
            if at > latest:
                return "date"
            if (chosen.since and at < chosen.since) or (chosen.until and at >= chosen.until):
                return "time"
            if not on_site(url):
                return "site"
            with archive_errors(self.archive.path):
                return "known" if is_known(self.archive.db, url, iso(at), self.rules_hash) else ""

        return skip

    def site_rule(self) -> Callable[[str], bool]:
        """Whether an address is on the selected site: a host, or the name of a site whose articles are stored."""
        if not self.selection.site:
            return lambda url: True
        conn = self.archive.db.conn
        with archive_errors(self.archive.path):
            sites = resolve_sites(conn, (self.selection.site,))
            condition, values = sites.condition()
            hosts = {host for (host,) in conn.execute(f"SELECT DISTINCT host FROM articles WHERE {condition}", values)}
        return lambda url: sites.includes(url) or site_name(url) in hosts

    def note_revisit(self, revisit: Revisit) -> None:
        """Keep the last visit of an address until the articles before it are written."""
        if len(self.revisits) >= MAX_WAITING_REVISITS:
            self.save_revisits()
        self.revisits[revisit.url] = max(iso(revisit.at), self.revisits.get(revisit.url, ""))
        self.report.revisits += 1

    def save_revisits(self) -> None:
        """Note the last visits of articles that are stored."""
        with archive_errors(self.archive.path):
            moving = [visit for visit in self.revisits.items() if would_move(self.archive.db, *visit)]
        self.revisits.clear()
        if not moving:
            return
        self.started()
        with archive_errors(self.archive.path), transaction(self.archive.db):
            for url, at in moving:
                mark_revisited(self.archive.db, url, at)
        self.report.seen_again += len(moving)

    def save(self, pairs: Sequence[tuple[CaptureTask, Extraction | ExtractError]]) -> None:
        """Store extracted captures in one transaction."""
        fetched: list[Fetched] = []
        for task, found in pairs:
            if isinstance(found, ExtractError):
                self.report.failures.append(str(found))
            else:
                fetched.append(Fetched(Link(task.url, IMPORTED), task.page, found, parts=task.parts))
        if not fetched:
            return
        next_try = iso(self.clock()) if self.refetch else None
        visit = ImportVisit(self.started(), self.rules_hash, next_try)
        self.report.outcomes.update(self.archive.save_captures(fetched, visit))

    def started(self) -> int:
        """The run's number; its row is written with the first call."""
        if self.run_id is None:
            names = " ".join(self.report.files)
            self.run_id = self.archive.start_run(at=self.clock(), sources=f"import {names}"[:1000])
        return self.run_id

    def finish(self) -> None:
        """Record that the run ended, if it began."""
        if self.run_id is not None:
            note = f"stopped by {self.report.stopped_by}" if self.report.stopped_by else ""
            self.archive.finish_run(self.run_id, at=self.clock(), counts=self.report.counts(), note=note)


def import_files(
    run: ImportRun,
    files: Sequence[Path],
    map_ordered: MapOrdered,
    *,
    stopped: Callable[[], bool],
    watch: StageWatch = ignore_stage,
) -> None:
    """Import files, in order. `stopped` is checked between two records; pages under way are finished.

    Raises `ArchiveError`.
    """
    waiting: deque[CaptureTask] = deque()
    run.report.files = [path.name for path in files]

    def tasks() -> Iterator[CaptureTask]:
        skip = run.skip_rule()
        for path in files:
            for task in read_tasks(run, CaptureFile(path, skip), watch):
                if stopped():
                    return
                waiting.append(task)
                yield task

    chunk: list[tuple[CaptureTask, Extraction | ExtractError]] = []
    for extraction in map_ordered(extract_capture, tasks()):
        chunk.append((waiting.popleft(), extraction))
        if len(chunk) >= PAGES_PER_TRANSACTION or sum(task.body_bytes for task, _ in chunk) >= MAX_BATCH_BYTES:
            run.save(chunk)
            chunk.clear()
    run.save(chunk)
    run.save_revisits()


def read_tasks(run: ImportRun, file: CaptureFile, watch: StageWatch) -> Iterator[CaptureTask]:
    """The wanted captures of a file. Its counts are added to the report when it ends, also early."""
    size = file.path.stat().st_size
    try:
        for found in file.read():
            watch(Stage(file.path.name, min(file.position, size), size))
            if isinstance(found, Revisit):
                run.note_revisit(found)
            else:
                yield CaptureTask(found.page, found.parts, run.rules_paths)
    except InputError as exc:
        file.damages.append(str(exc))
    finally:
        run.report.count_file(file)
