"""Ctrl-C and SIGTERM as a flag that a command checks between two steps, so that no step is cut."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(slots=True)
class StopRequest:
    """The signal that asked the command to stop; empty when none did."""

    signal_name: str = ""

    def is_set(self) -> bool:
        """Whether the command must stop."""
        return bool(self.signal_name)


@contextmanager
def catch_signals() -> Iterator[StopRequest]:
    """Notes the first Ctrl-C or SIGTERM. A second Ctrl-C ends the program at once."""
    stop = StopRequest()
    before: dict[signal.Signals, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        if stop.signal_name and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.signal_name = signal.Signals(number).name

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # signals reach the main thread only; in another, its owner handles them
            before[number] = signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
