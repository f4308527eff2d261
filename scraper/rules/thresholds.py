"""Limits that decide which blocks are removed, which fallback is used, which pages are joined and which verdict is given.

A limit is a row of a file in `thresholds/`. Any room may read a row; the files are read once, at import. Each row has a case
on either side of its value, and `tests/scraper/rules/test_thresholds.py` runs every case. The keys of a row::

    [[threshold]]
    name, value, unit, why
    below, above   the two sides of the value: `n` is as close to it as can be, `gives` is the result for the watched block:
                   "kept", "kept table" (a cell or a row), "beside" (a correction, an embed, a standfirst), "REASON KIND" (removed or
                   chrome), "absent"
    case           what is run on each side, one of
      blocks       candidates, with the keys of `Candidate`; `element` is the id of a rule; `watched` marks the block
      page         the HTML of a body; `head`, `title`; `scores` replaces the scorer's, the last number is for all further
                   blocks; `watch` is text of the watched block, or "verdict"
      text         a plain text; `watch` is text of the watched line
      parts        the HTML of the pages of one article; gives the number of pages that are joined

In a text {200} stands for running text of 200 characters, {6 words}, {16 signs}, {9 paragraphs} and {9 lines} for what they
say; {200 as A} is the same text each time; {n} stands for the side's `n`. Not here: features of the trained scorer
(`scraper/scoring`) and limits on work (`scraper/html/limits.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scraper.text.tables import read_table

FOLDER: Final = Path(__file__).with_name("thresholds")


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row; the module's docstring explains the keys."""

    name: str
    value: float
    unit: str
    why: str
    below: Mapping[str, Any]
    above: Mapping[str, Any]
    case: Mapping[str, Any]


def parse_thresholds(values: Mapping[str, Any]) -> dict[str, Threshold]:
    """The rows of one table by name. Raises `TypeError` for a row with a missing or unknown key."""
    return {row["name"]: Threshold(**row) for row in values["threshold"]}


THRESHOLDS: Final = {
    name: row
    for file in sorted(FOLDER.glob("*.toml"))
    for name, row in parse_thresholds(read_table(file).values).items()
}
"""All rows by name."""


def number(name: str) -> int:
    """The value of a threshold that counts something."""
    return int(THRESHOLDS[name].value)


def share(name: str) -> float:
    """The value of a threshold that is a share, a score or a factor."""
    return float(THRESHOLDS[name].value)
