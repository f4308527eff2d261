"""The archive's Datasette plugin: pages of our own, SQL functions, readable cells, bounds. Imported only with Datasette."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import datasette as datasette_package
from datasette import hookimpl
from markupsafe import Markup

from archive.query import match_of, parse_query
from archive.web.limits import limit_connection
from archive.web.policy import App, datasette_policy, with_headers
from archive.web.routes import ROUTES

NOTHING: Final = '""'
LISTS: Final = frozenset({"authors", "contributors", "tags", "evidence"})
TITLED: Final = frozenset({"recent", "changes", "articles", None})
TEMPLATES: Final = Path(datasette_package.__file__).with_name("templates")


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Bound what a query may cost; give each connection `match_expression`: any text as an FTS5 query.

    Datasette's own `escape_fts`, by which its tables are searched, is replaced: it fails on a lone quote.
    """
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
def asgi_wrapper() -> Callable[[App], App]:
    """A Content-Security-Policy on every answer, Datasette's own pages included."""
    policy = datasette_policy(TEMPLATES)
    return lambda app: with_headers(app, policy)


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """The way from Datasette's pages to ours."""
    pages = {"Front page": "", "Search": "-/search", "Boilerplate": "-/boilerplate", "Health": "-/health"}
    return [{"href": datasette.urls.path(path), "label": label} for label, path in pages.items()]


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, table: str | None, datasette: Any) -> Markup | str | None:
    """Names and tags as people write them; a title in a list as a link to its article."""
    if column in LISTS and isinstance(value, str) and value.startswith("["):
        return ", ".join(map(str, json.loads(value)))
    number = next((row[key] for key in ("article_id", "id") if key in row.keys()), None)  # noqa: SIM118 - sqlite3.Row
    if column == "title" and table in TITLED and value and isinstance(number, int):
        return Markup('<a href="{}">{}</a>').format(datasette.urls.path(f"-/article/{number}"), value)
    return None
