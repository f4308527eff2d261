"""Pages that scripts draw: Chromium draws them, and every byte it gets comes through our own fetching.

::

    Fetcher ─► document ─► Chromium ─► each further request ─► Fetcher (vetted, capped) ─► Chromium … ─► the drawn DOM

Chromium itself reaches nothing: its proxy is a closed port and no name resolves, so what does not pass through here fails.
Frames, pictures, fonts, films, sockets, workers of services, downloads and whatever is not a plain GET are refused: an
article's text comes without them. One deadline covers a page; requests, their bytes and the DOM have caps.

robots.txt holds for documents and for data (what scripts ask for) at every host, not for scripts and styles. No host has more
requests in flight than it takes from anybody; its delay lies between pages, not between a page and what draws it.

Needs the extra `browser` (Playwright, which brings no browser) and a Chromium of the system. Fails as `FetchError`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from scraper.errors import ConfigError, FetchError
from scraper.types import Page
from scraper.urls.canonical import canonicalize

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Request, Route, WebSocketRoute
    from playwright.async_api import Page as Tab

    from scraper.fetch.client import Fetcher, Secrets, Want

CHROMIUM: Final = "CUTTINGS_CHROMIUM"
"""Environment variable that names the browser."""
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOWHERE: Final = "http://127.0.0.1:9"
"""The discard port: a proxy that is not there."""
OPTIONS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # in containers it is too small
    "--js-flags=--max-old-space-size=512",
)
WANTED: Final = frozenset({"document", "script", "stylesheet", "xhr", "fetch", "manifest", "other"})
"""Playwright's resource types that text can depend on."""
SUPPORT: Final = frozenset({"script", "stylesheet"})
"""Of these, what draws a page and is no part of what it says: robots.txt is asked for the others, at whatever host."""
DROPPED: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "connection", "keep-alive"}
)
KEPT: Final = frozenset({"x-robots-tag", "tdm-reservation", "tdm-policy", "content-language", "link"})
"""Headers of the document that hold for what was drawn of it; its validators do not: data change while it stays."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one page: `deadline` and `settle` in seconds, the rest in numbers and bytes.

    `settle` is how long the network may take to fall silent: a page that asks without end is taken as it is then.
    """

    deadline: float = 45.0
    settle: float = 8.0
    requests: int = 150
    request_bytes: int = 40_000_000
    dom_bytes: int = 10_000_000
    documents: int = 4
    pages_at_once: int = 2


@dataclass(slots=True)
class Visit:
    """One page on its way: what it may still ask for."""

    fetcher: Fetcher
    secrets: Secrets | None
    limits: Limits
    document: Page
    requests: int = 0
    received: int = 0
    documents: int = 0
    refused: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        """Answers one of Chromium's requests, or refuses it."""
        from playwright.async_api import Error

        with suppress(Error):  # the page was closed meanwhile
            try:
                page = await self.fetch(route.request)
            except FetchError as exc:
                self.refused.append(str(exc))
                await route.abort("aborted")  # after which a document stays, where another error would replace it
                return
            await route.fulfill(status=page.status, headers=reply_headers(page, route.request), body=page.body)

    async def fetch(self, request: Request) -> Page:
        """What a request asks for. Raises `FetchError`."""
        self.requests += 1
        is_document = request.is_navigation_request()
        if is_document and request.frame.parent_frame is None and self.documents == 0:
            self.documents = 1
            return self.document
        if reason := self.reason_to_refuse(request, is_document=is_document):
            raise FetchError(request.url[:500], "render", reason)
        if is_document:
            self.documents += 1
            self.document = await self.fetcher.fetch(request.url, secrets=self.secrets)
            return self.document
        want: Want = "part" if request.resource_type in SUPPORT else "data"
        page = await self.fetcher.fetch(request.url, want=want, secrets=self.secrets)
        self.received += len(page.body)
        return page

    def reason_to_refuse(self, request: Request, *, is_document: bool) -> str:
        """Why a request is not made; empty when it is."""
        checks = (
            (not request.url.startswith(("http://", "https://")), "no web address"),
            (request.method != "GET", f"a {request.method} request"),
            (request.resource_type not in WANTED, f"a {request.resource_type} is not needed for text"),
            (is_document and request.frame.parent_frame is not None, "a frame"),
            (is_document and self.documents >= self.limits.documents, "too many documents one after the other"),
            (self.requests > self.limits.requests, "too many requests"),
            (self.received > self.limits.request_bytes, "too many bytes"),
        )
        return next((reason for refused, reason in checks if refused), "")


class Renderer:
    """Draws pages. Chromium starts with the first page, and again when it has died."""

    def __init__(self, fetcher: Fetcher, *, limits: Limits | None = None) -> None:
        self.fetcher = fetcher
        self.limits = limits or Limits()
        self.places = asyncio.Semaphore(self.limits.pages_at_once)
        self.starting = asyncio.Lock()
        self.driver: Any = None
        self.browser: Browser | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def render(self, url: str, *, secrets: Secrets | None = None) -> Page:
        """The page as its scripts have drawn it: HTML in UTF-8, without validators. Raises `FetchError`."""
        from playwright.async_api import Error

        async with self.places:
            document = await self.fetcher.fetch(url, secrets=secrets)
            visit = Visit(self.fetcher, secrets, self.limits, document)
            try:
                async with asyncio.timeout(STARTING):
                    browser = await self.started()
                async with asyncio.timeout(self.limits.deadline):
                    return await self.draw(url, visit, browser)
            except TimeoutError as exc:
                raise FetchError(
                    url, "timeout", f"its scripts did not come to an end within {self.limits.deadline:g} s"
                ) from exc
            except Error as exc:
                raise FetchError(
                    url, "render", f"the browser could not draw it: {exc.message.splitlines()[0][:200]}"
                ) from exc

    async def draw(self, url: str, visit: Visit, browser: Browser) -> Page:
        """Loads a document in a context of its own, and takes what it has become."""
        context = await browser.new_context(
            user_agent=self.fetcher.settings.user_agent, service_workers="block", accept_downloads=False, offline=False
        )
        try:
            context.set_default_timeout(0)  # there is one deadline
            await context.route("**/*", lambda route: visit.answer(route))  # a bound method would be written to
            await context.route_web_socket("**/*", refuse_socket)
            tab = await context.new_page()
            await tab.goto(visit.document.final_url, wait_until="commit")
            await settle(tab, self.limits.settle)
            markup = await read_dom(context, tab, self.limits.dom_bytes)
            final_url = address_of(tab, visit.document)
        finally:
            await self.dispose(context)
        body = markup.encode("utf-8", "replace")
        if len(body) > self.limits.dom_bytes:
            raise FetchError(url, "too-large", f"what its scripts drew exceeds {self.limits.dom_bytes:,} bytes")
        kept = tuple((name, value) for name, value in visit.document.headers if name in KEPT)
        return Page(
            url,
            final_url,
            visit.document.status,
            (*kept, ("content-type", "text/html; charset=utf-8")),
            body,
            self.fetcher.clock(),
        )

    async def started(self) -> Browser:
        """The running browser."""
        from playwright.async_api import async_playwright

        async with self.starting:
            if self.browser is None or not self.browser.is_connected():
                await self.close()
                self.driver = await async_playwright().start()
                self.browser = await self.driver.chromium.launch(
                    executable_path=find_chromium(),
                    headless=True,
                    args=list(OPTIONS),
                    chromium_sandbox=os.geteuid() != 0,  # Chromium refuses to make one for root
                    proxy={"server": NOWHERE, "bypass": "<-loopback>"},
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            return self.browser

    async def dispose(self, context: BrowserContext) -> None:
        """Closes a context; the whole browser when that does not work, as with a script that never ends."""
        try:
            await asyncio.shield(asyncio.wait_for(context.close(), CLOSING))
        except Exception:
            await self.close()

    async def close(self) -> None:
        """Ends the browser and its driver."""
        browser, driver = self.browser, self.driver
        self.browser = self.driver = None
        for ending in (browser and browser.close, driver and driver.stop):
            if ending:
                with suppress(Exception):
                    await asyncio.wait_for(ending(), CLOSING)


STARTING: Final = 60.0
"""Seconds that the browser may take to start, which no page is to pay."""
CLOSING: Final = 5.0
"""Seconds that closing a page or the browser may take."""


def check_renderer() -> None:
    """Raises `ConfigError` when the extra or a browser is missing."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        raise ConfigError(
            "a source has 'render = true', which needs the extra 'browser': pip install 'cuttings[browser]'"
        ) from None
    find_chromium()


def find_chromium() -> str:
    """The browser's path. Raises `ConfigError`."""
    named = os.environ.get(CHROMIUM, "")
    found = next(filter(None, map(shutil.which, (named,) if named else NAMES)), None)
    if found is None:
        missing = (
            f"{CHROMIUM} names {named!r}, which is no program"
            if named
            else f"no Chromium was found; install one, or name it in {CHROMIUM}"
        )
        raise ConfigError(f"a source has 'render = true', but {missing}")
    return found


async def refuse_socket(socket: WebSocketRoute) -> None:
    """Closes a web socket before it is opened."""
    await socket.close()


async def settle(tab: Tab, most: float) -> None:
    """Waits until a page asks for nothing more, or so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(most):
            await tab.wait_for_load_state("networkidle")


async def read_dom(context: BrowserContext, tab: Tab, most: int) -> str:
    """The DOM as HTML, cut just past `most` characters; read where the page's own scripts cannot interfere."""
    session = await context.new_cdp_session(tab)
    tree = await session.send("Page.getFrameTree")
    world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    expression = f"'<!DOCTYPE html>' + document.documentElement.outerHTML.slice(0, {most + 1})"
    found = await session.send(
        "Runtime.evaluate", {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True}
    )
    return str(found["result"].get("value", ""))


def address_of(tab: Tab, document: Page) -> str:
    """Where the page is now; scripts may have changed its address."""
    try:
        return canonicalize(tab.url)
    except FetchError:
        return document.final_url


def reply_headers(page: Page, request: Request) -> dict[str, str]:
    """Headers for Chromium. Scripts may read what they ask of other hosts: nobody is logged in here."""
    headers = {name: value for name, value in page.headers if name not in DROPPED}
    if origin := request.headers.get("origin"):
        headers |= {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
    return headers
