"""TOML tables that know their lines: an error names file, line, key and table (tomllib keeps no places)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final

from scraper.errors import ConfigError

HEADER: Final = re.compile(r"^\s*\[{1,2}\s*([\w.\"'-]+)\s*\]{1,2}")


@dataclass(frozen=True, slots=True)
class Key:
    """What a key may hold: `types` in TOML, `least` for numbers."""

    types: tuple[type, ...]
    what: str
    least: float = 0


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
        too_small = isinstance(value, (int, float)) and not allowed.least <= value < math.inf  # false for a NaN
        if not isinstance(value, allowed.types) or (isinstance(value, bool) and bool not in allowed.types) or too_small:
            raise table.error(f"{key!r} must be {allowed.what}, not {value!r}", key)
        plain = tuple(kind for kind in allowed.types if kind not in {list, dict})
        if isinstance(value, list) and plain and not all(isinstance(item, plain) for item in value):
            raise table.error(f"{key!r} must be {allowed.what}", key)


def as_texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """One text, or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
