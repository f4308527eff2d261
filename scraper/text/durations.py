"""Durations as people write them: `90s`, `10m`, `12h`, `7d`, `2w`."""

from __future__ import annotations

import math
from typing import Final

from scraper.text.patterns import lazy_pattern

UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
DURATION: Final = lazy_pattern(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([smhdw])\s*")
MAX_SECONDS: Final = 100 * 365 * 86_400
"""Limit on durations: a hundred years. Longer values are typos and would overflow datetime."""


def parse_duration(value: str | float) -> float:
    """Return the seconds of a number, or of a text with a unit. Raises `ValueError`.

    >>> parse_duration("1.5h"), parse_duration("30d"), parse_duration(90)
    (5400.0, 2592000.0, 90.0)
    """
    if isinstance(value, str):
        found = DURATION.fullmatch(value)
        if not found:
            raise ValueError(f"{value!r} is not a duration")
        value = float(found[1]) * UNITS[found[2]]
    if not (math.isfinite(value) and 0 <= value <= MAX_SECONDS):
        raise ValueError("a duration must be between 0 and 100 years")
    return float(value)
