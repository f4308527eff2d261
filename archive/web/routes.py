"""The addresses of the pages, and the views behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from datasette.utils.asgi import NotFound, Request, Response

from archive.store.reader import read_search as read_saved
from archive.web.answers import archives, clock, first_values, or_missing, page, read
from archive.web.article import read_article
from archive.web.boilerplate import read_boilerplate
from archive.web.diff import read_comparison
from archive.web.facets import primary
from archive.web.feedback import change, open_pages, preview
from archive.web.feeds import FORMS, FeedAddresses, etag_of, matches, read_feed
from archive.web.front import read_front
from archive.web.health import read_health
from archive.web.newest import Choice
from archive.web.policy import STRICT
from archive.web.search import SearchRequest, parse_request, read_search
from archive.web.templates import STYLESHEET, TABLES, parameters, stylesheet_name

ARTICLE: Final = r"/-/article/(?P<number>[1-9]\d{0,17})"


async def front(request: Request, datasette: Any) -> Response:
    """The front page; Datasette's own index if there is no archive, or more than one."""
    if len(await archives(datasette)) != 1:
        from datasette.views.index import IndexView

        return await IndexView(datasette).get(request)
    values = first_values(request)
    choice = Choice(values.get("source", ""), primary(values.get("language", "")))
    found = await read(datasette, lambda archive: read_front(archive, now=clock(), choice=choice))
    narrowed = SearchRequest(language=choice.language) if choice.language and not choice.source else None
    return await page(request, datasette, "front.html", here="front", feed=narrowed, front=found)


async def search(request: Request, datasette: Any) -> Response:
    """The search page."""
    asked = parse_request(first_values(request))
    found = await read(datasette, lambda archive: read_search(archive, asked))
    return await page(request, datasette, "search.html", here="search", feed=asked, found=found, asked=asked)


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
        request,
        datasette,
        "article.html",
        here="article",
        feed=SearchRequest(site=found.stored.article.site),
        found=found,
        show_removed=values.get("removed") == "1",
        marking=values.get("mark") == "1",
    )


async def changes(request: Request, datasette: Any) -> Response:
    """The differences of one revision from an earlier one."""
    number, revision = int(request.url_vars["number"]), int(request.url_vars["revision"])
    against = first_values(request).get("against", "")
    earlier = int(against) if against.isascii() and against.isdigit() and 0 < len(against) < 10 else None
    found = await read(datasette, lambda archive: read_comparison(archive, number, number=revision, against=earlier))
    return await page(request, datasette, "changes.html", here="article", found=found, number=number)


async def boilerplate(request: Request, datasette: Any) -> Response:
    """The boilerplate page."""
    values = first_values(request)
    found = await read(
        datasette, lambda archive: read_boilerplate(archive, site=values.get("site", ""), kind=values.get("kind", ""))
    )
    return await page(request, datasette, "boilerplate.html", here="boilerplate", found=found)


async def health(request: Request, datasette: Any) -> Response:
    """The health page."""
    return await page(request, datasette, "health.html", here="health", found=await read(datasette, read_health))


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


ROUTES: Final = (
    (r"^/(?P<format>)$", front),  # Datasette's index, used in its place, needs the name
    (r"^/-/search$", search),
    (rf"^{ARTICLE}$", or_missing(article)),
    (rf"^{ARTICLE}/changes/(?P<revision>[1-9]\d{{0,8}})$", or_missing(changes)),
    (r"^/-/boilerplate$", boilerplate),
    (r"^/-/health$", health),
    (r"^/-/feedback$", open_pages),
    (r"^/-/feedback/preview$", preview),
    (r"^/-/feedback/(?P<action>[a-z-]{1,30})$", change),
    (r"^/-/cuttings/feed\.(?P<form>atom|json)$", or_missing(feed)),
    (r"^/-/cuttings/(?P<name>[\w.-]+)$", stylesheet),
)
