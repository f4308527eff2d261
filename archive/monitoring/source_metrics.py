"""How whole what a source brings is, run by run: the samples of a run's pages become one row of `vitals` a source.

A run that was killed left its samples; the next one reckons them up first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from sqlite_utils import Database

from archive.store.columns import moment
from archive.store.links import BY_HAND
from archive.store.records import select
from scraper.rules.reasons import UNWATCHED_IDS

HISTORY: Final = 20
"""Runs that a source's past is made of."""
NEWS: Final = 30
"""Runs with news, whose gaps say how often a source has some."""
DAY: Final = 86_400.0
_FOLD: Final = """
INSERT OR REPLACE INTO vitals (run_id, source, pages, revisits, emptied, shortened, textless,
  with_author, with_date, removed, eaters)
SELECT :run, source, count(*), count(stored),
  coalesce(sum(stored > 0 AND (chars < 0.1 * stored OR (outcome = 'worse' AND chars >= 0.6 * stored))), 0),
  coalesce(sum(stored > 0 AND chars >= 0.1 * stored AND chars < 0.6 * stored), 0),
  sum(stored IS NULL AND outcome = 'failed'),
  avg(CASE WHEN chars > 0 THEN has_author END), avg(CASE WHEN chars > 0 THEN has_date END),
  sum(removed) * 1.0 / nullif(sum(removed) + sum(chars), 0), '{}'
FROM samples WHERE run_id = :run GROUP BY source"""

_MEDIANS: Final = """
SELECT chars, source FROM (
  SELECT source, chars, row_number() OVER (PARTITION BY source ORDER BY chars) AS place, count(*) OVER (PARTITION BY source) AS many
  FROM samples WHERE run_id = ? AND chars > 0)
WHERE place = (many + 1) / 2"""

_EATERS: Final = """
SELECT source, rule, count(*) FROM samples
WHERE run_id = :run AND rule <> '' AND rule NOT IN (SELECT value FROM json_each(:unwatched)) AND taken >= 500 AND taken * 3 > removed + chars
GROUP BY source, rule ORDER BY source, rule"""

_PAST: Final = """
SELECT vitals.* FROM vitals JOIN runs ON runs.id = vitals.run_id
WHERE vitals.source = :source AND vitals.run_id < :run
  AND NOT EXISTS (
    SELECT 1 FROM alarms WHERE alarms.source = vitals.source
      AND coalesce(runs.finished_at, runs.started_at) >= alarms.raised_at AND runs.started_at <= alarms.seen_at)
  AND runs.started_at >= coalesce((
    SELECT max(closed_at) FROM alarms WHERE alarms.source = vitals.source AND closed_by = 'reader'), '')
ORDER BY vitals.run_id DESC LIMIT :limit"""

_TALLIES: Final = (
    "SELECT outcome, error, sum(number) AS number FROM tallies WHERE run_id = ? AND source = ? GROUP BY outcome, error"
)
_READ_RUNS: Final = "SELECT count(*) FROM tallies WHERE source = ? AND outcome = 'found' AND number > 0 AND run_id < ?"
_NEWS: Final = """
SELECT DISTINCT runs.started_at FROM tallies JOIN runs ON runs.id = tallies.run_id
WHERE tallies.source = ? AND tallies.outcome IN ('new', 'duplicate') AND tallies.run_id <= ?
ORDER BY runs.started_at DESC LIMIT ?"""
_ROBOTS: Final = """
SELECT coalesce(sum(CASE WHEN error = 'robots' THEN number END), 0), coalesce(sum(number), 0)
FROM tallies WHERE source = ? AND run_id < ? AND outcome NOT IN ('found', 'wanted')"""

REACHED: Final = ("new", "revised", "same", "duplicate", "worse", "unchanged")
"""Outcomes of pages that a server gave, or said to be unchanged."""


@dataclass(frozen=True, slots=True)
class SourceMetrics:
    """One row: see the table's comments. Shares are 0 to 1, None without a text."""

    run_id: int
    source: str
    pages: int = 0
    revisits: int = 0
    emptied: int = 0
    shortened: int = 0
    textless: int = 0
    median_chars: int | None = None
    with_author: float | None = None
    with_date: float | None = None
    removed: float | None = None
    eaters: Mapping[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> int:
        """Pages with a text."""
        return self.pages - self.emptied - self.textless

    @property
    def fresh(self) -> int:
        """Pages that no text was there of."""
        return self.pages - self.revisits


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    """What there is to judge a source by after a run: the run's own figures, and those of the runs before it.

    `reached`, `robots` and `failed` count this run's addresses, `new` those that became articles; `read_before` counts
    runs in which its feed named something, `robots_before` is the share of addresses that robots.txt kept shut until
    now. `quiet_days` is how long nothing new came, `gap_days` the longest that was before, over `news_runs` runs.
    """

    now: SourceMetrics
    past: Sequence[SourceMetrics] = ()
    reached: int = 0
    new: int = 0
    robots: int = 0
    failed: int = 0
    found: int = 0
    read_before: int = 0
    robots_before: float = 0.0
    quiet_days: float = 0.0
    gap_days: float = 0.0
    news_runs: int = 0


def fold(db: Database, run: int) -> tuple[str, ...]:
    """Turns a run's samples into rows of `vitals`, inside the caller's transaction; the sources that the run asked."""
    db.conn.execute(_FOLD, {"run": run})
    for chars, source in db.conn.execute(_MEDIANS, (run,)).fetchall():
        db.conn.execute("UPDATE vitals SET median_chars = ? WHERE run_id = ? AND source = ?", (chars, run, source))
    eaters: dict[str, dict[str, int]] = {}
    for source, rule, pages in db.conn.execute(_EATERS, {"run": run, "unwatched": json.dumps(sorted(UNWATCHED_IDS))}):
        eaters.setdefault(source, {})[rule] = pages
    for source, rules in eaters.items():
        db.conn.execute(
            "UPDATE vitals SET eaters = ? WHERE run_id = ? AND source = ?", (json.dumps(rules), run, source)
        )
    db.conn.execute("DELETE FROM samples WHERE run_id = ?", (run,))
    return tuple(
        source
        for (source,) in db.conn.execute("SELECT DISTINCT source FROM tallies WHERE run_id = ? ORDER BY source", (run,))
    )


def unreckoned(db: Database, run: int) -> tuple[int, ...]:
    """This run, and those before it that were killed before they were reckoned up, oldest first."""
    return tuple(
        sorted(
            {
                run,
                *(
                    found
                    for (found,) in db.conn.execute("SELECT DISTINCT run_id FROM samples WHERE run_id <= ?", (run,))
                ),
            }
        )
    )


def read_pulse(db: Database, run: int, source: str, *, at: str) -> SourceSnapshot:
    """What there is to judge a source by after a run that ended at this time (ISO 8601 UTC)."""
    now = next(
        select(db, "SELECT * FROM vitals WHERE run_id = ? AND source = ?", (run, source)),
        {"run_id": run, "source": source},
    )
    past = read_past(db, SourceMetrics(run, source))
    counts = [(row["outcome"], row["error"], row["number"]) for row in select(db, _TALLIES, (run, source))]
    refused, tried = db.conn.execute(_ROBOTS, (source, run)).fetchone()
    news = [moment(started) for (started,) in db.conn.execute(_NEWS, (source, run, NEWS))]
    times = [time.timestamp() for time in news if time]
    gaps = [later - earlier for later, earlier in pairwise(times)]
    ended = moment(at)
    return SourceSnapshot(
        now=vitals_of(now),
        past=past,
        reached=sum(number for outcome, _, number in counts if outcome in REACHED),
        new=sum(number for outcome, _, number in counts if outcome in {"new", "duplicate"}),
        robots=sum(number for _, error, number in counts if error == "robots"),
        failed=sum(number for outcome, error, number in counts if outcome == "failed" and error != "robots"),
        found=sum(number for outcome, _, number in counts if outcome == "found"),
        read_before=db.conn.execute(_READ_RUNS, (source, run)).fetchone()[0],
        robots_before=refused / tried if tried else 0.0,
        quiet_days=(ended.timestamp() - times[0]) / DAY if times and ended else 0.0,
        gap_days=max(gaps, default=0.0) / DAY,
        news_runs=0 if source == BY_HAND else len(times),
    )


def read_past(db: Database, now: SourceMetrics) -> list[SourceMetrics]:
    """The runs that a source is compared with, newest first: those before it in which nothing was wrong."""
    return [vitals_of(row) for row in select(db, _PAST, {"source": now.source, "run": now.run_id, "limit": HISTORY})]


def latest(db: Database) -> dict[str, SourceMetrics]:
    """The last row of each source."""
    sql = "SELECT * FROM vitals WHERE run_id = (SELECT max(run_id) FROM vitals AS other WHERE other.source = vitals.source)"
    return {row["source"]: vitals_of(row) for row in select(db, sql)}


def vitals_of(row: Mapping[str, Any]) -> SourceMetrics:
    """A row of the table as a value."""
    values = dict(row)
    values["eaters"] = json.loads(values.get("eaters") or "{}")
    return SourceMetrics(**values)
