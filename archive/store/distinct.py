"""The distinct values of an indexed column, one seek each: `SELECT DISTINCT` reads every row of the index."""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import Final

_VALUES: Final = """
WITH RECURSIVE found (value) AS (
  SELECT min({column}) FROM {table}
  UNION ALL SELECT (SELECT min({column}) FROM {table} WHERE {column} > found.value) FROM found WHERE found.value IS NOT NULL
) SELECT value FROM found WHERE value IS NOT NULL"""


def distinct(conn: sqlite3.Connection, column: str, *, table: str = "articles", most: int | None = None) -> list[str]:
    """The values of a column, such as `site`, `host` or `language`, in order, up to `most`. SQLite's errors propagate."""
    return [value for (value,) in islice(conn.execute(distinct_sql(column, table)), most)]


def distinct_sql(column: str, table: str) -> str:
    """The query for these values."""
    return _VALUES.format(column=column, table=table)
