"""Reads the day or the month in which an address places its page.

Publishers put the day of publication into addresses: /2023/12/21/, /story-20231221.html, /29-10-2021-story. The day of a
snapshot in the address of a web archive's copy is not read. No function raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from scraper.text.dates import FIRST_YEAR, LAST_YEAR, day_and_month
from scraper.text.months import month_of
from scraper.text.patterns import lazy_pattern

_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_MONTH: Final = r"(?P<month>0[1-9]|1[0-2])"
_DAY: Final = r"(?P<day>0[1-9]|[12]\d|3[01])"

DAY_PATTERNS: Final[tuple[re.Pattern[str], ...]] = tuple(
    lazy_pattern(pattern, re.IGNORECASE)
    for pattern in (
        rf"[/_-]{_YEAR}[/_-]?{_MONTH}[/_-]?{_DAY}(?=[/_.-]|\b|[a-z])",
        rf"/{_YEAR}/(?P<month>\d{{1,2}}|[a-z]{{3,9}})/(?P<day>\d{{1,2}})(?=/)",
        rf"[/_-](?P<day>\d{{1,2}})(?P<mark>[/_.-])(?P<month>\d{{1,2}})(?P=mark){_YEAR}(?!\d)",
        rf"(?<!\d){_YEAR}{_MONTH}{_DAY}(?:[01]\d|2[0-3])[0-5]\d",
    )
)
"""Forms of a day in an address, the clearest first. The tests hold an address that each reads and one that it leaves."""
MONTH_PATTERN: Final = lazy_pattern(rf"/{_YEAR}[/-](?P<month>0?[1-9]|1[0-2])(?=/)")
"""A year and a month as folders of an address."""
SNAPSHOT: Final = lazy_pattern(
    r"^.*?/(?:(?:\d{4,14}(?:[a-z]{2}_)?|\d{4}\.\d\d\.\d\d-\d{6})/(?=(?:https?:|www\.))|\d{14}(?:[a-z]{2}_)?/(?=[\w-]{1,63}\.[\w.-]{1,253}/))",
    re.IGNORECASE,
)
"""The part of a web archive's address before the address of the page that it copied: the archive's own, and the time of
the snapshot in up to 14 digits, perhaps with a flag such as `id_`."""


@dataclass(frozen=True, slots=True)
class AddressDate:
    """The days on which an address places its page, from `start` at midnight UTC up to, but without, `end`."""

    start: datetime
    end: datetime

    @property
    def day(self) -> datetime | None:
        """The day at midnight UTC; None if the address names only a month."""
        return self.start if self.end - self.start == timedelta(days=1) else None

    def distance(self, moment: datetime) -> timedelta:
        """Time between a moment and the nearest of these days; zero if it is on one of them."""
        return max(self.start - moment, moment - self.end, timedelta())


def read_address(url: str, *, language: str = "") -> AddressDate | None:
    """The day in an address, else its month; None if it has neither. The language tells day from month in /03-04-2021.

    >>> read_address("https://example.com/2023/12/21/a-story").start.date().isoformat()
    '2023-12-21'
    >>> read_address("https://example.com/2023/12/a-story").end.date().isoformat()
    '2024-01-01'
    """
    url = SNAPSHOT.sub("/", url)
    match = next(filter(None, (pattern.search(url) for pattern in DAY_PATTERNS)), None)
    if match and (start := _day_of(match, language)):
        return AddressDate(start, start + timedelta(days=1))
    match = MONTH_PATTERN.search(url)
    start = _midnight(int(match["year"]), int(match["month"]), 1) if match else None
    return AddressDate(start, (start + timedelta(days=31)).replace(day=1)) if start else None


def date_in_url(url: str, *, language: str = "") -> datetime | None:
    """The day in an address, at midnight UTC; None if there is none.

    >>> date_in_url("https://example.com/29-10-2021-a-story").date().isoformat()
    '2021-10-29'
    >>> date_in_url("https://archive.example/web/20130405123456/http://example.com/a-story")
    """
    found = read_address(url, language=language)
    return found.day if found else None


def _day_of(match: re.Match[str], language: str) -> datetime | None:
    """The day of a match, at midnight UTC; None if no calendar has it."""
    day, month = int(match["day"]), match["month"].lower()
    number = int(month) if month.isdigit() else month_of(month, language)
    if match.groupdict().get("mark"):
        day, number = day_and_month(day, number, mark=match["mark"], language=language)[0]
    return _midnight(int(match["year"]), number, day)


def _midnight(year: int, month: int, day: int) -> datetime | None:
    """A day of the years of news on the web, at midnight UTC; None if there is none."""
    try:
        return datetime(year, month, day, tzinfo=UTC) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
