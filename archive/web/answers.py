"""How every page is answered: read from one snapshot of the archive, in one of Datasette's threads, then put into its template."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from datasette.database import Database as Source
from datasette.utils.asgi import NotFound, Request, Response
from sqlite_utils import Database

from archive.schema.migrations import APPLICATION_ID, MIGRATIONS
from archive.store.archive import Archive
from archive.web.access import form_token
from archive.web.actions import SAID
from archive.web.feeds import FORMS, feed_title
from archive.web.limits import snapshot
from archive.web.policy import STRICT
from archive.web.search import SearchRequest
from archive.web.templates import parameters, render
from scraper.errors import InputError

_T = TypeVar("_T")
View = Callable[[Request, Any], Awaitable[Response]]


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def first_values(request: Request) -> Mapping[str, str]:
    """The parameters of an address, the first value of each."""
    return {name: request.args[name] for name in request.args}


async def archives(datasette: Any) -> list[Source]:
    """The databases that are archives."""
    found = []
    for source in datasette.databases.values():
        if source.path and await source.execute_fn(is_archive):
            found.append(source)
    return found


def is_archive(conn: sqlite3.Connection) -> bool:
    """Whether the file is an archive of this version. Any command migrates an older one."""
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    return not MIGRATIONS.pending(Database(conn, execute_plugins=False))


async def the_archive(datasette: Any) -> Source:
    """The archive that the pages show. Raises `NotFound` if there is none, or more than one."""
    found = await archives(datasette)
    if len(found) != 1:
        raise NotFound(
            "these pages need exactly one archive of this version; serve one, after any cuttings command has migrated it"
        )
    return found[0]


async def read(datasette: Any, what: Callable[[Archive], _T]) -> _T:
    """The result of reading the archive, from one snapshot."""
    source = await the_archive(datasette)

    def in_thread(conn: sqlite3.Connection) -> _T:
        archive = Archive(Database(conn, execute_plugins=False), Path(source.path))
        with snapshot(conn):
            return what(archive)

    return await source.execute_fn(in_thread)  # type: ignore[no-any-return]


def or_missing(view: View) -> View:
    """The view, with a "not found" page if it raises `InputError`."""

    async def shown(request: Request, datasette: Any) -> Response:
        try:
            return await view(request, datasette)
        except InputError:
            return await page(request, datasette, "missing.html", here="missing", status=404)

    return shown


async def page(
    request: Request,
    datasette: Any,
    template: str,
    *,
    here: str,
    status: int = 200,
    feed: SearchRequest | None = None,
    **values: Any,
) -> Response:
    """The page as an answer with our security policy. It announces the feed of all articles, and of a search."""
    source = await the_archive(datasette)
    tables = {name: datasette.urls.table(source.name, name) for name in ("articles", "removals", "links", "runs")}
    common = {
        "here": here,
        "base": datasette.urls.path(""),
        "database": datasette.urls.database(source.name),
        "tables": tables,
        "name": source.name,
        "feeds": announced(feed),
        "token": form_token(datasette, request),
        "said": SAID.get(first_values(request).get("said", ""), ""),
    }
    headers = {"content-security-policy": STRICT, "cache-control": "private, no-cache"}
    return Response.html(render(template, **common, **values), status=status, headers=headers)


def announced(asked: SearchRequest | None) -> list[dict[str, str]]:
    """The feeds that a page announces: of this search, if there is one, and of all articles."""
    return [
        {
            "title": f"{feed_title(one)} ({form.name})",
            "type": form.media_type,
            "path": f"-/cuttings/feed.{ending}{parameters(**one.parameters)}",
        }
        for one in dict.fromkeys((replace(asked or SearchRequest(), order="rank", page=1), SearchRequest()))
        for ending, form in FORMS.items()
    ]
