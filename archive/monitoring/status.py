"""The status of an archive: its size, its last run, failures by source, and open alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from archive.monitoring.alarms import Alarm, open_alarms
from archive.monitoring.failures import FailedLink, FailureCounts, count_failures, failed_links
from archive.monitoring.source_metrics import SourceMetrics, latest_metrics, read_past_metrics
from archive.monitoring.thresholds import usual_median
from archive.store.archive import Archive
from archive.store.columns import iso, moment
from archive.store.connection import archive_errors
from archive.store.links import BY_HAND, read_paused
from archive.store.records import select, time
from archive.store.sites import count_hosts
from scraper.types import HostPaused

TABLES: Final = ("articles", "revisions", "removals", "pages", "links", "runs")


_ROWS: Final = {
    "removals": """
SELECT (SELECT count(*) FROM removals) - (
  SELECT count(*) FROM removals WHERE revision_id IN (
    SELECT revisions.id FROM revisions JOIN articles ON articles.id = revisions.article_id
    WHERE revisions.number <> articles.revision AND revisions.article_id IN (SELECT article_id FROM revisions WHERE number > 1)))"""
}
"""Tables of which not every row counts: a block is removed again from each revision. Articles with several are few."""


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

    `failures` counts links that are retried by kind of failure, `gone` those that are never fetched again, `requested` those
    that the site asked not to fetch. `failed_links` are the newest of the first. Of the source's links, `waiting` were not fetched yet and `due` are to be
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
    gone: Mapping[str, int]
    requested: Mapping[str, int]
    waiting: int
    due: int
    next_try: datetime | None
    metrics: SourceMetrics | None = None
    usual_chars: float = 0.0
    failed_links: tuple[FailedLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The whole archive. `rows` counts rows by table, of `removals` those of the newest texts only. `bytes` is the file's size without its log, `alarms` are open."""

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

_READ: Final = """
SELECT tallies.source, max(runs.started_at) FROM tallies JOIN runs ON runs.id = tallies.run_id
WHERE tallies.run_id > (SELECT max(id) FROM runs) - :runs AND tallies.outcome = 'found' AND tallies.source <> :by_hand
GROUP BY tallies.source"""
MAX_RUNS_READ: Final = 200
"""Newest runs in which the last answer of a source is looked for. A feed without validators is no link: its row has no answer."""

NO_FAILURES: Final = FailureCounts()

SCRAPED: Final = "sources NOT IN ('restore', 'reextract')"
"""A condition on `runs`: the run fetched pages."""


def status_dict(found: Status) -> dict[str, Any]:
    """The status as `status --json` prints it."""
    sources = [
        {"vitals" if name == "metrics" else name: value for name, value in asdict(source).items()}
        | {"vitals": source.metrics and source.metrics.as_dict()}
        | {"failed_links": [link.as_dict() for link in source.failed_links]}
        for source in found.sources
    ]
    return asdict(found) | {"sources": sources}


def status(archive: Archive, *, at: datetime) -> Status:
    """The status at this time, which is now."""
    with archive_errors(archive.path):
        return Status(
            rows={table: _number(archive, _ROWS.get(table, f"SELECT count(*) FROM {table}")) for table in TABLES},
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
    counts = count_failures(archive.db)
    read = dict(archive.db.conn.execute(_READ, {"runs": MAX_RUNS_READ, "by_hand": BY_HAND}).fetchall())
    metrics = latest_metrics(archive.db)
    return tuple(
        SourceHealth(
            source=row["source"],
            articles=row["articles"],
            newest=moment(row["newest"]),
            mean_words=row["mean_words"],
            percent_with_author=row["percent_with_author"],
            percent_with_date=row["percent_with_date"],
            last_success=moment(max(row["last_success"] or "", read.get(row["source"], "")) or None),
            failures=counts.get(row["source"], NO_FAILURES).failed,
            gone=counts.get(row["source"], NO_FAILURES).gone,
            requested=counts.get(row["source"], NO_FAILURES).requested,
            failed_links=failed_links(archive.db, row["source"]) if row["source"] in counts else (),
            waiting=row["waiting"],
            due=archive.db.conn.execute(_DUE, (row["source"], now)).fetchone()[0],
            next_try=moment(row["next_try"]),
            metrics=metrics.get(row["source"]),
            usual_chars=_usual_chars(archive, metrics.get(row["source"])),
        )
        for row in select(archive.db, "SELECT * FROM health")
    )
