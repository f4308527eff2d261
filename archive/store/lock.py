"""One run at a time on one archive: a lock that the system drops when its holder dies, however it dies.

The lock is `flock` on a file beside the archive (`archive.db.lock`), not on the archive itself: SQLite places locks of
its own there. The file stays; what counts is who holds it. It names its holder, for the message that others get.
A command that only reads takes the file away again when it made it: whoever opened it meanwhile sees, once it has the
lock, that it is the lock of no file any more, and starts over.
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


MAX_TRIES: Final = 100


def lock_path(archive: Path) -> Path:
    """The side file of an archive. Links are followed first, so that two names of one archive share one lock."""
    resolved = archive.resolve()
    return resolved.with_name(resolved.name + ".lock")


@contextmanager
def locked(archive: Path, *, trace: bool = True) -> Iterator[None]:
    """Holds the archive's lock for the block. Raises `LockedError` at once when another process holds it.

    Without `trace`, a file that was not there before is not there afterwards.
    """
    descriptor, made = take_file(archive)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        if made and not trace:
            lock_path(archive).unlink(missing_ok=True)
        os.close(descriptor)


def take_file(archive: Path) -> tuple[int, bool]:
    """A descriptor of the side file with the lock on it, and whether the file was made for it."""
    for _ in range(MAX_TRIES):
        descriptor, made = open_lock(archive)
        try:
            take(descriptor, archive)
            if is_there(descriptor, archive):
                return descriptor, made
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise LockedError(str(archive), "other runs take the lock and leave it, over and over")


def is_there(descriptor: int, archive: Path) -> bool:
    """Whether the side file is still the one that was opened."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock_path(archive).stat())
    except FileNotFoundError:
        return False


def open_lock(archive: Path) -> tuple[int, bool]:
    """A descriptor of the side file, which no child process inherits, and whether it was made. Raises `ArchiveError`."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        try:
            return os.open(lock_path(archive), flags | os.O_EXCL, 0o644), True
        except FileExistsError:
            return os.open(lock_path(archive), flags, 0o644), False
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
        raise LockedError(
            str(archive), f"another run holds the lock{f' (process {holder})' if holder else ''}"
        ) from exc
