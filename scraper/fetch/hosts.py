"""Hosts of one run: their throttles, health, robots.txt, addresses and connections.

A host is one scheme, name and port. Hosts that are one machine of one publisher share a `HostThrottle`; the http and
https side of one name share a `HostHealth` (see `throttle`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from scraper.errors import FetchError
from scraper.fetch.addresses import AddressPolicy, Resolve, parse_allow_host
from scraper.fetch.pool import Origin, Pool
from scraper.fetch.proxy import parse_proxy
from scraper.fetch.robots import Robots
from scraper.fetch.settings import Settings
from scraper.fetch.streams import Connect
from scraper.fetch.throttle import HostHealth, HostThrottle, Pause, throttle_keys
from scraper.urls.canonical import DEFAULT_PORTS, site_of

MAX_IDLE_HOSTS: Final = 100
"""Number of idle hosts whose connections are kept open."""
MAX_ADDRESS_AGE_SECONDS: Final = 60.0
"""Time for which the vetted addresses of a name are used before the name is resolved again."""


@dataclass(slots=True)
class Host:
    """State of one scheme, name and port. `active` counts its requests in flight."""

    key: str
    origin: Origin
    health: HostHealth
    throttle: HostThrottle | None = None
    pool: Pool | None = None
    active: int = 0
    addresses: tuple[str, ...] = ()
    resolved_at: float = 0.0
    robots: Robots | None = None
    robots_at: float = 0.0
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """All hosts of one run. `pauses` come from earlier runs, by the names of `urls.site_of`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
        resolve: Resolve,
        connect: Connect,
        tls: Callable[[], ssl.SSLContext],
        pauses: Mapping[str, Pause],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self.monotonic = monotonic
        self.connect = connect
        self.tls = tls
        self.proxy = parse_proxy(settings.proxy)
        allowed = frozenset(map(parse_allow_host, settings.allow_hosts))
        self.address_policy = AddressPolicy(settings.allow_private, allowed, self.proxy is not None, resolve)
        self.delays = dict(settings.delays)
        self.hosts: dict[str, Host] = {}
        self.throttles: dict[str, HostThrottle] = {}
        self.health = {name: self.paused_health(pause) for name, pause in pauses.items()}

    def get(self, key: str) -> Host:
        """Return the host with a key such as `https://news.example`, and move it to the end of the idle order."""
        host = self.hosts.pop(key, None) or self.new_host(key)
        self.hosts[key] = host
        return host

    def new_host(self, key: str) -> Host:
        """Return the state of a host that was not asked before."""
        scheme, _, authority = key.split("/", 2)
        name, _, port = (
            authority.rpartition(":") if not authority.endswith("]") and ":" in authority else (authority, "", "")
        )
        origin = Origin(scheme[:-1], name.strip("[]"), int(port or DEFAULT_PORTS[scheme[:-1]]))
        return Host(key, origin, self.health.setdefault(site_of(key), self.new_health()))

    def new_health(self) -> HostHealth:
        """Return the health of a host that has not failed."""
        return HostHealth(self.settings.retry_policy.retry_budget)

    async def addresses(self, host: Host) -> tuple[str, ...]:
        """Return the vetted addresses of a host. Raises `FetchError`."""
        now = self.monotonic()
        if not host.addresses or now - host.resolved_at > MAX_ADDRESS_AGE_SECONDS:
            host.addresses = await self.address_policy.vetted(host.origin.host, host.origin.port)
            host.resolved_at = now
        return host.addresses

    async def throttle(self, host: Host) -> HostThrottle:
        """Return the throttle of the real host behind a name, after resolving the name. Raises `FetchError`."""
        if host.throttle is not None:
            return host.throttle
        keys = throttle_keys(host.origin.host, await self.addresses(host))
        throttle = next((self.throttles[key] for key in keys if key in self.throttles), None) or self.new_throttle()
        own_delay = self.delays.get(host.origin.host, self.delays.get(keys[0], self.settings.delay))
        throttle.delay = max(throttle.delay, own_delay)
        self.throttles.update(dict.fromkeys(keys, throttle))
        host.throttle = throttle
        return throttle

    def new_throttle(self) -> HostThrottle:
        """Return the throttle of a real host that was not asked before."""
        return HostThrottle(asyncio.Semaphore(self.settings.per_host), 0.0, self.settings.retry_policy.jitter)

    async def pool(self, host: Host) -> Pool:
        """Return the connections of a host; close the connections of the hosts that were idle longest."""
        if host.pool is None:
            idle = [old for old in self.hosts.values() if old.pool is not None and old.active == 0]
            for old in idle[: max(0, len(idle) - MAX_IDLE_HOSTS)]:
                closing, old.pool = old.pool, None
                if closing is not None:
                    await closing.close()
        if host.pool is None:
            host.pool = Pool(
                host.origin,
                addresses=lambda: self.addresses(host),
                connect=self.connect,
                tls=self.tls_context,
                timeout=self.settings.connect_timeout,
                proxy=self.proxy,
            )
        return host.pool

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS settings, with the HTTP versions that may be negotiated."""
        context = self.tls()
        context.set_alpn_protocols(["h2", "http/1.1"] if self.settings.http2 else ["http/1.1"])
        return context

    async def close(self) -> None:
        """Close all connections."""
        for host in self.hosts.values():
            if host.pool is not None:
                await host.pool.close()

    def pauses(self) -> dict[str, Pause]:
        """Return the hosts that are paused now, by the names of `urls.site_of`."""
        now, clock = self.monotonic(), self.clock()
        return {
            name: Pause(clock + timedelta(seconds=health.paused_until - now), health.reason)
            for name, health in self.health.items()
            if health.paused_until > now
        }

    def paused_health(self, pause: Pause) -> HostHealth:
        """Return the health of a host that an earlier run paused."""
        health = self.new_health()
        health.pause(self.monotonic() + (pause.until - self.clock()).total_seconds(), pause.reason)
        return health

    @asynccontextmanager
    async def wait_until_allowed(self, host: Host, url: str) -> AsyncIterator[None]:
        """Wait out a short pause of the host. Raises `FetchError` of kind `paused` for a long pause.

        A host that kept failing is tried by one request at a time until it answers.
        """
        health = host.health
        probing = False
        try:
            while True:
                wait = health.paused_until - self.monotonic()
                if wait > self.settings.retry_policy.max_wait:
                    detail = f"{host.origin.host} is paused for {wait:,.0f} s: {health.reason}"
                    raise FetchError(url, "paused", detail, retry_after=wait)
                if wait > 0:
                    await self.sleep(wait)
                elif health.trips and not probing:
                    probing = await health.probe.acquire()
                else:
                    break
            yield
        finally:
            if probing:
                health.probe.release()
