"""Ends a worker process whose parent is gone. Imports nothing heavy: a worker begins with it, before its own imports.

A worker that waits for a task notices the end of its parent by its socket. One that still imports, or extracts a slow page,
reads no socket: after a SIGKILL of the parent it would go on until its deadline.
"""

from __future__ import annotations

import os
import time
from threading import Thread
from typing import Final

LOOK_SECONDS: Final = 0.5
"""Time between two looks at the parent's process id."""


def end_with_parent(parent: int) -> None:
    """End this process soon after the process with this id, its parent, has ended. Returns at once."""
    Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(0)
