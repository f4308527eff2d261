"""Saves outcomes through the one writing connection, in its own thread, several to a transaction.

A commit costs as much as saving an article, mostly because of the full-text index. So an outcome waits a moment for
others. An outcome is reported only after its commit.
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

MAX_BATCH_OUTCOMES: Final = 32
"""Outcomes in one transaction."""
MAX_BATCH_BYTES: Final = 8_000_000
"""Page bodies in one transaction. A batch that has more takes no further outcome."""
LINGER_SECONDS: Final = 0.3
"""Time that an outcome waits for others."""


async def batches(outcomes: AsyncIterator[Outcome], *, linger: float = LINGER_SECONDS) -> AsyncIterator[list[Outcome]]:
    """The outcomes in order, in lists of outcomes that came close together."""
    queue: asyncio.Queue[Outcome | None] = asyncio.Queue(1)

    async def feed() -> None:
        try:
            async for outcome in outcomes:
                await queue.put(outcome)
        except Exception:  # not when cancelled: then nothing reads the queue any more
            await queue.put(None)
            raise
        await queue.put(None)

    feeder = asyncio.create_task(feed())
    try:
        while (first := await queue.get()) is not None:
            batch = [first]
            finished = await fill(batch, queue, linger)
            yield batch
            if finished:
                break
        await feeder
    finally:
        feeder.cancel()
        with suppress(asyncio.CancelledError):
            await feeder


async def fill(batch: list[Outcome], queue: asyncio.Queue[Outcome | None], linger: float) -> bool:
    """Adds outcomes to a batch until it is full or the time is over; returns whether the last outcome came."""
    size = body_bytes(batch[0])
    with suppress(TimeoutError):
        async with asyncio.timeout(linger):
            while len(batch) < MAX_BATCH_OUTCOMES and size < MAX_BATCH_BYTES:
                outcome = await queue.get()
                if outcome is None:
                    return True
                batch.append(outcome)
                size += body_bytes(outcome)
    return False


def body_bytes(outcome: Outcome) -> int:
    """Bytes of an outcome's page bodies."""
    return sum(len(page.body) for page in (outcome.page, *outcome.parts)) if isinstance(outcome, Fetched) else 0


class Writer:
    """Saves in `thread`, which has one worker: SQLite's connection is bound to the thread that opened it."""

    def __init__(
        self,
        path: Path,
        run: int,
        revisit_delays: Mapping[str, Sequence[float]],
        thread: ThreadPoolExecutor,
        clock: Clock,
    ) -> None:
        self.path = path
        self.run = run
        self.revisit_delays = revisit_delays
        self.thread = thread
        self.clock = clock
        self.archive: Archive | None = None

    async def open(self) -> None:
        """Opens the archive. Raises `ArchiveError`."""
        self.archive = await self.call(Archive.open, self.path)

    async def save(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """The result for each outcome, once all are committed. Raises `ArchiveError`."""
        assert self.archive is not None
        return await self.call(self.save_now, self.archive, outcomes)

    def save_now(self, archive: Archive, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Saves in the writer thread."""
        return archive.save_many(outcomes, run=self.run, at=self.clock(), revisit_delays=self.revisit_delays)

    async def close(self) -> None:
        """Closes the archive, after the current save."""
        if self.archive is not None:
            await self.call(self.archive.close)

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, *arguments)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
