"""One run at a time on one archive: a lock that the system drops when its holder dies, however it dies.

The lock is `flock` on a file beside the archive (`archive.db.lock`), not on the archive itself: SQLite places locks of
its own there. The file stays; what counts is who holds it. It names its holder, for the message that others get.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scraper.errors import ArchiveError, LockedError

HELD: Final = frozenset({errno.EACCES, errno.EAGAIN})
"""What a refused lock reports (flock(2), and fcntl(2) on systems that build the one on the other)."""


def lock_path(archive: Path) -> Path:
    """The side file of an archive. Links are followed first, so that two names of one archive share one lock."""
    resolved = archive.resolve()
    return resolved.with_name(resolved.name + ".lock")


@contextmanager
def locked(archive: Path) -> Iterator[None]:
    """Holds the archive's lock for the block. Raises `LockedError` at once when another process holds it."""
    descriptor = open_lock(archive)
    try:
        take(descriptor, archive)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def open_lock(archive: Path) -> int:
    """A descriptor of the side file, which no child process inherits. Raises `ArchiveError`."""
    try:
        return os.open(lock_path(archive), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as exc:
        raise ArchiveError(str(archive), f"its lock file cannot be written: {exc.strerror}") from exc


def take(descriptor: int, archive: Path) -> None:
    """Takes the lock without waiting. Raises `LockedError`, which names the holder when the file does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno not in HELD:
            raise ArchiveError(str(archive), f"it cannot be locked: {exc.strerror}") from exc
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        raise LockedError(str(archive), f"another run holds the lock{f' (process {holder})' if holder else ''}") from exc
