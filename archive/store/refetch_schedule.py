"""Times at which a link is fetched again: refetches after a success, to find edits, and retries after a failure.

Refetches come at fixed delays after the first fetch. Retries wait longer after each failure, until the link is given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from scraper.types import Failure

NEXT_REFETCH_SQL: Final = """(
  SELECT min(refetch) FROM (
    SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(coalesce(links.had_at, :at), :at), value || ' seconds') AS refetch FROM json_each(:delays)
  ) WHERE refetch > :at
)"""
"""The first time after `:at` at which `:delays` (a JSON array, seconds from the link's first fetch) ask for a refetch. A
first fetch in the future was dated by a wrong clock, and counts as now.

NULL after the last delay.
"""


def first_refetch(at: datetime, delays: Sequence[float]) -> datetime | None:
    """The first refetch of a page that was fetched at this time for the first time; None for never.

    >>> first_refetch(datetime(2026, 1, 1), (3600.0, 600.0))
    datetime.datetime(2026, 1, 1, 0, 10)
    """
    soonest = min((seconds for seconds in delays if seconds >= 1), default=None)
    return None if soonest is None else at + timedelta(seconds=soonest)


@dataclass(frozen=True, slots=True)
class Retry:
    """Whether a failed link is retried, and the shortest wait before the retry."""

    again: bool
    wait: timedelta = timedelta(0)


_SOON: Final = Retry(again=True)
_LATER: Final = Retry(again=True, wait=timedelta(hours=12))
_NEVER: Final = Retry(again=False)

RETRIES: Final[dict[str, Retry]] = {
    "url": _NEVER,
    "dns": _SOON,
    "refused": _SOON,
    "timeout": _SOON,
    "tls": _LATER,
    "private-address": _LATER,  # at once if a run allows the host: see `links.retry_refused_hosts`
    "robots": _LATER,
    "redirects": _LATER,
    "status": _SOON,
    "type": _LATER,
    "too-large": _LATER,
    "truncated": _SOON,
    "decode": _LATER,
    "parse": _LATER,
    "protocol": _SOON,
    "proxy": _SOON,
    "paused": _SOON,
    "render": _LATER,
    "reserved": _LATER,
    "extract-timeout": _LATER,
    "extract-crashed": _LATER,
    "no-article": _LATER,
}
"""The retry policy by kind of failure (`errors.FETCH_KINDS`)."""

GONE_STATUSES: Final = frozenset({404, 410})
"""Answers that say that there is no page any more (RFC 9110, 15.5.5 and 15.5.11)."""

_STATUS_RETRIES: Final[dict[int, Retry]] = dict.fromkeys(GONE_STATUSES, _NEVER) | dict.fromkeys(
    (400, 401, 402, 403, 451), _LATER
)

FIRST_BACKOFF: Final = timedelta(minutes=15)
"""The wait after the second failure in a row; each further failure doubles it."""

MAX_BACKOFF: Final = timedelta(days=2)
MAX_ATTEMPTS: Final = 12
"""With doubling waits, seven to ten days of retries."""

MAX_RETRY_AFTER: Final = timedelta(days=7)
"""A longer Retry-After is cut: a server's typing error must not lose a link for years."""


def after_failure(
    kind: str, *, status: int, attempts: int, at: datetime
) -> tuple[Literal["failed", "gone"], datetime | None]:
    """The link's state and the time of its next try, after `attempts` failures in a row, this one included."""
    retry = _STATUS_RETRIES.get(status, RETRIES[kind]) if kind == "status" else RETRIES[kind]
    if not retry.again or attempts >= MAX_ATTEMPTS:
        return "gone", None
    backoff = FIRST_BACKOFF * 2 ** (attempts - 2) if attempts > 1 else timedelta(0)
    return "failed", at + min(max(retry.wait, backoff), MAX_BACKOFF)


def schedule_retry(
    failure: Failure, *, attempts: int, at: datetime
) -> tuple[Literal["failed", "gone"], datetime | None]:
    """The state and next try of `after_failure`, but not before the time in the server's Retry-After."""
    state, next_try = after_failure(failure.kind, status=failure.status, attempts=attempts, at=at)
    if next_try is None:
        return state, None
    asked = timedelta(seconds=min(failure.retry_after, MAX_RETRY_AFTER.total_seconds()))
    return state, max(next_try, at + asked)
