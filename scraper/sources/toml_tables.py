"""TOML tables with line numbers: an error names file, line, key and table. tomllib does not keep positions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final

from scraper.errors import ConfigError
from scraper.text.patterns import lazy_pattern

HEADER: Final = lazy_pattern(r"^\s*\[{1,2}\s*([\w.\"'-]+)\s*\]{1,2}")
"""A table header."""


class TableError(ConfigError):
    """A fault of one key of a table, or of one `item` of the key's list."""

    def __init__(self, fault: str, values: dict[str, Any], key: str, item: str | None = None) -> None:
        super().__init__(fault)
        self.values = values
        self.key = key
        self.item = item


@dataclass(frozen=True, slots=True)
class Key:
    """Values that a key accepts: its TOML `types`, a description for errors, and the `minimum` of numbers."""

    types: tuple[type, ...]
    description: str
    minimum: float = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file, with its lines to find keys again. `label` names the table in errors."""

    values: dict[str, Any]
    origin: str
    start: int
    lines: tuple[str, ...]
    label: str

    def error(self, message: str, key: str = "", item: str | None = None) -> TableError:
        """Return an error at the line of a key, or of the table if the key is missing. `item` is the faulty one of a list."""
        label = f"{self.label}: " if self.label else ""
        return TableError(f"{self.origin}: line {self.line_of(key)}: {label}{message}", self.values, key, item)

    def line_of(self, key: str) -> int:
        """Return the line of a key, counted from 1; the table's first line if the key is not found."""
        written = re.compile(rf"""^[\s\[]*["']?{re.escape(key)}["']?\s*[=.\]]""")
        places = (self.start + n for n, line in enumerate(self.lines) if key and written.match(line))
        return next(places, self.start)


def sections(text: str, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the first line number and the lines of each section with a name."""
    lines = text.splitlines()
    heads = [n for n, line in enumerate(lines) if HEADER.match(line)] + [len(lines)]
    for start, end in pairwise(heads):
        found = HEADER.match(lines[start])
        if found and found[1].strip("\"'") == name:
            yield start + 1, tuple(lines[start:end])


def check_keys(table: Table, keys: Mapping[str, Key]) -> None:
    """Raise `ConfigError` for a key that is unknown or has a wrong value."""
    for key, value in table.values.items():
        if key not in keys:
            close = get_close_matches(key, keys, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known keys are {', '.join(keys)}"
            raise table.error(f"unknown key {key!r}{hint}", key)
        allowed = keys[key]
        # NaN is not in the range either
        too_small = isinstance(value, (int, float)) and not allowed.minimum <= value < math.inf
        if not isinstance(value, allowed.types) or (isinstance(value, bool) and bool not in allowed.types) or too_small:
            raise table.error(f"{key!r} must be {allowed.description}, not {value!r}", key)
        plain = tuple(kind for kind in allowed.types if kind not in {list, dict})
        if isinstance(value, list) and plain and not all(isinstance(item, plain) for item in value):
            raise table.error(f"{key!r} must be {allowed.description}", key)


def as_texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return one or several texts as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
