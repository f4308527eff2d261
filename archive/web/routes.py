"""The addresses of the pages, and the views behind them.

Each page is read in one of Datasette's threads, read-only, from one snapshot of the archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from datasette.database import Database as Source
from datasette.utils.asgi import NotFound, Request, Response
from sqlite_utils import Database

from archive.schema.migrations import APPLICATION_ID, MIGRATIONS
from archive.store.archive import Archive
from archive.store.reader import read_search as read_saved
from archive.web.article import read_article
from archive.web.boilerplate import read_boilerplate
from archive.web.diff import read_comparison
from archive.web.feeds import FORMS, FeedAddresses, etag_of, feed_title, matches, read_feed
from archive.web.front import read_front
from archive.web.health import read_health
from archive.web.limits import snapshot
from archive.web.policy import STRICT
from archive.web.search import SearchRequest, parse_request, read_search
from archive.web.templates import STYLESHEET, TABLES, parameters, render, stylesheet_name
from scraper.errors import InputError

_T = TypeVar("_T")
View = Callable[[Request, Any], Awaitable[Response]]

ARTICLE: Final = r"/-/article/(?P<number>[1-9]\d{0,17})"


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


async def front(request: Request, datasette: Any) -> Response:
    """The front page; Datasette's own index if there is no archive, or more than one."""
    if len(await archives(datasette)) != 1:
        from datasette.views.index import IndexView

        return await IndexView(datasette).get(request)
    found = await read(datasette, lambda archive: read_front(archive, now=clock()))
    return await page(datasette, "front.html", here="front", front=found)


async def search(request: Request, datasette: Any) -> Response:
    """The search page."""
    asked = parse_request(first_values(request))
    found = await read(datasette, lambda archive: read_search(archive, asked))
    return await page(datasette, "search.html", here="search", feed=asked, found=found, asked=asked)


async def feed(request: Request, datasette: Any) -> Response:
    """The feed of a search, or of all articles; "not modified" for a reader that has it."""
    values, form = first_values(request), request.url_vars["form"]
    number = saved_number(values)
    saved = await read(datasette, lambda archive: read_saved(archive.db, number)) if number else None
    asked = parse_request(saved.parameters if saved else values)
    query = parameters(**asked.parameters)
    addresses = FeedAddresses(
        datasette.absolute_url(
            request, datasette.urls.path(f"-/cuttings/feed.{form}{f'?saved={number}' if number else query}")
        ),
        datasette.absolute_url(request, datasette.urls.path(f"-/search{query}")),
    )
    body = await read(datasette, lambda archive: read_feed(archive, asked, FORMS[form], addresses, saved))
    if body is None:
        return Response.text("The search took too long; use a rarer word, or a site.", status=503)
    headers = {"etag": etag_of(body), "cache-control": "no-cache", "content-security-policy": STRICT}
    if matches(request.headers.get("if-none-match", ""), headers["etag"]):
        return Response("", status=304, headers=headers)
    return Response(body, headers=headers, content_type=f"{FORMS[form].media_type}; charset=utf-8")


async def article(request: Request, datasette: Any) -> Response:
    """The page of one article. `?removed=1` shows the removed blocks, `?revision=N` an earlier text."""
    number = int(request.url_vars["number"])
    values = first_values(request)
    revision = values.get("revision", "")
    wanted = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else None
    found = await read(datasette, lambda archive: read_article(archive, number, revision=wanted))
    return await page(
        datasette,
        "article.html",
        here="article",
        feed=SearchRequest(site=found.stored.article.site),
        found=found,
        show_removed=values.get("removed") == "1",
    )


async def changes(request: Request, datasette: Any) -> Response:
    """The differences of one revision from an earlier one."""
    number, revision = int(request.url_vars["number"]), int(request.url_vars["revision"])
    against = first_values(request).get("against", "")
    earlier = int(against) if against.isascii() and against.isdigit() and 0 < len(against) < 10 else None
    found = await read(datasette, lambda archive: read_comparison(archive, number, number=revision, against=earlier))
    return await page(datasette, "changes.html", here="article", found=found, number=number)


async def boilerplate(request: Request, datasette: Any) -> Response:
    """The boilerplate page."""
    values = first_values(request)
    found = await read(
        datasette, lambda archive: read_boilerplate(archive, site=values.get("site", ""), kind=values.get("kind", ""))
    )
    return await page(datasette, "boilerplate.html", here="boilerplate", found=found)


async def health(request: Request, datasette: Any) -> Response:
    """The health page."""
    return await page(datasette, "health.html", here="health", found=await read(datasette, read_health))


async def stylesheet(request: Request, datasette: Any) -> Response:
    """The stylesheet of our pages, or the one for Datasette's pages."""
    found = next((path for path in (STYLESHEET, TABLES) if stylesheet_name(path) == request.url_vars["name"]), None)
    if found is None:
        raise NotFound("no such stylesheet")
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(found.read_text("utf-8"), content_type="text/css; charset=utf-8", headers=kept)


def saved_number(values: Mapping[str, str]) -> int:
    """The number of the saved search that an address names; 0 for none. A word there is a number that no search has."""
    text = values.get("saved", "")
    return 0 if not text else (int(text) or -1) if text.isascii() and text.isdigit() and len(text) < 19 else -1


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
            return await page(datasette, "missing.html", here="missing", status=404)

    return shown


async def page(
    datasette: Any, template: str, *, here: str, status: int = 200, feed: SearchRequest | None = None, **values: Any
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
    }
    headers = {"content-security-policy": STRICT, "cache-control": "no-cache"}
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


ROUTES: Final = (
    (r"^/(?P<format>)$", front),  # Datasette's index, used in its place, needs the name
    (r"^/-/search$", search),
    (rf"^{ARTICLE}$", or_missing(article)),
    (rf"^{ARTICLE}/changes/(?P<revision>[1-9]\d{{0,8}})$", or_missing(changes)),
    (r"^/-/boilerplate$", boilerplate),
    (r"^/-/health$", health),
    (r"^/-/cuttings/feed\.(?P<form>atom|json)$", or_missing(feed)),
    (r"^/-/cuttings/(?P<name>[\w.-]+)$", stylesheet),
)
