"""The lines of `-v`: each request of the fetcher on standard error. Imported only on request: logging takes time to load."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Final

import click

from archive.output.article import one_line, printable

REQUESTS: Final = "scraper.fetch"
"""The logger of `scraper.fetch.client`."""
CLEAR: Final = "\r\x1b[K"
"""Clears a progress line, which is drawn again below."""


class StderrLines(logging.Handler):
    """Writes each record as a line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record."""
        line = one_line(printable(record.getMessage()))
        click.echo(f"{CLEAR}{line}" if sys.stderr.isatty() else line, err=True)


def show_requests() -> Callable[[], None]:
    """Shows requests from now on, until the returned function is called."""
    logger, lines = logging.getLogger(REQUESTS), StderrLines()
    before = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)

    def end() -> None:
        logger.removeHandler(lines)
        logger.setLevel(before)

    return end
