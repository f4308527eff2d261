"""The views behind the forms of the pages: opening them to the person who started the server, and making a change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from datasette.utils.asgi import NotFound, Request, Response

from archive.web.access import access_of, form_token, read_form
from archive.web.actions import ACTIONS, number_in
from archive.web.answers import clock, first_values, page, read, the_archive
from archive.web.marking import DEFAULT_KIND, read_preview
from archive.web.templates import parameters
from scraper.errors import CuttingsError
from scraper.types import REMOVAL_KINDS


async def open_pages(request: Request, datasette: Any) -> Response:
    """The front page with the cookie that allows changes, for whoever has the secret of the printed address."""
    access = access_of(datasette)
    if access is None:
        return await refused(request, datasette, "These pages are read-only.")
    if not access.opened_by(first_values(request).get("token", "")):
        return await refused(
            request, datasette, "The address is of another server; open the one that this server printed."
        )
    answer = to(datasette, f"{parameters(said='opened')}")
    answer.set_cookie(access.cookie_name, access.cookie, httponly=True, samesite="strict")
    return answer


async def change(request: Request, datasette: Any) -> Response:
    """Make the change of a posted form, then show its page."""
    access, action = access_of(datasette), ACTIONS.get(request.url_vars["action"])
    if action is None:
        raise NotFound("no such change")
    if request.method != "POST":
        return await refused(request, datasette, "A change is made by a form of the pages.", status=405)
    form = await read_form(request)
    if form is None:
        return await refused(request, datasette, "The form is too large, or is none.", status=400)
    if access is None or not access.allows(request, form):
        return await refused(request, datasette, "This browser may not change the archive.")
    path = Path((await the_archive(datasette)).path)
    try:
        target = await asyncio.to_thread(action, path, form, clock())
    except CuttingsError as exc:
        return await refused(request, datasette, str(exc), status=409)
    return to(datasette, target)


async def preview(request: Request, datasette: Any) -> Response:
    """The page that shows the rule for a block before it is written. It reads much, so only those who may write it get it."""
    if not form_token(datasette, request):
        return await refused(request, datasette, "This browser may not change the archive.")
    values = first_values(request)
    try:
        article, position = number_in(values, "article"), number_in(values, "position")
        kind = values.get("kind") or DEFAULT_KIND
        found = await read(datasette, lambda archive: read_preview(archive, article, position, kind=kind))
    except CuttingsError as exc:
        return await refused(request, datasette, str(exc), status=409)
    return await page(request, datasette, "mark.html", here="mark", found=found, kinds=REMOVAL_KINDS)


def to(datasette: Any, path: str) -> Response:
    """An answer that sends the browser to a page. 303: by GET (RFC 9110, 15.4.4)."""
    return Response("", status=303, headers={"location": datasette.urls.path(path), "cache-control": "no-store"})


async def refused(request: Request, datasette: Any, why: str, *, status: int = 403) -> Response:
    """The page that says why nothing was changed."""
    return await page(request, datasette, "refused.html", here="refused", status=status, why=why)
