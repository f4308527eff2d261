"""A crawl whose transport fails in every way that httpx knows: each link gets its outcome, and the run finishes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
import respx

from scraper.crawl.crawler import Crawl
from scraper.crawl.history import History, no_waiting_links
from scraper.crawl.worker_pool import ExtractPool
from scraper.fetch.browser import Renderer
from scraper.fetch.client import Fetcher
from scraper.fetch.throttle import RetryPolicy
from scraper.types import Failure, Fetched, Outcome, Source, SourceRead
from tests.support.crawling import FAST, article, nothing_known

SITE = "https://site.example"
FAILURES = (httpx.ReadTimeout, httpx.CloseError, httpx.ProxyError, httpx.DecodingError, httpx.InvalidURL, TimeoutError)


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractPool]:
    with ExtractPool(1) as pool:
        yield pool


async def broken_off() -> AsyncIterator[bytes]:
    yield article("broken").encode()
    raise httpx.RemoteProtocolError("the peer closed the connection")


def failing_site() -> respx.Router:
    """A site on which one page is whole; its feed is not."""
    router = respx.Router()
    router.get(f"{SITE}/robots.txt").respond(404)
    router.get(f"{SITE}/feed").mock(side_effect=httpx.PoolTimeout)
    for failure in FAILURES:
        router.get(f"{SITE}/{failure.__name__}").mock(side_effect=lambda request, raised=failure: throw(raised("x")))
    router.get(f"{SITE}/broken").mock(side_effect=lambda request: httpx.Response(200, content=broken_off()))
    router.get(f"{SITE}/status").respond(10**30)
    router.get(f"{SITE}/whole").respond(html=article("whole"))
    return router


def throw(failure: Exception) -> httpx.Response:
    raise failure


async def outcomes_over(router: respx.Router, sources: list[Source], pool: ExtractPool) -> list[Outcome]:
    """The outcomes of a crawl over a router."""
    transport = httpx.MockTransport(router.async_handler)
    settings = replace(FAST, retry_policy=RetryPolicy(retries=0))
    async with Fetcher(settings, transport=transport) as fetcher, Renderer(fetcher) as renderer:
        crawl = Crawl(sources, fetcher, renderer, pool, History(nothing_known, no_waiting_links), None, asyncio.Event())
        driver = asyncio.create_task(crawl.drive())
        outcomes = []
        while (outcome := await crawl.outcomes.get()) is not None:
            outcomes.append(outcome)
        await driver
        assert crawl.failure is None
        return outcomes


def test_a_crawl_finishes_whatever_its_transport_raises(pool: ExtractPool) -> None:
    names = [*(failure.__name__ for failure in FAILURES), "broken", "status", "whole"]
    sources = [
        Source("feed", "feed", (f"{SITE}/feed",)),
        Source("pages", "urls", tuple(f"{SITE}/{name}" for name in names)),
    ]
    outcomes = asyncio.run(outcomes_over(failing_site(), sources, pool))
    failures = {
        outcome.link.url.removeprefix(f"{SITE}/"): outcome.kind for outcome in outcomes if isinstance(outcome, Failure)
    }
    assert failures == {
        "feed": "timeout",
        "ReadTimeout": "timeout",
        "CloseError": "refused",
        "ProxyError": "proxy",
        "DecodingError": "decode",
        "InvalidURL": "url",
        "TimeoutError": "timeout",
        "broken": "truncated",
        "status": "protocol",
    }
    assert [outcome.link.url for outcome in outcomes if isinstance(outcome, Fetched)] == [f"{SITE}/whole"]
    assert [outcome.source for outcome in outcomes if isinstance(outcome, SourceRead)] == ["pages"]
