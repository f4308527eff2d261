"""Opening an archive: is the file there, ours, whole, of this version? And one place where SQLite's errors become ours.

What SQLite reports as a fault of the disk or the file is an `ArchiveError`; anything else it reports is a bug of ours
and propagates.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from archive.schema.m001_tables import APPLICATION_ID
from archive.schema.m013_page_facts import migrations
from scraper.errors import ArchiveError, DamageError

BUSY_SECONDS: Final = 30.0
"""How long to wait for another writer: longer than any of our transactions, shorter than a user's patience."""

CACHE_KB: Final = 32_000
"""Of pages in memory: most of what a batch changes in the indexes of a million articles, and a run's memory soon stays flat."""

LOG_PAGES: Final = 8_000
"""In the log before it is folded into the file: 32 MB. A page that several batches change is then written once."""

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
"""https://sqlite.org/fileformat.html, 1.3"""

REASONS: Final[dict[str, str]] = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk cannot be read or written (full, over quota, or failing)",
    "SQLITE_READONLY": "it is read-only",
    "SQLITE_PERM": "permission denied",
    "SQLITE_CANTOPEN": "it cannot be opened",
    "SQLITE_CORRUPT": "it is damaged",
    "SQLITE_NOTADB": "it is damaged, or not a SQLite database",
    "SQLITE_BUSY": "another program is writing to it",
    "SQLITE_LOCKED": "another program is writing to it",
    "SQLITE_PROTOCOL": "another program is writing to it",
}
"""Primary result code (https://sqlite.org/rescode.html): what to tell the user."""

DAMAGE: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_UNREADABLE: Final = re.compile(r"Could not decode to UTF-8 column '(\w+)")
"""Python's message for text that is none: we never store such, so the file is damaged. The text itself is left out."""


@contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Raise faults of file and disk as `ArchiveError`, damage as `DamageError`."""
    try:
        yield
    except UnicodeDecodeError as exc:  # SQLite's own message quotes what is broken
        raise DamageError(str(path), "it is damaged (its schema is no text)") from exc
    except sqlite3.Error as exc:
        name = getattr(exc, "sqlite_errorname", "")
        if column := _UNREADABLE.match(str(exc)):
            raise DamageError(str(path), f"it is damaged ({column[1]!r} holds what is no text)") from exc
        reason = next((reason for code, reason in REASONS.items() if name.startswith(code)), "")
        if not reason:
            raise
        kind = DamageError if name.startswith(DAMAGE) else ArchiveError
        raise kind(str(path), f"{reason} ({exc})") from exc


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """One write transaction, whole or not at all. It takes the write lock at once: see "Traps in SQLite"."""
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


def connect(path: Path, *, create: bool = False, write: bool = True) -> Database:
    """The archive's database, migrated to this version.

    With `create`, a missing file is made, whole or not at all; an empty one is what a full disk or a failed copy left of
    an archive, and is refused. Without `write`, a file that cannot be written to is
    opened for reading. Raises ArchiveError.
    """
    writable = _check_file(path, create=create)
    if not writable and write:
        raise ArchiveError(str(path), "it is read-only (the file, or its folder)")
    with archive_errors(path):
        if not path.exists():
            _make(path)
        return _connect(path, writable=writable)


def read_only(path: Path) -> Database:
    """An archive of any version, as it is: nothing is brought up to date and nothing can be written. Raises ArchiveError."""
    _check_file(path, create=False)
    conn = sqlite3.connect(_uri(path, writable=False), uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        with archive_errors(path):
            if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise ArchiveError(str(path), "it is a database of another program")
            return Database(conn, execute_plugins=False)
    except BaseException:
        conn.close()
        raise


def _connect(path: Path, *, writable: bool, new: bool = False) -> Database:
    conn = sqlite3.connect(_uri(path, writable), uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        return _prepare(conn, path, create=new, writable=writable)
    except BaseException:
        conn.close()
        raise


def _make(path: Path) -> None:
    """Makes an archive beside its place and then puts it there, so that a kill leaves none rather than an empty file."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        made = Path(folder) / path.name
        _connect(made, writable=True, new=True).close()
        try:
            os.link(made, path)
        except FileExistsError:
            return  # another process was quicker
        except OSError:  # a file system without links
            made.replace(path)


def _check_file(path: Path, *, create: bool) -> bool:
    """Whether it can be written to. Looks before SQLite does, which would take an empty file for an empty database."""
    if path.is_dir():
        raise ArchiveError(str(path), "it is a folder, not an archive")
    if _is_open_here(path):
        return _is_writable(path)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        header = b""
        if not create:
            raise ArchiveError(str(path), "there is no such archive") from None
        if not path.parent.is_dir():
            raise ArchiveError(str(path), f"there is no folder {path.parent}") from None
    except OSError as exc:
        raise ArchiveError(str(path), f"it cannot be opened ({exc.strerror})") from exc
    if not header and path.exists():
        raise ArchiveError(str(path), "it is empty (zero bytes), not an archive; delete it to start a new one")
    if header and not header.startswith(_MAGIC):
        raise ArchiveError(str(path), "it is not a SQLite database")
    if header:
        _check_length(path, header)
    return _is_writable(path)


def _is_writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _is_open_here(path: Path) -> bool:
    """Whether this process has the file open, so that it was looked at before and must not be opened and closed again.

    Closing any descriptor of a file drops all locks that the process has on it, those of SQLite too: the next reader of
    another process would take itself for the last user, and delete the log that this one goes on writing to
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        own = path.stat()
        descriptors = [int(entry.name) for entry in Path("/dev/fd").iterdir()]
    except OSError:
        return False
    for descriptor in descriptors:
        with suppress(OSError):  # that of the listing itself is closed by now
            if os.path.samestat(os.fstat(descriptor), own):
                return True
    return False


def _check_length(path: Path, header: bytes) -> None:
    """Whether the file has all the pages that its header tells of, unless a log may hold the rest. Raises DamageError."""
    if len(header) < _HEADER_BYTES:
        raise DamageError(str(path), "it is damaged (cut short)")
    page_size = int.from_bytes(header[16:18], "big")
    told = int.from_bytes(header[28:32], "big") * (65536 if page_size == 1 else page_size)
    current = header[24:28] == header[92:96]  # written by the same transaction as the number of pages
    log = path.with_name(path.name + "-wal")
    if current and path.stat().st_size < told and not (log.exists() and log.stat().st_size):
        raise DamageError(str(path), f"it is damaged (cut short: {path.stat().st_size} of {told} bytes)")


def _uri(path: Path, writable: bool) -> str:
    """`immutable` where no log can be written beside the file: SQLite needs one to read a WAL database otherwise."""
    if writable:
        return f"{path.absolute().as_uri()}?mode=rwc"
    log = path.with_name(path.name + "-wal")
    return f"{path.absolute().as_uri()}?mode=ro" + ("" if log.exists() else "&immutable=1")


def _prepare(conn: sqlite3.Connection, path: Path, *, create: bool, writable: bool) -> Database:
    db = Database(conn, execute_plugins=False)
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA cell_size_check = ON")  # finds a damaged page when it is read, not when it has done harm
    conn.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    conn.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    conn.execute("PRAGMA synchronous = NORMAL")  # with WAL: a power cut may lose the last articles, never the file
    if _is_blank(conn):
        if not create:
            raise ArchiveError(str(path), "it is an empty database, not an archive")
    elif conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ArchiveError(str(path), "it is a database of another program")
    _refuse_newer(db, path)
    if not migrations.pending(db):
        return db
    if not writable:
        raise ArchiveError(str(path), "it is of an older version and read-only: it cannot be brought up to date")
    conn.execute("PRAGMA journal_mode = WAL")
    with transaction(db):
        migrations.apply(db)
    return db


def _is_blank(conn: sqlite3.Connection) -> bool:
    return conn.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def _refuse_newer(db: Database, path: Path) -> None:
    known = {migration.name for migration in migrations._migrations}
    newer = [migration.name for migration in migrations.applied(db) if migration.name not in known]
    if newer:
        raise ArchiveError(str(path), f"it was written by a newer version of Cuttings ({newer[0]}): upgrade to open it")
