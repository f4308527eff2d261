"""One run at a time on one archive: a lock that the operating system drops when its holder ends, even if the holder is killed.

The lock is on a file beside the archive (`archive.db.lock`), because SQLite locks the archive's own file. The lock file
stays after a run; only a held lock counts. The file contains the holder's process id, for the message to others.
A command that only reads deletes the lock file again if there was none before. `filelock` notices a deleted lock file,
so that two processes never hold the locks of two files of the same name.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from archive.store.file_access import check_access
from scraper.errors import ArchiveError, LockedError

MAX_TRIES: Final = 20
"""A try fails if a command that only reads deletes the lock file in the same moment."""
MAX_PID_BYTES: Final = 20
"""Bytes of the lock file that are read."""
FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT))
"""The disk is full, or the user's share of it."""
REMEDY: Final = "; try again when that run has ended"


def lock_path(archive: Path) -> Path:
    """The lock file of an archive. Symbolic links are resolved, so that two names of one archive share one lock."""
    resolved = archive.resolve()
    return resolved.with_name(resolved.name + ".lock")


@contextmanager
def locked(archive: Path, *, trace: bool = True) -> Iterator[None]:
    """Hold the archive's lock for the block. Raises `LockedError` at once if another process holds the lock.

    A lock file that was not there before is deleted afterwards without `trace`, and if the file turns out to be no archive.
    """
    check_access(archive)
    path = lock_path(archive)
    made = not path.exists()
    lock = acquire(archive)
    try:
        yield
    except ArchiveError:
        trace = False
        raise
    finally:
        if made and not trace:
            path.unlink(missing_ok=True)
        lock.release()


def acquire(archive: Path) -> FileLock:
    """The archive's lock, held. Raises `LockedError`, with the holder's process id if the lock file has it.

    A file system without locks is refused: a lock that is only a file would outlive its process.
    """
    path = lock_path(archive)
    if not path.parent.is_dir():  # `filelock` would create the folder
        raise ArchiveError(str(archive), f"there is no folder {path.parent}; create it")
    lock = FileLock(path, blocking=False, fallback_to_soft=False, on_acquired=write_pid)
    for _ in range(MAX_TRIES):
        try:
            lock.acquire()
        except Timeout as exc:
            if holder := read_pid(path):
                raise LockedError(str(archive), f"another run holds the lock (process {holder}){REMEDY}") from exc
        except OSError as exc:
            remedy = "free some space" if exc.errno in FULL else f"fix the permissions of {path}"
            detail = f"the lock file cannot be locked ({exc.strerror}); {remedy}"
            raise ArchiveError(str(archive), detail) from exc
        else:
            return lock
    raise LockedError(str(archive), f"another run holds the lock{REMEDY}")


def write_pid(descriptor: int) -> None:
    """Make this process known as the holder."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def read_pid(path: Path) -> str:
    """The holder's process id; empty if the lock file has none, or is gone."""
    try:
        return path.read_bytes()[:MAX_PID_BYTES].decode(errors="replace").strip()
    except OSError:
        return ""
