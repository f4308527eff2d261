"""Politeness: when a host may be asked, how often at once, how long to wait after Retry-After or a failure.

Two things are kept apart:

- `HostThrottle` belongs to one real host under all its names: its requests are counted and spaced together.
- `HostHealth` belongs to one name and port: recent failures, pauses (Retry-After) and retries left. Other names on the
  same machine are not paused with it.

Nothing here sleeps or reads a clock. `now` is in monotonic seconds; results say how long to wait.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from scraper.errors import UNREACHABLE_KINDS, FetchError
from scraper.fetch.addresses import is_public
from scraper.types import MAX_PAUSE_SECONDS
from scraper.urls.variants import registrable_site

RETRY_STATUSES: Final = frozenset({429, 502, 503, 504})
"""Statuses that a retry may turn into a page (RFC 9110, 15.6; RFC 6585, 4)."""
STREAK_KEEPING_KINDS: Final = UNREACHABLE_KINDS - {"protocol"}
"""Kinds of failure that do not end a host's row of failures. A host that speaks invalid HTTP is up, so it ends the row."""
RETRY_SECONDS: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)[0-9]*\s*s?", re.IGNORECASE)
"""A number of seconds; of one without end, the first digits."""
FIRST_UNIX_TIME: Final = 1e9
"""From this number on, seconds are counted from 1970: no server asks for thirty years."""
MAX_DOUBLINGS: Final = 10
"""Limit on how often a wait is doubled, so that the power cannot overflow."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The time until which a host gets no requests, and the reason."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Retry and circuit-breaker policy for failing hosts. Times are in seconds.

    `retries` is per request; `retry_budget` is per host and run. After `breaker` consecutive failures a host is paused
    for `breaker_pause`, then a single request tries it. Each further failure doubles the pause. A pause up to
    `max_wait` is waited out; a longer one fails the request at once.
    """

    retries: int = 2
    retry_budget: int = 10
    backoff: float = 0.5
    jitter: float = 0.25
    max_wait: float = 60.0
    breaker: int = 8
    breaker_pause: float = 120.0


class PageBudget:
    """Limit on pages that are being fetched or wait for extraction. Requests get a place in the order of their arrival."""

    def __init__(self, places: int) -> None:
        self.free = places
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self.free > 0 and not self.waiting:
            self.free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def take(self) -> None:
        """Take a place without waiting, even if none is free: the page has already arrived."""
        self.free -= 1

    def release(self) -> None:
        """Give a place back, to the request that waits longest."""
        self.free += 1
        while self.waiting and self.free > 0:
            place = self.waiting.popleft()
            if not place.done():
                self.free -= 1
                place.set_result(None)


@dataclass(slots=True)
class HostThrottle:
    """Limits for the requests to one real host. The next request holds `start_lock` until it is sent."""

    slots: asyncio.Semaphore
    delay: float
    jitter: float
    start_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start: float = 0.0

    def note_start(self, now: float, chance: float) -> None:
        """Note that a request was sent. `chance` (0 to 1) picks the jitter added to `delay` before the next request."""
        self.next_start = max(self.next_start, now + self.delay * (1 + self.jitter * chance))


@dataclass(slots=True)
class HostHealth:
    """Behaviour of one host and port in this run. `trips` counts how often the circuit breaker paused the host."""

    retries_left: int
    failures: int = 0
    trips: int = 0
    paused_until: float = 0.0
    reason: str = ""
    probe: asyncio.Lock = field(default_factory=asyncio.Lock)

    def pause(self, until: float, reason: str) -> None:
        """Pause the host until a time; a pause is never shortened."""
        if until > self.paused_until:
            self.paused_until, self.reason = until, reason

    def note_success(self) -> None:
        """Note that the host answered."""
        self.failures = self.trips = 0

    def note_failure(
        self, exc: FetchError, *, retry_policy: RetryPolicy, attempt: int, now: float, chance: float
    ) -> bool:
        """Note a failure. Return whether to retry the request after `paused_until`."""
        if not is_temporary(exc):
            if exc.kind not in STREAK_KEEPING_KINDS:
                self.note_success()
            return False
        first = attempt == 0  # a request counts once, however often it is retried
        self.failures += first
        broken = self.failures >= retry_policy.breaker
        if broken and first:
            pause = min(retry_policy.breaker_pause * 2 ** min(self.trips, MAX_DOUBLINGS), MAX_PAUSE_SECONDS)
            self.trips += 1
            self.pause(now + pause, f"{self.failures} requests in a row failed, the last one: {exc.detail}")
        if exc.retry_after:
            self.pause(now + min(exc.retry_after, MAX_PAUSE_SECONDS), f"it answered {exc.status} with Retry-After")
        wait = self.paused_until - now
        if broken or attempt >= retry_policy.retries or self.retries_left <= 0 or wait > retry_policy.max_wait:
            return False
        self.retries_left -= 1
        backoff = retry_policy.backoff * 2 ** min(attempt, MAX_DOUBLINGS) * (1 + retry_policy.jitter * chance)
        self.pause(now + backoff, "a short wait after a failure")
        return True


def throttle_keys(host: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """Keys under which a real host's throttle is shared: its name without `www.`, and its publisher at each address.

    Two names are one host if they differ only in `www.`, or if one publisher has both on one address. Names of
    different publishers on one public address are customers of a content network: these are different hosts. On a
    private address all names are one host.

    >>> throttle_keys("www.news.example.com", ["93.184.216.34"]), throttle_keys("localhost", ["127.0.0.1"])
    (('news.example.com', 'example.com at 93.184.216.34'), ('localhost', ' at 127.0.0.1'))
    """
    name = host.removeprefix("www.")
    if all(address == host and not is_ip_address(address) for address in addresses):
        return (name,)  # behind a proxy nothing is resolved
    publisher = registrable_site(f"http://{host}/") if "." in host and not is_ip_address(host) else ""
    return (name, *(f"{publisher if is_public(address) else ''} at {address}" for address in addresses))


def is_ip_address(text: str) -> bool:
    """Whether a host is written as an IP address."""
    return ":" in text or text.replace(".", "").isdigit()


def is_temporary(exc: FetchError) -> bool:
    """Whether a failure is the host's, not the page's, and may be over soon."""
    if exc.kind == "status":
        return exc.status in RETRY_STATUSES
    if exc.kind == "dns":
        return isinstance(exc.__cause__, socket.gaierror) and exc.__cause__.errno == socket.EAI_AGAIN
    return exc.kind in {"refused", "timeout"}


def parse_retry_after(text: str, clock: Callable[[], datetime]) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3): a number or a date. 0 for anything else.

    Servers also write fractions, `120s`, the Unix time at which they will answer again, and dates of ISO 8601.
    """
    text = text.strip()
    if number := RETRY_SECONDS.fullmatch(text):
        seconds = float(number[1])
        return max(0.0, seconds - clock().timestamp()) if seconds >= FIRST_UNIX_TIME else seconds
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            at = read(text)
            return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - clock()).total_seconds())
    return 0.0
