"""Progress lines on a terminal, redrawn in place: of a run, and of long work in stages (check, backup, update)."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TextIO
from urllib.parse import urlsplit

import click

from archive.output.article import one_line, printable
from archive.schema.stage import Stage, StageWatch, ignore_stage
from scraper.types import HostPaused, Outcome, SourceRead

if TYPE_CHECKING:
    from archive.runs.totals import RunTotals

REDRAW_SECONDS: Final = 0.1
"""Minimum time between two drawings. An eye cannot follow faster ones."""
WAITING_SECONDS: Final = 1.0
"""Time without an outcome after which the line says what the run waits for."""
CLEAR: Final = "\r\x1b[K"
STAGE_REDRAW_SECONDS: Final = 0.2
"""Time between two drawings of work in stages, and before the first: shorter work shows no line."""


class Progress:
    """The line of a run on `stream`: drawn after an outcome, at most ten times a second, and while nothing comes.

    `clock` gives seconds, monotonic.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream
        self.clock = clock
        self.started = clock()
        self.drawn = 0.0
        self.totals: RunTotals | None = None  # of the run, once it has begun
        self.what = ""
        self.ended = Event()
        self.thread = Thread(target=self._wait, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clears the line for the next output."""
        self.ended.set()
        self.thread.join()
        draw(self.stream, "")

    def begin(self, totals: RunTotals) -> None:
        """Notes the totals of a run that begins: it may wait before its first outcome."""
        self.totals = totals

    def __call__(self, totals: RunTotals, outcome: Outcome) -> None:
        """Shows the run's state after one more outcome."""
        self.totals, self.what = totals, outcome_name(outcome)
        if self.clock() - self.drawn >= REDRAW_SECONDS:
            self._draw()

    def _wait(self) -> None:
        while not self.ended.wait(WAITING_SECONDS):
            if self.totals and self.clock() - self.drawn >= WAITING_SECONDS:
                self.what = waited_for(self.totals.under_way) or self.what
                self._draw()

    def _draw(self) -> None:
        assert self.totals is not None
        self.drawn = self.clock()
        line = f"{progress_counts(self.totals, self.drawn - self.started)}  {one_line(printable(self.what))}"
        draw(self.stream, line)


def draw(stream: TextIO, line: str) -> None:
    """Shows a line in place of the one before, cut at the terminal's width; nothing clears it."""
    stream.write(CLEAR + line[: shutil.get_terminal_size().columns - 1])
    stream.flush()


def outcome_name(outcome: Outcome) -> str:
    """The source, host or address that an outcome is about."""
    if isinstance(outcome, SourceRead):
        return outcome.source
    return outcome.host if isinstance(outcome, HostPaused) else outcome.link.url


def waited_for(urls: Iterable[str]) -> str:
    """The hosts that a run waits for: for an answer, or for the time between two requests.

    >>> waited_for(["https://b.example/1", "https://a.example/", "https://a.example/2"])
    'waiting for a.example, b.example'
    """
    hosts = sorted({urlsplit(url).netloc for url in list(urls)})
    return f"waiting for {', '.join(hosts)}" if hosts else ""


def progress_counts(totals: RunTotals, seconds: float) -> str:
    """The counts of the line, of all pages once every source was read.

    >>> from collections import Counter
    >>> from archive.runs.totals import RunTotals
    >>> totals = RunTotals(saved=Counter(new=30, unchanged=2), failures=Counter(status=1), all_sources=frozenset(["a"]))
    >>> progress_counts(totals, 8)
    '32 pages, 30 new, 1 failed, 4.0/s'
    >>> totals.sources_done.add("a")
    >>> totals.pages_wanted = 120
    >>> progress_counts(totals, 8)
    '33 of 120 pages, 30 new, 1 failed, 4.0/s'
    """
    rate = totals.pages / max(seconds, 0.1)
    done = totals.pages + totals.failures.total()
    pages = (
        f"{totals.pages:,}" if totals.all_pages is None else f"{min(done, totals.all_pages):,} of {totals.all_pages:,}"
    )
    return f"{pages} pages, {totals.saved['new']:,} new, {totals.failed + totals.gone:,} failed, {rate:.1f}/s"


class StageLine:
    """Shows the latest stage of long work, how much is done and the time it has taken.

    A thread of its own draws the line: a single statement of SQLite can take minutes.
    """

    def __init__(self, stream: TextIO, title: str, *, redraw_seconds: float = STAGE_REDRAW_SECONDS) -> None:
        self.stream = stream
        self.title = title
        self.redraw_seconds = redraw_seconds
        self.stage = Stage("")
        self.started = time.monotonic()
        self.ended = Event()
        self.thread = Thread(target=self._draw, name="progress", daemon=True)

    def __call__(self, stage: Stage) -> None:
        """Notes the stage, to be drawn."""
        self.stage = stage

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clears the line for the next output."""
        self.ended.set()
        self.thread.join()

    def _draw(self) -> None:
        drawn = False
        while not self.ended.wait(self.redraw_seconds):
            line = printable(f"{self.title}: {stage_text(self.stage, time.monotonic() - self.started)}")
            draw(self.stream, line)
            drawn = True
        if drawn:
            draw(self.stream, "")


def stage_text(stage: Stage, seconds: float) -> str:
    """A stage and the time since the work began.

    >>> stage_text(Stage("pages", 2_100, 60_000), 75)
    'pages, 2,100 of 60,000 (3%), 1:15'
    >>> stage_text(Stage("index"), 3700)
    'index, 1:01:40'
    """
    minutes, rest = divmod(int(seconds), 60)
    clock = f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    counts = f", {stage.done:,} of {stage.total:,} ({100 * stage.done // stage.total}%)" if stage.total else ""
    return f"{stage.what}{counts}, {clock}"


@contextmanager
def show_stages(title: str, *, quiet: bool = False) -> Iterator[StageWatch]:
    """A line on standard error while the block runs, if standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield ignore_stage
        return
    with StageLine(sys.stderr, title) as line:
        yield line


@contextmanager
def show_update(path: Path) -> Iterator[StageWatch]:
    """The line of an archive that is brought up to date by the current command, unless the command is quiet."""
    context = click.get_current_context(silent=True)
    quiet = bool(context and context.params.get("quiet"))
    with show_stages(f"{path.name}: update to this version", quiet=quiet) as watch:
        yield watch
