"""Opening an archive: checks of the file, migration to this version, and SQLite's errors as `ArchiveError`.

Faults of the disk or the file become `ArchiveError`. Every other error of SQLite is a bug of ours and propagates.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from archive.schema.migrations import APPLICATION_ID, IN_ORDER, MIGRATIONS
from archive.schema.stage import SHOW_UPDATE
from archive.store.file_access import READ_ONLY, check_access
from archive.store.new_file import place_new_file
from scraper.errors import ArchiveError, DamageError
from scraper.text.patterns import lazy_pattern

BUSY_SECONDS: Final = 30.0
"""Wait for another writer: longer than any of our transactions, shorter than a user's patience."""

CACHE_KB: Final = 32_000
"""Database pages in memory: room for most index pages that a batch of articles changes in an archive of a million."""

SAVING_CACHE_KB: Final = 64_000
"""The same for a process that saves: of a batch of 1,000 articles in an archive of 640,000, a quarter less is read, and a sixth
less written."""

LOG_PAGES: Final = 8_000
"""Database pages in the log (32 MB) before SQLite copies the log into the file.

A page that several batches change is then written once.
"""

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
"""https://sqlite.org/fileformat.html, 1.3"""

DAMAGED: Final = "run `cuttings check`, or use a backup"
BUSY: Final = ("another program is writing to the file", "try again later")
FAULTS: Final[dict[str, tuple[str, str]]] = {
    "SQLITE_FULL": ("the disk is full", "free some space"),
    "SQLITE_IOERR": ("the disk cannot be read or written (full, over quota, or failing)", "check the disk"),
    "SQLITE_READONLY": ("the file is read-only", READ_ONLY),
    "SQLITE_PERM": ("permission denied", READ_ONLY),
    "SQLITE_CANTOPEN": ("the file cannot be opened", READ_ONLY),
    "SQLITE_CORRUPT": ("the file is damaged", DAMAGED),
    "SQLITE_NOTADB": ("the file is damaged, or not a SQLite database", DAMAGED),
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_PROTOCOL": BUSY,
}
"""Fault and remedy by primary result code (https://sqlite.org/rescode.html)."""

DAMAGE: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_UNREADABLE: Final = lazy_pattern(r"Could not decode to UTF-8 column '(\w+)")
"""Python's message for a column that is not UTF-8. We store UTF-8 only, so the file is damaged."""


@contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Raise faults of file and disk as `ArchiveError`, damage as `DamageError`."""
    try:
        yield
    except UnicodeDecodeError as exc:  # SQLite's own message quotes what is broken
        raise DamageError(str(path), f"the file is damaged (its schema is not UTF-8); {DAMAGED}") from exc
    except sqlite3.Error as exc:
        name = getattr(exc, "sqlite_errorname", "")
        if column := _UNREADABLE.match(str(exc)):
            raise DamageError(str(path), f"the file is damaged ({column[1]!r} is not UTF-8); {DAMAGED}") from exc
        row = next((row for code, row in FAULTS.items() if name.startswith(code)), None)
        if row is None:
            raise
        fault, remedy = row
        kind = DamageError if name.startswith(DAMAGE) else ArchiveError
        raise kind(str(path), f"{fault} ({exc}); {remedy}") from exc


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """One write transaction, all or nothing.

    `IMMEDIATE` takes the write lock at once. A transaction that starts by reading cannot wait for another writer: SQLite
    refuses its first write.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


@contextmanager
def batch_transaction(db: Database) -> Iterator[None]:
    """One write transaction that saves many rows.

    A statement with triggers can be undone by itself, for which SQLite copies each page before its first change: thirteen
    pages an article, which went to a temporary file by two writes each. In a batch they are copied in memory. Sorting
    keeps to the disk otherwise: an index of a million rows is not made in memory.
    """
    db.conn.execute("PRAGMA temp_store = MEMORY")
    try:
        with transaction(db):
            yield
    finally:
        db.conn.execute("PRAGMA temp_store = DEFAULT")


def enlarge_cache(db: Database) -> None:
    """Give a process that saves room for the pages that a batch changes."""
    db.conn.execute(f"PRAGMA cache_size = -{SAVING_CACHE_KB}")


def connect(path: Path, *, create: bool = False, write: bool = True) -> Database:
    """The archive's database, migrated to this version.

    With `create`, a missing file is made, complete or not at all. An empty file is refused: a full disk or a failed copy
    left it. Without `write`, a file that cannot be written to is opened for reading. Raises ArchiveError.
    """
    writable = _check_file(path, create=create)
    if not writable and write:
        raise ArchiveError(str(path), f"the file or its folder is read-only; {READ_ONLY}")
    with archive_errors(path):
        if not path.exists():
            _make(path)
        return _connect(path, writable=writable)


def read_only(path: Path) -> Database:
    """An archive of any version, neither migrated nor writable. Raises ArchiveError."""
    _check_file(path, create=False)
    conn = sqlite3.connect(_uri(path, writable=False), uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        with archive_errors(path):
            _refuse_foreign(conn, path)
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
    """Make an archive under a temporary name and move it to its place. A kill never leaves an empty file there."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        made = Path(folder) / path.name
        _connect(made, writable=True, new=True).close()
        place_new_file(made, path)  # unless another process made the archive first


def _check_file(path: Path, *, create: bool) -> bool:
    """Whether the file can be written to. Raises ArchiveError.

    The check comes before SQLite opens the file: SQLite treats an empty file as an empty database.
    """
    check_access(path)
    if path.is_dir():
        raise ArchiveError(str(path), "the path is a folder; name the archive's file")
    if _is_open_here(path):
        return _is_writable(path)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        header = b""
        if not path.parent.is_dir():
            remedy = "create it" if create else "pass --db"
            raise ArchiveError(str(path), f"there is no folder {path.parent}; {remedy}") from None
        if not create:
            raise ArchiveError(
                str(path), "there is no such file; pass --db, or make an archive with `cuttings scrape`"
            ) from None
    except OSError as exc:
        raise ArchiveError(str(path), f"the file cannot be opened ({exc.strerror}); {READ_ONLY}") from exc
    if not header and path.exists():
        raise ArchiveError(str(path), "the file is empty (0 bytes); delete it to start a new archive")
    if header and not header.startswith(_MAGIC):
        raise ArchiveError(str(path), "the file is not a SQLite database; name an archive with --db")
    if header:
        _check_length(path, header)
    return _is_writable(path)


def _is_writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _is_open_here(path: Path) -> bool:
    """Whether this process has the file open, so that the file was checked before and must not be closed again.

    Closing any descriptor of a file drops all locks that the process has on the file, SQLite's locks too. A reader in
    another process would then delete the log to which this process still writes (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        own = path.stat()
        descriptors = [int(entry.name) for entry in Path("/dev/fd").iterdir()]
    except OSError:
        return False
    for descriptor in descriptors:
        with suppress(OSError):  # the listing's own descriptor is closed by now
            if os.path.samestat(os.fstat(descriptor), own):
                return True
    return False


def _check_length(path: Path, header: bytes) -> None:
    """Check that the file has all the pages that its header counts, unless a log may hold the rest. Raises DamageError."""
    if len(header) < _HEADER_BYTES:
        raise DamageError(str(path), f"the file is damaged (cut short); {DAMAGED}")
    page_size = int.from_bytes(header[16:18], "big")
    expected = int.from_bytes(header[28:32], "big") * (65536 if page_size == 1 else page_size)
    current = header[24:28] == header[92:96]  # written by the same transaction as the number of pages
    log = path.with_name(path.name + "-wal")
    if current and path.stat().st_size < expected and not (log.exists() and log.stat().st_size):
        sizes = f"{path.stat().st_size:,} of {expected:,} bytes"
        raise DamageError(str(path), f"the file is damaged (cut short: {sizes}); {DAMAGED}")


def _uri(path: Path, writable: bool) -> str:
    """The file's URI, `immutable` if no log can be written beside the file: SQLite needs a log to read a WAL database."""
    if writable:
        return f"{path.absolute().as_uri()}?mode=rwc"
    log = path.with_name(path.name + "-wal")
    return f"{path.absolute().as_uri()}?mode=ro" + ("" if log.exists() else "&immutable=1")


def _prepare(conn: sqlite3.Connection, path: Path, *, create: bool, writable: bool) -> Database:
    db = Database(conn, execute_plugins=False)
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA cell_size_check = ON")  # finds a damaged page when it is read
    conn.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    conn.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    conn.execute("PRAGMA synchronous = NORMAL")  # with WAL: a power cut may lose the last articles, never the file
    if _is_blank(conn):
        if not create:
            raise ArchiveError(str(path), "the file is an empty database; delete it to start a new archive")
    else:
        _refuse_foreign(conn, path)
    _refuse_newer(db, path)
    if not MIGRATIONS.pending(db):
        return db
    if not writable:
        raise ArchiveError(
            str(path), f"the file is of an older version and read-only, so it cannot be migrated; {READ_ONLY}"
        )
    conn.execute("PRAGMA journal_mode = WAL")
    if create:
        with transaction(db):
            MIGRATIONS.apply(db)
    else:
        update(db, path)
    return db


def update(db: Database, path: Path) -> None:
    """Bring the archive up to date, part by part, each in a transaction of its own.

    Resumes after a kill. Another process may do other parts at the same time: each part looks up what comes next.
    """
    with SHOW_UPDATE.get()(path) as watch:
        left = True
        while left:
            with transaction(db):
                left = MIGRATIONS.advance(db, watch)


def _is_blank(conn: sqlite3.Connection) -> bool:
    return conn.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def _refuse_foreign(conn: sqlite3.Connection, path: Path) -> None:
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ArchiveError(str(path), "the file is a database of another program; name an archive with --db")


def _refuse_newer(db: Database, path: Path) -> None:
    known = {migration.__name__ for migration in IN_ORDER}
    newer = [migration.name for migration in MIGRATIONS.applied(db) if migration.name not in known]
    if newer:
        raise ArchiveError(
            str(path), f"the file was written by a newer version of Cuttings ({newer[0]}); upgrade Cuttings"
        )
