"""A polite HTTP client. No server can keep the client busy without end, fill the memory or lead the client into the local network.

::

    fetch ─ redirects ─► check_robots ─► wait_until_allowed (pauses, breaker) ─► slots, delay ─► httpx ─► Reply
                                                                                               │
                                              Transport ─► httpcore's pool of the host ─► Network (vetted addresses)

httpx speaks HTTP. Whom to ask, when, and how much to take is decided here: each request obeys the throttle of its real
host (`throttle`) and uses connections to vetted addresses only (`addresses`, `network`). A deadline covers the whole
exchange; headers and bodies are capped (`bounds`, `body`). Each redirect is a request of its own. Every failure is a
`FetchError` (`failures`).
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from types import MappingProxyType
from typing import Any, Final, Self

import httpx

from scraper.errors import FetchError
from scraper.fetch import robots as robots_txt
from scraper.fetch.addresses import Resolve
from scraper.fetch.addresses import resolve as system_resolve
from scraper.fetch.failures import as_fetch_error
from scraper.fetch.hosts import Host, Hosts
from scraper.fetch.http_client import default_tls, new_client
from scraper.fetch.network import Connect, Network, connect
from scraper.fetch.proxy import parse_proxy
from scraper.fetch.response import (
    NOT_MODIFIED,
    PERMANENT_REDIRECTS,
    REDIRECTS,
    WITHOUT_DELAY,
    Caps,
    Reply,
    Want,
    next_target,
    read_reply,
    request_headers,
)
from scraper.fetch.robots import Robots, parse_robots, product_token, robots_after_error
from scraper.fetch.settings import Secrets, Settings
from scraper.fetch.throttle import HostThrottle, PageBudget, Pause
from scraper.fetch.transport import StaleConnection, Transport
from scraper.types import Known, Page
from scraper.urls.canonical import host_port, normalize

__all__ = ["NOT_MODIFIED", "PERMANENT_REDIRECTS", "Fetcher", "Pause", "Secrets", "Settings", "Want"]


LOG: Final = logging.getLogger("scraper.fetch")
"""Each request with its status, or its kind of failure, the seconds that it took, and its address; level INFO."""


def utc_now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Call:
    """State of one call of `fetch`. `first` is its first target; `left` are the seconds of its deadline that are not
    yet spent.
    """

    url: str
    want: Want
    known: Known | None
    secrets: Secrets | None
    first: str
    left: float


class Turn:
    """One request's turn at its host. The next request's turn begins when this one is sent, not when it is answered."""

    def __init__(self, throttle: HostThrottle, note_start: Callable[[], None]) -> None:
        self.throttle = throttle
        self.note_start = note_start
        self.is_held = self.is_sent = False

    async def take(self) -> None:
        """Wait for the turn."""
        self.is_held = await self.throttle.start_lock.acquire()

    async def trace(self, name: str, info: dict[str, Any]) -> None:
        """Note from httpcore's `trace` extension that the request is being sent."""
        if name.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.sent()

    def sent(self) -> None:
        """Note that the request is sent, and let the next one begin."""
        if not self.is_sent:
            self.is_sent = True
            self.note_start()
        self.release()

    def release(self) -> None:
        """End the turn."""
        if self.is_held:
            self.is_held = False
            self.throttle.start_lock.release()


class Fetcher:
    """The client of one run.

    `clock` gives the time of day; `monotonic`, `sleep` and `chance` (0 to 1) control the spacing of requests. No
    request starts while `page_budget` has no free place: this bounds the pages in memory. `in_flight` are the tasks
    whose request was sent; the other tasks wait for their turn. `pauses` come from earlier runs, by the names of
    `urls.site_of`.

    `transport` replaces the connections of this fetcher with the caller's, for example a cache or a test's replies. It
    resolves names itself, so it must refuse private addresses itself; only hosts that are private by their spelling are
    refused here. `resolve`, `connect`, `tls`, the proxy and the limits on headers and frames are not used then.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        resolve: Resolve = system_resolve,
        connect: Connect = connect,
        tls: Callable[[], ssl.SSLContext] = default_tls,
        transport: httpx.AsyncBaseTransport | None = None,
        pauses: Mapping[str, Pause] = MappingProxyType({}),
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self.monotonic = monotonic
        self.chance = chance
        self.agent = product_token(settings.user_agent)
        proxy = parse_proxy(settings.proxy)
        self.hosts = Hosts(
            settings,
            clock=clock,
            sleep=sleep,
            monotonic=monotonic,
            resolve=resolve,
            resolves_names=proxy is None and transport is None,
            pauses=pauses,
        )
        if transport is None:
            addresses = self.hosts.addresses if proxy is None else system_resolve
            network = Network(addresses, connect, max_body_bytes=settings.max_wire_bytes, to_proxy=proxy is not None)
            transport = Transport(network, tls=tls, http2=settings.http2, proxy=proxy)
        self.client = new_client(transport, connect_timeout=settings.connect_timeout)
        self.slots = asyncio.Semaphore(settings.concurrency)
        self.page_budget = PageBudget(settings.max_pending_pages)
        self.in_flight: set[asyncio.Task[object] | None] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    def pauses(self) -> dict[str, Pause]:
        """Return the hosts that are paused now, by the names of `urls.site_of`."""
        return self.hosts.pauses()

    # --- one page -------------------------------------------------------------------------------------------------

    async def fetch(
        self,
        url: str,
        *,
        known: Known | None = None,
        want: Want = "page",
        secrets: Secrets | None = None,
        ends_at: Callable[[str], bool] | None = None,
    ) -> Page:
        """Return the page at a URL, after redirects. Status 304 and an empty body mean: unchanged since `known`.

        A page that moved for good to an address for which `ends_at` is true is not fetched there: the page has status 301
        or 308, the new address and no body. Raises `FetchError`.
        """
        target = normalize(url)
        call = Call(url, want, known, secrets, target, self.settings.deadline)
        visited: set[str] = set()
        moved = True
        limit = robots_txt.MAX_REDIRECTS if want == "robots" else self.settings.max_redirects
        while target not in visited and len(visited) <= limit:
            visited.add(target)
            if want not in {"robots", "part"}:
                await self.check_robots(target, url)
            reply = await self.request(call, target)
            if reply.status not in REDIRECTS:
                return self.page(call, target, reply, moved=moved and len(visited) > 1)
            moved = moved and reply.status in PERMANENT_REDIRECTS
            target = next_target(url, target, reply)
            if moved and ends_at is not None and ends_at(target):
                return self.page(call, target, reply, moved=True)
        raise FetchError(url, "redirects", f"redirected {len(visited)} times, last to {target[:200]}")

    def page(self, call: Call, target: str, reply: Reply, *, moved: bool) -> Page:
        """Return the reply as a page; `moved` as in `Page`."""
        if reply.status == NOT_MODIFIED and not (call.known and (call.known.etag or call.known.last_modified)):
            raise FetchError(
                call.url, "protocol", "the server answered 304 to an unconditional request", status=NOT_MODIFIED
            )
        return Page(
            call.url,
            target,
            reply.status,
            reply.headers,
            reply.body,
            self.clock(),
            cut_short=reply.cut_short,
            moved=moved,
        )

    # --- robots.txt -----------------------------------------------------------------------------------------------

    async def check_robots(self, target: str, url: str) -> None:
        """Raise `FetchError` if robots.txt, or its absence, forbids an address."""
        robots = await self.robots(target, url)
        if robots.refusal:
            raise FetchError(url, *robots.refusal)
        if not robots.allows(target, self.agent):
            raise FetchError(url, "robots")

    async def robots(self, target: str, url: str = "") -> Robots:
        """Return the robots.txt for a normalized address. Fetched once, and again when it is too old.

        Raises `FetchError` if the host is paused.
        """
        host = self.hosts.get(host_port(target))
        async with host.robots_lock:
            if host.robots is None or self.monotonic() - host.robots_at >= host.robots.max_age_seconds:
                host.robots = await self.fetch_robots(host, url or target)
                host.robots_at = self.monotonic()
                if host.throttle is not None:
                    wanted = min(host.robots.crawl_delay(self.agent), self.settings.max_crawl_delay)
                    host.throttle.delay = max(host.throttle.delay, wanted)
        return host.robots

    async def sitemaps(self, target: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt for a normalized address names.

        Raises `FetchError` if nothing may be fetched from that host.
        """
        robots = await self.robots(target)
        if robots.refusal:
            raise FetchError(target, *robots.refusal)
        return robots.sitemaps

    async def fetch_robots(self, host: Host, url: str) -> Robots:
        """Return a host's robots.txt, or the policy that its absence implies."""
        try:
            return parse_robots((await self.fetch(f"{host.key}/robots.txt", want="robots")).body)
        except FetchError as exc:
            if exc.kind == "paused":
                raise FetchError(url, "paused", exc.detail, retry_after=exc.retry_after) from exc
            return robots_after_error(exc, before=host.robots)

    # --- one request ----------------------------------------------------------------------------------------------

    async def request(self, call: Call, target: str) -> Reply:
        """Return the reply to a request, retried if the failure is temporary. Raises `FetchError`."""
        host = self.hosts.get(host_port(target))
        for attempt in count():
            async with self.hosts.wait_until_allowed(host, call.url):
                try:
                    throttle = await self.throttle(host, call)
                    async with throttle.slots:
                        reply = await self.send_again_if_stale(throttle, call, target)
                except FetchError as exc:
                    own = exc.for_url(call.url)
                    retry = host.health.note_failure(
                        own,
                        retry_policy=self.settings.retry_policy,
                        attempt=attempt,
                        now=self.monotonic(),
                        chance=self.chance(),
                    )
                    if not retry or call.left <= 0:
                        raise own from own.__cause__
                else:
                    host.health.note_success()
                    return reply
        raise AssertionError

    async def throttle(self, host: Host, call: Call) -> HostThrottle:
        """Return the host's throttle within the call's deadline. Raises `FetchError`."""
        try:
            async with asyncio.timeout(max(call.left, 0.0)):
                return await self.hosts.throttle(host)
        except TimeoutError as exc:
            raise FetchError(call.url, "timeout", f"{host.name} did not resolve in time") from exc

    async def send_again_if_stale(self, throttle: HostThrottle, call: Call, target: str) -> Reply:
        """Send a request and return its reply; send it again if a kept connection turns out to be closed."""
        try:
            return await self.send(throttle, call, target)
        except StaleConnection:
            pass  # outside this block, so that a second failure is not taken for a part of this one
        return await self.send(throttle, call, target)

    async def send(self, throttle: HostThrottle, call: Call, target: str) -> Reply:
        """Send one request when the throttle allows it, and return its reply. Raises `FetchError`."""
        turn = Turn(throttle, lambda: throttle.note_start(self.monotonic(), self.chance()))
        started: float | None = None
        result = "given up"
        try:
            if call.want not in WITHOUT_DELAY:
                await turn.take()
                if (wait := throttle.next_start - self.monotonic()) > 0:
                    await self.sleep(wait)
            async with self.slots, self.page_budget:
                started = self.monotonic()
                self.in_flight.add(asyncio.current_task())
                async with asyncio.timeout(max(call.left, 0.0)):
                    reply = await self.exchange(turn, call, target)
                result = str(reply.status)
                return reply
        except FetchError as exc:
            result = str(exc.status or exc.kind)
            raise
        except TimeoutError as exc:
            result = "timeout"
            raise FetchError(call.url, "timeout") from exc
        finally:
            turn.release()
            if started is not None:
                spent = self.monotonic() - started
                call.left -= spent
                self.in_flight.discard(asyncio.current_task())
                LOG.info("%s  %.2f s  %s", result, spent, target)

    async def exchange(self, turn: Turn, call: Call, target: str) -> Reply:
        """Send a request by httpx and read its response."""
        secrets = call.secrets.rows(target, call.first) if call.secrets else ()
        headers = request_headers(self.settings.user_agent, call.want, call.known, secrets)
        authority = target.split("/", 3)[2]  # httpx would decode the host for it, which fails for some that exist
        with as_fetch_error(call.url):
            request = httpx.Request(
                "GET", target, headers=(("Host", authority), *headers), extensions={"trace": turn.trace}
            )
            response = await self.client.send(request, stream=True)
        try:
            turn.sent()
            caps = Caps(self.settings.max_wire_bytes, self.settings.max_body_bytes)
            return await read_reply(response, call.url, call.want, caps, self.clock)
        finally:
            with suppress(FetchError), as_fetch_error(call.url):  # the body was read, or its failure says more
                await response.aclose()
