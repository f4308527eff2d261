"""Limits that decide which blocks are removed and which verdict is given: the rows of `thresholds.toml`.

Any room may read a row. The table is read once, at import. Each row has a case on either side of its value.
`tests/scraper/rules/test_thresholds.py` runs every case, so a changed value fails a test.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("thresholds.toml")


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row; the head of `thresholds.toml` explains the keys of `case`, `below` and `above`."""

    name: str
    value: float
    unit: str
    why: str
    below: Mapping[str, Any]
    above: Mapping[str, Any]
    case: Mapping[str, Any]


def parse_thresholds(text: str) -> dict[str, Threshold]:
    """The rows of the table by name. Raises `TypeError` for a row with a missing or unknown key."""
    return {row["name"]: Threshold(**row) for row in tomllib.loads(text)["threshold"]}


THRESHOLDS: Final = parse_thresholds(TABLE.read_text(encoding="utf-8"))
"""All rows by name."""


def number(name: str) -> int:
    """The value of a threshold that counts something."""
    return int(THRESHOLDS[name].value)


def share(name: str) -> float:
    """The value of a threshold that is a share, a score or a factor."""
    return float(THRESHOLDS[name].value)
