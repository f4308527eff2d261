"""Exit codes, and how an error becomes one printed line and a code. Any other exception keeps its traceback: it is a bug."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import click

from archive.schema.stage import SHOW_UPDATE, StageWatch
from scraper.errors import (
    UNREACHABLE_KINDS,
    ArchiveError,
    ConfigError,
    CuttingsError,
    ExtractError,
    FetchError,
    LockedError,
)

DONE: Final = 0
SOME_FAILED: Final = 1
USAGE: Final = 2
LOCKED: Final = 3
UNREACHED: Final = 4
ARCHIVE: Final = 5

EXIT_HELP: Final = (
    "Exit codes: 0 done; 1 some items failed, or an alarm is open; 2 wrong usage, configuration or input; 3 another run "
    "holds the archive's lock; 4 nothing could be reached; 5 the archive cannot be used; 130 or 143 stopped by Ctrl-C or "
    "SIGTERM."
)

CODES: Final[tuple[tuple[type[CuttingsError], int], ...]] = (
    (LockedError, LOCKED),
    (ArchiveError, ARCHIVE),
    (FetchError, SOME_FAILED),
    (ExtractError, SOME_FAILED),
    (CuttingsError, USAGE),
)
"""The first class that fits gives the code."""


def exit_code(error: CuttingsError) -> int:
    """The exit code of a command that an error ended."""
    if isinstance(error, FetchError) and error.kind in UNREACHABLE_KINDS:
        return UNREACHED
    if isinstance(error, FetchError) and error.kind == "url":
        return USAGE
    return next(code for kind, code in CODES if isinstance(error, kind))


def signal_code(name: str) -> int:
    """The exit code of a command that a signal ended, as shells count.

    >>> signal_code("SIGTERM")
    143
    """
    return 128 + signal.Signals[name]


def print_error(message: str) -> None:
    """Writes one line on standard error."""
    line = " ".join(message.split())
    click.echo(f"cuttings: {line}", err=True)


CLOSED_STREAMS: Final = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
"""How the null device replaces a closed stream. It cannot be written where data is expected."""


class Commands(click.Group):
    """A group that lists its commands in the order they are written, and turns our errors into a line and a code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        if ctx.parent is not None:
            return super().invoke(ctx)
        open_closed_streams()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="replace")  # news has letters that a "C" locale lacks
        SHOW_UPDATE.set(show_update)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except CuttingsError as exc:
            for fault in exc.faults if isinstance(exc, ConfigError) else (str(exc),):
                print_error(fault)
            raise SystemExit(exit_code(exc)) from exc
        except BrokenPipeError:
            silence_stdout()
            raise SystemExit(DONE) from None
        except KeyboardInterrupt:
            raise SystemExit(signal_code("SIGINT")) from None
        except OSError as exc:  # a full disk behind standard output, a folder that cannot be written
            silence_stdout()
            print_error(f"{exc.filename or 'standard output'}: {exc.strerror or exc}")
            raise SystemExit(SOME_FAILED) from exc
        return result


@contextmanager
def show_update(path: Path) -> Iterator[StageWatch]:
    """The progress of bringing an archive up to date, on a terminal. Imports the drawing only if there is work to show."""
    from archive.cli.progress import show_update

    with show_update(path) as watch:
        yield watch


def open_closed_streams() -> None:
    """Replaces standard streams that the caller closed (`>&-`), which Python leaves out.

    Standard input is then empty, and messages go nowhere. Data cannot be written, as before: an export that nobody got is an
    error, or `export --new` would never write its articles again.
    """
    for name, flags in CLOSED_STREAMS.items():
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, flags)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w", encoding="utf-8"))


def silence_stdout() -> None:
    """Points standard output at the null device, so that the interpreter's last flush does not fail again."""
    with suppress(io.UnsupportedOperation):  # a stream in memory, which cannot fail
        descriptor = sys.stdout.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
