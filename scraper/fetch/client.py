"""Fetching: one polite client that no server can hang, fill, or turn inward.

::

    fetch ─ redirects ─► ask_robots ─► wait_until_allowed (pauses, breaker) ─► turn (slots, pace) ─► Pool ─► Exchange ─► Reply

Each request goes to one real host's slots and pace (`pacing`), over connections that only reach vetted addresses
(`addresses`, `connections`), under a deadline for the whole exchange, into a body with caps; each redirect is a request
of its own. It fails as `FetchError` only.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Final, Self

from scraper.errors import FetchError
from scraper.fetch import robots as robots_txt
from scraper.fetch.addresses import AddressPolicy, Resolve, parse_allow_host, resolve
from scraper.fetch.pool import Connection, Origin, Pool, request_for
from scraper.fetch.protocol import Broken, Exchange
from scraper.fetch.proxy import parse_proxy
from scraper.fetch.response import (
    AT_ONCE,
    NOT_MODIFIED,
    REDIRECTS,
    Caps,
    Reply,
    Want,
    next_target,
    read_reply,
    request_headers,
)
from scraper.fetch.robots import Robots, parse_robots, product_token, robots_after
from scraper.fetch.settings import Secrets, Settings
from scraper.fetch.streams import Connect, connect, default_tls
from scraper.fetch.throttle import HostHealth, HostThrottle, PageBudget, Pause, real_names, seconds_to_wait
from scraper.types import Known, Page
from scraper.urls.canonical import DEFAULT_PORTS, host_port, normalize, site_of

__all__ = ["NOT_MODIFIED", "Fetcher", "Pause", "Secrets", "Settings", "Want", "seconds_to_wait"]

MAX_OPEN_HOSTS: Final = 100
"""Hosts whose idle connections are kept; of the others they are closed."""
NAME_AGE: Final = 60.0
"""Seconds for which the vetted addresses of a name are used before it is resolved again."""


@dataclass(slots=True)
class Host:
    """What is known of one scheme, host and port."""

    key: str
    origin: Origin
    standing: HostHealth
    pace: HostThrottle | None = None
    pool: Pool | None = None
    active: int = 0
    addresses: tuple[str, ...] = ()
    resolved_at: float = 0.0
    robots: Robots | None = None
    robots_at: float = 0.0
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Job:
    """One call of `fetch` on its way; `left` are the seconds of its deadline that it has not yet spent on the wire."""

    url: str
    want: Want
    known: Known | None
    secrets: Secrets | None
    first: str
    left: float


class Fetcher:
    """The client of one run. `clock` gives the time of day, `monotonic`, `sleep` and `chance` (0 to 1) the pace.

    No request starts while there is no `room`: how a crawl keeps pages from piling up. `asking` are the tasks whose
    request is under way; the others wait for their turn. `pauses` are hosts (as
    `urls.site_of` names them) that are left alone until a time.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        tls: Callable[[], ssl.SSLContext] = default_tls,
        pauses: Mapping[str, Pause | datetime] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self.monotonic = monotonic
        self.chance = chance
        self.connect = connect
        self.tls = tls
        self.agent = product_token(settings.user_agent)
        self.proxy = parse_proxy(settings.proxy)
        opened = frozenset(map(parse_allow_host, settings.allow_hosts))
        self.gate = AddressPolicy(settings.allow_private, opened, self.proxy is not None, resolve)
        self.delays = dict(settings.delays)
        self.hosts: dict[str, Host] = {}
        self.paces: dict[str, HostThrottle] = {}
        self.standings = {name: self.paused_standing(pause) for name, pause in (pauses or {}).items()}
        self.slots = asyncio.Semaphore(settings.concurrency)
        self.room = PageBudget(settings.pages_in_hand)
        self.asking: set[asyncio.Task[object] | None] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for host in self.hosts.values():
            if host.pool is not None:
                await host.pool.close()
        await asyncio.sleep(0)  # transports that were aborted close their sockets now

    # --- one page -------------------------------------------------------------------------------------------------

    async def fetch(
        self, url: str, *, known: Known | None = None, want: Want = "page", secrets: Secrets | None = None
    ) -> Page:
        """The page at a URL, after its redirects; of status 304 and empty when it is as `known` remembers it.

        Raises `FetchError`.
        """
        target = normalize(url)
        job = Job(url, want, known, secrets, target, self.settings.deadline)
        visited: set[str] = set()
        most = robots_txt.MAX_REDIRECTS if want == "robots" else self.settings.max_redirects
        while target not in visited and len(visited) <= most:
            visited.add(target)
            if want not in {"robots", "part"}:
                await self.ask_robots(target, url)
            reply = await self.request(job, target)
            if reply.status not in REDIRECTS:
                return self.page(job, target, reply)
            target = next_target(url, target, reply)
        raise FetchError(url, "redirects", f"redirected {len(visited)} times, at last to {target[:200]}")

    def page(self, job: Job, target: str, reply: Reply) -> Page:
        """The reply as a page."""
        if reply.status == NOT_MODIFIED and not (job.known and (job.known.etag or job.known.last_modified)):
            raise FetchError(job.url, "protocol", "304 to a request without conditions", status=NOT_MODIFIED)
        return Page(job.url, target, reply.status, reply.headers, reply.body, self.clock(), cut_short=reply.cut_short)

    # --- robots.txt -----------------------------------------------------------------------------------------------

    async def ask_robots(self, target: str, url: str) -> None:
        """Raises `FetchError` when robots.txt, or its absence, forbids an address."""
        robots = await self.robots(target, url)
        if robots.refusal:
            raise FetchError(url, *robots.refusal)
        if not robots.allows(target, self.agent):
            raise FetchError(url, "robots")

    async def robots(self, target: str, url: str = "") -> Robots:
        """The robots.txt for an address in normal form, asked for once, and again when it has grown old.

        Raises `FetchError` when it cannot be asked for now.
        """
        host = self.host(host_port(target))
        async with host.robots_lock:
            if host.robots is None or self.monotonic() - host.robots_at >= host.robots.lasts:
                host.robots = await self.read_robots(host, url or target)
                host.robots_at = self.monotonic()
                if host.pace is not None:
                    wanted = min(host.robots.delay(self.agent), self.settings.max_crawl_delay)
                    host.pace.delay = max(host.pace.delay, wanted)
        return host.robots

    async def sitemaps(self, target: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt for an address in normal form names.

        Raises `FetchError` when nothing may be asked for there.
        """
        robots = await self.robots(target)
        if robots.refusal:
            raise FetchError(target, *robots.refusal)
        return robots.sitemaps

    async def read_robots(self, host: Host, url: str) -> Robots:
        """A host's robots.txt, or what its absence means."""
        try:
            return parse_robots((await self.fetch(f"{host.key}/robots.txt", want="robots")).body)
        except FetchError as exc:
            if exc.kind == "paused":
                raise FetchError(url, "paused", exc.detail, retry_after=exc.retry_after) from exc
            return robots_after(exc, before=host.robots)

    # --- hosts ----------------------------------------------------------------------------------------------------

    def host(self, key: str) -> Host:
        """The record of a scheme, host and port, newest last."""
        host = self.hosts.pop(key, None) or self.new_host(key)
        self.hosts[key] = host
        return host

    def new_host(self, key: str) -> Host:
        """A record of a host that was not asked before."""
        scheme, _, authority = key.split("/", 2)
        name, _, port = (
            authority.rpartition(":") if not authority.endswith("]") and ":" in authority else (authority, "", "")
        )
        origin = Origin(scheme[:-1], name.strip("[]"), int(port or DEFAULT_PORTS[scheme[:-1]]))
        standing = self.standings.setdefault(site_of(key), HostHealth(self.settings.patience.retry_budget))
        return Host(key, origin, standing)

    async def addresses(self, host: Host) -> tuple[str, ...]:
        """The vetted addresses of a host. Raises `FetchError`."""
        now = self.monotonic()
        if not host.addresses or now - host.resolved_at > NAME_AGE:
            host.addresses = await self.gate.vetted(host.origin.host, host.origin.port)
            host.resolved_at = now
        return host.addresses

    async def pace(self, host: Host, job: Job) -> HostThrottle:
        """The pace of the real host behind a name. Raises `FetchError`."""
        if host.pace is not None:
            return host.pace
        try:
            async with asyncio.timeout(max(job.left, 0.0)):
                names = real_names(host.origin.host, await self.addresses(host))
        except TimeoutError as exc:
            raise FetchError(job.url, "timeout", f"{host.origin.host} did not resolve in time") from exc
        pace = next((self.paces[name] for name in names if name in self.paces), None) or self.new_pace()
        own = self.delays.get(host.origin.host, self.delays.get(names[0], self.settings.delay))
        pace.delay = max(pace.delay, own)
        self.paces.update(dict.fromkeys(names, pace))
        host.pace = pace
        return pace

    def new_pace(self) -> HostThrottle:
        """The pace of a real host that was not asked before."""
        return HostThrottle(asyncio.Semaphore(self.settings.per_host), 0.0, self.settings.patience.jitter)

    async def pool(self, host: Host) -> Pool:
        """The connections of a host. Those of the hosts that were idle longest are closed."""
        if host.pool is None:
            idle = [old for old in self.hosts.values() if old.pool is not None and old.active == 0]
            for old in idle[: max(0, len(idle) - MAX_OPEN_HOSTS)]:
                closing, old.pool = old.pool, None
                if closing is not None:
                    await closing.close()
        if host.pool is None:
            host.pool = Pool(
                host.origin,
                addresses=lambda: self.addresses(host),
                connect=self.connect,
                tls=self.secured,
                timeout=self.settings.connect_timeout,
                proxy=self.proxy,
            )
        return host.pool

    def secured(self) -> ssl.SSLContext:
        """The TLS to use."""
        tls = self.tls()
        tls.set_alpn_protocols(["h2", "http/1.1"] if self.settings.http2 else ["http/1.1"])
        return tls

    # --- pauses ---------------------------------------------------------------------------------------------------

    def pauses(self) -> dict[str, Pause]:
        """The hosts that are to be left alone for a while, as `urls.site_of` names them."""
        now, clock = self.monotonic(), self.clock()
        return {
            name: Pause(clock + timedelta(seconds=standing.until - now), standing.reason)
            for name, standing in self.standings.items()
            if standing.until > now
        }

    def paused_standing(self, pause: Pause | datetime) -> HostHealth:
        """The standing of a host that asked for a pause in an earlier run."""
        until, reason = (pause.until, pause.reason) if isinstance(pause, Pause) else (pause, "it asked for a pause")
        standing = HostHealth(self.settings.patience.retry_budget)
        standing.pause(self.monotonic() + (until - self.clock()).total_seconds(), reason)
        return standing

    @asynccontextmanager
    async def wait_until_allowed(self, host: Host, url: str) -> AsyncIterator[None]:
        """Waits out a short pause of the host; raises `FetchError` of kind `paused` for a long one.

        A host that kept failing is tried by one request at a time until it answers.
        """
        standing = host.standing
        trying = False
        try:
            while True:
                wait = standing.until - self.monotonic()
                if wait > self.settings.patience.max_wait:
                    raise FetchError(
                        url,
                        "paused",
                        f"{host.origin.host} is left alone for {wait:.0f} s: {standing.reason}",
                        retry_after=wait,
                    )
                if wait > 0:
                    await self.sleep(wait)
                elif standing.opened and not trying:
                    trying = await standing.probe.acquire()
                else:
                    break
            yield
        finally:
            if trying:
                standing.probe.release()

    # --- one request ----------------------------------------------------------------------------------------------

    async def request(self, job: Job, target: str) -> Reply:
        """The reply to a request, tried again when the host is only in trouble for a moment. Raises `FetchError`."""
        host = self.host(host_port(target))
        for attempt in count():
            async with self.wait_until_allowed(host, job.url):
                try:
                    reply = await self.exchange(host, job, target)
                except FetchError as exc:
                    own = exc.of(job.url)
                    again = host.standing.failed(
                        own,
                        patience=self.settings.patience,
                        attempt=attempt,
                        now=self.monotonic(),
                        chance=self.chance(),
                    )
                    if not again or job.left <= 0:
                        raise own from own.__cause__
                else:
                    host.standing.succeeded()
                    return reply
        raise AssertionError

    async def exchange(self, host: Host, job: Job, target: str) -> Reply:
        """Sends a request and reads what is wanted of its reply; once more when a kept connection turned out closed."""
        pace = await self.pace(host, job)
        async with pace.slots:
            host.active += 1
            try:
                reply = await self.send(host, pace, job, target, fresh=False)
                if reply is None:
                    reply = await self.send(host, pace, job, target, fresh=True)
            finally:
                host.active -= 1
        if reply is None:
            raise FetchError(job.url, "refused", "the server closed the connection")
        return reply

    async def send(self, host: Host, pace: HostThrottle, job: Job, target: str, *, fresh: bool) -> Reply | None:
        """One request on one connection, in its turn; None when the connection was an old one that was closed meanwhile."""
        waiting = job.want not in AT_ONCE
        started: float | None = None
        if waiting:
            await pace.gate.acquire()
        try:
            if waiting and (wait := pace.next_start - self.monotonic()) > 0:
                await self.sleep(wait)
            async with self.slots, self.room:
                started = self.monotonic()
                self.asking.add(asyncio.current_task())
                async with asyncio.timeout(max(job.left, 0.0)):
                    pool = await self.pool(host)
                    connection, kept = await pool.take(self.monotonic(), fresh=fresh)
                    pace.started(self.monotonic(), self.chance())
                    if waiting:
                        pace.gate.release()
                    waiting = False
                    return await self.converse(pool, connection, job, target, kept=kept and not fresh)
        except TimeoutError as exc:
            raise FetchError(job.url, "timeout") from exc
        finally:
            if waiting:
                pace.gate.release()
            if started is not None:
                job.left -= self.monotonic() - started
                self.asking.discard(asyncio.current_task())

    async def converse(self, pool: Pool, connection: Connection, job: Job, target: str, *, kept: bool) -> Reply | None:
        """A request and its reply on a connection that is given back."""
        secrets = job.secrets.rows(target, job.first) if job.secrets else ()
        headers = request_headers(self.settings.user_agent, job.want, job.known, secrets)
        try:
            exchange: Exchange = await connection.ask(request_for(target, headers, self.proxy), job.url)
        except Broken as exc:
            if kept and not exc.spoke:
                return None
            kind = "refused" if exc.closed and not exc.spoke else "protocol"
            raise FetchError(
                job.url, kind, f"the connection was closed early: {exc}" if exc.closed else str(exc)
            ) from exc
        caps = Caps(self.settings.max_wire, self.settings.max_bytes)
        try:
            return await read_reply(exchange, job.url, job.want, caps, self.clock)
        except Broken as exc:
            raise FetchError(job.url, "truncated", f"the body broke off: {exc}", status=exchange.head.status) from exc
        finally:
            await exchange.finish()
            await pool.give_back(connection, self.monotonic())
