"""What one reader's connection may cost: memory by value and by answer, time by section of a page.

A query as short as `select zeroblob(900000000)` takes a gigabyte otherwise.
"""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

MAX_VALUE_BYTES: Final = 16_000_000
"""Bytes of one value or row: more than the largest page that is fetched by default takes when compressed."""
MAX_COLUMNS: Final = 100
LARGEST_ANSWER: Final = 32_000_000
"""Bytes of all rows of one query."""
LARGEST_HEAP: Final = 256_000_000
"""Bytes that SQLite may hold in a process that serves: caches, sorting, values that are being built."""
STEPS: Final = 2000
"""Virtual machine steps between looks at the clock: some ten microseconds."""

_T = TypeVar("_T")


def limit_connection(conn: sqlite3.Connection) -> None:
    """Bound the size of values, rows and answers on this connection. Its rows stay `sqlite3.Row`."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    conn.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MAX_COLUMNS)
    conn.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    conn.row_factory = AnswerLimit(LARGEST_ANSWER)


class AnswerLimit:
    """A row factory that counts what a cursor has given; past the limit it raises `sqlite3.OperationalError`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.cursor: Callable[[], sqlite3.Cursor | None] = lambda: None
        self.given = 0

    def __call__(self, cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> sqlite3.Row:
        if self.cursor() is not cursor:
            self.cursor, self.given = weakref.ref(cursor), 0
        self.given += sum(len(value) for value in row if isinstance(value, str | bytes))
        if self.given > self.most:
            raise sqlite3.OperationalError(
                f"the answer is larger than {self.most // 1_000_000} MB: ask for fewer rows or columns"
            )
        return sqlite3.Row(cursor, row)


def limit_heap() -> None:
    """Bound SQLite's memory in this process, once and for all: it cannot be raised again."""
    conn = sqlite3.connect(":memory:")
    conn.execute(f"PRAGMA hard_heap_limit = {LARGEST_HEAP}")
    conn.close()


def in_time(
    conn: sqlite3.Connection, seconds: float, read: Callable[[], _T], *, clock: Callable[[], float] = time.monotonic
) -> _T | None:
    """What `read` returns, or None when its queries took longer. Not to be nested: a connection has one clock."""
    end = clock() + seconds
    conn.set_progress_handler(lambda: clock() > end, STEPS)
    try:
        return read()
    except sqlite3.OperationalError:  # "interrupted", or what a virtual table makes of that
        if clock() <= end:
            raise
        return None
    finally:
        conn.set_progress_handler(None, STEPS)


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """One state of the archive for all queries inside, whatever a run writes meanwhile."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.rollback()
