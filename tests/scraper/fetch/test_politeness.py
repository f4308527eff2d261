"""Politeness as the server sees it, from its own log: how many at once, how soon after another, and what is never requested."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from scraper.errors import FetchError
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.throttle import RetryPolicy
from tests.support.loopback import Exchange, Route, Server, serving

DELAY = 0.05
PER_HOST = 2
PATHS = ("/1", "/2", "/private/3", "/gone", "/4?a", "/4?b", "/moved", "/broken", "/closing", "/5")
HTML = b"<html><body><p>Some words.</p></body></html>"


async def moved(exchange: Exchange) -> None:
    await exchange.send(b"", 302, Location="/private/x" if exchange.server.count("/moved") % 2 else "/1")


async def broken(exchange: Exchange) -> None:
    await exchange.send(b"", 503)


async def closing(exchange: Exchange) -> None:
    await exchange.send(HTML)
    exchange.hang_up()


async def slow(exchange: Exchange) -> None:
    await asyncio.sleep(0.2)
    await exchange.send(HTML)


ROUTES: dict[str, Route] = {
    "/1": slow,
    "/2": slow,
    "/4": HTML,
    "/5": slow,
    "/moved": moved,
    "/broken": broken,
    "/closing": closing,
    "/private/3": HTML,
    "/private/x": HTML,
}


@dataclass
class Lag:
    """Longest delay of this process's event loop. A server that reads late measures a shorter time between two requests."""

    worst: float = 0.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        while not self.stop.is_set():
            before = time.monotonic()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.monotonic() - before - 0.002)


@asynccontextmanager
async def lag() -> AsyncIterator[Lag]:
    watch = Lag()
    task = asyncio.create_task(watch.watch())
    try:
        yield watch
    finally:
        watch.stop.set()
        await task


async def asked(names: dict[str, list[str]], robots: str) -> tuple[list[list[Server]], float]:
    """The servers of each real host, after every path was requested under every name and port at once; and the lag.

    Each host has two ports; names are what resolves to it.
    """

    async def resolve(host: str, port: int) -> list[str]:
        return next(([address] for address, own in names.items() if host in (*own, address)), [])

    async with AsyncExitStack() as stack:
        hosts = [
            [
                await stack.enter_async_context(serving({**ROUTES, "/robots.txt": robots}, host=address))
                for _ in range(2)
            ]
            for address in names
        ]
        settings = Settings(
            user_agent="Test/1.0",
            delay=DELAY,
            per_host=PER_HOST,
            allow_private=True,
            retry_policy=RetryPolicy(backoff=0.01, breaker=1000),
        )
        client = await stack.enter_async_context(Fetcher(settings, clock=lambda: datetime.now(UTC), resolve=resolve))
        watch = await stack.enter_async_context(lag())
        urls = [
            f"http://{name}:{server.port}{path}"
            for servers, own in zip(hosts, names.values(), strict=True)
            for server in servers
            for name in own
            for path in PATHS
        ]

        async def one(url: str) -> None:
            with suppress(FetchError):
                await client.fetch(url)

        await asyncio.gather(*map(one, urls))
    return hosts, watch.worst


@pytest.mark.parametrize(
    ("robots", "delay"),
    [
        ("User-agent: *\nDisallow: /private/\n", DELAY),
        ("User-agent: *\nDisallow: /private/\nCrawl-delay: 0.08\n", 0.08),
    ],
)
def test_no_host_gets_too_many_too_early_or_forbidden_requests(robots: str, delay: float) -> None:
    names = {"127.7.0.1": ["one.test", "www.one.test"], "127.7.0.2": ["two.test"]}
    hosts, worst = asyncio.run(asked(names, robots))
    for servers, own in zip(hosts, names.values(), strict=True):
        starts = sorted(start for server in servers for start in server.starts[1:])
        assert len(starts) > len(PATHS) * len(own)
        gaps = [after - before for before, after in pairwise(starts)]
        assert min(gaps) >= delay - worst - 0.005, (min(gaps), worst)
        assert max(overlap(servers), *(server.peak for server in servers)) <= PER_HOST
        for server in servers:
            assert [path for path in server.seen if path.startswith("/private")] == []
            assert server.count("/robots.txt") == len(own)


def overlap(servers: list[Server]) -> int:
    """Largest number of requests in flight at once, over several servers."""
    moments = sorted(moment for server in servers for start, end in server.spans for moment in ((start, 1), (end, -1)))
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most
