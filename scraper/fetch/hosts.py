"""Hosts of one run: their throttles, health, robots.txt and addresses.

A host is one scheme, name and port. Hosts that are one machine of one publisher share a `HostThrottle`; the http and
https side of one name share a `HostHealth` (see `throttle`).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from scraper.errors import FetchError
from scraper.fetch.addresses import AddressPolicy, Resolve, parse_allow_host
from scraper.fetch.robots import Robots
from scraper.fetch.settings import Settings
from scraper.fetch.throttle import HostHealth, HostThrottle, Pause, throttle_keys
from scraper.urls.canonical import DEFAULT_PORTS, site_of

MAX_ADDRESS_AGE_SECONDS: Final = 60.0
"""Time for which the vetted addresses of a name are used before the name is resolved again."""


@dataclass(slots=True)
class Host:
    """State of one scheme, name (without brackets) and port."""

    key: str
    name: str
    port: int
    health: HostHealth
    throttle: HostThrottle | None = None
    robots: Robots | None = None
    robots_at: float = 0.0
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """All hosts of one run. `pauses` come from earlier runs, by the names of `urls.site_of`.

    If `resolves_names` is false, a proxy or a transport of the caller's resolves them.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
        resolve: Resolve,
        resolves_names: bool,
        pauses: Mapping[str, Pause],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self.monotonic = monotonic
        allowed = frozenset(map(parse_allow_host, settings.allow_hosts))
        self.address_policy = AddressPolicy(settings.allow_private, allowed, resolves_names, resolve)
        self.delays = dict(settings.delays)
        self.hosts: dict[str, Host] = {}
        self.resolved: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}
        self.throttles: dict[str, HostThrottle] = {}
        self.health = {name: self.paused_health(pause) for name, pause in pauses.items()}

    def get(self, key: str) -> Host:
        """Return the host with a key such as `https://news.example`."""
        if key not in self.hosts:
            self.hosts[key] = self.new_host(key)
        return self.hosts[key]

    def new_host(self, key: str) -> Host:
        """Return the state of a host that was not asked before."""
        parts = urlsplit(key)
        health = self.health.setdefault(site_of(key), self.new_health())
        return Host(key, parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme], health)

    def new_health(self) -> HostHealth:
        """Return the health of a host that has not failed."""
        return HostHealth(self.settings.retry_policy.retry_budget)

    async def addresses(self, name: str, port: int) -> tuple[str, ...]:
        """Return the vetted addresses of a host. Raises `FetchError`."""
        now = self.monotonic()
        at, addresses = self.resolved.get((name, port), (-math.inf, ()))
        if now - at > MAX_ADDRESS_AGE_SECONDS:
            addresses = await self.address_policy.vetted(name, port)
            self.resolved[name, port] = now, addresses
        return addresses

    async def throttle(self, host: Host) -> HostThrottle:
        """Return the throttle of the real host behind a name, after resolving the name. Raises `FetchError`."""
        if host.throttle is not None:
            return host.throttle
        keys = throttle_keys(host.name, await self.addresses(host.name, host.port))
        throttle = next((self.throttles[key] for key in keys if key in self.throttles), None) or self.new_throttle()
        own_delay = self.delays.get(host.name, self.delays.get(keys[0], self.settings.delay))
        throttle.delay = max(throttle.delay, own_delay)
        self.throttles.update(dict.fromkeys(keys, throttle))
        host.throttle = throttle
        return throttle

    def new_throttle(self) -> HostThrottle:
        """Return the throttle of a real host that was not asked before."""
        return HostThrottle(asyncio.Semaphore(self.settings.per_host), 0.0, self.settings.retry_policy.jitter)

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
                    detail = f"{host.name} is paused for {wait:,.0f} s: {health.reason}"
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
