"""Values of a source list: durations, dates, hosts, headers, cookies, patterns. All functions raise `ConfigError`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from scraper.errors import ConfigError, FetchError
from scraper.fetch.addresses import parse_allow_host
from scraper.fetch.proxy import check_proxy
from scraper.fetch.settings import CLIENT_HEADERS, HEADER_NAME
from scraper.html.robots_meta import SIGNALS
from scraper.sources.toml_tables import Table, as_texts
from scraper.text.date_spans import DATE_FORMS, parse_span
from scraper.text.durations import parse_duration
from scraper.text.patterns import lazy_pattern

COOKIE_VALUE: Final = lazy_pattern(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
"""The value of a cookie (RFC 6265, 4.1.1)."""
RESERVED_HEADERS: Final = {
    **dict.fromkeys([*CLIENT_HEADERS, "if-modified-since", "if-none-match"], "the fetcher sets it"),
    "host": "it follows from the URL",
    "user-agent": "set user_agent in [defaults]",
    "cookie": "set cookies",
}
"""Headers that a source cannot set, with the reason."""


def parse_since(value: str | date, now: Callable[[], datetime]) -> datetime:
    """Return the time at which a date begins, see `scraper.text.date_spans`, in UTC. Raises `ValueError`.

    >>> parse_since("30d", lambda: datetime(2026, 3, 31, tzinfo=UTC)).isoformat()
    '2026-03-01T00:00:00+00:00'
    >>> parse_since("2026-03", lambda: datetime.max.replace(tzinfo=UTC)).isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    if isinstance(value, str):
        found = parse_span(value, now())
        if found is None:
            raise ValueError("it is no date")
        return found[0]
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("the time is out of range") from exc


def read_since(table: Table, key: str, now: Callable[[], datetime]) -> datetime | None:
    """Return the time from which links are wanted; None for all."""
    value = table.values.get(key)
    if value is None:
        return None
    try:
        return parse_since(value, now)
    except ValueError as exc:
        raise table.error(
            f"{key!r} is {str(value)!r}; write {DATE_FORMS}",
            key,
        ) from exc


def read_seconds(table: Table, key: str) -> float | None:
    """Return a duration; None if the key is missing."""
    value = table.values.get(key)
    return None if value is None else read_duration(table, key, value)


def read_schedule(table: Table, key: str) -> tuple[float, ...] | None:
    """Return durations, each no shorter than the one before; empty means never."""
    value = table.values.get(key)
    if value is None:
        return None
    found = tuple(read_duration(table, key, item) for item in (value if isinstance(value, list) else [value]))
    if list(found) != sorted(found):
        raise table.error(f"the durations of {key!r} must increase", key)
    return found


def read_duration(table: Table, key: str, value: Any) -> float:
    """Return one duration of a key."""
    try:
        return parse_duration(value)
    except (ValueError, TypeError) as exc:
        raise table.error(
            f'{key!r} must be seconds or a duration such as "90s", "10m", "6h", "7d", not {value!r}', key
        ) from exc


def read_hosts(table: Table, key: str) -> tuple[str, ...]:
    """Return normalized hosts, each "HOST" or "HOST:PORT"; an IPv6 address is in brackets."""
    found = []
    for text in as_texts(table.values.get(key, ())):
        try:
            found.append(parse_allow_host(text))
        except FetchError as exc:
            raise table.error(f"{text!r} in {key!r} is not a host; write HOST or HOST:PORT", key, text) from exc
    return tuple(dict.fromkeys(found))


def read_headers(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """Return request headers, names as written."""
    rows = read_pairs(table, key)
    for name, value in rows:
        if name.lower() in RESERVED_HEADERS:
            raise table.error(f"the header {name!r} cannot be set: {RESERVED_HEADERS[name.lower()]}", key)
        if not (value.isascii() and value.isprintable()):
            raise table.error(f"the value of header {name!r} must be printable ASCII", key)
    return rows


def read_cookies(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """Return cookies, names as written."""
    rows = read_pairs(table, key)
    for name, value in rows:
        if not COOKIE_VALUE.fullmatch(value):
            raise table.error(
                f"the value of cookie {name!r} must not contain spaces, commas, semicolons or quotes", key
            )
    return rows


def read_pairs(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """Return the names and texts of a table within the table."""
    rows = table.values.get(key, {})
    for name, value in rows.items():
        if not HEADER_NAME.fullmatch(name) or not isinstance(value, str):
            raise table.error(f"{key!r} must be a table of names and texts; {name!r} is not a pair of these", key)
    return tuple(rows.items())


def read_signals_to_honour(table: Table, key: str) -> tuple[str, ...]:
    """Return names of known signals."""
    names = as_texts(table.values.get(key, ()))
    for name in names:
        if name not in SIGNALS:
            raise table.error(f"unknown signal {name!r} in {key!r}; known signals are {', '.join(SIGNALS)}", key, name)
    return tuple(dict.fromkeys(names))


def read_patterns(table: Table, key: str) -> tuple[str, ...]:
    """Return regular expressions that compile."""
    patterns = as_texts(table.values.get(key, ()))
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as exc:
            raise table.error(f"{key!r}: {pattern!r} is not a regular expression ({exc})", key, pattern) from exc
    return patterns


def read_proxy(table: Table, key: str) -> str:
    """Return the URL of a proxy; empty for none."""
    value = str(table.values.get(key, "")).strip()
    if not value:
        return ""
    try:
        check_proxy(value)
    except ConfigError as exc:
        raise table.error(f"{key!r} must be a URL such as http://proxy.example:3128", key) from exc
    return value
