"""The health page: for each source its last runs, its failing links, and how complete its articles are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from archive.monitoring.failures import MAX_LISTED, FailedLink, count_failures, failed_links
from archive.monitoring.status import SCRAPED
from archive.store.archive import Archive
from archive.store.distinct import distinct
from archive.store.records import select
from archive.web.limits import in_time

MAX_PLOT_RUNS: Final = 30
"""Runs in the plot of a source."""
MAX_RUNS_READ: Final = 60
"""Newest runs that are read. A source may be missing from some."""
MAX_SAMPLE_ARTICLES: Final = 60
"""Newest articles of a source from which its shares and lengths are computed."""
MAX_SOURCES: Final = 500
"""Sources that the page lists."""
MAX_ALARMS: Final = 50
"""Open alarms that the page lists."""
MAX_FAILING: Final = 5
"""Failing links of a source that the page lists."""
MAX_SECONDS: Final = 3.0
"""Time for reading all sources. The page says so if reading took longer."""
LINE_POINTS: Final = 12
"""Points of the line of text lengths."""

TALLIES_SQL: Final = """
SELECT tallies.run_id AS run, tallies.source, min(runs.started_at) AS started_at,
       sum(CASE WHEN outcome IN ('new', 'revised', 'duplicate') THEN number ELSE 0 END) AS came,
       sum(CASE WHEN outcome = 'failed' THEN number ELSE 0 END) AS failed,
       max(outcome IN ('new', 'revised', 'same', 'duplicate', 'worse', 'unchanged', 'found')) AS answered
FROM tallies JOIN runs ON runs.id = tallies.run_id
WHERE tallies.run_id > (SELECT max(id) FROM runs) - :runs GROUP BY tallies.run_id, tallies.source ORDER BY tallies.run_id"""

SAMPLE_SQL: Final = """
SELECT words, authors <> '[]' AS authored, published IS NOT NULL AS dated, verdict = 'ok' AS complete, first_seen, id
FROM articles WHERE source = ? ORDER BY first_seen DESC, id DESC LIMIT ?"""


REMOVED_SQL: Final = "SELECT removed FROM vitals WHERE source = ? ORDER BY run_id DESC LIMIT 1"

ALARMS_SQL: Final = """
SELECT source, kind, raised_at, seen_at, detail FROM alarms WHERE closed_at IS NULL ORDER BY id DESC LIMIT :most"""


@dataclass(frozen=True, slots=True)
class RunOfSource:
    """Results of one run for one source: articles archived, links failed, and whether anything answered."""

    run: int
    started_at: str
    came: int
    failed: int
    answered: int


@dataclass(slots=True)
class SourceHealth:
    """One source. Shares are percentages of its `sample` newest articles; None without articles.

    `removed` is the share of characters removed from the pages of its last run.
    """

    source: str
    runs: list[RunOfSource] = field(default_factory=list)
    failures: list[tuple[str, int]] = field(default_factory=list)
    gone: int = 0
    requested: dict[str, int] = field(default_factory=dict)
    sample: int = 0
    lengths: list[float] = field(default_factory=list)
    median_words: int | None = None
    authored: int | None = None
    dated: int | None = None
    complete: int | None = None
    removed: int | None = None
    newest: str = ""
    last_success: str = ""

    @property
    def failed(self) -> int:
        return sum(number for _, number in self.failures)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An open alarm of a source."""

    source: str
    kind: str
    raised_at: str
    seen_at: str
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """The page. `sources` is None if reading took too long. `last_run` is the start and end of the last scrape.

    `failing` are links that failed and are retried, of each source the last tried.
    """

    sources: tuple[SourceHealth, ...] | None
    alarms: tuple[Alarm, ...]
    last_run: tuple[str, str | None] | None
    failing: tuple[FailedLink, ...] = ()
    sample: int = MAX_SAMPLE_ARTICLES


def read_health(archive: Archive) -> Health:
    """Every source, and the open alarms."""
    run = archive.db.conn.execute(
        f"SELECT started_at, finished_at FROM runs WHERE {SCRAPED} ORDER BY id DESC LIMIT 1"
    ).fetchone()
    sources = in_time(archive.db.conn, MAX_SECONDS, lambda: tuple(read_sources(archive)))
    failing = [
        link for one in sources or () if one.failures for link in failed_links(archive.db, one.source, most=MAX_FAILING)
    ]
    return Health(
        sources=sources,
        failing=tuple(failing[:MAX_LISTED]),
        alarms=tuple(read_alarms(archive)),
        last_run=tuple(run) if run else None,
    )


def read_sources(archive: Archive) -> list[SourceHealth]:
    """Sources by name, with their runs, failures and samples."""
    names = distinct(archive.db.conn, "source", table="links", most=MAX_SOURCES)
    sources = {name: SourceHealth(name) for name in names}
    for row in select(archive.db, TALLIES_SQL, {"runs": MAX_RUNS_READ}):
        if source := sources.get(row.pop("source")):
            source.runs.append(RunOfSource(**row))
    for name, counts in count_failures(archive.db).items():
        if name in sources:
            sources[name].failures = sorted(counts.failed.items(), key=lambda pair: -pair[1])
            sources[name].gone = sum(counts.gone.values())
            sources[name].requested = counts.requested
    for source in sources.values():
        source.last_success = next((run.started_at for run in reversed(source.runs) if run.answered), "")
        del source.runs[:-MAX_PLOT_RUNS]
        add_sample(source, list(select(archive.db, SAMPLE_SQL, (source.source, MAX_SAMPLE_ARTICLES))))
        latest = archive.db.conn.execute(REMOVED_SQL, (source.source,)).fetchone()
        source.removed = None if latest is None or latest[0] is None else round(100 * latest[0])
    return sorted(sources.values(), key=lambda source: in_order(source.source))


def in_order(name: str) -> list[tuple[int, str]]:
    """A sort key for names that orders the numbers in them by value.

    >>> sorted(["site10", "site2", "Site1"], key=in_order)
    ['Site1', 'site2', 'site10']
    """
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,15})", name.casefold())]


def add_sample(source: SourceHealth, rows: list[dict[str, Any]]) -> None:
    """Add the lengths and shares of the newest articles."""
    if not rows:
        return
    source.sample = len(rows)
    source.newest = rows[0]["first_seen"]
    words = [row["words"] for row in reversed(rows)]
    source.median_words = round(median(words))
    size = max(1, -(-len(words) // LINE_POINTS))
    source.lengths = [median(words[at : at + size]) for at in range(0, len(words), size)]
    source.authored, source.dated, source.complete = (
        round(100 * sum(row[key] for row in rows) / len(rows)) for key in ("authored", "dated", "complete")
    )


def read_alarms(archive: Archive) -> Iterator[Alarm]:
    """Open alarms, newest first."""
    for row in select(archive.db, ALARMS_SQL, {"most": MAX_ALARMS}):
        yield Alarm(**row)
