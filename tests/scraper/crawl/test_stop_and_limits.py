"""The course of a crawl: parallel hosts, a slow caller, a stop, a caller that leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest

from scraper.crawl.crawler import MAX_PENDING_OUTCOMES, crawl
from scraper.crawl.worker_pool import ExtractPool
from scraper.types import Fetched, Known, Source
from tests.support.crawling import FAST, NOW, article, crawled, feed, nothing_known, outcomes_of
from tests.support.loopback import Route, Server, serving


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractPool]:
    with ExtractPool(1) as pool:
        yield pool


def test_a_stopped_crawl_sends_no_more_requests_and_returns_the_pages_in_flight(pool: ExtractPool) -> None:
    async def run() -> tuple[list[str], list[str]]:
        names = [f"/{n}" for n in range(30)]
        async with serving({name: article(name) for name in names} | {"/feed": feed(*names)}, latency=0.02) as server:
            stop, urls = asyncio.Event(), []
            async for outcome in crawl(
                [Source("s", "feed", (server.url("/feed"),))],
                settings=replace(FAST, max_pending_pages=8),
                known=nothing_known,
                pool=pool,
                clock=lambda: NOW,
                stop=stop,
            ):
                if isinstance(outcome, Fetched):
                    urls.append(outcome.link.url.removeprefix(server.base))
                    stop.set()
            return urls, server.seen[2:]

    urls, asked = asyncio.run(run())
    assert sorted(urls) == sorted(asked)
    assert 1 <= len(urls) < 30


def test_sites_are_fetched_in_parallel_within_their_limits(pool: ExtractPool) -> None:
    async def run() -> list[Server]:
        routes: dict[str, Route] = {f"/{n}": article(str(n)) for n in range(6)} | {
            "/feed": feed(*(f"/{n}" for n in range(6)))
        }
        async with serving(routes, latency=0.02) as one, serving(routes, latency=0.02, host="127.0.0.2") as two:
            sources = [Source(server.host, "feed", (server.url("/feed"),)) for server in (one, two)]
            await outcomes_of(sources, pool)
            return [one, two]

    one, two = asyncio.run(run())
    assert one.peak <= FAST.per_host
    assert two.peak <= FAST.per_host
    assert (one.count("/robots.txt"), two.count("/robots.txt")) == (1, 1)
    assert max(one.starts[0], two.starts[0]) < min(one.starts[-1], two.starts[-1])


def test_a_slow_caller_slows_the_fetching(pool: ExtractPool) -> None:
    async def run() -> int:
        names = [f"/{n}" for n in range(150)]
        async with serving({name: article(name) for name in names} | {"/feed": feed(*names)}) as server:
            sources = [Source("s", "feed", (server.url("/feed"),))]
            outcomes = crawl(sources, settings=FAST, known=nothing_known, pool=pool, clock=lambda: NOW)
            async with aclosing(outcomes):
                await anext(outcomes)
                before = -1
                while before != len(server.seen):
                    before = len(server.seen)
                    await asyncio.sleep(0.5)
                return before

    in_workers = 2 * 1
    assert asyncio.run(run()) <= 2 + 1 + MAX_PENDING_OUTCOMES + in_workers + FAST.max_pending_pages + FAST.per_host


def test_no_task_runs_on_after_the_caller_leaves(pool: ExtractPool) -> None:
    async def run() -> tuple[int, int]:
        names = [f"/{n}" for n in range(60)]
        async with serving({name: article(name) for name in names} | {"/feed": feed(*names)}) as server:
            before = asyncio.all_tasks()
            outcomes = crawl(
                [Source("s", "feed", (server.url("/feed"),))],
                settings=FAST,
                known=nothing_known,
                pool=pool,
                clock=lambda: NOW,
            )
            async with aclosing(outcomes):
                await anext(outcomes)
            own = {task for task in asyncio.all_tasks() - before if "connected" not in repr(task.get_coro())}
            return len(own), len(server.seen)

    left, seen = asyncio.run(run())
    assert left == 0
    assert seen < 60


def test_an_exception_of_the_caller_is_raised_unchanged(pool: ExtractPool) -> None:
    def broken(urls: Sequence[str]) -> dict[str, Known]:
        raise ZeroDivisionError("in the archive")

    with pytest.raises(ZeroDivisionError, match="in the archive"):
        crawled({"/feed": feed("/one")}, [("feed", "/feed"), ("feed", "/feed2")], pool, known=broken)
