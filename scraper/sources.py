"""Source lists: the TOML file that says where links come from.

::

    [defaults]                      # all optional
    delay = 1.0                     # seconds between requests to one host
    per_host = 2                    # requests in flight to one host
    user_agent = "Name/1.0 (+https://example.org/contact)"
    max_pages = 50                  # pages a run from one source

    [[source]]
    name = "example"
    kind = "feed"                   # feed, sitemap, section or urls
    url = "https://example.org/feed.xml"
    include = ["/news/"]            # regular expressions, searched in a link's address
    exclude = ["/video/"]

Anything wrong is a `ConfigError` when the list is loaded, naming file, line and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from scraper.errors import ConfigError, FetchError
from scraper.types import SOURCE_KINDS, Source
from scraper.urls import canonicalize

USER_AGENT: Final = "Cuttings/0.1 (news archiver; set user_agent to name yourself)"
"""Truthful, but names nobody to write to: a source list should say who is asking."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """How to ask, for every source. `max_pages` is of one source in one run; None: all."""

    delay: float = 1.0
    per_host: int = 2
    user_agent: str = USER_AGENT
    max_pages: int | None = None


@dataclass(frozen=True, slots=True)
class SourceList:
    """A loaded list. A source without `max_pages` has that of the defaults."""

    sources: tuple[Source, ...]
    defaults: Defaults = field(default_factory=Defaults)


@dataclass(frozen=True, slots=True)
class Key:
    """What a key may hold: `types` in TOML, `least` for numbers."""

    types: tuple[type, ...]
    what: str
    least: float = 0


TEXT: Final = Key((str,), "text")
TEXTS: Final = Key((str, list), "text or a list of texts")
COUNT: Final = Key((int,), "a whole number from 1", 1)
DEFAULT_KEYS: Final[dict[str, Key]] = {
    "delay": Key((int, float), "a number of seconds from 0"),
    "per_host": COUNT,
    "user_agent": TEXT,
    "max_pages": COUNT,
}
SOURCE_KEYS: Final[dict[str, Key]] = {
    "name": TEXT,
    "kind": TEXT,
    "url": TEXT,
    "urls": TEXTS,
    "include": TEXTS,
    "exclude": TEXTS,
    "max_pages": COUNT,
}
TOP_KEYS: Final[dict[str, Key]] = {"defaults": Key((dict,), "a table"), "source": Key((list,), "[[source]] tables")}
HEADER: Final = re.compile(r"^\s*\[{1,2}\s*([\w.\"'-]+)\s*\]{1,2}")
SYNTAX_PLACE: Final = re.compile(r"^(?P<what>.*) \(at line (?P<line>\d+), column \d+\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file, with what finds its lines again (tomllib does not keep them)."""

    values: Mapping[str, Any]
    origin: str
    start: int
    lines: tuple[str, ...]
    label: str

    def error(self, message: str, key: str = "") -> ConfigError:
        """An error at the line of a key, or of the table."""
        return ConfigError(f"{self.origin}: line {self.line_of(key)}: {message}{self.label}")

    def line_of(self, key: str) -> int:
        """The line of a key within the table, counted from 1; the table's own when the key is not found."""
        written = re.compile(rf"""^[\s\[]*["']?{re.escape(key)}["']?\s*[=.\]]""")
        places = (self.start + n for n, line in enumerate(self.lines) if key and written.match(line))
        return next(places, self.start)


def load_sources(path: Path) -> SourceList:
    """The source list of a file. Raises `ConfigError`, also when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise ConfigError(f"{path}: no such file") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: not a text file in UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror or exc}") from exc
    return parse_sources(text, origin=path.name)


def parse_sources(text: str, *, origin: str = "sources") -> SourceList:
    """The source list that a TOML text holds. `origin` names it in errors. Raises `ConfigError`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        found = SYNTAX_PLACE.match(str(exc))
        what, line = (found["what"], found["line"]) if found else (str(exc), len(text.splitlines()))
        raise ConfigError(f"{origin}: line {line}: {what}") from exc
    except RecursionError as exc:
        raise ConfigError(f"{origin}: nested too deep") from exc
    top = Table(values, origin, 1, tuple(text.splitlines()), "")
    check_keys(top, TOP_KEYS)
    defaults = read_defaults(Table(values.get("defaults", {}), origin, *next(sections(text, "defaults"), (1, ())), " in [defaults]"))
    rows = values.get("source", [])
    if not rows:
        raise ConfigError(f"{origin}: no [[source]] table")
    if not all(isinstance(row, dict) for row in rows):
        raise top.error("write each source as a [[source]] table", "source")
    places = [*sections(text, "source")] + [(1, top.lines)] * len(rows)  # an inline array has no headers
    sources = tuple(
        read_source(Table(row, origin, *place, f" in source {str(row.get('name', number))!r}"), defaults)
        for number, (row, place) in enumerate(zip(rows, places, strict=False), start=1)
    )
    check_names(sources, rows, places, origin)
    return SourceList(sources, defaults)


def sections(text: str, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The number of its first line and the lines of each section with this name."""
    lines = text.splitlines()
    heads = [n for n, line in enumerate(lines) if HEADER.match(line)] + [len(lines)]
    for start, end in pairwise(heads):
        found = HEADER.match(lines[start])
        if found and found[1].strip("\"'") == name:
            yield start + 1, tuple(lines[start:end])


def check_keys(table: Table, keys: Mapping[str, Key]) -> None:
    """Raises `ConfigError` for a key that is unknown or holds the wrong thing."""
    for key, value in table.values.items():
        if key not in keys:
            close = get_close_matches(key, keys, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(keys)}"
            # the hint comes last, after the table's label
            raise ConfigError(str(table.error(f"unknown key {key!r}", key)) + hint)
        allowed = keys[key]
        too_small = isinstance(value, (int, float)) and not value >= allowed.least  # "not", for a NaN
        if not isinstance(value, allowed.types) or isinstance(value, bool) or too_small:
            raise table.error(f"{key!r} must be {allowed.what}, not {value!r}", key)
        if isinstance(value, list) and str in allowed.types and not all(isinstance(item, str) for item in value):
            raise table.error(f"{key!r} must be {allowed.what}", key)


def read_defaults(table: Table) -> Defaults:
    """The checked `[defaults]`."""
    check_keys(table, DEFAULT_KEYS)
    agent = table.values.get("user_agent", USER_AGENT)
    if not (agent.isascii() and agent.isprintable() and agent.strip()):
        raise table.error("'user_agent' must be printable ASCII, for it is an HTTP header", "user_agent")
    return Defaults(**table.values)


def read_source(table: Table, defaults: Defaults) -> Source:
    """One checked source."""
    check_keys(table, SOURCE_KEYS)
    values = table.values
    for key in ("name", "kind"):
        if not str(values.get(key, "")).strip():
            raise table.error(f"{key!r} is missing")
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
    )


def read_urls(table: Table) -> tuple[str, ...]:
    """The addresses of a source, as they are written."""
    keys = [key for key in ("url", "urls") if key in table.values]
    if len(keys) != 1:
        raise table.error("write either 'url' or 'urls'" if keys else "'url' is missing", keys[0] if keys else "")
    urls = as_texts(table.values[keys[0]])
    if not urls:
        raise table.error(f"{keys[0]!r} is empty", keys[0])
    if len(urls) > 1 and table.values["kind"] != "urls":
        raise table.error(f"a source of kind {table.values['kind']!r} has one address", keys[0])
    for url in urls:
        try:
            canonicalize(url)
        except FetchError as exc:
            raise table.error(f"{url!r} is not a valid http or https URL ({exc.detail})", keys[0]) from exc
    return urls


def read_patterns(table: Table, key: str) -> tuple[str, ...]:
    """The regular expressions of a key, each known to compile."""
    patterns = as_texts(table.values.get(key, ()))
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as exc:
            raise table.error(f"bad pattern {pattern!r} ({exc}) for {key!r}", key) from exc
    return patterns


def as_texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """One text, or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def check_names(sources: tuple[Source, ...], rows: list[dict[str, Any]], places: list[tuple[int, tuple[str, ...]]], origin: str) -> None:
    """Raises `ConfigError` for a name that stands twice: counts and failures are kept by name."""
    seen: set[str] = set()
    for source, row, place in zip(sources, rows, places, strict=False):
        if source.name in seen:
            raise Table(row, origin, *place, "").error(f"the name {source.name!r} is taken by another source", "name")
        seen.add(source.name)
