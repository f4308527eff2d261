"""The Datasette plugin: our pages, SQL functions, readable cells, limits. Imported only with Datasette.

Other databases of the same Datasette stay unchanged.
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
from archive.search.match import match_of
from archive.search.query_syntax import parse_query
from archive.web.access import PREFIX, access_of
from archive.web.answers import archives, is_archive
from archive.web.limits import limit_connection
from archive.web.routes import ROUTES
from archive.web.table_settings import SETTINGS, database_metadata
from archive.web.templates import TABLES, stylesheet_name

NBSP: Final = Markup("&nbsp;")
EMPTY_PHRASE: Final = '""'
LIST_COLUMNS: Final = frozenset({"authors", "contributors", "tags", "evidence"})
TABLES_WITH_TITLES: Final = frozenset({"recent", "changes", "articles", None})
PAGES: Final = {"Front page": "", "Search": "-/search", "Boilerplate": "-/boilerplate", "Health": "-/health"}


@hookimpl  # type: ignore[untyped-decorator]
def startup(datasette: Any) -> None:
    """Our settings, if all databases are archives. One that differs from Datasette's default was chosen, and stays."""
    from datasette.app import DEFAULT_SETTINGS  # which imports the plugins itself

    if not only_archives(datasette):
        return
    chosen = datasette.settings_dict()
    own = {name: value for name, value in SETTINGS.items() if chosen[name] == DEFAULT_SETTINGS[name]}
    datasette._settings.update(own)  # Datasette has no other way for a plugin


@hookimpl  # type: ignore[untyped-decorator]
def get_metadata(datasette: Any) -> dict[str, Any]:
    """Titles, facets, hidden tables and queries of each archive."""
    found = {name: database_metadata(datasette.urls.database(name)) for name in marked(datasette)}
    whole = {"title": "Cuttings"} if only_archives(datasette) else {}
    return {**whole, "databases": found}


def marked(datasette: Any) -> list[str]:
    """The names of the databases that are archives, of this version or another."""
    return [name for name, source in datasette.databases.items() if has_our_mark(source.path)]


def only_archives(datasette: Any) -> bool:
    """Whether there are archives and no other databases, but for Datasette's own."""
    return {*marked(datasette)} == {*datasette.databases} - {"_internal"} != set()


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Limit the cost of queries on an archive, and add `match_expression`: an FTS5 query from any text.

    The function also replaces Datasette's `escape_fts`, used to search tables, which fails on a lone quote.
    """
    if not is_archive(conn):
        return
    limit_connection(conn)
    for name in ("match_expression", "escape_fts"):
        conn.create_function(name, 1, match_or_nothing, deterministic=True)


def match_or_nothing(query: str | None) -> str:
    """Any text as an FTS5 query. A text without words gives the empty phrase, which no article has.

    Datasette's table search cannot select sites and dates, so `site:` and the like are read as words there.
    """
    if not query or not query.strip():
        return EMPTY_PHRASE
    understood = parse_query(query.replace(":", " ") if parse_query(query).narrow else query)
    return match_of(understood) or EMPTY_PHRASE


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """The addresses of our pages."""
    return ROUTES


@hookimpl  # type: ignore[untyped-decorator]
def skip_csrf(datasette: Any, scope: dict[str, Any]) -> bool:
    """Whether a form is one of ours, which `archive.web.access` guards."""
    return access_of(datasette) is not None and str(scope.get("path", "")).startswith(PREFIX)


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Any) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    """Links from Datasette's menu to our pages."""

    async def links() -> list[dict[str, str]]:
        pages = PAGES if len(await archives(datasette)) == 1 else {}
        return [{"href": datasette.urls.path(path), "label": label} for label, path in pages.items()]

    return links


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls(database: str | None, datasette: Any) -> list[str]:
    """Our stylesheet for Datasette's pages of an archive."""
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
    """Names and tags as plain lists; a title in a list as a link to its article."""
    if (column not in LIST_COLUMNS and column != "title") or not has_our_mark(datasette.get_database(database).path):
        return None
    if column in LIST_COLUMNS and isinstance(value, str) and value.startswith("["):
        return ", ".join(map(str, json.loads(value))) or NBSP  # Datasette would show the stored value for an empty cell
    number = next((row[key] for key in ("article_id", "id") if key in row.keys()), None)  # noqa: SIM118 - sqlite3.Row
    if column == "title" and table in TABLES_WITH_TITLES and value and isinstance(number, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.path(f"-/article/{number}"), value)
    return None


@lru_cache(64)
def has_our_mark(path: str | None) -> bool:
    """Whether a file is an archive, by its header (https://sqlite.org/fileformat.html#application_id).

    The header is read through SQLite. Closing the file itself would drop the locks of this process on it.
    """
    if path is None:
        return False
    with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as conn:
        return bool(conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
