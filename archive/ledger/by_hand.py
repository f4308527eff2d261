"""Restoring blocks by a person's hand, from the command line or in the pages, as a run of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from archive.ledger.restore import Entry, change_ledger
from archive.store.archive import Archive
from archive.store.connection import archive_errors, transaction
from scraper.errors import InputError


def now() -> datetime:
    """Now."""
    return datetime.now(UTC)


def restore_by_hand(
    archive: Archive, article_id: int, numbers: Sequence[int], *, undo: bool, clock: Callable[[], datetime] = now
) -> tuple[Entry, ...]:
    """Restore removed blocks, or remove them again, and record a run; the changed entries. The caller holds the lock.

    Raises `InputError` for numbers that cannot be restored; then no run is recorded.
    """
    at = clock()
    run = archive.start_run(at=at, sources="restore")
    try:
        changed = change_ledger(archive, article_id, numbers, run=run, at=at, undo=undo)
    except InputError:
        with archive_errors(archive.path), transaction(archive.db):
            archive.db.conn.execute("DELETE FROM runs WHERE id = ?", (run,))
        raise
    counts = {"restored": 0 if undo else len(changed), "undone": len(changed) if undo else 0}
    archive.finish_run(run, at=clock(), counts=counts)
    return changed
