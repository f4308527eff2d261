"""Source metrics: how complete the texts of a source were in each run, as one row of the table `vitals` per run.

While a run saves pages, each page adds a row to `samples`. At the end of the run the samples become a row of `vitals`.
The samples of a killed run are evaluated by the next run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from sqlite_utils import Database

from archive.store.columns import DAY_SECONDS, iso, moment, plain
from archive.store.links import BY_HAND
from archive.store.records import select
from scraper.rules.reasons import UNWATCHED_IDS

MAX_PAST_RUNS: Final = 20
"""Earlier runs that a source is compared with."""

MAX_NEWS_RUNS: Final = 30
"""Runs with new articles, from which the longest gap between two is taken."""

MIN_JUDGED_PAGES: Final = 10
"""Pages of a run from which it is judged by itself: as many as the thresholds ask for at most."""

MAX_JUDGED_SECONDS: Final = DAY_SECONDS
"""How far back the runs began that are judged together with a small one."""

MAX_JUDGED_RUNS: Final = 300
"""Runs that are looked at for these: a day of runs every five minutes."""

_STORE_METRICS: Final = """
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

_GREEDY_RULES: Final = """
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
_SOURCES: Final = "SELECT DISTINCT source FROM tallies WHERE run_id = ? ORDER BY source"
_RUNS_WITH_SAMPLES: Final = "SELECT DISTINCT run_id FROM samples WHERE run_id <= ?"
_RECENT: Final = """
SELECT runs.id, coalesce((SELECT pages FROM vitals WHERE vitals.run_id = runs.id AND vitals.source = :source), 0)
  + coalesce((SELECT sum(number) FROM tallies WHERE tallies.run_id = runs.id AND tallies.source = :source AND error = 'robots'), 0)
FROM (SELECT id, started_at FROM runs WHERE id <= :run ORDER BY id DESC LIMIT :limit) AS runs
WHERE started_at >= :since AND started_at <= :at AND started_at >= coalesce((
    SELECT max(closed_at) FROM alarms WHERE alarms.source = :source), '')
ORDER BY id DESC"""
"""Runs, newest first, and how many pages of the source each judges. Runs from before an alarm was closed are settled."""
_NOW: Final = "SELECT * FROM vitals WHERE run_id = ? AND source = ?"
_LATEST: Final = """
SELECT * FROM vitals WHERE run_id = (SELECT max(run_id) FROM vitals AS other WHERE other.source = vitals.source)"""
_NEWS: Final = """
SELECT DISTINCT runs.started_at FROM tallies JOIN runs ON runs.id = tallies.run_id
WHERE tallies.source = ? AND tallies.outcome IN ('new', 'duplicate') AND tallies.run_id <= ? AND runs.started_at <= ?
ORDER BY runs.started_at DESC LIMIT ?"""
"""Times of runs with new articles, newest first. A run in the future was dated by a wrong clock."""
_ROBOTS: Final = """
SELECT coalesce(sum(CASE WHEN error = 'robots' THEN number END), 0), coalesce(sum(number), 0)
FROM tallies WHERE source = ? AND run_id < ? AND outcome NOT IN ('found', 'wanted')"""

REACHED: Final = ("new", "revised", "same", "duplicate", "worse", "unchanged")
"""Outcomes of pages that the server sent, or answered with 304 Not Modified."""


@dataclass(frozen=True, slots=True)
class SourceMetrics:
    """The metrics of one source in one run. Shares are 0 to 1, None if no page had a text.

    `revisits` are pages of stored articles. Of these, `emptied` lost their text and `shortened` kept less than 60% of it.
    `textless` are new pages without an article. `greedy_rules` are rules that removed more than a third of a page, with
    the number of such pages.
    """

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
    greedy_rules: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The metrics for JSON, by the names of the table's columns."""
        values = asdict(self)
        return values | {"eaters": values.pop("greedy_rules")}

    @property
    def texts(self) -> int:
        """Pages with a text."""
        return self.pages - self.emptied - self.textless

    @property
    def fresh(self) -> int:
        """Pages of which the archive had no text."""
        return self.pages - self.revisits


COUNTS: Final = ("pages", "revisits", "emptied", "shortened", "textless")
"""Metrics that are numbers of pages."""


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    """The metrics of a source after a run, together with those of earlier runs. The thresholds judge this value.

    `reached`, `robots` and `failed` count this run's URLs by result; `new` counts new articles. `found` counts links that
    the source named. `read_before` counts earlier runs in which the source named links. `robots_before` is the share of
    earlier URLs that robots.txt forbade. `quiet_days` is the time since the last new article, `gap_days` the longest time
    between two of the last `news_runs` runs with new articles.
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


def store_metrics(db: Database, run: int) -> tuple[str, ...]:
    """Turn a run's samples into rows of `vitals`, inside the caller's transaction; the sources of the run."""
    db.conn.execute(_STORE_METRICS, {"run": run})
    for chars, source in db.conn.execute(_MEDIANS, (run,)).fetchall():
        db.conn.execute("UPDATE vitals SET median_chars = ? WHERE run_id = ? AND source = ?", (chars, run, source))
    greedy_rules: dict[str, dict[str, int]] = {}
    unwatched = json.dumps(sorted(UNWATCHED_IDS))
    for source, rule, pages in db.conn.execute(_GREEDY_RULES, {"run": run, "unwatched": unwatched}):
        greedy_rules.setdefault(source, {})[rule] = pages
    for source, rules in greedy_rules.items():
        db.conn.execute(
            "UPDATE vitals SET eaters = ? WHERE run_id = ? AND source = ?", (json.dumps(rules), run, source)
        )
    db.conn.execute("DELETE FROM samples WHERE run_id = ?", (run,))
    return tuple(source for (source,) in db.conn.execute(_SOURCES, (run,)))


def unevaluated_runs(db: Database, run: int) -> tuple[int, ...]:
    """This run, and earlier runs that were killed before their metrics were stored, oldest first."""
    return tuple(sorted({run, *(number for (number,) in db.conn.execute(_RUNS_WITH_SAMPLES, (run,)))}))


def read_snapshot(db: Database, runs: Sequence[int], source: str, *, at: str) -> SourceSnapshot:
    """The snapshot of a source after runs that are judged together, newest first, at their end (ISO 8601 UTC)."""
    run, first = runs[0], runs[-1]
    now = together(run, source, [metrics_of(row) for number in runs for row in select(db, _NOW, (number, source))])
    counts = [
        (row["outcome"], row["error"], row["number"]) for one in runs for row in select(db, _TALLIES, (one, source))
    ]
    refused, tried = db.conn.execute(_ROBOTS, (source, first)).fetchone()
    news = [moment(started) for (started,) in db.conn.execute(_NEWS, (source, run, at, MAX_NEWS_RUNS))]
    times = [time.timestamp() for time in news if time]
    gaps = [later - earlier for later, earlier in pairwise(times)]
    ended = moment(at)
    return SourceSnapshot(
        now=now,
        past=read_past_metrics(db, replace(now, run_id=first)),
        reached=sum(number for outcome, _, number in counts if outcome in REACHED),
        new=sum(number for outcome, _, number in counts if outcome in {"new", "duplicate"}),
        robots=sum(number for _, error, number in counts if error == "robots"),
        failed=sum(number for outcome, error, number in counts if outcome == "failed" and error != "robots"),
        found=sum(number for outcome, _, number in counts if outcome == "found"),
        read_before=db.conn.execute(_READ_RUNS, (source, first)).fetchone()[0],
        robots_before=refused / tried if tried else 0.0,
        quiet_days=(ended.timestamp() - times[0]) / DAY_SECONDS if times and ended else 0.0,
        gap_days=max(gaps, default=0.0) / DAY_SECONDS,
        news_runs=0 if source == BY_HAND else len(times),
    )


def recent_runs(db: Database, run: int, source: str, *, at: str) -> tuple[int, ...]:
    """The run, and as many runs before it as are judged together with it, newest first.

    A cron job that runs every few minutes brings a page or two each time: too few to say anything about.
    """
    ended = moment(at)
    since = iso(ended - timedelta(seconds=MAX_JUDGED_SECONDS)) if ended else ""
    asked = {"source": plain(source), "run": run, "since": since, "at": at, "limit": MAX_JUDGED_RUNS}
    found, pages = [run], 0
    for number, judged in db.conn.execute(_RECENT, asked):
        if number != run and judged:
            found.append(number)
        pages += judged
        if pages >= MIN_JUDGED_PAGES:
            break
    return tuple(found)


def together(run: int, source: str, metrics: Sequence[SourceMetrics]) -> SourceMetrics:
    """The metrics of several runs as those of one. The median is the middle one of the runs' medians, by their texts."""
    if len(metrics) == 1:
        return metrics[0]
    greedy_rules: Counter[str] = Counter()
    for one in metrics:
        greedy_rules.update(one.greedy_rules)
    medians = sorted(chars for one in metrics if (chars := one.median_chars) for _ in range(one.texts))
    sums = {name: sum(getattr(one, name) for one in metrics) for name in COUNTS}
    return SourceMetrics(
        run,
        source,
        **sums,
        median_chars=medians[(len(medians) - 1) // 2] if medians else None,
        greedy_rules=greedy_rules,
    )


def read_past_metrics(db: Database, now: SourceMetrics) -> list[SourceMetrics]:
    """The earlier runs that a source is compared with, newest first: those without an open alarm."""
    asked = {"source": now.source, "run": now.run_id, "limit": MAX_PAST_RUNS}
    return [metrics_of(row) for row in select(db, _PAST, asked)]


def latest_metrics(db: Database) -> dict[str, SourceMetrics]:
    """The metrics of each source in its last run."""
    return {row["source"]: metrics_of(row) for row in select(db, _LATEST)}


def metrics_of(row: Mapping[str, Any]) -> SourceMetrics:
    """The value of one row of `vitals`."""
    others = {name: value for name, value in row.items() if name != "eaters"}
    return SourceMetrics(**others, greedy_rules=json.loads(row["eaters"] or "{}"))
