"""Numbers on an archive: how much is in it, how the last run went, what fails where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from archive.monitoring.alarms import Alarm, open_alarms, usual_median
from archive.monitoring.source_metrics import SourceMetrics, latest, read_past
from archive.store.columns import iso, moment
from archive.store.connection import archive_errors
from archive.store.links import read_paused
from archive.store.records import select, time
from scraper.types import HostPaused

if TYPE_CHECKING:
    from archive.store.archive import Archive

TABLES: Final = ("articles", "revisions", "removals", "pages", "links", "runs")


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `finished_at` is None while it runs, and for ever when it was killed."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    sources: str
    counts: Mapping[str, int]
    note: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source. Means and shares are over its articles, None without one; `failures` are links by kind, by now.

    Of its links, `waiting` were never asked for, `due` are to be tried or looked at again now; `next_try` is the time from
    which the next run has anything to ask for of itself, None for never.
    `vitals` are of the last run that brought pages, `usual_chars` the median length of texts in the runs before it.
    """

    source: str
    articles: int
    newest: datetime | None
    mean_words: float | None
    percent_with_author: float | None
    percent_with_date: float | None
    last_success: datetime | None
    failures: Mapping[str, int]
    waiting: int
    due: int
    next_try: datetime | None
    vitals: SourceMetrics | None = None
    usual_chars: float = 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """The whole archive; `alarms` are those that are open. `rows` counts rows by table, `bytes` is the file's size without its log; `paused` hosts are left alone."""

    rows: Mapping[str, int]
    duplicates: int
    sites: int
    bytes: int
    last_run: Run | None
    sources: tuple[SourceHealth, ...]
    paused: tuple[HostPaused, ...]
    alarms: tuple[Alarm, ...] = ()


SCRAPED: Final = "sources NOT IN ('restore', 'reextract')"
"""Of `runs`: those that fetched something."""


def status(archive: Archive, *, at: datetime) -> Status:
    """The archive's numbers at a time, which is now."""
    with archive_errors(archive.path):
        return Status(
            rows={table: _number(archive, f"SELECT count(*) FROM {table}") for table in TABLES},
            duplicates=_number(archive, "SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL"),
            sites=_number(archive, "SELECT count(DISTINCT host) FROM articles"),
            bytes=_number(archive, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
            last_run=_last_run(archive),
            sources=_sources(archive, now=iso(at)),
            paused=read_paused(archive.db, now=iso(at)),
            alarms=open_alarms(archive.db),
        )


def _number(archive: Archive, sql: str) -> int:
    return int(archive.db.conn.execute(sql).fetchone()[0])


def _last_run(archive: Archive) -> Run | None:
    row = next(select(archive.db, f"SELECT * FROM runs WHERE {SCRAPED} ORDER BY id DESC LIMIT 1"), None)
    if row is None:
        return None
    return Run(
        id=row["id"],
        started_at=time(row["started_at"]),
        finished_at=moment(row["finished_at"]),
        sources=row["sources"],
        counts=json.loads(row["counts"]),
        note=row["note"],
    )


def _sources(archive: Archive, *, now: str) -> tuple[SourceHealth, ...]:
    failures: dict[str, dict[str, int]] = {}
    failing = "SELECT source, error, count(*) FROM links WHERE state IN ('failed', 'gone') GROUP BY source, error"
    for source, kind, count in archive.db.conn.execute(failing):
        failures.setdefault(source, {})[kind] = count
    counts = "SELECT source, total(kind = 'page' AND state <> 'new' AND next_try <= ?) FROM links GROUP BY source"
    due = {
        source: int(count) for source, count in archive.db.conn.execute(counts, (now,))
    }  # no WHERE: one index holds all of it
    vitals = latest(archive.db)
    return tuple(
        SourceHealth(
            source=row["source"],
            articles=row["articles"],
            newest=moment(row["newest"]),
            mean_words=row["mean_words"],
            percent_with_author=row["percent_with_author"],
            percent_with_date=row["percent_with_date"],
            last_success=moment(row["last_success"]),
            failures=failures.get(row["source"], {}),
            waiting=row["waiting"],
            due=due.get(row["source"], 0),
            next_try=moment(row["next_try"]),
            vitals=vitals.get(row["source"]),
            usual_chars=usual_median(read_past(archive.db, vitals[row["source"]])) if row["source"] in vitals else 0.0,
        )
        for row in select(archive.db, "SELECT * FROM health")
    )
