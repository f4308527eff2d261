"""Links of a run: new, due, changed or waiting ones, their order and their limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import is_wanted
from scraper.types import Failure, Fetched, Known, Link, Outcome, Source, SourceRead, Unchanged
from tests.support.crawling import FAST, NOW, article, crawled, feed, outcomes_of, paths, reads, tagged
from tests.support.loopback import Route, Server, serving
from tests.support.news_server import status


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractPool]:
    with ExtractPool(1) as pool:
        yield pool


def test_a_second_run_fetches_conditionally_and_gets_no_body(pool: ExtractPool) -> None:
    async def run() -> tuple[list[Outcome], list[Outcome], Server]:
        async with serving(
            {"/one": tagged(article("one")), "/two": tagged(article("two")), "/feed": feed("/one", "/two")}
        ) as server:
            source = [Source("s", "feed", (server.url("/feed"),))]
            first = await outcomes_of(source, pool)
            known = {
                outcome.link.url: Known(outcome.page.header("etag"), "", NOW)
                for outcome in first
                if isinstance(outcome, Fetched)
            }
            return (
                first,
                await outcomes_of(source, pool, known=lambda urls: {url: known[url] for url in urls if url in known}),
                server,
            )

    first, second, server = asyncio.run(run())
    assert sorted(paths(first, Fetched, server)) == sorted(paths(second, Unchanged, server)) == ["/one", "/two"]
    assert not paths(second, Fetched, server)


VALIDATED = {"/one": article("one"), "/two": article("two")}


def test_a_feed_is_reported_with_the_links_beyond_the_page_limit(pool: ExtractPool) -> None:
    outcomes, server = crawled(
        {**VALIDATED, "/feed": tagged(feed("/one", "/two"))}, [("feed", "/feed")], pool, max_pages=1
    )
    read = reads(outcomes)["/feed"]
    assert read.validators == ((server.url("/feed"), Known('"1"', "", NOW)),)
    assert [link.url for link in read.links] == [server.url("/one"), server.url("/two")]
    assert len(paths(outcomes, Fetched, server)) == 1


def test_waiting_links_are_fetched_even_if_the_feed_is_unchanged_or_fails(pool: ExtractPool) -> None:
    def known(urls: Sequence[str]) -> dict[str, Known]:
        return {url: Known('"1"', "", NOW) for url in urls if url.endswith(("/feed", "/two"))}

    async def run(routes: dict[str, Route]) -> tuple[list[Outcome], Server]:
        async with serving({"/one": tagged(article("one")), "/two": tagged(article("two")), **routes}) as server:
            waits = [Link(server.url(path), "s") for path in ("/two", "/one", "/video/three")]
            source = Source("s", "feed", (server.url("/feed"),), exclude=("/video/",))
            return await outcomes_of([source], pool, known=known, waiting=lambda source: waits), server

    outcomes, server = asyncio.run(run({"/feed": tagged(feed("/one"))}))
    assert server.seen[1:] == ["/feed", "/one", "/two"]
    assert (paths(outcomes, Fetched, server), paths(outcomes, Unchanged, server)) == (["/one"], ["/two"])
    assert (reads(outcomes)["s"].found, reads(outcomes)["s"].wanted) == (0, 2)
    outcomes, server = asyncio.run(run({"/feed": status(500)}))
    assert (paths(outcomes, Fetched, server), paths(outcomes, Failure, server)) == (["/one"], ["/feed"])
    assert next(outcome for outcome in outcomes if isinstance(outcome, Failure)).of_source


def test_an_unchanged_feed_brings_no_links(pool: ExtractPool) -> None:
    outcomes, server = crawled(
        {"/feed": tagged(feed("/one"))},
        [("feed", "/feed")],
        pool,
        known=lambda urls: dict.fromkeys(urls, Known('"1"', "", NOW)),
    )
    assert outcomes == [SourceRead("/feed", 0, 0, answered=(server.url("/feed"),))]
    assert server.seen == ["/robots.txt", "/feed"]


def test_a_page_that_is_not_due_is_skipped(pool: ExtractPool) -> None:
    def known(urls: Sequence[str]) -> dict[str, Known]:
        return {url: Known('"1"', "", NOW, due=url.endswith("/two")) for url in urls if not url.endswith("/feed")}

    outcomes, server = crawled({**VALIDATED, "/feed": feed("/one", "/two")}, [("feed", "/feed")], pool, known=known)
    assert (server.count("/one"), server.count("/two")) == (0, 1)
    assert (reads(outcomes)["/feed"].found, reads(outcomes)["/feed"].wanted) == (2, 1)


def test_new_pages_come_first_newest_first_and_a_date_in_the_future_is_no_date(pool: ExtractPool) -> None:
    names = ["/old", "/planned", "/new", "/undated", "/known"]
    dates = {"/old": NOW - timedelta(days=2), "/planned": NOW + timedelta(days=2), "/new": NOW, "/known": NOW}
    routes: dict[str, Route] = {name: article(name) for name in names} | {"/feed": feed(*names, dates=dates)}
    settings = replace(FAST, per_host=1)
    known = {"/known": Known('"1"', "", NOW)}
    outcomes, server = crawled(
        routes,
        [("feed", "/feed")],
        pool,
        settings=settings,
        known=lambda urls: {url: value for url in urls for path, value in known.items() if url.endswith(path)},
    )
    assert server.seen[2:] == ["/new", "/old", "/planned", "/undated", "/known"]
    articles = [outcome.extraction.article for outcome in outcomes if isinstance(outcome, Fetched)]
    assert [article.published for article in articles if article] == [NOW, dates["/old"], None, None, NOW]


def test_page_limits_apply_to_a_source_and_to_a_run(pool: ExtractPool) -> None:
    async def run() -> tuple[Server, list[Outcome]]:
        routes: dict[str, Route] = {f"/{name}{n}": article(f"{name}{n}") for name in "ab" for n in range(9)}
        routes |= {name: feed(*(f"{name}{n}" for n in range(9))) for name in ("/a", "/b")}
        async with serving(routes) as server:
            sources = [Source(name, "feed", (server.url(name),), max_pages=4) for name in ("/a", "/b")]
            return server, await outcomes_of(sources, pool, max_pages=6)

    server, outcomes = asyncio.run(run())
    assert len(paths(outcomes, Fetched, server)) == 6
    assert all(
        1 <= sum(path.startswith(name) for path in paths(outcomes, Fetched, server)) <= 4 for name in ("/a", "/b")
    )
    assert {read.wanted for read in reads(outcomes).values()} == {4}


def test_a_sitemap_index_is_read_despite_a_broken_sitemap_and_its_validators_are_not_kept(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {
        "/map": tagged(
            "<sitemapindex><sitemap><loc>/bad</loc></sitemap><sitemap><loc>/good</loc></sitemap></sitemapindex>"
        ),
        "/good": tagged("<urlset><url><loc>/one</loc></url></urlset>"),
        "/bad": "<html>",
        "/one": article("one"),
    }
    outcomes, server = crawled(routes, [("sitemap", "/map")], pool)
    assert (paths(outcomes, Failure, server), paths(outcomes, Fetched, server)) == (["/bad"], ["/one"])
    assert [url for url, _ in reads(outcomes)["/map"].validators] == [server.url("/good")]


@pytest.mark.parametrize(
    ("include", "exclude", "url", "wanted"),
    [
        ((), (), "https://news.test/a", True),
        (("/news/", "/sport/"), (), "https://news.test/sport/a", True),
        (("/news/",), (), "https://news.test/sport/a", False),
        (("/news/",), ("/video",), "https://news.test/news/video", False),
    ],
)
def test_include_and_exclude_patterns_select_links(
    include: tuple[str, ...], exclude: tuple[str, ...], url: str, wanted: bool
) -> None:
    assert is_wanted(Source("s", "feed", ("https://news.test/",), include, exclude), Link(url, "s")) is wanted
