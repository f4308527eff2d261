"""Alarms: what is wrong with a source after a run, judged against its own past by a table of thresholds.

An alarm is a row that stays open until a run finds the source well again, `reextract` heals what it was about, or a
reader says that this is how it is now. Small numbers raise none: each row of the table says how many it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, Final, Literal

from sqlite_utils import Database

from archive.monitoring.source_metrics import SourceMetrics, SourceSnapshot, fold, read_pulse, unreckoned
from archive.store.archive import Archive
from archive.store.columns import iso, plain
from archive.store.connection import archive_errors, transaction
from archive.store.records import select

AlarmKind = Literal["emptied", "shortened", "eaten", "silent", "shut"]

TEXTS: Final = 5
"""Texts of a run from which its median says something."""


def share(part: float, whole: float) -> float:
    """How much of the whole a part is; 0 of nothing."""
    return part / whole if whole else 0.0


def usual_median(past: Sequence[SourceMetrics]) -> float:
    """The median of earlier medians, of runs with enough texts."""
    found = [row.median_chars for row in past if row.median_chars and row.texts >= TEXTS]
    return median(found) if found else 0.0


def lowest_median(past: Sequence[SourceMetrics]) -> float:
    """The lowest median of an earlier run with enough texts."""
    return min((row.median_chars for row in past if row.median_chars and row.texts >= TEXTS), default=0)


def eater(pulse: SourceSnapshot) -> str:
    """The rule that took more than a third of most pages, of those that did so on fewer before; empty: none did."""
    worst = sorted(pulse.now.eaters.items(), key=lambda pair: (-pair[1], pair[0]))
    return worst[0][0] if worst else ""


MEASURES: Final[dict[str, Callable[[SourceSnapshot], float]]] = {
    "emptied": lambda pulse: pulse.now.emptied,
    "emptied_share": lambda pulse: share(pulse.now.emptied, pulse.now.revisits),
    "shortened": lambda pulse: pulse.now.shortened,
    "shortened_share": lambda pulse: share(pulse.now.shortened, pulse.now.revisits),
    "revisits": lambda pulse: pulse.now.revisits,
    "fresh": lambda pulse: pulse.now.fresh,
    "textless_share": lambda pulse: share(pulse.now.textless, pulse.now.fresh),
    "usual_textless_share": lambda pulse: share(
        sum(row.textless for row in pulse.past), sum(row.fresh for row in pulse.past)
    ),
    "fresh_before": lambda pulse: sum(row.fresh for row in pulse.past),
    "pages": lambda pulse: pulse.now.pages,
    "pages_before": lambda pulse: sum(row.pages for row in pulse.past),
    "texts": lambda pulse: pulse.now.texts,
    "runs_before": lambda pulse: sum(row.texts >= TEXTS for row in pulse.past),
    "median_ratio": lambda pulse: share(pulse.now.median_chars or 0, usual_median(pulse.past)),
    "lowest_ratio": lambda pulse: share(pulse.now.median_chars or 0, lowest_median(pulse.past)),
    "eaten": lambda pulse: pulse.now.eaters.get(eater(pulse), 0),
    "eaten_share": lambda pulse: share(pulse.now.eaters.get(eater(pulse), 0), pulse.now.pages),
    "usual_eaten_share": lambda pulse: share(
        sum(row.eaters.get(eater(pulse), 0) for row in pulse.past), sum(row.pages for row in pulse.past)
    ),
    "robots": lambda pulse: pulse.robots,
    "robots_share": lambda pulse: share(pulse.robots, pulse.robots + pulse.reached + pulse.failed),
    "robots_before": lambda pulse: pulse.robots_before,
    "reached": lambda pulse: pulse.reached,
    "found": lambda pulse: pulse.found,
    "read_before": lambda pulse: pulse.read_before,
    "new": lambda pulse: pulse.new,
    "news_runs": lambda pulse: pulse.news_runs,
    "quiet_days": lambda pulse: pulse.quiet_days,
    "quiet_ratio": lambda pulse: share(pulse.quiet_days, pulse.gap_days),
}
"""What is measured, by name."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row: the alarm holds when every measure is at `least` and at `most` so much.

    `says` is a line for people with measures in it. `hit` and `miss` are pulses that raise it and that come close.
    """

    kind: AlarmKind
    says: str
    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    hit: SourceSnapshot | None = None
    miss: SourceSnapshot | None = None

    def holds(self, pulse: SourceSnapshot) -> bool:
        """Whether it is to be raised."""
        return all(MEASURES[name](pulse) >= bound for name, bound in self.least.items()) and all(
            MEASURES[name](pulse) <= bound for name, bound in self.most.items()
        )

    def detail(self, pulse: SourceSnapshot) -> str:
        """What is wrong, in a line."""
        shown = {
            name: f"{measure(pulse):.0%}"
            if name.endswith(("share", "ratio", "_before")) and measure(pulse) <= 1
            else f"{measure(pulse):g}"
            for name, measure in MEASURES.items()
        }
        shown["quiet_days"] = f"{pulse.quiet_days:.0f}"
        shown["gap_days"] = f"{pulse.gap_days:.1f}"
        return self.says.format(
            **shown, rule=eater(pulse), median=pulse.now.median_chars or 0, usual=f"{usual_median(pulse.past):.0f}"
        )


def run(number: int = 1, **figures: Any) -> SourceMetrics:
    """A run's figures, for the examples."""
    return SourceMetrics(number, "s", **figures)


WELL: Final = tuple(run(number, pages=10, median_chars=4000) for number in range(1, 6))
"""A past of five good runs."""

THRESHOLDS: Final[tuple[Threshold, ...]] = (
    Threshold(
        "emptied",
        "{emptied} of {revisits} pages that had a text give none to trust now; what is stored stays (has the site been redesigned?)",
        least={"emptied": 3, "emptied_share": 0.5},
        hit=SourceSnapshot(run(pages=4, revisits=4, emptied=3)),
        miss=SourceSnapshot(run(pages=9, revisits=9, emptied=4)),
    ),
    Threshold(
        "emptied",
        "no article was found on {textless_share} of {fresh} new pages, where {usual_textless_share} were usual",
        least={"fresh": 5, "textless_share": 0.6, "fresh_before": 10},
        most={"usual_textless_share": 0.2},
        hit=SourceSnapshot(run(9, pages=8, textless=6), WELL),
        miss=SourceSnapshot(run(1, pages=8, textless=8)),
    ),
    Threshold(
        "shortened",
        "{shortened} of {revisits} pages that had a text have less than 60 % of it now (has the site been redesigned?)",
        least={"shortened": 3, "shortened_share": 0.5},
        hit=SourceSnapshot(run(pages=5, revisits=5, shortened=4)),
        miss=SourceSnapshot(run(pages=2, revisits=2, shortened=2)),
    ),
    Threshold(
        "shortened",
        "the median text has {median} characters, where {usual} were usual",
        least={"texts": 8, "runs_before": 3},
        most={"median_ratio": 0.5, "lowest_ratio": 0.7},
        hit=SourceSnapshot(run(9, pages=10, median_chars=1500), WELL),
        miss=SourceSnapshot(run(9, pages=10, median_chars=1500), (*WELL, run(6, pages=6, median_chars=1600))),
    ),
    Threshold(
        "eaten",
        "the rule {rule} takes more than a third of {eaten} of {pages} pages (cuttings rules stats)",
        least={"eaten": 3, "eaten_share": 0.3, "pages_before": 10},
        most={"usual_eaten_share": 0.1},
        hit=SourceSnapshot(run(9, pages=10, median_chars=3000, eaters={"promo.box": 4}), WELL),
        miss=SourceSnapshot(
            run(9, pages=10, eaters={"comment.all": 6}),
            tuple(run(n, pages=10, eaters={"comment.all": 5}) for n in range(5)),
        ),
    ),
    Threshold(
        "silent",
        "nothing new for {quiet_days} days, where {gap_days} was the longest",
        least={"news_runs": 6, "quiet_days": 2, "quiet_ratio": 3},
        hit=SourceSnapshot(run(9), news_runs=12, quiet_days=4, gap_days=1.0),
        miss=SourceSnapshot(run(9), news_runs=12, quiet_days=60, gap_days=31),
    ),
    Threshold(
        "shut",
        "robots.txt forbids {robots} addresses now, {robots_share} of those asked for",
        least={"robots": 3, "robots_share": 0.5, "pages_before": 5},
        most={"robots_before": 0.1},
        hit=SourceSnapshot(run(9), WELL, robots=5, reached=1, robots_before=0.02),
        miss=SourceSnapshot(run(9), WELL, robots=5, reached=2, robots_before=0.6),
    ),
    Threshold(
        "shut",
        "robots.txt forbids the source itself now",
        least={"robots": 1, "read_before": 3},
        most={"reached": 0, "found": 0},
        hit=SourceSnapshot(run(9), robots=1, read_before=12),
        miss=SourceSnapshot(run(9), robots=1, read_before=12, reached=4, found=20),
    ),
)
"""The first row of a kind that holds tells."""

RECOVERED: Final[tuple[tuple[AlarmKind, Mapping[str, float], Mapping[str, float]], ...]] = (
    ("emptied", {"revisits": 3}, {"emptied_share": 0.2}),
    ("emptied", {"fresh": 3}, {"textless_share": 0.2, "emptied": 0}),
    ("shortened", {"revisits": 3}, {"shortened_share": 0.2, "emptied_share": 0.2}),
    ("shortened", {"texts": 5, "median_ratio": 0.7}, {"shortened": 0}),
    ("eaten", {"pages": 3}, {"eaten_share": 0.1}),
    ("silent", {"new": 1}, {}),
    ("shut", {"reached": 1}, {"robots_share": 0.2}),
)
"""Kind, and the measures that show a source well again: at least, at most. Any row will do."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An open alarm. Times are ISO 8601 in UTC."""

    id: int
    source: str
    kind: str
    raised_at: str
    seen_at: str
    detail: str
    run_id: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def line(self) -> str:
        """For people and logs.

        >>> Alarm(1, "herald", "silent", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "nothing new for 4 days", 2).line()
        'alarm 1, herald: nothing new for 4 days'
        """
        return f"alarm {self.id}, {self.source}: {self.detail}"


def evaluate(archive: Archive, run: int, *, at: datetime) -> tuple[Alarm, ...]:
    """The alarms that a run raised or saw again; computes its source metrics, and those of runs killed before it.

    One transaction. Raises ArchiveError.
    """
    with archive_errors(archive.path), transaction(archive.db):
        for number in unreckoned(archive.db, run):
            for source in fold(archive.db, number):
                judge(archive.db, number, source, at=iso(at))
        return tuple(alarm for alarm in open_alarms(archive.db) if alarm.run_id == run)


def judge(db: Database, run: int, source: str, *, at: str) -> None:
    """Raises, renews and closes the alarms of one source after a run."""
    pulse = read_pulse(db, run, source, at=at)
    raised = {}
    for row in THRESHOLDS:
        if row.kind not in raised and row.holds(pulse):
            raised[row.kind] = row.detail(pulse)
    for kind, detail in raised.items():
        db.conn.execute(_RAISE, {"source": plain(source), "kind": kind, "run": run, "at": at, "detail": plain(detail)})
    for kind, least, most in RECOVERED:
        if kind not in raised and Threshold(kind, "", least, most).holds(pulse):
            db.conn.execute(
                _CLOSE + " AND source = :source AND kind = :kind",
                {"at": at, "by": "run", "source": plain(source), "kind": kind},
            )


def open_alarms(db: Database) -> tuple[Alarm, ...]:
    """The alarms that are open, oldest first."""
    rows = select(
        db,
        "SELECT id, source, kind, raised_at, seen_at, detail, run_id FROM alarms WHERE closed_at IS NULL ORDER BY id",
    )
    return tuple(Alarm(**row) for row in rows)


def close_alarms(db: Database, ids: Sequence[int], *, at: str) -> int:
    """Closes alarms because a reader says that this is how it is now; how many were open."""
    return sum(
        db.conn.execute(_CLOSE + " AND id = :id", {"at": at, "by": "reader", "id": number}).rowcount for number in ids
    )


def close_healed(archive: Archive, *, at: datetime) -> int:
    """Close the alarms about lost text of sources whose newest pages all give their text again; how many were closed.

    One transaction. Raises ArchiveError.
    """
    with archive_errors(archive.path), transaction(archive.db):
        return archive.db.conn.execute(_CLOSE + _HEALED, {"at": iso(at), "by": "reextract"}).rowcount


_RAISE: Final = """
INSERT INTO alarms (source, kind, run_id, raised_at, seen_at, detail) VALUES (:source, :kind, :run, :at, :at, :detail)
ON CONFLICT (source, kind) WHERE closed_at IS NULL DO UPDATE SET run_id = excluded.run_id, seen_at = excluded.seen_at, detail = excluded.detail"""
_CLOSE: Final = "UPDATE alarms SET closed_at = :at, closed_by = :by WHERE closed_at IS NULL"
_HEALED: Final = """ AND kind IN ('emptied', 'shortened', 'eaten') AND EXISTS (
  SELECT 1 FROM reextractions JOIN pages ON pages.id = reextractions.page_id JOIN links ON links.id = pages.link_id
  WHERE links.source = alarms.source AND reextractions.run_id > alarms.run_id AND reextractions.outcome IN ('revised', 'found', 'same', 'filled'))
AND NOT EXISTS (
  SELECT 1 FROM pages JOIN links ON links.id = pages.link_id
  WHERE links.source = alarms.source AND pages.used = 0 AND pages.fetched_at >= (
    SELECT started_at FROM runs WHERE runs.id = alarms.run_id))"""
