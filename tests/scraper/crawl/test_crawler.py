"""Outcomes of a crawl: every link and source gets exactly one, even if others fail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence

import pytest

from scraper.crawl.worker_pool import ExtractPool
from scraper.types import Extraction, Failure, Fetched, Known, Outcome, Page, SourceRead
from tests.support.crawling import article, crawled, feed, paths, reads
from tests.support.loopback import Exchange, Route, Server
from tests.support.news_server import status


class FragilePool(ExtractPool):
    """The real pool, in which the worker dies over some pages."""

    async def extract(self, page: Page) -> Extraction:
        if "crash" in page.url:
            await self.run(die, page)
        return await super().extract(page)


def die(page: Page) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractPool]:
    with FragilePool(1) as pool:
        yield pool


def test_each_kind_of_source_brings_its_articles_and_each_page_is_fetched_once(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {
        f"/2026/03/{name}-of-the-bridge": article(name) for name in ("repair", "collapse", "history", "cost")
    }
    repair, collapse, history, cost = routes
    routes |= {
        "/feed": feed(repair, collapse + "?utm_source=rss", repair),
        "/map": "<sitemapindex><sitemap><loc>/map-1</loc></sitemap></sitemapindex>",
        "/map-1": f"<urlset><url><loc>{collapse}</loc></url><url><loc>{history}</loc></url></urlset>",
        "/section": f"<html><h2><a href='{cost}'>What the repair of the bridge costs</a></h2></html>",
    }
    outcomes, server = crawled(
        routes, [("feed", "/feed"), ("sitemap", "/map"), ("section", "/section"), ("urls", repair)], pool
    )
    assert sorted(paths(outcomes, Fetched, server)) == sorted([repair, collapse, history, cost])
    assert max(server.count(path) for path in server.seen) == 1
    fetched = next(outcome for outcome in outcomes if isinstance(outcome, Fetched) and outcome.link.url.endswith(cost))
    assert fetched.extraction.article is not None
    assert fetched.extraction.article.title == "Bridge cost"
    assert {name: read.found for name, read in reads(outcomes).items()} == {
        "/feed": 2,
        "/map": 2,
        "/section": 1,
        repair: 1,
    }
    assert sum(read.wanted for read in reads(outcomes).values()) == 4


async def picture(exchange: Exchange) -> None:
    await exchange.send(b"\x89PNG", kind="image/png")


FAULTY: dict[str, Route] = {
    "/good": article("good"),
    "/error": status(500),
    "/picture": picture,
    "/crash": article("crash"),
    "/nothing": "<html><body></body></html>",
    "/also-good": article("also good"),
}
"""Pages of which some cannot be fetched or extracted."""


def failures(outcomes: Sequence[Outcome], server: Server) -> dict[str, tuple[str, int]]:
    """The kind and status of each failure, by path or URL."""
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    return {outcome.link.url.removeprefix(server.base): (outcome.kind, outcome.status) for outcome in failed}


def test_a_failed_link_is_its_own_outcome_and_stops_no_other(pool: ExtractPool) -> None:
    missing = ("/gone", "/private/x", "http://127.0.0.1:1/dead")
    routes = FAULTY | {"/feed": feed(*FAULTY, *missing)}
    outcomes, server = crawled(routes, [("feed", "/feed")], pool)
    assert sorted(paths(outcomes, Fetched, server)) == ["/also-good", "/good", "/nothing"]
    empty = [outcome for outcome in outcomes if isinstance(outcome, Fetched) and outcome.extraction.article is None]
    assert paths(empty, Fetched, server) == ["/nothing"]
    assert failures(outcomes, server) == {
        "/error": ("status", 500),
        "/gone": ("status", 404),
        "/private/x": ("robots", 0),
        "/picture": ("type", 200),
        "/crash": ("extract-crashed", 0),
        "http://127.0.0.1:1/dead": ("refused", 0),
    }
    assert server.count("/private/x") == 0


def test_a_failed_source_is_its_own_outcome_and_stops_no_other(pool: ExtractPool) -> None:
    sources = [("feed", "/feed"), ("feed", "/none"), ("feed", "/good"), ("sitemap", "/nothing")]
    outcomes, server = crawled(FAULTY | {"/feed": feed("/also-good")}, sources, pool)
    assert failures(outcomes, server) == {"/none": ("status", 404), "/good": ("parse", 0), "/nothing": ("parse", 0)}
    assert set(reads(outcomes)) == {"/feed"}
    assert paths(outcomes, Fetched, server) == ["/also-good"]


def test_a_source_is_reported_with_its_new_links_before_their_outcomes(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {f"/{name}{n}": article(f"{name}{n}") for name in "ab" for n in range(8)}
    routes |= {"/a": feed(*(f"/a{n}" for n in range(8))), "/b": feed(*(f"/b{n}" for n in range(8)), "/missing")}
    outcomes, server = crawled(
        routes,
        [("feed", "/a"), ("feed", "/b")],
        pool,
        known=lambda urls: {url: Known() for url in urls if url.endswith("/a3")},
    )
    reported: set[str] = set()
    for outcome in outcomes:
        if isinstance(outcome, SourceRead):
            reported.add(outcome.source)
        else:
            assert outcome.link.source in reported
    assert [link.url.removeprefix(server.base) for link in reads(outcomes)["/a"].links] == [
        f"/a{n}" for n in range(8) if n != 3
    ]
    assert len(reads(outcomes)["/b"].links) == 9
