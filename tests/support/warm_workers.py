"""Worker processes that outlive a run, for tests in which their start is not the point: a start takes about a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from typing import Any, ClassVar

import pytest

from scraper.crawl.worker_pool import PRELOAD, ExtractPool, Worker

POOLS = (
    "archive.runs.scrape.ExtractPool",
    "archive.cli.clean_jsonl.ExtractPool",
    "archive.cli.reextract.ExtractPool",
    "archive.cli.source_check.ExtractPool",
)
"""Every place that makes a pool of workers."""


class WarmPool(ExtractPool):
    """An `ExtractPool` that takes started workers, and keeps its idle workers at its end.

    Workers with further rule files are not kept, because a test may change such a file.
    """

    kept: ClassVar[dict[tuple[str, ...], list[Worker]]] = {}

    def __init__(self, jobs: int, *, preload: Sequence[str] = PRELOAD, need_rules: bool = True, **options: Any) -> None:
        super().__init__(jobs, preload=preload, need_rules=need_rules, **options)
        self.preload = tuple(preload)
        self.may_keep = need_rules and not self.rules_paths
        warm = self.kept.get(self.preload, []) if self.may_keep else []
        for place in range(min(jobs, len(warm))):
            self.workers[place] = warm.pop()
        self.idle = LifoQueue()
        for worker in reversed(self.workers):  # warm workers are taken first
            self.idle.put(worker)

    def close(self) -> None:
        if self.may_keep and not self.closed:
            with suppress(Empty):
                while True:
                    worker = self.idle.get_nowait()
                    self.workers.remove(worker)
                    self.kept.setdefault(self.preload, []).append(worker)
        super().close()


@contextmanager
def warm_workers() -> Iterator[None]:
    """Lets every run take workers that an earlier run started."""
    with pytest.MonkeyPatch.context() as patch:
        for place in POOLS:
            patch.setattr(place, WarmPool)
        try:
            yield
        finally:
            for workers in WarmPool.kept.values():
                for worker in workers:
                    worker.close()
                    worker.kill()
            WarmPool.kept.clear()
