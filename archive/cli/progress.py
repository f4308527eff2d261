"""One line on a terminal that tells how a run goes, rewritten in place; nothing at all anywhere else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Final, TextIO

from archive.output.article import one_line, printable
from archive.runs.scrape import Tally
from scraper.types import HostPaused, Outcome, SourceRead

EVERY: Final = 0.1
"""Seconds between two drawings: faster than an eye can follow only costs time."""
CLEAR: Final = "\r\x1b[K"


class Progress:
    """Draws on `stream`, at most ten times a second by `clock` (seconds, monotonic)."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream
        self.clock = clock
        self.started = clock()
        self.drawn = 0.0

    def __call__(self, tally: Tally, outcome: Outcome) -> None:
        """Shows where the run stands after one more outcome."""
        now = self.clock()
        if now - self.drawn < EVERY:
            return
        self.drawn = now
        where = (
            outcome.source
            if isinstance(outcome, SourceRead)
            else outcome.host
            if isinstance(outcome, HostPaused)
            else outcome.link.url
        )
        line = f"{progress_counts(tally, now - self.started)}  {one_line(printable(where))}"
        self.stream.write(CLEAR + line[: shutil.get_terminal_size().columns - 1])
        self.stream.flush()

    def clear(self) -> None:
        """Wipes the line, for what is printed next."""
        self.stream.write(CLEAR)
        self.stream.flush()


def progress_counts(tally: Tally, seconds: float) -> str:
    """The counts of the line.

    >>> from collections import Counter
    >>> progress_counts(Tally(saved=Counter(new=30, unchanged=2), failures=Counter(status=1)), 8)
    '32 pages, 30 new, 1 failed, 4.0/s'
    """
    return (
        f"{tally.pages} pages, {tally.saved['new']} new, {tally.failed} failed, {tally.pages / max(seconds, 0.1):.1f}/s"
    )
