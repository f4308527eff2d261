"""Pages rendered by scripts, in Chromium. All its requests go through our own fetcher.

::

    Fetcher ─► document ─► Chromium ─► each further request ─► Fetcher (vetted, capped) ─► Chromium … ─► rendered DOM

Chromium has no network of its own: its proxy is a closed port and no name resolves. Frames, pictures, fonts, videos,
sockets, service workers, downloads and requests other than GET are refused, because an article's text does not need
them. One deadline covers a page; its requests, their bytes and its DOM are limited.

robots.txt is obeyed for documents and for data that scripts fetch, not for scripts and styles. The limit on requests in
flight per host applies. The host's delay applies between pages, not between a page and its parts.

Requires the extra `browser` (Playwright, without a browser) and a Chromium on the system. Fails as `FetchError`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from scraper.errors import ConfigError, FetchError
from scraper.extras import install_command
from scraper.types import Page
from scraper.urls.canonical import canonicalize

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Request, Route, WebSocketRoute
    from playwright.async_api import Page as Tab

    from scraper.fetch.client import Fetcher, Secrets, Want

CHROMIUM_VARIABLE: Final = "CUTTINGS_CHROMIUM"
"""Environment variable with the browser's path."""
CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Program names that are tried."""
DEAD_PROXY: Final = "http://127.0.0.1:9"
"""A proxy that does not exist: the discard port."""
CHROMIUM_OPTIONS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # /dev/shm is too small in containers
    "--js-flags=--max-old-space-size=512",
)
MAX_START_SECONDS: Final = 60.0
"""Time limit for starting the browser; not part of a page's deadline."""
MAX_CLOSE_SECONDS: Final = 5.0
"""Time limit for closing a page or the browser."""
TEXT_RESOURCES: Final = frozenset({"document", "script", "stylesheet", "xhr", "fetch", "manifest", "other"})
"""Playwright's resource types that text can depend on."""
LAYOUT_RESOURCES: Final = frozenset({"script", "stylesheet"})
"""Resources that render a page but carry none of its text; robots.txt is not checked for these."""
DROPPED_HEADERS: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "connection", "keep-alive"}
)
"""Response headers that no longer hold after our fetcher decoded the body, or that concern the connection."""
KEPT_HEADERS: Final = frozenset({"x-robots-tag", "tdm-reservation", "tdm-policy", "content-language", "link"})
"""Headers of the document that also hold for the rendered page. Its ETag and Last-Modified do not: the data may change
while the document stays the same."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one page: `deadline` and `idle_timeout` in seconds, the others in numbers and bytes.

    After `idle_timeout` a page whose network is still busy is read as it is.
    """

    deadline: float = 45.0
    idle_timeout: float = 8.0
    requests: int = 150
    request_bytes: int = 40_000_000
    dom_bytes: int = 10_000_000
    documents: int = 4
    pages_at_once: int = 2


@dataclass(slots=True)
class Rendering:
    """State of one page while it is rendered."""

    fetcher: Fetcher
    secrets: Secrets | None
    limits: Limits
    document: Page
    requests: int = 0
    received: int = 0
    documents: int = 0
    refused: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        """Answer or refuse one request of Chromium's."""
        from playwright.async_api import Error

        with suppress(Error):  # the page may be closed meanwhile
            try:
                page = await self.fetch(route.request)
            except FetchError as exc:
                self.refused.append(str(exc))
                await route.abort("aborted")  # other error codes would replace the document
                return
            await route.fulfill(status=page.status, headers=reply_headers(page, route.request), body=page.body)

    async def fetch(self, request: Request) -> Page:
        """Return the response to a request. Raises `FetchError`."""
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
        want: Want = "part" if request.resource_type in LAYOUT_RESOURCES else "data"
        page = await self.fetcher.fetch(request.url, want=want, secrets=self.secrets)
        self.received += len(page.body)
        return page

    def reason_to_refuse(self, request: Request, *, is_document: bool) -> str:
        """Return the reason why a request is refused; empty if it is allowed."""
        checks = (
            (not request.url.startswith(("http://", "https://")), "not a web address"),
            (request.method != "GET", f"a {request.method} request, not GET"),
            (request.resource_type not in TEXT_RESOURCES, f"a {request.resource_type} is not needed for text"),
            (is_document and request.frame.parent_frame is not None, "a frame is not needed for text"),
            (is_document and self.documents >= self.limits.documents, "too many documents"),
            (self.requests > self.limits.requests, "too many requests"),
            (self.received > self.limits.request_bytes, "too many bytes"),
        )
        return next((reason for refused, reason in checks if refused), "")


class Renderer:
    """Renders pages. Chromium starts with the first page, and again after a crash."""

    def __init__(self, fetcher: Fetcher, *, limits: Limits | None = None) -> None:
        self.fetcher = fetcher
        self.limits = limits or Limits()
        self.slots = asyncio.Semaphore(self.limits.pages_at_once)
        self.start_lock = asyncio.Lock()
        self.driver: Any = None
        self.browser: Browser | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def render(self, url: str, *, secrets: Secrets | None = None) -> Page:
        """Return the rendered page: HTML in UTF-8, without validators. Raises `FetchError`."""
        from playwright.async_api import Error

        async with self.slots:
            document = await self.fetcher.fetch(url, secrets=secrets)
            rendering = Rendering(self.fetcher, secrets, self.limits, document)
            try:
                async with asyncio.timeout(MAX_START_SECONDS):
                    browser = await self.running_browser()
                async with asyncio.timeout(self.limits.deadline):
                    return await self.load(url, rendering, browser)
            except TimeoutError as exc:
                raise FetchError(
                    url, "timeout", f"the scripts did not finish within {self.limits.deadline:g} s"
                ) from exc
            except Error as exc:
                raise FetchError(
                    url, "render", f"the browser could not render the page: {exc.message.splitlines()[0][:200]}"
                ) from exc

    async def load(self, url: str, rendering: Rendering, browser: Browser) -> Page:
        """Load a document in its own browser context, and return the rendered page."""
        context = await browser.new_context(
            user_agent=self.fetcher.settings.user_agent, service_workers="block", accept_downloads=False, offline=False
        )
        try:
            context.set_default_timeout(0)  # one deadline covers the page
            # a lambda, because Playwright sets attributes on handlers and a bound method allows none
            await context.route("**/*", lambda route: rendering.answer(route))
            await context.route_web_socket("**/*", refuse_socket)
            tab = await context.new_page()
            await tab.goto(rendering.document.final_url, wait_until="commit")
            await wait_until_idle(tab, self.limits.idle_timeout)
            markup = await read_dom(context, tab, self.limits.dom_bytes)
            final_url = final_address(tab, rendering.document)
        finally:
            await self.dispose(context)
        body = markup.encode("utf-8", "replace")
        if len(body) > self.limits.dom_bytes:
            raise FetchError(url, "too-large", f"the rendered page exceeds {self.limits.dom_bytes:,} bytes")
        kept = tuple((name, value) for name, value in rendering.document.headers if name in KEPT_HEADERS)
        return Page(
            url,
            final_url,
            rendering.document.status,
            (*kept, ("content-type", "text/html; charset=utf-8")),
            body,
            self.fetcher.clock(),
        )

    async def running_browser(self) -> Browser:
        """Return the running browser; start it if necessary."""
        from playwright.async_api import async_playwright

        async with self.start_lock:
            if self.browser is None or not self.browser.is_connected():
                await self.close()
                self.driver = await async_playwright().start()
                self.browser = await self.driver.chromium.launch(
                    executable_path=find_chromium(),
                    headless=True,
                    args=list(CHROMIUM_OPTIONS),
                    chromium_sandbox=os.geteuid() != 0,  # Chromium has no sandbox for root
                    proxy={"server": DEAD_PROXY, "bypass": "<-loopback>"},
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            return self.browser

    async def dispose(self, context: BrowserContext) -> None:
        """Close a context; if that fails, for example because a script never ends, close the whole browser."""
        try:
            await asyncio.shield(asyncio.wait_for(context.close(), MAX_CLOSE_SECONDS))
        except Exception:
            await self.close()

    async def close(self) -> None:
        """Close the browser and its driver."""
        browser, driver = self.browser, self.driver
        self.browser = self.driver = None
        for ending in (browser and browser.close, driver and driver.stop):
            if ending:
                with suppress(Exception):
                    await asyncio.wait_for(ending(), MAX_CLOSE_SECONDS)


def check_renderer() -> None:
    """Raise `ConfigError` if the extra or a browser is missing."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        raise ConfigError(
            f"a source has 'render = true', but Playwright is not installed; run {install_command('browser')}"
        ) from None
    find_chromium()


def find_chromium() -> str:
    """Return the browser's path. Raises `ConfigError`."""
    named = os.environ.get(CHROMIUM_VARIABLE, "")
    found = next(filter(None, map(shutil.which, (named,) if named else CHROMIUM_NAMES)), None)
    if found is None:
        missing = (
            f"{CHROMIUM_VARIABLE} names {named!r}, which is not a program; correct or unset it"
            if named
            else f"no Chromium was found; install one or set {CHROMIUM_VARIABLE} to its path"
        )
        raise ConfigError(f"a source has 'render = true', but {missing}")
    return found


async def refuse_socket(socket: WebSocketRoute) -> None:
    """Close a web socket before it is opened."""
    await socket.close()


async def wait_until_idle(tab: Tab, limit: float) -> None:
    """Wait until a page makes no more requests, at most `limit` seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit):
            await tab.wait_for_load_state("networkidle")


async def read_dom(context: BrowserContext, tab: Tab, limit: int) -> str:
    """Return the DOM as HTML, cut just past `limit` characters. Runs where the page's own scripts cannot interfere."""
    session = await context.new_cdp_session(tab)
    tree = await session.send("Page.getFrameTree")
    world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    expression = f"'<!DOCTYPE html>' + document.documentElement.outerHTML.slice(0, {limit + 1})"
    found = await session.send(
        "Runtime.evaluate", {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True}
    )
    return str(found["result"].get("value", ""))


def final_address(tab: Tab, document: Page) -> str:
    """Return the page's address now; scripts may have changed it."""
    try:
        return canonicalize(tab.url)
    except FetchError:
        return document.final_url


def reply_headers(page: Page, request: Request) -> dict[str, str]:
    """Return response headers for Chromium. Scripts may read from other hosts, because no user is logged in here."""
    headers = {name: value for name, value in page.headers if name not in DROPPED_HEADERS}
    if origin := request.headers.get("origin"):
        headers |= {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
    return headers
