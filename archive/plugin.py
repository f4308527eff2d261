"""The archive's Datasette plugin: SQL functions for its queries. Imported only where Datasette is installed."""

from __future__ import annotations

import sqlite3
from typing import Final

from datasette import hookimpl

from archive.search import match_expression

NOTHING: Final = '""'


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give each connection `match_expression`: any text as an FTS5 query, as `cuttings search` takes it."""
    conn.create_function("match_expression", 1, match_or_nothing, deterministic=True)


def match_or_nothing(query: str) -> str:
    """As `match_expression`; a query without a word is the empty phrase, which is in no text."""
    return (match_expression(query) if query.strip() else "") or NOTHING
