"""Worker processes that outlive their pool, so that the next run of a test module starts none.

A worker imports the extractor and loads the rules before its first page, which costs a second of CPU. Tests of what a run
does with its pages need no fresh process each time; tests of the workers themselves do, and leave this alone.
"""

from __future__ import annotations

import socket
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeVar

import pytest

from scraper.crawl.worker_pool import Worker

T = TypeVar("T")
R = TypeVar("R")
Parked = tuple[subprocess.Popen[bytes], socket.socket, bool]


class WarmWorker(Worker):
    """A worker that is parked when its pool closes, unless it is busy or has rules that a test may edit."""

    parked: ClassVar[defaultdict[object, list[Parked]]] = defaultdict(list)
    """Process, socket and whether the rules are loaded, by modules and rules."""
    busy = False

    @property
    def key(self) -> object:
        return self.preload, self.rules_paths

    def start(self) -> None:
        if not self.parked[self.key]:
            super().start()
            return
        self.process, self.sock, self.has_rules = self.parked[self.key].pop()
        self.ready = True

    def call(self, task: Callable[[T], R], item: T, deadline: float, *, without_rules: bool = False) -> R:
        self.busy = True
        try:
            return super().call(task, item, deadline, without_rules=without_rules)
        finally:
            self.busy = False

    def close(self) -> None:
        if self.process is None or not self.ready or self.busy or self.rules_paths:
            super().close()
            return
        self.closed = True
        self.parked[self.key].append((self.process, self.sock, self.has_rules))
        self.process = None


@contextmanager
def warm_workers() -> Iterator[None]:
    """Pools take `WarmWorker`s until the block ends; then their processes are ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scraper.crawl.worker_pool.Worker", WarmWorker)
        yield
    for process, sock, _ in [worker for workers in WarmWorker.parked.values() for worker in workers]:
        sock.close()
        process.kill()
        process.wait()
    WarmWorker.parked.clear()
