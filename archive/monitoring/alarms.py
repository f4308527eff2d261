"""Alarms: rows about sources that need attention, raised and closed after each run by the table of `thresholds`.

An alarm stays open until a run finds that the source has recovered, `reextract` has repaired the texts, or a reader
closes the alarm because the change is expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlite_utils import Database

from archive.monitoring.source_metrics import (
    SourceSnapshot,
    read_snapshot,
    recent_runs,
    store_metrics,
    unevaluated_runs,
)
from archive.monitoring.thresholds import RECOVERED, THRESHOLDS, Threshold
from archive.store.archive import Archive
from archive.store.columns import iso, plain
from archive.store.connection import archive_errors, transaction
from archive.store.records import select

_OPEN: Final = """
SELECT id, source, kind, raised_at, seen_at, detail, run_id FROM alarms WHERE closed_at IS NULL ORDER BY id"""
_RAISE: Final = """
INSERT INTO alarms (source, kind, run_id, raised_at, seen_at, detail) VALUES (:source, :kind, :run, :at, :at, :detail)
ON CONFLICT (source, kind) WHERE closed_at IS NULL DO UPDATE SET run_id = excluded.run_id, seen_at = excluded.seen_at, detail = excluded.detail"""
_CLOSE: Final = "UPDATE alarms SET closed_at = :at, closed_by = :by WHERE closed_at IS NULL AND "
_CLOSE_RECOVERED: Final = f"{_CLOSE} source = :source AND kind = :kind"
_CLOSE_BY_ID: Final = f"{_CLOSE} id = :id"
_CLOSE_REPAIRED: Final = f"""{_CLOSE} kind IN ('emptied', 'shortened', 'eaten') AND EXISTS (
  SELECT 1 FROM reextractions JOIN pages ON pages.id = reextractions.page_id JOIN links ON links.id = pages.link_id
  WHERE links.source = alarms.source AND reextractions.run_id > alarms.run_id AND reextractions.outcome IN ('revised', 'found', 'same', 'filled'))
AND NOT EXISTS (
  SELECT 1 FROM pages JOIN links ON links.id = pages.link_id
  WHERE links.source = alarms.source AND pages.used = 0 AND pages.fetched_at >= (
    SELECT started_at FROM runs WHERE runs.id = alarms.run_id))"""


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
        """The alarm for JSON."""
        return asdict(self)

    def line(self) -> str:
        """The alarm for people and logs.

        >>> Alarm(1, "herald", "silent", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "nothing new for 4 days", 2).line()
        'alarm 1, herald: nothing new for 4 days'
        """
        return f"alarm {self.id}, {self.source}: {self.detail}"


def evaluate(archive: Archive, run: int, *, at: datetime) -> tuple[Alarm, ...]:
    """The alarms that a run raised or renewed; computes its source metrics, and those of runs killed before it.

    One transaction. Raises ArchiveError.
    """
    with archive_errors(archive.path), transaction(archive.db):
        for number in unevaluated_runs(archive.db, run):
            for source in store_metrics(archive.db, number):
                update_alarms(archive.db, number, source, at=iso(at))
        return tuple(alarm for alarm in open_alarms(archive.db) if alarm.run_id == run)


def update_alarms(db: Database, run: int, source: str, *, at: str) -> None:
    """Raise, renew and close the alarms of one source after a run.

    A run with few pages that says neither that a source is ill nor that it has recovered is judged together with runs before it.
    """
    own = read_snapshot(db, (run,), source, at=at)
    judged = judge(own)
    runs = recent_runs(db, run, source, at=at)
    if len(runs) > 1:
        judged = judge(read_snapshot(db, runs, source, at=at)) | judged
    for kind, detail in judged.items():
        if detail:
            row = {"source": plain(source), "kind": kind, "run": run, "at": at, "detail": plain(detail)}
            db.conn.execute(_RAISE, row)
        else:
            db.conn.execute(_CLOSE_RECOVERED, {"at": at, "by": "run", "source": plain(source), "kind": kind})


def judge(snapshot: SourceSnapshot) -> dict[str, str]:
    """Alarms of a source by kind: the message of one to raise, empty for one to close."""
    judged: dict[str, str] = {}
    for row in THRESHOLDS:
        if row.kind not in judged and row.holds(snapshot):
            judged[row.kind] = row.detail(snapshot)
    for kind, least, most in RECOVERED:
        if kind not in judged and Threshold(kind, "", least, most).holds(snapshot):
            judged[kind] = ""
    return judged


def open_alarms(db: Database) -> tuple[Alarm, ...]:
    """The open alarms, oldest first."""
    return tuple(Alarm(**row) for row in select(db, _OPEN))


def close_alarms(db: Database, ids: Sequence[int], *, at: str) -> int:
    """Close alarms for a reader; the number that were open."""
    return sum(db.conn.execute(_CLOSE_BY_ID, {"at": at, "by": "reader", "id": number}).rowcount for number in ids)


def close_repaired(archive: Archive, *, at: datetime) -> int:
    """Close the alarms about lost text of sources whose newest pages all give their text again; how many were closed.

    One transaction. Raises ArchiveError.
    """
    with archive_errors(archive.path), transaction(archive.db):
        return archive.db.conn.execute(_CLOSE_REPAIRED, {"at": iso(at), "by": "reextract"}).rowcount
