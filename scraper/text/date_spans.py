"""The dates that people write in options, queries and source lists: one grammar for all of them.

::

    2026  2026-11  2026-11-05     a year, a month or a day, in UTC
    today  yesterday              a day, in UTC
    2026-11-05T12:00Z             a time; without a zone it is UTC
    90s  10m  12h  7d  2w         the time so long ago
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from scraper.text.durations import DURATION, parse_duration
from scraper.text.patterns import lazy_pattern

DATE_FORMS: Final = "2026, 2026-11, 2026-11-05, 2026-11-05T12:00Z, 12h, 7d, today or yesterday"
"""For messages: an example of each form."""

DAYS_AGO: Final = {"today": 0, "yesterday": 1}
_DATE: Final = lazy_pattern(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?", re.ASCII)


def parse_span(text: str, now: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Start and end (exclusive) of a date; a time is its own end. None for any other text. `now` is the clock's unless given.

    >>> [at.date().isoformat() for at in parse_span("2026-11")]
    ['2026-11-01', '2026-12-01']
    >>> [at.isoformat() for at in parse_span("7d", datetime(2026, 11, 9, 12, tzinfo=UTC))]
    ['2026-11-02T12:00:00+00:00', '2026-11-02T12:00:00+00:00']
    """
    text = text.strip()
    now = now or datetime.now(UTC)
    try:
        if text.lower() in DAYS_AGO:
            day = now.astimezone(UTC).date() - timedelta(days=DAYS_AGO[text.lower()])
            return span_of(day.year, day.month, day.day)
        if DURATION.fullmatch(text):
            at = now - timedelta(seconds=parse_duration(text))
            return at, at
        if found := _DATE.fullmatch(text):
            return span_of(*(int(part) if part else None for part in found.groups()))
        return other_span(text)
    except (ValueError, OverflowError):
        return None


def other_span(text: str) -> tuple[datetime, datetime]:
    """The day or time in another form of ISO 8601: `20261105`, `2026-W45-4`. Raises `ValueError`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        return at, at
    return span_of(day.year, day.month, day.day)


def span_of(year: int | None, month: int | None, day: int | None) -> tuple[datetime, datetime]:
    """Start and end (exclusive) of a year, month or day, in UTC; the last possible moment if it ends with the calendar.

    Raises `ValueError`.
    """
    start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    try:
        if day is not None:
            return start, start + timedelta(days=1)
        if month in {None, 12}:
            return start, datetime(start.year + 1, 1, 1, tzinfo=UTC)
        return start, datetime(start.year, start.month + 1, 1, tzinfo=UTC)
    except (OverflowError, ValueError):
        return start, datetime.max.replace(tzinfo=UTC)
