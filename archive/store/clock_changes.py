"""Links that a run under a wrong clock would keep from being fetched: their times lie further ahead than their own rule allows.

A clock can be years ahead for one run. Such a run writes times to come that are years away, or it ends schedules whose delays
seem to be over. The next run under the right clock finds these links and makes them due. A clock that is behind for one run makes
at most one refetch of a page too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from archive.store.columns import iso
from archive.store.refetch_schedule import MAX_BACKOFF, MAX_RETRY_AFTER
from scraper.types import MAX_PAUSE_SECONDS

CLOCK_TOLERANCE: Final = timedelta(hours=1)
"""How far the clocks of two runs may differ before a time counts as wrong."""
MAX_RETRY_WAIT: Final = max(MAX_BACKOFF, MAX_RETRY_AFTER)
"""The longest wait before a retry."""

_TOO_FAR: Final = """
UPDATE links SET next_try = :now
WHERE source = :source AND kind = 'page' AND next_try > CASE state WHEN 'done' THEN :refetch WHEN 'failed' THEN :retry ELSE :new END"""

_ENDED_TOO_SOON: Final = """
UPDATE links SET next_try = :now
WHERE source = :source AND kind = 'page' AND state = 'done' AND fetched_at > :new AND next_try IS NULL
  AND fetched_at > strftime('%Y-%m-%dT%H:%M:%SZ', had_at, :longest || ' seconds', :longest || ' seconds')"""
"""Pages that were fetched in the future, after twice the time that their schedule takes: the clock jumped within the schedule."""


def make_frozen_links_due(db: Database, revisit_delays: Mapping[str, Sequence[float]], *, at: datetime) -> None:
    """Make links of these sources due whose next fetch a wrong clock put too far ahead, inside the caller's transaction.

    `revisit_delays` are the seconds from the first fetch of a page to each refetch, by source.
    """
    for source, delays in revisit_delays.items():
        longest = max((seconds for seconds in delays if seconds >= 1), default=None)
        row = {
            "source": source,
            "now": iso(at),
            "new": iso(at + CLOCK_TOLERANCE),
            "retry": iso(at + CLOCK_TOLERANCE + MAX_RETRY_WAIT),
            "refetch": iso(at + CLOCK_TOLERANCE + timedelta(seconds=longest or 0)),
            "longest": longest,
        }
        db.conn.execute(_TOO_FAR, row)
        if longest is not None:
            db.conn.execute(_ENDED_TOO_SOON, row)


def latest_pause(at: datetime) -> datetime:
    """The latest time until which a host can be paused now; a pause beyond it was written under a wrong clock."""
    return at + CLOCK_TOLERANCE + timedelta(seconds=MAX_PAUSE_SECONDS)
