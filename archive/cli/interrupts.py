"""Ctrl-C and SIGTERM as something to look at between two steps, so that work ends where it is whole."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(slots=True)
class Stop:
    """Which signal asked to stop; empty: none did."""

    by: str = ""

    def asked(self) -> bool:
        """Whether to stop."""
        return bool(self.by)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Notes the first Ctrl-C or SIGTERM; a second Ctrl-C ends the program where it stands."""
    stop = Stop()
    before: dict[signal.Signals, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        if stop.by and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.by = signal.Signals(number).name

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # not in the main thread: whoever runs us there sees to signals
            before[number] = signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
