"""The status of an archive: its size, its last run, failures by source, and open alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from archive.monitoring.alarms import Alarm, open_alarms
from archive.monitoring.source_metrics import SourceMetrics, latest_metrics, read_past_metrics
from archive.monitoring.thresholds import usual_median
from archive.store.archive import Archive
from archive.store.columns import iso, moment
from archive.store.connection import archive_errors
from archive.store.links import read_paused
from archive.store.records import select, time
from archive.store.sites import count_hosts
from scraper.types import HostPaused

TABLES: Final = ("articles", "revisions", "removals", "pages", "links", "runs")


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `finished_at` is None while the run works, and stays None if the run was killed."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    sources: str
    counts: Mapping[str, int]
    note: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source. Means and percentages are over its articles, None without an article.

    `failures` counts links by kind of failure. Of the source's links, `waiting` were not fetched yet and `due` are to be
    retried or refetched now. `next_try` is the earliest time at which any link is due, None for never. `metrics` are those
    of the last run with pages, `usual_chars` the median length of texts in earlier runs.
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
    metrics: SourceMetrics | None = None
    usual_chars: float = 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """The whole archive. `rows` counts rows by table, `bytes` is the file's size without its log, `alarms` are open."""

    rows: Mapping[str, int]
    duplicates: int
    sites: int
    bytes: int
    last_run: Run | None
    sources: tuple[SourceHealth, ...]
    paused: tuple[HostPaused, ...]
    alarms: tuple[Alarm, ...] = ()


_DUE: Final = """
SELECT count(*) FROM links
WHERE source = ? AND kind = 'page' AND next_try IS NOT NULL AND next_try <= ? AND state <> 'new'"""
"""One index holds all of it: `links_by_due`."""

SCRAPED: Final = "sources NOT IN ('restore', 'reextract')"
"""A condition on `runs`: the run fetched pages."""


def status_dict(found: Status) -> dict[str, Any]:
    """The status as `status --json` prints it."""
    sources = [
        {"vitals" if name == "metrics" else name: value for name, value in asdict(source).items()}
        | {"vitals": source.metrics and source.metrics.as_dict()}
        for source in found.sources
    ]
    return asdict(found) | {"sources": sources}


def status(archive: Archive, *, at: datetime) -> Status:
    """The status at this time, which is now."""
    with archive_errors(archive.path):
        return Status(
            rows={table: _number(archive, f"SELECT count(*) FROM {table}") for table in TABLES},
            duplicates=_number(archive, "SELECT count(*) FROM articles WHERE duplicate_of IS NOT NULL"),
            sites=count_hosts(archive.db.conn),
            bytes=_number(archive, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
            last_run=_last_run(archive),
            sources=_sources(archive, now=iso(at)),
            paused=read_paused(archive.db, at=at),
            alarms=open_alarms(archive.db),
        )


def _usual_chars(archive: Archive, metrics: SourceMetrics | None) -> float:
    return usual_median(read_past_metrics(archive.db, metrics)) if metrics else 0.0


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
    metrics = latest_metrics(archive.db)
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
            due=archive.db.conn.execute(_DUE, (row["source"], now)).fetchone()[0],
            next_try=moment(row["next_try"]),
            metrics=metrics.get(row["source"]),
            usual_chars=_usual_chars(archive, metrics.get(row["source"])),
        )
        for row in select(archive.db, "SELECT * FROM health")
    )
