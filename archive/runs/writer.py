"""The one connection that writes, in a thread of its own, several outcomes to a transaction.

A commit costs as much as an article, most of it the full-text index's, so outcomes wait a moment for company. Each is
told of only after its commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from archive.store.archive import Archive
from scraper.types import Fetched, Outcome

T = TypeVar("T")
Clock = Callable[[], datetime]

MAX_BATCH: Final = 32
"""Outcomes in one transaction."""
MAX_BATCH_BYTES: Final = 8_000_000
"""Of page bodies in one transaction, as far as it has a choice."""
LINGER: Final = 0.3
"""Seconds that an outcome waits for others."""


async def batches(outcomes: AsyncIterator[Outcome], *, linger: float = LINGER) -> AsyncIterator[list[Outcome]]:
    """The outcomes in order, those that come close together in one list."""
    queue: asyncio.Queue[Outcome | None] = asyncio.Queue(1)

    async def feed() -> None:
        try:
            async for outcome in outcomes:
                await queue.put(outcome)
        except Exception:  # but not when it is cancelled: then nobody takes anything any more
            await queue.put(None)
            raise
        await queue.put(None)

    feeder = asyncio.create_task(feed())
    try:
        while (first := await queue.get()) is not None:
            batch = [first]
            over = await fill(batch, queue, linger)
            yield batch
            if over:
                break
        await feeder
    finally:
        feeder.cancel()
        with suppress(asyncio.CancelledError):
            await feeder


async def fill(batch: list[Outcome], queue: asyncio.Queue[Outcome | None], linger: float) -> bool:
    """Adds to a batch what comes in time, while there is room; whether the last has come."""
    size = weight(batch[0])
    with suppress(TimeoutError):
        async with asyncio.timeout(linger):
            while len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES:
                outcome = await queue.get()
                if outcome is None:
                    return True
                batch.append(outcome)
                size += weight(outcome)
    return False


def weight(outcome: Outcome) -> int:
    """Bytes of the pages that an outcome carries."""
    return sum(len(page.body) for page in (outcome.page, *outcome.parts)) if isinstance(outcome, Fetched) else 0


class Writer:
    """Saves in `thread`, which has one worker: SQLite's connection is bound to the thread that opened it."""

    def __init__(
        self, path: Path, run: int, looks: Mapping[str, Sequence[float]], thread: ThreadPoolExecutor, clock: Clock
    ) -> None:
        self.path = path
        self.run = run
        self.looks = looks
        self.thread = thread
        self.clock = clock
        self.archive: Archive | None = None

    async def open(self) -> None:
        """Opens the archive. Raises `ArchiveError`."""
        self.archive = await self.call(Archive.open, self.path)

    async def save(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """What became of each outcome, once all are committed. Raises `ArchiveError`."""
        assert self.archive is not None
        return await self.call(self.save_now, self.archive, outcomes)

    def save_now(self, archive: Archive, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """The same, in the thread."""
        return archive.save_many(outcomes, run=self.run, at=self.clock(), revisit_delays=self.looks)

    async def close(self) -> None:
        """Closes the archive, after what is being written."""
        if self.archive is not None:
            await self.call(self.archive.close)

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, *arguments)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
