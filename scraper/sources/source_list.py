"""Source lists: the TOML file that names the sources of links.

::

    [defaults]                      # all optional
    delay = 1.0                     # seconds between requests to one host
    per_host = 2                    # requests in flight to one host
    user_agent = "Name/1.0 (+https://example.org/contact)"
    max_pages = 50                  # pages per run and source
    max_time = "30m"                # time limit of a run
    revisit = ["1h", "6h", "1d", "7d"]          # delays before an article is refetched for edits; [] never
    proxy = "http://proxy.example:3128"
    allow_hosts = ["intranet.example:8080"]     # private hosts that may be fetched from
    honour = ["noarchive", "tdm-reservation"]   # also noindex, nosnippet: pages with these are not stored
    since = "30d"                   # ignore older articles; or a day such as 2026-01-31

    [[source]]                      # its keys override [defaults]
    name = "example"
    kind = "feed"                   # feed, sitemap, section or urls
    url = "https://example.org/feed.xml"
    include = ["/news/"]            # regular expressions, searched in a link's URL
    exclude = ["/video/"]
    delay = 5                       # seconds between requests to this source's host
    pages = 3                       # of a section: how many of its pages are read while they name new links
    full_text = true                # use the feed's own text if the page has none
    render = true                   # pages need JavaScript: use a browser (extra "browser")
    headers = { Authorization = "Bearer ..." }  # sent to this source's host only; cookies too
    cookies = { session = "..." }

A mistake raises `ConfigError` when the list is loaded; the error names file, line and key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from scraper.errors import ConfigError, FetchError
from scraper.fetch.settings import USER_AGENT
from scraper.sources.toml_syntax import PLACEHOLDERS, mend_syntax
from scraper.sources.toml_tables import Key, Table, TableError, as_texts, check_keys, sections
from scraper.sources.values import (
    read_cookies,
    read_headers,
    read_hosts,
    read_patterns,
    read_proxy,
    read_schedule,
    read_seconds,
    read_signals_to_honour,
    read_since,
)
from scraper.text.date_spans import DATE_FORMS
from scraper.text.patterns import lazy_pattern
from scraper.text.toml import parse_toml, without_mark
from scraper.types import REVISIT, SOURCE_KINDS, Source
from scraper.urls.canonical import canonicalize

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Defaults:
    """Values for every source. `max_pages` is per source and run, `max_time` (seconds) per run; None means no limit.

    `revisit` are the delays in seconds from the first fetch to each refetch; `proxy` is a URL or empty.
    """

    delay: float = 1.0
    per_host: int = 2
    user_agent: str = USER_AGENT
    max_pages: int | None = None
    max_time: float | None = None
    revisit: tuple[float, ...] = REVISIT
    proxy: str = ""
    allow_hosts: tuple[str, ...] = ()
    honour: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceList:
    """A loaded list. `max_pages`, `since`, `honour` and `revisit` of a source fall back to the defaults."""

    sources: tuple[Source, ...]
    defaults: Defaults = field(default_factory=Defaults)


TEXT: Final = Key((str,), "text")
TEXTS: Final = Key((str, list), "text or a list of texts")
COUNT: Final = Key((int,), "a whole number from 1", 1)
FLAG: Final = Key((bool,), "true or false")
SECONDS: Final = Key((int, float), "a number of seconds from 0")
DURATION: Final = Key((int, float, str), 'a number of seconds, or a duration such as "10m"')
DURATIONS: Final = Key((int, float, str, list), 'durations such as ["1h", "7d"]')
MOMENT: Final = Key((str, date), f"a date: {DATE_FORMS}")
PAIRS: Final = Key((dict,), "a table of names and texts")
COMMON_KEYS: Final[dict[str, Key]] = {
    "delay": SECONDS,
    "max_pages": COUNT,
    "since": MOMENT,
    "revisit": DURATIONS,
    "allow_hosts": TEXTS,
    "honour": TEXTS,
}
DEFAULT_KEYS: Final = COMMON_KEYS | {"per_host": COUNT, "user_agent": TEXT, "max_time": DURATION, "proxy": TEXT}
SOURCE_KEYS: Final = {
    "name": TEXT,
    "kind": TEXT,
    "url": TEXT,
    "urls": TEXTS,
    "include": TEXTS,
    "exclude": TEXTS,
    **COMMON_KEYS,
    "headers": PAIRS,
    "cookies": PAIRS,
    "render": FLAG,
    "full_text": FLAG,
    "pages": COUNT,
}
TOP_KEYS: Final[dict[str, Key]] = {"defaults": Key((dict,), "a table"), "source": Key((list,), "[[source]] tables")}
FAULT_LINE: Final = lazy_pattern(r": line (\d+): ")
MAX_FAULTS: Final = 50
"""Faults of one list that are reported."""


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def load_sources(path: Path, *, now: Clock = utc_now) -> SourceList:
    """Return the source list of a file; "30d" is counted back from `now`. Raises `ConfigError`, also for an unreadable
    file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        missing = "the file does not exist" if path.parent.is_dir() else f"there is no folder {path.parent}"
        raise ConfigError(
            f"{path}: {missing}; pass the path of a source list, or make one with `cuttings sources add URL`"
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: the file is not UTF-8 text; save it as UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: the file cannot be read: {exc.strerror or exc}") from exc
    return parse_sources(text, origin=path.name, now=now)


def parse_sources(text: str, *, origin: str = "sources", now: Clock = utc_now) -> SourceList:
    """Return the source list in a TOML text. `origin` names it in errors. Raises `ConfigError` with all faults of the list."""
    text = without_mark(text)
    readable, faults = mend_syntax(text, origin)
    values = parse_toml(readable)
    mended: set[tuple[int, str]] = set()
    while True:
        try:
            found = read_list(values, text, origin, now)
        except TableError as exc:
            faults.append(str(exc))
            if len(faults) >= MAX_FAULTS or not mend(exc, mended):
                raise ConfigError(*sorted(faults, key=fault_line)) from exc
        else:
            if faults:
                raise ConfigError(*sorted(faults, key=fault_line))
            return found


def fault_line(fault: str) -> int:
    """
    >>> fault_line("sources.toml: line 12: 'kind' is missing; add it")
    12
    """
    found = FAULT_LINE.search(fault)
    return int(found[1]) if found else 0


def mend(error: TableError, mended: set[tuple[int, str]]) -> bool:
    """Replace a faulty value, so that the faults behind it are found too. Return False if that cannot be done.

    Of a list only the faulty item is dropped. A required key gets a placeholder, once; any other key is dropped.
    """
    key = error.key
    if error.item is not None and len(items := as_texts(error.values[key])) > 1:
        error.values[key] = [item for item in items if item != error.item]
        return True
    if key in {"url", "urls"}:
        error.values.pop("urls", None)
        key = "url"
    place = (id(error.values), key)
    if key in PLACEHOLDERS and place not in mended:
        error.values[key] = PLACEHOLDERS[key].format(len(mended))
    elif key == "source" or error.values.pop(key, None) is None:
        return False
    mended.add(place)
    return True


def read_list(values: dict[str, Any], text: str, origin: str, now: Clock) -> SourceList:
    """Return the checked list. Raises `TableError` for its first fault."""
    top = Table(values, origin, 1, tuple(text.splitlines()), "")
    check_keys(top, TOP_KEYS)
    defaults = read_defaults(
        Table(values.get("defaults", {}), origin, *next(sections(text, "defaults"), (1, ())), "[defaults]"), now
    )
    rows = values.get("source", [])
    if not rows:
        raise TableError(f"{origin}: the list has no [[source]] table; add one", values, "source")
    if not all(isinstance(row, dict) for row in rows):
        raise top.error("write each source as a [[source]] table", "source")
    places = [*sections(text, "source")] + [(1, top.lines)] * len(rows)  # an inline array has no table headers
    sources = tuple(
        read_source(Table(row, origin, *place, source_label(row, number)), defaults, now)
        for number, (row, place) in enumerate(zip(rows, places, strict=False), start=1)
    )
    check_names(sources, rows, places, origin)
    return SourceList(sources, defaults)


def source_label(row: dict[str, Any], number: int) -> str:
    """Return what errors call a source: its name, or its number in the list."""
    name = str(row.get("name", number))
    return f"source {str(number if name.startswith('? ') else name)!r}"


def read_defaults(table: Table, now: Clock) -> Defaults:
    """Return the checked `[defaults]`."""
    check_keys(table, DEFAULT_KEYS)
    values, plain = table.values, Defaults()
    agent = values.get("user_agent", USER_AGENT)
    if not (agent.isascii() and agent.isprintable() and agent.strip()):
        raise table.error("'user_agent' must be printable ASCII, because it is sent as an HTTP header", "user_agent")
    revisit = read_schedule(table, "revisit")
    return Defaults(
        delay=values.get("delay", plain.delay),
        per_host=values.get("per_host", plain.per_host),
        user_agent=agent,
        max_pages=values.get("max_pages"),
        max_time=read_seconds(table, "max_time"),
        revisit=REVISIT if revisit is None else revisit,
        proxy=read_proxy(table, "proxy"),
        allow_hosts=read_hosts(table, "allow_hosts"),
        honour=read_signals_to_honour(table, "honour"),
        since=read_since(table, "since", now),
    )


def read_source(table: Table, defaults: Defaults, now: Clock) -> Source:
    """Return one checked source."""
    check_keys(table, SOURCE_KEYS)
    values = table.values
    for key in ("name", "kind"):
        if not str(values.get(key, "")).strip():
            raise table.error(f"{key!r} is missing; add it", key)
    kind = values["kind"]
    if kind not in SOURCE_KINDS:
        raise table.error(f"'kind' is {kind!r}; it must be one of {', '.join(SOURCE_KINDS)}", "kind")
    return Source(
        name=values["name"],
        kind=kind,
        urls=read_urls(table),
        include=read_patterns(table, "include"),
        exclude=read_patterns(table, "exclude"),
        max_pages=values.get("max_pages", defaults.max_pages),
        since=read_since(table, "since", now) or defaults.since,
        headers=read_headers(table, "headers"),
        cookies=read_cookies(table, "cookies"),
        allow_hosts=read_hosts(table, "allow_hosts"),
        delay=values.get("delay"),
        render=values.get("render", False),
        honour=read_signals_to_honour(table, "honour") if "honour" in values else defaults.honour,
        revisit=read_schedule(table, "revisit") if "revisit" in values else defaults.revisit,
        full_text=values.get("full_text", False),
        pages=values.get("pages", 3),
    )


def read_urls(table: Table) -> tuple[str, ...]:
    """Return the URLs of a source, as written."""
    keys = [key for key in ("url", "urls") if key in table.values]
    if len(keys) != 1:
        raise table.error(
            "write either 'url' or 'urls', not both" if keys else "'url' is missing; add it", keys[0] if keys else "url"
        )
    urls = as_texts(table.values[keys[0]])
    if not urls:
        raise table.error(f"{keys[0]!r} is empty; add a URL", keys[0])
    if len(urls) > 1 and table.values["kind"] != "urls":
        raise table.error(f"a source of kind {table.values['kind']!r} has one URL; write a source for each", keys[0])
    for url in urls:
        try:
            canonicalize(url)
        except FetchError as exc:
            raise table.error(f"{url!r} is not a valid http or https URL ({exc.detail})", keys[0], url) from exc
    return urls


def check_names(
    sources: tuple[Source, ...], rows: list[dict[str, Any]], places: list[tuple[int, tuple[str, ...]]], origin: str
) -> None:
    """Raise `ConfigError` for a name that is used twice: counts and failures are stored by name."""
    seen: set[str] = set()
    for source, row, place in zip(sources, rows, places, strict=False):
        if source.name in seen:
            raise Table(row, origin, *place, "").error(
                f"another source has the name {source.name!r}; names must be unique", "name"
            )
        seen.add(source.name)
