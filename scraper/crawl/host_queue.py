"""Links waiting to be fetched: one `HostQueue` per host, which serves its sources in turn."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from scraper.types import Known, Link, Source


@dataclass(frozen=True, slots=True)
class Job:
    """One link to fetch."""

    link: Link
    known: Known | None
    source: Source


@dataclass(slots=True)
class HostQueue:
    """The jobs at one host, in one queue per source. `runners` counts the tasks that fetch from it."""

    queues: dict[str, deque[Job]] = field(default_factory=dict)
    runners: int = 0

    def add(self, job: Job) -> None:
        """Add a job at the end of its source's queue."""
        self.queues.setdefault(job.link.source, deque()).append(job)

    def take(self) -> Job | None:
        """Return the next job; None if the queue is empty."""
        if not self.queues:
            return None
        name = next(iter(self.queues))
        queue = self.queues.pop(name)
        job = queue.popleft()
        if queue:
            self.queues[name] = queue  # behind the other sources
        return job
