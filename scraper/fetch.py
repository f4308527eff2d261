"""Fetching: one polite client that no server can hang, fill, or turn inward.

Each request goes to one host's slots and pace, through connections that only reach vetted addresses, under a deadline
for the whole exchange, into a body with caps; each redirect is a request of its own. It fails as `FetchError` only.

It stands on httpcore, the engine of httpx, with one pool a host: httpx's single pool looks at every connection for
every request, which cost 3 ms a page at 40 hosts against 1 ms.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import urljoin

import httpcore
import httpx

from scraper import robots as robots_txt
from scraper.addresses import Resolve, VettingBackend, resolve
from scraper.content import Body, is_html_type, looks_binary
from scraper.decoders import ACCEPT_ENCODING
from scraper.errors import FetchError
from scraper.robots import Robots, parse_robots, product_token, robots_after
from scraper.sources import USER_AGENT
from scraper.types import Known, Page
from scraper.urls import host_port, normalize

Want = Literal["page", "feed", "robots"]
"""What is asked for: only a page is held to HTML, only robots.txt needs no permission and may be cut."""

NOT_MODIFIED: Final = 304
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MOST_OPEN_HOSTS: Final = 100
"""Hosts whose idle connections are kept; of the others they are closed."""
DRAIN: Final = 16_384
"""Bytes of an unwanted body that are read to keep its connection."""
ACCEPT: Final[dict[Want, str]] = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "feed": "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5",
    "robots": "text/plain,*/*;q=0.1",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fetch. Times in seconds; `delay` is between the starts of two requests to one host."""

    user_agent: str = USER_AGENT
    delay: float = 1.0
    per_host: int = 2
    allow_private: bool = False
    deadline: float = 60.0
    connect_timeout: float = 15.0
    max_bytes: int = 20_000_000
    max_wire: int = 20_000_000
    max_redirects: int = 10
    concurrency: int = 64
    max_crawl_delay: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: the body is empty for a redirect and a 304."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(slots=True)
class Host:
    """What one scheme, host and port is being asked, and how."""

    slots: asyncio.Semaphore
    delay: float
    next_start: float = 0.0
    active: int = 0
    pool: httpcore.AsyncConnectionPool | None = None
    robots: Robots | None = None
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fetcher:
    """The client of one run. `clock` gives the time of day, `monotonic` and `sleep` the pace.

    While `room` is cleared, no new request starts: how a crawl keeps pages from piling up.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        resolve: Resolve = resolve,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self.monotonic = monotonic
        self.agent = product_token(settings.user_agent)
        self.backend = VettingBackend(allow_private=settings.allow_private, resolve=resolve)
        self.hosts: dict[str, Host] = {}
        self.slots = asyncio.Semaphore(settings.concurrency)
        self.room = asyncio.Event()
        self.room.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        for host in self.hosts.values():
            if host.pool is not None:
                await host.pool.aclose()

    async def fetch(self, url: str, *, known: Known | None = None, want: Want = "page") -> Page:
        """The page at a URL, after its redirects; of status 304 and empty when it is as `known` remembers it.

        Raises `FetchError`.
        """
        target = normalize(url)
        left = self.settings.deadline
        visited: set[str] = set()
        most = robots_txt.MAX_REDIRECTS if want == "robots" else self.settings.max_redirects
        while target not in visited and len(visited) <= most:
            visited.add(target)
            if want != "robots":
                await self.ask_robots(target, url)
            answer, spent = await self.request(url, target, self.headers(want, known), want=want, left=left)
            left -= spent
            if answer.status not in REDIRECTS:
                return self.page(url, target, answer, known)
            target = next_target(url, target, answer)
        raise FetchError(url, "redirects", f"redirected {len(visited)} times, at last to {target[:200]}")

    def page(self, url: str, target: str, answer: Answer, known: Known | None) -> Page:
        """The answer as a page."""
        if answer.status == NOT_MODIFIED and not (known and (known.etag or known.last_modified)):
            raise FetchError(url, "protocol", "304 to a request without conditions", status=NOT_MODIFIED)
        return Page(url, target, answer.status, answer.headers, answer.body, self.clock())

    def headers(self, want: Want, known: Known | None) -> list[tuple[bytes, bytes]]:
        """Request headers, without Host."""
        rows = {
            "User-Agent": self.settings.user_agent,
            "Accept": ACCEPT[want],
            "Accept-Encoding": ACCEPT_ENCODING,
            "If-None-Match": known.etag if known else "",
            "If-Modified-Since": known.last_modified if known else "",
        }
        return [(name.encode(), value.encode()) for name, value in rows.items() if value and value.isascii() and value.isprintable()]

    async def ask_robots(self, target: str, url: str) -> None:
        """Raises `FetchError` when robots.txt, or its absence, forbids an address. Asks each host once."""
        key = host_port(target)
        host = self.host(key)
        async with host.robots_lock:
            if host.robots is None:
                host.robots = await self.read_robots(key)
                host.delay = max(host.delay, min(host.robots.delay(self.agent), self.settings.max_crawl_delay))
        if host.robots.refusal:
            raise FetchError(url, *host.robots.refusal)
        if not host.robots.allows(target, self.agent):
            raise FetchError(url, "robots")

    async def read_robots(self, key: str) -> Robots:
        """A host's robots.txt, or what its absence means."""
        try:
            return parse_robots((await self.fetch(f"{key}/robots.txt", want="robots")).body)
        except FetchError as exc:
            return robots_after(exc)

    def host(self, key: str) -> Host:
        """The record of a host, newest last."""
        host = self.hosts.pop(key, None) or Host(asyncio.Semaphore(self.settings.per_host), self.settings.delay)
        self.hosts[key] = host
        return host

    async def request(
        self, url: str, target: str, headers: list[tuple[bytes, bytes]], *, want: Want, left: float
    ) -> tuple[Answer, float]:
        """The answer to one request, and the seconds it took once it had its turn."""
        host = self.host(host_port(target))
        async with host.slots, self.turn(host):
            started = self.monotonic()
            try:
                async with asyncio.timeout(max(left, 0.0)):
                    answer = await self.exchange(host, url, target, headers, want)
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError, FetchError) as exc:
                raise error_of(exc, url, answered=False) from exc
            return answer, self.monotonic() - started

    @asynccontextmanager
    async def turn(self, host: Host) -> AsyncIterator[None]:
        """Waits for the host's pace, then for a free place among all requests."""
        await self.keep_pace(host)
        host.active += 1
        try:
            async with self.slots:
                await self.room.wait()
                yield
        finally:
            host.active -= 1

    async def keep_pace(self, host: Host) -> None:
        """Waits until the host may be asked again."""
        now = self.monotonic()
        start = max(now, host.next_start)
        host.next_start = start + host.delay
        if start > now:
            await self.sleep(start - now)

    async def exchange(self, host: Host, url: str, target: str, headers: list[tuple[bytes, bytes]], want: Want) -> Answer:
        """Sends a request and reads what is wanted of its answer; once more when a kept connection turned out closed."""
        pool = await self.pool(host)
        kept = bool(pool.connections)
        try:
            return await self.send(pool, url, target, headers, want)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            if not kept:
                raise
        await self.keep_pace(host)
        return await self.send(pool, url, target, headers, want)

    async def send(self, pool: httpcore.AsyncConnectionPool, url: str, target: str, headers: list[tuple[bytes, bytes]], want: Want) -> Answer:
        """One request on a connection."""
        host = (b"Host", target.split("/", 3)[2].encode())
        # well before the deadline: a handshake that is cancelled from outside leaves its socket open
        connect = min(self.settings.connect_timeout, self.settings.deadline / 2)
        limits = {"timeout": {"connect": connect}}
        async with pool.stream("GET", target.encode(), headers=[host, *headers], extensions=limits) as response:
            rows = tuple((name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in response.headers)
            answer = Answer(response.status, rows, b"")
            stream = response.aiter_stream()
            try:
                if answer.status == NOT_MODIFIED or answer.status in REDIRECTS or answer.status >= 400:
                    await drain(answer, stream)
                check_status(answer, url, self.clock)
                if answer.status == NOT_MODIFIED or answer.status in REDIRECTS:
                    return answer
                return Answer(answer.status, rows, await self.read(answer, url, stream, want))
            except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
                raise error_of(exc, url, answered=True) from exc

    async def read(self, answer: Answer, url: str, stream: AsyncIterator[bytes], want: Want) -> bytes:
        """The decoded body, within the caps and of the type that is wanted."""
        if want == "page" and not is_html_type(answer.header("content-type")):
            raise FetchError(url, "type", f"the content is {answer.header('content-type')[:80]}, not HTML", status=answer.status)
        cut = want == "robots"
        max_bytes = robots_txt.MAX_BYTES if cut else self.settings.max_bytes
        length = answer.header("content-length")
        if not cut and length.isdecimal() and int(length[:20]) > self.settings.max_wire:
            raise FetchError(url, "too-large", f"the body is {int(length[:20]):,} bytes long")
        encodings = ", ".join(value for name, value in answer.headers if name == "content-encoding")
        body = Body(url, encodings, max_wire=self.settings.max_wire, max_bytes=max_bytes, cut=cut)
        async for chunk in stream:
            body.add(chunk)
            if body.full:
                break
        whole = body.finish()
        if want == "page" and looks_binary(whole):
            raise FetchError(url, "type", "the content is binary, though it is called HTML", status=answer.status)
        return whole

    async def pool(self, host: Host) -> httpcore.AsyncConnectionPool:
        """The connections of a host. Those of the hosts that were idle longest are closed."""
        if host.pool is None:
            idle = [old for old in self.hosts.values() if old.pool is not None and old.active == 0]
            for old in idle[: max(0, len(idle) - MOST_OPEN_HOSTS)]:
                closing, old.pool = old.pool, None
                if closing is not None:
                    await closing.aclose()
        if host.pool is None:
            host.pool = httpcore.AsyncConnectionPool(tls(), max_connections=None, network_backend=self.backend, keepalive_expiry=15.0)
        return host.pool


@cache
def tls() -> ssl.SSLContext:
    """TLS with verification, by certifi's roots; making one costs 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


async def drain(answer: Answer, stream: AsyncIterator[bytes]) -> None:
    """Reads a short body that nobody wants, so that its connection can serve again.

    A 304 has none, whatever length it names (RFC 9110, 15.4.5): its end is read.
    """
    length = answer.header("content-length")
    if answer.status == NOT_MODIFIED or (length.isdecimal() and int(length[:20]) <= DRAIN):
        async for _ in stream:
            pass


def check_status(answer: Answer, url: str, clock: Callable[[], datetime]) -> None:
    """Raises `FetchError` unless an answer is a body, a redirect or a 304."""
    if answer.status in REDIRECTS or answer.status == NOT_MODIFIED or (200 <= answer.status < 300 and answer.status != 206):
        return
    wait = seconds_to_wait(answer.header("retry-after"), clock)
    raise FetchError(url, "status", f"the server answered {answer.status}", status=answer.status, retry_after=wait)


def seconds_to_wait(text: str, clock: Callable[[], datetime]) -> float:
    """What a Retry-After asks for, in seconds (RFC 9110, 10.2.3); 0 when it does not say."""
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - clock()).total_seconds())


def next_target(url: str, target: str, answer: Answer) -> str:
    """Where a redirect leads, in normal form. Raises `FetchError`: of kind `redirects` when it leads nowhere."""
    location = answer.header("location")
    if not location:
        raise FetchError(url, "redirects", f"{answer.status} without a Location", status=answer.status)
    try:
        raw = location.encode("latin-1").decode("utf-8", "replace")
        return normalize(urljoin(target, raw))
    except (FetchError, ValueError) as exc:
        raise FetchError(url, "redirects", f"redirected to {location[:200]!r}, which is no web address", status=answer.status) from exc


def error_of(exc: Exception, url: str, *, answered: bool) -> FetchError:
    """Any failure of an exchange as ours. `answered`: the headers had come."""
    if isinstance(exc, FetchError):
        return exc if exc.url == url else FetchError(url, exc.kind, exc.detail, status=exc.status)
    if isinstance(exc, (TimeoutError, httpcore.TimeoutException)):
        return FetchError(url, "timeout")
    if any(isinstance(cause, ssl.SSLError) for cause in causes(exc)):
        return FetchError(url, "tls", f"the TLS connection could not be verified: {exc}")
    text = str(exc) or type(exc).__name__
    if answered:
        return FetchError(url, "truncated", f"the body broke off: {text}")
    if isinstance(exc, httpcore.ProtocolError) and "too long" in text:
        return FetchError(url, "too-large", "the headers are too long")
    if isinstance(exc, httpcore.ProtocolError) and "disconnected" not in text:
        return FetchError(url, "protocol", text)
    return FetchError(url, "refused", f"the connection was refused, reset or closed early: {text}")


def causes(exc: BaseException | None) -> list[BaseException]:
    """An exception and those it came from."""
    found: list[BaseException] = []
    while exc is not None and exc not in found:
        found.append(exc)
        exc = exc.__cause__ or exc.__context__
    return found
