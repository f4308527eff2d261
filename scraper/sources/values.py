"""What the values of a source list mean: durations, days, hosts, headers, cookies, patterns. All raise `ConfigError`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from scraper.errors import ConfigError, FetchError
from scraper.fetch.addresses import parse_allow_host
from scraper.fetch.proxy import parse_proxy
from scraper.html.robots_meta import SIGNALS
from scraper.sources.toml_tables import Table, as_texts

UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
DURATION: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([smhdw])\s*")
MONTH: Final = re.compile(r"(\d{4})(?:-(\d\d?))?")
"""Or a whole year."""
MAX_SECONDS: Final = 100 * 365 * 86_400
"""Seconds; a longer time is a slip of the pen, and would overflow dates."""
TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's or cookie's name (RFC 9110, 5.6.2; RFC 6265, 4.1.1)."""
COOKIE_VALUE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
OURS: Final = {
    "host": "it follows from the address",
    "user-agent": "set user_agent in [defaults]",
    "cookie": "set cookies",
    **dict.fromkeys(
        ["accept-encoding", "connection", "content-length", "if-modified-since", "if-none-match", "proxy-authorization", "range", "te", "transfer-encoding", "upgrade"],
        "the fetcher needs it itself",
    ),
}  # fmt: skip
"""Headers that a source cannot set, and why."""


def parse_duration(value: str | float) -> float:
    """Seconds, of a number of them or of a text with a unit. Raises `ValueError`.

    >>> parse_duration("1.5h"), parse_duration("30d"), parse_duration(90)
    (5400.0, 2592000.0, 90.0)
    """
    if isinstance(value, str):
        found = DURATION.fullmatch(value)
        if not found:
            raise ValueError(f"{value!r} is no duration")
        value = float(found[1]) * UNITS[found[2]]
    if not (math.isfinite(value) and 0 <= value <= MAX_SECONDS):
        raise ValueError("a duration lies between 0 and a hundred years")
    return float(value)


def parse_since(value: str | date, now: Callable[[], datetime]) -> datetime:
    """The moment that a year, month, day, time or time span before `now` means; without a zone it is UTC. Raises `ValueError`.

    >>> parse_since("30d", lambda: datetime(2026, 3, 31, tzinfo=UTC)).isoformat()
    '2026-03-01T00:00:00+00:00'
    >>> parse_since("2026-03", lambda: datetime.min).isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    if isinstance(value, str):
        if DURATION.fullmatch(value):
            return now() - timedelta(seconds=parse_duration(value))
        if found := MONTH.fullmatch(value):
            return datetime(int(found[1]), int(found[2] or 1), 1, tzinfo=UTC)
        value = datetime.fromisoformat(value)
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("too far away") from exc


def read_since(table: Table, key: str, now: Callable[[], datetime]) -> datetime | None:
    """The moment from which on links are wanted; None: all."""
    value = table.values.get(key)
    if value is None:
        return None
    try:
        return parse_since(value, now)
    except ValueError as exc:
        raise table.error(
            f"{key!r} is {str(value)!r}; write a day (2026-01-31), a month, a year, a time, or how far back (30d, 12h)",
            key,
        ) from exc


def read_seconds(table: Table, key: str) -> float | None:
    """A duration; None when the key is not there."""
    value = table.values.get(key)
    return None if value is None else seconds(table, key, value)


def read_schedule(table: Table, key: str) -> tuple[float, ...] | None:
    """Durations, each no shorter than the one before; empty means never."""
    value = table.values.get(key)
    if value is None:
        return None
    found = tuple(seconds(table, key, item) for item in (value if isinstance(value, list) else [value]))
    if list(found) != sorted(found):
        raise table.error(f"{key!r} must grow from one to the next", key)
    return found


def seconds(table: Table, key: str, value: Any) -> float:
    """One duration of a key."""
    try:
        return parse_duration(value)
    except (ValueError, TypeError) as exc:
        raise table.error(
            f'{key!r} must be seconds or a duration such as "90s", "10m", "6h", "7d", not {value!r}', key
        ) from exc


def read_hosts(table: Table, key: str) -> tuple[str, ...]:
    """Hosts, each "HOST" or "HOST:PORT", in normal form; an IPv6 address stands in brackets."""
    found = []
    for text in as_texts(table.values.get(key, ())):
        try:
            found.append(parse_allow_host(text))
        except FetchError as exc:
            raise table.error(f"{text!r} in {key!r} is not HOST or HOST:PORT", key) from exc
    return tuple(dict.fromkeys(found))


def read_headers(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """Request headers, names as written."""
    rows = read_pairs(table, key)
    for name, value in rows:
        if name.lower() in OURS:
            raise table.error(f"the header {name!r} cannot be set: {OURS[name.lower()]}", key)
        if not (value.isascii() and value.isprintable()):
            raise table.error(f"the header {name!r} must be printable ASCII", key)
    return rows


def read_cookies(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """Cookies, names as written."""
    rows = read_pairs(table, key)
    for name, value in rows:
        if not COOKIE_VALUE.fullmatch(value):
            raise table.error(f"the cookie {name!r} holds what no cookie can (blanks, commas, semicolons, quotes)", key)
    return rows


def read_pairs(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """The names and texts of a table within the table."""
    rows = table.values.get(key, {})
    for name, value in rows.items():
        if not TOKEN.fullmatch(name) or not isinstance(value, str):
            raise table.error(f"{key!r} must be a table of names and texts, which {name!r} is not", key)
    return tuple(rows.items())


def read_signals_to_honour(table: Table, key: str) -> tuple[str, ...]:
    """Names of signals, each known."""
    names = as_texts(table.values.get(key, ()))
    for name in names:
        if name not in SIGNALS:
            raise table.error(f"unknown signal {name!r} in {key!r}; known are {', '.join(SIGNALS)}", key)
    return tuple(dict.fromkeys(names))


def read_patterns(table: Table, key: str) -> tuple[str, ...]:
    """The regular expressions of a key, each known to compile."""
    patterns = as_texts(table.values.get(key, ()))
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as exc:
            raise table.error(f"bad pattern {pattern!r} ({exc}) for {key!r}", key) from exc
    return patterns


def read_proxy(table: Table, key: str) -> str:
    """The address of a proxy, an empty string for none."""
    value = str(table.values.get(key, "")).strip()
    if not value:
        return ""
    try:
        parse_proxy(value)
    except ConfigError as exc:
        raise table.error(f"{key!r} must be an address such as http://proxy.example:3128", key) from exc
    return value
