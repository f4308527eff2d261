"""The progress line of a run on a terminal, redrawn in place."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TextIO

from archive.output.article import one_line, printable
from scraper.types import HostPaused, Outcome, SourceRead

if TYPE_CHECKING:
    from archive.runs.totals import RunTotals

REDRAW_SECONDS: Final = 0.1
"""Minimum time between two drawings. An eye cannot follow faster ones."""
CLEAR: Final = "\r\x1b[K"


class Progress:
    """Draws on `stream`, at most ten times a second by `clock` (seconds, monotonic)."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream
        self.clock = clock
        self.started = clock()
        self.drawn = 0.0

    def __call__(self, totals: RunTotals, outcome: Outcome) -> None:
        """Shows the run's state after one more outcome."""
        now = self.clock()
        if now - self.drawn < REDRAW_SECONDS:
            return
        self.drawn = now
        line = f"{progress_counts(totals, now - self.started)}  {one_line(printable(outcome_name(outcome)))}"
        self.stream.write(CLEAR + line[: shutil.get_terminal_size().columns - 1])
        self.stream.flush()

    def clear(self) -> None:
        """Clears the line for the next output."""
        self.stream.write(CLEAR)
        self.stream.flush()


def outcome_name(outcome: Outcome) -> str:
    """The source, host or address that an outcome is about."""
    if isinstance(outcome, SourceRead):
        return outcome.source
    return outcome.host if isinstance(outcome, HostPaused) else outcome.link.url


def progress_counts(totals: RunTotals, seconds: float) -> str:
    """The counts of the line.

    >>> from collections import Counter
    >>> from archive.runs.totals import RunTotals
    >>> progress_counts(RunTotals(saved=Counter(new=30, unchanged=2), failures=Counter(status=1)), 8)
    '32 pages, 30 new, 1 failed, 4.0/s'
    """
    rate = totals.pages / max(seconds, 0.1)
    return f"{totals.pages:,} pages, {totals.saved['new']:,} new, {totals.failed:,} failed, {rate:.1f}/s"
