"""The archive's Datasette plugin: SQL functions for its queries, readable cells. Imported only where Datasette is installed."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final
from urllib.parse import quote

from datasette import hookimpl
from markupsafe import Markup

from archive.search import match_expression

NOTHING: Final = '""'
LISTS: Final = frozenset({"authors", "contributors", "tags", "evidence"})


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give each connection `match_expression`: any text as an FTS5 query, as `cuttings search` takes it."""
    conn.create_function("match_expression", 1, match_or_nothing, deterministic=True)


def match_or_nothing(query: str) -> str:
    """As `match_expression`; a query without a word is the empty phrase, which is in no text."""
    return (match_expression(query) if query.strip() else "") or NOTHING


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str) -> Markup | str | None:
    """Names and tags as people write them; a title in a list as a link to its article."""
    if column in LISTS and isinstance(value, str) and value.startswith("["):
        return ", ".join(json.loads(value))
    number = next((row[key] for key in ("article_id", "id") if key in row.keys()), None)  # noqa: SIM118 - sqlite3.Row
    if column == "title" and table in {"recent", "changes", "articles", None} and value and number is not None:
        return Markup('<a href="/{}/articles/{}">{}</a>').format(quote(database), number, value)
    return None
