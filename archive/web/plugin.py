"""The archive's Datasette plugin: pages of our own, SQL functions, readable cells, bounds. Imported only with Datasette.

It keeps to archives: other databases that the same Datasette serves are as they were.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from datasette import hookimpl
from markupsafe import Markup

from archive.schema.migrations import APPLICATION_ID
from archive.search.query_syntax import match_of, parse_query
from archive.web.limits import limit_connection
from archive.web.routes import ROUTES, archives, is_archive
from archive.web.templates import TABLES, stylesheet_name

NBSP: Final = Markup("&nbsp;")
NOTHING: Final = '""'
LISTS: Final = frozenset({"authors", "contributors", "tags", "evidence"})
TITLED: Final = frozenset({"recent", "changes", "articles", None})
PAGES: Final = {"Front page": "", "Search": "-/search", "Boilerplate": "-/boilerplate", "Health": "-/health"}


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Bound what a query on an archive may cost; give it `match_expression`: any text as an FTS5 query.

    Datasette's own `escape_fts`, by which its tables are searched, is replaced: it fails on a lone quote.
    """
    if not is_archive(conn):
        return
    limit_connection(conn)
    for name in ("match_expression", "escape_fts"):
        conn.create_function(name, 1, match_or_nothing, deterministic=True)


def match_or_nothing(query: str | None) -> str:
    """Any text as an FTS5 query; one without a word is the empty phrase, which is in no text.

    A table's search knows no sites and dates: what asks for them there is words, rather than passed over.
    """
    if not query or not query.strip():
        return NOTHING
    understood = parse_query(query.replace(":", " ") if parse_query(query).narrow else query)
    return match_of(understood) or NOTHING


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Our pages' addresses."""
    return ROUTES


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Any) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    """The way from Datasette's pages to ours."""

    async def links() -> list[dict[str, str]]:
        pages = PAGES if len(await archives(datasette)) == 1 else {}
        return [{"href": datasette.urls.path(path), "label": label} for label, path in pages.items()]

    return links


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls(database: str | None, datasette: Any) -> list[str]:
    """Our stylesheet over Datasette's pages of an archive."""
    if (
        database is None
        or database not in datasette.databases
        or not has_our_mark(datasette.get_database(database).path)
    ):
        return []
    return [datasette.urls.path(f"-/cuttings/{stylesheet_name(TABLES)}")]


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Markup | str | None:
    """Names and tags as people write them; a title in a list as a link to its article."""
    if (column not in LISTS and column != "title") or not has_our_mark(datasette.get_database(database).path):
        return None
    if column in LISTS and isinstance(value, str) and value.startswith("["):
        return ", ".join(map(str, json.loads(value))) or NBSP  # an empty cell would be shown as it is stored
    number = next((row[key] for key in ("article_id", "id") if key in row.keys()), None)  # noqa: SIM118 - sqlite3.Row
    if column == "title" and table in TITLED and value and isinstance(number, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.path(f"-/article/{number}"), value)
    return None


@lru_cache(64)
def has_our_mark(path: str | None) -> bool:
    """Whether a file is an archive, by its header (https://sqlite.org/fileformat.html#application_id).

    SQLite is asked, not the file: to open and close that would drop the locks that this process has on it.
    """
    if path is None:
        return False
    with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as conn:
        return bool(conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
