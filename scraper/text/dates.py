"""Reads dates as pages write them: machine formats, dates in words in many languages, dates in numbers.

A time without a zone is read as UTC; an offset or a known zone name is kept. A text without a date gives None, as does
a date that news on the web cannot have (before 1990, after 2100). `latest` is the last moment to believe: a later date is
skipped for another reading of the same text. No function raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain
from typing import Final

from scraper.text.date_forms import plain_date
from scraper.text.months import month_of
from scraper.text.patterns import lazy_pattern
from scraper.text.time_zones import named_zone

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
MAX_AHEAD: Final = timedelta(days=1)
"""How far a date may lie after the time at which it was read. Zones and wrong clocks explain a day; a story that is
dated later is a placeholder, an event or a plan."""

_CLOCK: Final = (
    r"(?:[\sT,;|·•–—@-]*(?:at|um|à|a las|alle|às|kl\.?|o godz\.?|godz\.?|om|klo|saat|в|о)?\s*"
    r"(?P<hour>[01]?\d|2[0-3])[:h.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>(?i:[ap]\.?\s?m\b\.?))?\s*(?:Uhr|Uhr\s)?\s*(?P<zone>[(]?(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d{2})?\b|[+-]\d{1,2}:?\d{2}\b|[(]?(?:[A-Za-z]{1,4}|мск|МСК)\b[)]?)?)?"
)
_ISO: Final = lazy_pattern(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)"
    r"(?:(?:T|\s|%20|\+)+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,:]\d+)?)?\s*(?P<half>[ap]m\b)?"
    r"\s*(?P<zone>Z|[+-]\d{1,2}:?\d{2}|[+-]\d{2}\b|(?:[A-Za-z]{2,4}|мск)\b)?)?",
    re.IGNORECASE,
)
_COMPACT: Final = lazy_pattern(
    r"^(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?:T?(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?P<zone>Z|[+-]\d{4})?)?"
)
_YEAR: Final = lazy_pattern(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_EPOCH: Final = lazy_pattern(r"^(?:\\?/Date\()?(\d{10}(?:\d{3})?)(?:\.\d+)?(?:[+-]\d{4})?(?:\)\\?/)?$")
_EAST_ASIAN: Final = lazy_pattern(
    r"(?P<year>(?:19|20)\d\d)\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일号號]?"
    r"(?:\D{0,12}?(?P<half>午後|下午|오후)?\s*(?P<hour>\d{1,2})\s*[時时시:：]\s*(?P<minute>\d{1,2})?)?(?P<second>)(?P<zone>)"
)
_VOWELS: Final = "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b82-\u0bcd\u0c00-\u0c4d\u0e31\u0e34-\u0e4e"
"""Signs of vowels that follow a letter in the scripts of India and in Thai: no letters to Python."""
_WORD: Final = rf"[^\W\d_](?:[^\W\d_.]|[{_VOWELS}])*\.?(?:[^\W\d_](?![\w{_VOWELS}])\.?)?"
_DAY_MONTH_YEAR: Final = lazy_pattern(
    rf"(?<![\d:])(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|ª|\.|-)?\s*(?:de |of |d['’]|di |من |-|/)?\s*(?P<name>{_WORD}),?(?:\s?/\s?{_WORD})?(?:\s+de|\s+del|-|/)?\s*['’]?(?P<year>(?:19|20)\d\d)(?!\d)"
    + _CLOCK,
    re.IGNORECASE,
)
_MONTH_DAY_YEAR: Final = lazy_pattern(
    rf"\b(?P<name>{_WORD}),?\s*(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?\s?,?\s+(?:de |del )?(?P<year>(?:19|20)\d\d)(?!\d)"
    + _CLOCK,
    re.IGNORECASE,
)
_JS: Final = lazy_pattern(
    rf"\b(?P<name>{_WORD})\s+(?P<day>\d{{1,2}})\s+(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\s+(?P<zone>[A-Z]{{2,4}}|[+-]\d{{4}})?\s*(?P<year>(?:19|20)\d\d)(?P<half>)"
)
_NUMBERS: Final = lazy_pattern(
    r"(?<![\d./:-])(?P<day>\d{1,2})(?P<mark>[./-])\s?(?P<month>\d{1,2})(?P=mark)\s?(?P<year>(?:19|20)\d\d)(?!\d)"
    + _CLOCK
)
_SHORT: Final = lazy_pattern(
    r"(?<![\d./:-])(?P<day>\d{1,2})(?P<mark>[./])(?P<month>\d{1,2})(?P=mark)(?P<year>[0-4]\d)(?![\d./])" + _CLOCK
)
"""A date with a year of two digits."""
MAX_SHORT_YEAR_CHARS: Final = 60
"""Longest line in which a year of two digits is believed."""
_YEAR_MONTH_DAY: Final = lazy_pattern(
    rf"(?<!\d)(?P<year>(?:19|20)\d\d)(?:[.,]|\s?m\.|ko)?\s+(?P<name>{_WORD})\s+(?P<day>[0-3]?\d)(?![\d:])(?:\.\s)?"
    + _CLOCK
)
"""Of Hungarian, Lithuanian and Basque."""
_YEAR_DAY_MONTH: Final = lazy_pattern(
    rf"(?<!\d)(?P<year>(?:19|20)\d\d)\.?\s?gada\s+(?P<day>[0-3]?\d)\.\s*(?P<name>{_WORD})" + _CLOCK, re.IGNORECASE
)
"""Of Latvian."""
_VIETNAMESE: Final = lazy_pattern(
    r"(?<!\d)(?P<day>[0-3]?\d)\s+tháng\s+(?P<month>[01]?\d)\s*[,/-]?\s*(?:năm\s+)?(?P<year>(?:19|20)\d\d)(?!\d)"
    + _CLOCK,
    re.IGNORECASE,
)
_DAY_MONTH_SHORT: Final = lazy_pattern(
    rf"(?<![\d:])(?P<day>[0-3]?\d)\.?(?:-(?P<name>{_WORD})-|\s(?P<spaced>{_WORD})\s['’‘])(?P<year>[0-4]\d)(?![\d:./])"
    + _CLOCK
)
_MONTH_DAY_SHORT: Final = lazy_pattern(
    rf"\b(?P<name>{_WORD})\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?,?\s['’‘](?P<year>[0-4]\d)(?![\d:./])" + _CLOCK
)
"""Dates with a year of two digits, which a hyphen or an apostrophe marks."""
AFTERNOON: Final = ("p", "午後", "下午", "오후")
_WORDED: Final = (_JS, _DAY_MONTH_YEAR, _MONTH_DAY_YEAR, _YEAR_MONTH_DAY, _YEAR_DAY_MONTH)
_WORDED_SHORT: Final = (_DAY_MONTH_SHORT, _MONTH_DAY_SHORT)

_AMERICAN: Final = frozenset({"en-us", "en-ph", "es-us", "en-ca"})
MONTH_FIRST: Final = {"/": _AMERICAN | {"en", ""}, "-": _AMERICAN, ".": frozenset[str]()}
"""Locales in which the month stands first, by the mark between the numbers: 3/4/2021 is 4 March."""
Days = Callable[[], Collection[date]]
"""The days that a page names beyond doubt. Called only for a text whose day and month can be exchanged."""
MAX_DAYS_APART: Final = timedelta(days=1)
"""Difference of a day in numbers and one that the page names beyond doubt, if both mean the same: zones explain a day."""


def latest_from(fetched_at: datetime) -> datetime | None:
    """The last moment that a page of this fetch time can name as its past; None if the fetch time is unknown (1970).

    >>> latest_from(datetime(2024, 5, 3, tzinfo=UTC)).isoformat()
    '2024-05-04T00:00:00+00:00'
    """
    known = fetched_at if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC)
    return known + MAX_AHEAD if FIRST_YEAR <= known.year <= LAST_YEAR else None


def not_later(moment: datetime | None, latest: datetime | None) -> datetime | None:
    """The moment, or None if it is after the latest one to believe."""
    return None if moment and latest and moment > latest else moment


def no_days() -> Collection[date]:
    """No day: the page names none beyond doubt."""
    return ()


def parse_date(
    text: str, *, language: str = "", latest: datetime | None = None, days: Days = no_days
) -> datetime | None:
    """The moment in a string, with its zone; None if there is none. Machine formats are tried first.

    `days` tells day from month where both are possible, as in `read_date`.

    >>> parse_date("2016-12-13T23:06:00.000Z").isoformat()
    '2016-12-13T23:06:00+00:00'
    >>> parse_date("13. Dezember 2016, 18:06 Uhr").isoformat()
    '2016-12-13T18:06:00+00:00'
    """
    text = text.strip()[:400]
    if not any(map(str.isdigit, text)):
        return None
    text = plain_date(text, language)
    if epoch := _EPOCH.match(text):
        return not_later(_from_epoch(float(epoch[1])), latest)
    match = _COMPACT.match(text) or _ISO.search(text)
    found = not_later(_from_match(match), latest) if match else None
    return found or read_date(text, language=language, latest=latest, days=days)


def machine_day(text: str) -> date | None:
    """The day of a text that starts with a date as machines write it, with the year first; None if it does not.

    >>> machine_day("2021-11-01T09:00:00Z")
    datetime.date(2021, 11, 1)
    >>> machine_day("01/11/2021")
    """
    match = _COMPACT.match(text) or _ISO.match(text)
    found = _from_match(match) if match else None
    return found.date() if found else None


def read_date(
    text: str, *, language: str = "", latest: datetime | None = None, days: Days = no_days
) -> datetime | None:
    """The first date in a text written for people, in any language of the tables.

    Of two readings of numbers, the one next to one of the `days` is right; without one, the language decides.

    >>> read_date("01/11/2021", language="en-US", days=lambda: [date(2021, 11, 1)]).date().isoformat()
    '2021-11-01'
    >>> read_date("3/5/2024", language="en-US", latest=datetime(2024, 4, 1, tzinfo=UTC)).date().isoformat()
    '2024-03-05'
    >>> read_date("3/5/2024", language="en-GB", latest=datetime(2024, 4, 1, tzinfo=UTC)).date().isoformat()
    '2024-03-05'
    """
    text = plain_date(" ".join(text[:800].split())[:400], language)
    return next((found for found in _readings(text, language, days) if not_later(found, latest)), None)


def _readings(text: str, language: str, days: Days) -> Iterator[datetime]:
    """The dates that a text can be read as, the likeliest first."""
    if not _YEAR.search(text):
        if len(text) > MAX_SHORT_YEAR_CHARS:
            return
        match = _SHORT.search(text)
        yield from _from_numbers(match, language, days) if match else ()
        yield from _from_words(text, _WORDED_SHORT, language)
        return
    for match in chain(_ISO.finditer(text), _EAST_ASIAN.finditer(text), _VIETNAMESE.finditer(text)):
        if found := _from_match(match):
            yield found
    yield from _from_words(text, _WORDED, language)
    for match in _NUMBERS.finditer(text):
        yield from _from_numbers(match, language, days)


def _from_words(text: str, patterns: tuple[re.Pattern[str], ...], language: str) -> Iterator[datetime]:
    """The dates of a text that name their month."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            name = match["name"] or match["spaced"]
            if (month := month_of(name, language)) and (found := _from_match(match, month=month)):
                yield found


def _from_epoch(seconds: float) -> datetime | None:
    """A moment from a Unix time in seconds or milliseconds."""
    if seconds > 1e11:
        seconds /= 1000
    found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _from_numbers(match: re.Match[str], language: str, days: Days) -> Iterator[datetime]:
    """A date such as 3/4/2021, then its other reading."""
    first, second = int(match["day"]), int(match["month"])
    pairs = day_and_month(first, second, mark=match["mark"], language=language)
    read = [found for day, month in pairs if (found := _from_match(match, month=month, day=day))]
    if len(read) == 2 and first != second and (known := days()):
        read.sort(key=lambda found: not any(abs(found.date() - day) <= MAX_DAYS_APART for day in known))
    yield from read


def day_and_month(first: int, second: int, *, mark: str, language: str) -> list[tuple[int, int]]:
    """The two numbers of a date as day and month, the likelier reading first.

    A number above 12 is the day. Else the mark between the numbers and the language decide.

    >>> day_and_month(3, 4, mark="/", language="en")[0], day_and_month(3, 4, mark="-", language="en")[0]
    ((4, 3), (3, 4))
    """
    month_first = language.lower() in MONTH_FIRST.get(mark, ())
    pairs = [(first, second), (second, first)]
    return pairs[::-1] if second > 12 or (month_first and first <= 12) else pairs


def _from_match(match: re.Match[str], *, month: int = 0, day: int = 0) -> datetime | None:
    """The moment of a match; `month` and `day` replace those of its groups."""
    part = match.groupdict()
    hour, minute, second = (int(part.get(key) or 0) for key in ("hour", "minute", "second"))
    half = (part.get("half") or "").lower()
    if half.startswith(AFTERNOON) and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    year = int(part["year"])
    return _moment(
        year if year > 99 else 2000 + year,
        month or int(part["month"]),
        day or int(part["day"]),
        hour,
        minute,
        second,
        part.get("zone") or "",
    )


def _moment(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, zone: str = ""
) -> datetime | None:
    """A moment, if it exists and is within the years of news on the web."""
    try:
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(zone))
    except (ValueError, OverflowError):
        return None
    return found if FIRST_YEAR <= year <= LAST_YEAR else None


def _zone(text: str) -> timezone:
    """The zone of an offset or a name; UTC if it is unknown."""
    text = text.strip("() ").lower()
    if text[:3] in {"gmt", "utc"} and len(text) > 3:
        text = text[3:].strip()
    if text[:1] in {"+", "-"}:
        digits = text[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        ahead = timedelta(hours=hours, minutes=minutes)
        return timezone(ahead if text[0] == "+" else -ahead) if ahead and ahead < timedelta(hours=24) else UTC
    return named_zone(text) or UTC
