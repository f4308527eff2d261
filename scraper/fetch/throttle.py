"""Politeness: when a host may be asked, how often at once, and when it is to be left alone.

Two things are kept apart. A `HostThrottle` belongs to a real host, whatever it is called: its requests are counted and spaced
together. A `HostHealth` belongs to a name and port: how it has answered lately, what it asked for (Retry-After), how often
it may be tried again; a neighbour on the same machine is not silenced with it.

Nothing here sleeps or looks at a clock: `now` is monotonic seconds, and what is given back is how long to wait.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from scraper.errors import FetchError
from scraper.fetch.addresses import is_public
from scraper.urls.variants import registrable_site

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses that another try may not repeat (RFC 9110, 15.6; RFC 6585, 4)."""
UNREACHED_KINDS: Final = frozenset({"dns", "tls", "private-address", "proxy", "paused"})
"""Kinds of failure that are not passing, and yet no answer of the host."""
MAX_PAUSE_SECONDS: Final = 86_400.0
"""Seconds; a host that asks for a year is asked again tomorrow."""
STEEPEST: Final = 10
"""Doublings of a wait at most."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when a host is left alone, and why."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How failing hosts are borne with. Times in seconds, `retries` for one request, `retry_budget` for a host and run.

    After `breaker` failures on end a host is left alone for `breaker_pause`, then one request tries it; each further
    failure doubles the pause. A pause up to `max_wait` is waited out, a longer one fails at once.
    """

    retries: int = 2
    retry_budget: int = 10
    backoff: float = 0.5
    jitter: float = 0.25
    max_wait: float = 60.0
    breaker: int = 8
    breaker_pause: float = 120.0


class PageBudget:
    """Places for so many pages, on the wire or in hand; requests wait for one in the order they came."""

    def __init__(self, places: int) -> None:
        self.free = places
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self.free > 0 and not self.waiting:
            self.free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def take(self) -> None:
        """Occupies a place at once, for a page that has come, though there be none."""
        self.free -= 1

    def release(self) -> None:
        """Gives a place up."""
        self.free += 1
        while self.waiting and self.free > 0:
            turn = self.waiting.popleft()
            if not turn.done():
                self.free -= 1
                turn.set_result(None)


@dataclass(slots=True)
class HostThrottle:
    """The requests to one real host. `gate` is held by the one that goes next, until it is on the wire."""

    slots: asyncio.Semaphore
    delay: float
    jitter: float
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start: float = 0.0

    def started(self, now: float, chance: float) -> None:
        """A request went out now; `chance` from 0 to 1 decides how much later than `delay` the next may."""
        self.next_start = max(self.next_start, now + self.delay * (1 + self.jitter * chance))


@dataclass(slots=True)
class HostHealth:
    """How one host and port has behaved in this run."""

    budget: int
    failures: int = 0
    opened: int = 0
    until: float = 0.0
    reason: str = ""
    probe: asyncio.Lock = field(default_factory=asyncio.Lock)

    def pause(self, until: float, reason: str) -> None:
        """Leaves the host alone until then, or longer when it is so already."""
        if until > self.until:
            self.until, self.reason = until, reason

    def succeeded(self) -> None:
        """It answered."""
        self.failures = self.opened = 0

    def failed(self, exc: FetchError, *, patience: RetryPolicy, attempt: int, now: float, chance: float) -> bool:
        """Notes a failure; whether to try again once `until` has come."""
        if not is_passing(exc):
            if exc.kind not in UNREACHED_KINDS:
                self.succeeded()
            return False
        first = attempt == 0  # a request counts once, however often it is tried
        self.failures += first
        tired = self.failures >= patience.breaker
        if tired and first:
            pause = min(patience.breaker_pause * 2 ** min(self.opened, STEEPEST), MAX_PAUSE_SECONDS)
            self.opened += 1
            self.pause(now + pause, f"{self.failures} requests failed on end, the last: {exc.detail}")
        if exc.retry_after:
            self.pause(now + min(exc.retry_after, MAX_PAUSE_SECONDS), f"it answered {exc.status} and asked for a pause")
        if tired or attempt >= patience.retries or self.budget <= 0 or self.until - now > patience.max_wait:
            return False
        self.budget -= 1
        wait = patience.backoff * 2 ** min(attempt, STEEPEST) * (1 + patience.jitter * chance)
        self.pause(now + wait, "it is given a moment after a failure")
        return True


def real_names(host: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """What one real host is known by: its name without `www.`, and each of its addresses, for its publisher.

    Two names are one host when they differ in `www.` only, whatever their scheme and port, or when a publisher has both on
    one address. Names of different publishers on one public address are a content network's customers, and not one host;
    on a private address everything is.

    >>> real_names("www.news.example.com", ["93.184.216.34"]), real_names("localhost", ["127.0.0.1"])
    (('news.example.com', 'example.com at 93.184.216.34'), ('localhost', ' at 127.0.0.1'))
    """
    name = host.removeprefix("www.")
    if all(address == host and not is_address(address) for address in addresses):
        return (name,)  # behind a proxy nothing is resolved
    publisher = registrable_site(f"http://{host}/") if "." in host and not is_address(host) else ""
    return (name, *(f"{publisher if is_public(address) else ''} at {address}" for address in addresses))


def is_address(text: str) -> bool:
    """Whether a host is an address."""
    return ":" in text or text.replace(".", "").isdigit()


def is_passing(exc: FetchError) -> bool:
    """Whether a failure says that the host, not the page, is in trouble, and may be over soon."""
    if exc.kind == "status":
        return exc.status in AGAIN
    if exc.kind == "dns":
        return isinstance(exc.__cause__, socket.gaierror) and exc.__cause__.errno == socket.EAI_AGAIN
    return exc.kind in {"refused", "timeout"}


def seconds_to_wait(text: str, clock: Callable[[], datetime]) -> float:
    """What a Retry-After asks for, in seconds (RFC 9110, 10.2.3); 0 when it does not say."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        at = parsedate_to_datetime(text)
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - clock()).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0
