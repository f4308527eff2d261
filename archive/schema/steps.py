"""Long migrations as steps. Each step is done in parts, and each part is short enough for a transaction of its own.

A migration that returns steps has not done anything yet. A kill then loses one part, and memory and log stay small however
many rows an archive has. What a step makes must not depend on where its parts end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlite_utils import Database

ROWS_PER_PART: Final = 10_000
"""Rows that one statement changes: some tenths of a second."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a long migration.

    `work` does the part after a number (0 at first). It returns the number to go on after, or None when the step is done.
    `last` is a query for the last of these numbers, to show progress; empty if the step has one part.
    """

    work: Callable[[Database, int], int | None]
    last: str = ""

    def total(self, db: Database) -> int:
        """The last number; 0 if the step has one part or no rows."""
        return int(db.conn.execute(self.last).fetchone()[0] or 0) if self.last else 0


Steps = tuple[Step, ...]


def statements(*sql: str) -> Step:
    """A step that executes these statements together."""

    def work(db: Database, after: int) -> None:
        for statement in sql:
            db.conn.execute(statement.strip())

    return Step(work)


def each(*sql: str) -> Steps:
    """One step for each statement."""
    return tuple(statements(statement) for statement in sql)


def change_rows(
    sql: str, *, last: str, size: int = ROWS_PER_PART, values: Mapping[str, str] = MappingProxyType({})
) -> Step:
    """A step that executes a statement once for each range of numbers above `:after` up to `:upto`."""

    def work(db: Database, after: int) -> int | None:
        upto = after + size
        db.conn.execute(sql.strip(), {"after": after, "upto": upto, **values})
        return upto if upto < int(db.conn.execute(last).fetchone()[0] or 0) else None

    return Step(work, last)


def do_all(db: Database, steps: Steps) -> None:
    """Do the steps at once, in the caller's transaction: for an archive with few rows, or none."""
    for step in steps:
        after: int | None = 0
        while after is not None:
            after = step.work(db, after)
