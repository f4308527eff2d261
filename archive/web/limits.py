"""Limits of a reader's connection: memory per value and per answer, time per part of a page.

Without limits, a query as short as `select zeroblob(900000000)` takes a gigabyte.
"""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

MAX_VALUE_BYTES: Final = 16_000_000
"""Size of one value or row. The largest page that is fetched by default is smaller when compressed."""
MAX_COLUMNS: Final = 100
"""Columns of a table or result."""
MAX_ANSWER_BYTES: Final = 32_000_000
"""Size of all rows of one query."""
MAX_HEAP_BYTES: Final = 256_000_000
"""Memory that SQLite may use in a serving process: caches, sorting, values under construction."""
CLOCK_STEPS: Final = 2000
"""Steps of SQLite's virtual machine between two checks of the clock: some ten microseconds."""

_T = TypeVar("_T")


def limit_connection(conn: sqlite3.Connection) -> None:
    """Limit the size of values, rows and answers on this connection. Its rows stay `sqlite3.Row`."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    conn.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MAX_COLUMNS)
    conn.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    conn.row_factory = AnswerLimit(MAX_ANSWER_BYTES)


class AnswerLimit:
    """A row factory that counts a cursor's bytes. Beyond the limit it raises `sqlite3.OperationalError`."""

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
                f"the answer is larger than {self.most // 1_000_000} MB; ask for fewer rows or columns"
            )
        return sqlite3.Row(cursor, row)


def limit_heap() -> None:
    """Limit SQLite's memory in this process. The limit cannot be raised again."""
    conn = sqlite3.connect(":memory:")
    conn.execute(f"PRAGMA hard_heap_limit = {MAX_HEAP_BYTES}")
    conn.close()


def in_time(
    conn: sqlite3.Connection, seconds: float, read: Callable[[], _T], *, clock: Callable[[], float] = time.monotonic
) -> _T | None:
    """The result of `read`, or None if its queries took longer. Calls must not be nested: a connection has one clock."""
    end = clock() + seconds
    conn.set_progress_handler(lambda: clock() > end, CLOCK_STEPS)
    try:
        return read()
    except sqlite3.OperationalError:  # "interrupted", or the error that a virtual table makes of it
        if clock() <= end:
            raise
        return None
    finally:
        conn.set_progress_handler(None, CLOCK_STEPS)


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """One state of the archive for all queries inside, even if a run writes meanwhile."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.rollback()
