"""Times as feeds, sitemaps and reading lists write them: ISO 8601, RFC 822, and what programs print in their place.

Python's reader of RFC 822 passes over what it does not know: `+02:00`, `PM` and a zone before the year would give a wrong
time. So it gets only texts of its own form, and `text.dates` reads the others, month names of other languages included.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from scraper.text.dates import FIRST_YEAR, parse_date
from scraper.text.patterns import lazy_pattern
from scraper.text.time_zones import named_zone

MAX_TIME_CHARS: Final = 100
"""Length of a text that is read."""
MONTH_ONLY: Final = lazy_pattern(r"\d{4}(-\d\d)?")
"""A year with or without a month."""
ZONE_NAME: Final = lazy_pattern(r"\s+([^\W\d_]{1,4})$")
"""A zone's name at the end of a time: RFC 822 knows only American names, feeds use others too."""
SPACE_BEFORE_OFFSET: Final = lazy_pattern(r"(?<=\d)\s+(?=[+-]\d\d:?\d\d$)")
"""A space before a UTC offset, which ISO 8601 does not allow."""
RFC_822: Final = lazy_pattern(
    r"(?:[^\W\d_]+\.?,?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+\d{2,4}\s+\d{1,2}[:.]\d{1,2}(?:[:.]\d{1,2})?"
    r"(?:\s*(?:[+-]\d{4}|(?![AaPp][Mm]\b)[A-Za-z]{1,5}))?"
)
"""A time of RFC 822, with the name of its day in any language."""
DAY_OR_MONTH: Final = lazy_pattern(r"(?<![\d/-])(?:0?\d|1[0-2])([/-])(?:0?\d|1[0-2])\1(?:\d\d|\d{4})(?![\d/-])")
"""A day in numbers that may be another one in the next country: no feed says which."""
SHORTHANDS: Final = (
    (lazy_pattern(r"\s*(?:\[[^\]]*\]|\([^)]*\))$"), ""),
    (lazy_pattern(r"\b(?:GMT|UTC)\s*(?=[+-]\d)"), ""),
    (lazy_pattern(r"([+-])(\d)(?::?00)?$"), r"\g<1>0\g<2>00"),
    (lazy_pattern(r"(?<=:\d\d)(\s*[ap]\.?m\.?)?\s*([+-]\d\d)$", re.IGNORECASE), r"\g<1> \g<2>00"),
    (lazy_pattern(r"(?<=[\d\s][+-]\d\d):(?=\d\d$)"), ""),
)
"""What programs write at the end of a time, and how it is read: Java's `+01:00[Europe/Berlin]` and JavaScript's `GMT+0100 (CET)`,
`GMT+2`, `-05`, and the colon of an offset, which RFC 822 does not have."""
UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EMPTY_DATES: Final = (UNIX_EPOCH, datetime(1900, 1, 1, tzinfo=UTC), datetime(1899, 12, 30, tzinfo=UTC))
"""The days on which the clocks of programs begin: of Unix, of databases, of spreadsheets. In any zone they mean "unknown"."""
ONE_DAY: Final = timedelta(days=1)
NO_YEAR: Final = lazy_pattern(r"^-?000[01][-/.]|(?<=[^\W\d_][ .])-?000[01](?=\s)")
"""The year of an empty date: databases and programs write 0000, 0001 and -0001."""


def parse_time(text: str) -> datetime | None:
    """Return a time in UTC, None for a text without one, for a placeholder, and where day and month can be exchanged.

    A time without a zone counts as UTC.

    >>> parse_time("Tue, 13 Dec 2016 18:06:00 -05:00"), parse_time("soon")
    (datetime.datetime(2016, 12, 13, 23, 6, tzinfo=datetime.timezone.utc), None)
    >>> parse_time("Di, 13. Dez 2016 18:06 MEZ") == parse_time("2016-12-13T17:06Z"), parse_time("3/4/2016")
    (True, None)
    """
    text = " ".join(text[:MAX_TIME_CHARS].split())
    if not text or NO_YEAR.search(text):
        return None
    found = read_iso(text) or read_words(text)
    return None if found is None or is_placeholder(found) else found


def is_placeholder(moment: datetime) -> bool:
    """Whether a moment stands for "unknown". Other old dates are true: sites publish their archives.

    >>> is_placeholder(UNIX_EPOCH), is_placeholder(datetime(1865, 4, 15, tzinfo=UTC))
    (True, False)
    """
    return moment.year <= 1 or any(abs(moment - empty) < ONE_DAY for empty in EMPTY_DATES)


def read_iso(text: str) -> datetime | None:
    """Return a time of ISO 8601 in UTC, also one with a zone's name; None for other texts."""
    named = ZONE_NAME.search(text)
    zone = named_zone(named[1]) if named else None
    if named and zone:
        text = text[: named.start()]
    if MONTH_ONLY.fullmatch(text):
        text = f"{text}-01" if "-" in text else f"{text}-01-01"  # W3C-DTF allows a year and month alone
    try:
        found = datetime.fromisoformat(SPACE_BEFORE_OFFSET.sub("", text))
        return (found if found.tzinfo else found.replace(tzinfo=zone or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_words(text: str) -> datetime | None:
    """Return a time with the name of its month, or in another form than ISO 8601, in UTC; None for other texts."""
    for pattern, written in SHORTHANDS:
        text = pattern.sub(written, text)
    if RFC_822.fullmatch(text) and (found := read_rfc_822(text)):
        return found
    if DAY_OR_MONTH.search(text):
        return None
    if found := parse_date(text):
        return found.astimezone(UTC)
    old = read_rfc_822(text)
    return old if old and old.year < FIRST_YEAR else None  # `parse_date` reads no earlier one


def read_rfc_822(text: str) -> datetime | None:
    """Return a time of RFC 822 in UTC; None if it cannot be read, as with a month in another language."""
    named = ZONE_NAME.search(text)
    zone = named_zone(named[1]) if named else None
    try:
        found = parsedate_to_datetime(text[: named.start()] if named and zone else text)
        return (found if found.tzinfo else found.replace(tzinfo=zone or UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
