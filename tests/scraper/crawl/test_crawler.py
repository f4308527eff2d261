"""Whole crawls over real loopback sites with real workers: every link and source gets one outcome, whatever the others do."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from scraper.crawl.crawler import MAX_PENDING_OUTCOMES, crawl
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import is_wanted
from scraper.fetch.client import Settings
from scraper.types import Extraction, Failure, Fetched, Known, Link, Outcome, Page, Source, SourceRead, Unchanged
from tests.support.loopback import Exchange, Route, Server, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAST = Settings(user_agent="Test/1.0", delay=0, allow_private=True, deadline=10)
SENTENCES = "The council met on Tuesday and voted to repair the old bridge before winter. Work on the {} pier begins next month, said the mayor. "


def article(name: str) -> str:
    """A page that holds an article."""
    paragraphs = "".join(
        f"<p>{SENTENCES.format(name)}It is the {count} time.</p>" for count in ("first", "second", "third", "fourth")
    )
    return f"<!DOCTYPE html><html><head><title>Bridge {name}</title></head><body><article><h1>Bridge {name}</h1>{paragraphs}</article></body></html>"


def feed(*paths: str, dates: Mapping[str, datetime] | None = None) -> str:
    """An RSS feed that names paths of its own server."""
    stamp = {path: f"<pubDate>{format_datetime(at)}</pubDate>" for path, at in (dates or {}).items()}
    return (
        "<rss><channel>"
        + "".join(f"<item><link>{path}</link>{stamp.get(path, '')}</item>" for path in paths)
        + "</channel></rss>"
    )


def tagged(body: str, etag: str = '"1"') -> Any:
    """A route with an ETag that answers 304 to it."""

    async def route(exchange: Exchange) -> None:
        same = exchange.headers.get("if-none-match") == etag
        await exchange.send("" if same else body, 304 if same else 200, ETag=etag)

    return route


def status(code: int) -> Any:
    async def route(exchange: Exchange) -> None:
        await exchange.send("", code)

    return route


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


def nothing_known(urls: Sequence[str]) -> dict[str, Known]:
    return {}


async def outcomes_of(sources: Sequence[Source], pool: ExtractPool, **kwargs: Any) -> list[Outcome]:
    options = {"settings": FAST, "known": nothing_known, "clock": lambda: NOW} | kwargs
    return [outcome async for outcome in crawl(sources, pool=pool, **options)]


def crawled(
    routes: Mapping[str, Route], sources: Sequence[tuple[str, str]], pool: ExtractPool, **kwargs: Any
) -> tuple[list[Outcome], Server]:
    """The outcomes of sources (kind and path, named by their path) of one server."""

    async def run() -> tuple[list[Outcome], Server]:
        async with serving(routes) as server:
            rows = [Source(path, kind, (server.url(path),)) for kind, path in sources]  # type: ignore[arg-type]
            return await outcomes_of(rows, pool, **kwargs), server

    return asyncio.run(run())


def reads(outcomes: Sequence[Outcome]) -> dict[str, SourceRead]:
    return {outcome.source: outcome for outcome in outcomes if isinstance(outcome, SourceRead)}


def paths(outcomes: Sequence[Outcome], kind: type[Outcome], server: Server) -> list[str]:
    return [
        outcome.link.url.removeprefix(server.base)
        for outcome in outcomes
        if isinstance(outcome, kind) and not isinstance(outcome, SourceRead)
    ]


def test_each_kind_of_source_gives_its_articles_and_each_page_is_fetched_once(pool: ExtractPool) -> None:
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


def test_what_goes_wrong_with_one_link_is_its_own_outcome(pool: ExtractPool) -> None:
    async def picture(exchange: Exchange) -> None:
        await exchange.send(b"\x89PNG", kind="image/png")

    routes: dict[str, Route] = {
        "/good": article("good"),
        "/error": status(500),
        "/picture": picture,
        "/crash": article("crash"),
        "/nothing": "<html><body></body></html>",
    }
    routes["/feed"] = feed(
        "/good",
        "/error",
        "/gone",
        "/private/x",
        "/picture",
        "/crash",
        "/nothing",
        "http://127.0.0.1:1/dead",
        "/also-good",
    )
    routes["/also-good"] = article("also good")
    outcomes, server = crawled(
        routes, [("feed", "/feed"), ("feed", "/none"), ("feed", "/good"), ("sitemap", "/nothing")], pool
    )
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    of_links = {
        outcome.link.url.removeprefix(server.base): (outcome.kind, outcome.status)
        for outcome in failed
        if outcome.link.source == "/feed"
    }
    of_sources = {
        outcome.link.source: (outcome.kind, outcome.status) for outcome in failed if outcome.link.source != "/feed"
    }
    assert sorted(paths(outcomes, Fetched, server)) == ["/also-good", "/good", "/nothing"]
    assert [
        outcome.link.url.removeprefix(server.base)
        for outcome in outcomes
        if isinstance(outcome, Fetched) and outcome.extraction.article is None
    ] == ["/nothing"]
    assert of_links == {
        "/error": ("status", 500),
        "/gone": ("status", 404),
        "/private/x": ("robots", 0),
        "/picture": ("type", 200),
        "/crash": ("extract-crashed", 0),
        "http://127.0.0.1:1/dead": ("refused", 0),
    }
    assert of_sources == {"/none": ("status", 404), "/good": ("parse", 0), "/nothing": ("parse", 0)}
    assert server.count("/private/x") == 0
    assert set(reads(outcomes)) == {"/feed"}


def test_a_source_is_told_of_before_any_of_its_links_and_brings_those_that_are_new(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {f"/{name}{n}": article(f"{name}{n}") for name in "ab" for n in range(8)}
    routes |= {"/a": feed(*(f"/a{n}" for n in range(8))), "/b": feed(*(f"/b{n}" for n in range(8)), "/missing")}
    outcomes, server = crawled(
        routes,
        [("feed", "/a"), ("feed", "/b")],
        pool,
        known=lambda urls: {url: Known() for url in urls if url.endswith("/a3")},
    )
    told: set[str] = set()
    for outcome in outcomes:
        if isinstance(outcome, SourceRead):
            told.add(outcome.source)
        else:
            assert outcome.link.source in told
    assert [link.url.removeprefix(server.base) for link in reads(outcomes)["/a"].links] == [
        f"/a{n}" for n in range(8) if n != 3
    ]
    assert len(reads(outcomes)["/b"].links) == 9


def test_a_second_run_asks_conditionally_and_gets_no_body(pool: ExtractPool) -> None:
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


def test_a_feed_is_remembered_with_every_link_that_the_cap_leaves_out(pool: ExtractPool) -> None:
    outcomes, server = crawled(
        {**VALIDATED, "/feed": tagged(feed("/one", "/two"))}, [("feed", "/feed")], pool, max_pages=1
    )
    read = reads(outcomes)["/feed"]
    assert read.validators == ((server.url("/feed"), Known('"1"', "", NOW)),)
    assert [link.url for link in read.links] == [server.url("/one"), server.url("/two")]
    assert len(paths(outcomes, Fetched, server)) == 1


def test_links_that_waited_are_asked_for_though_the_feed_did_not_change_or_failed(pool: ExtractPool) -> None:
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


def test_a_crawl_that_is_told_to_stop_asks_for_nothing_more_and_brings_what_is_on_its_way(pool: ExtractPool) -> None:
    async def run() -> tuple[list[str], list[str]]:
        names = [f"/{n}" for n in range(30)]
        async with serving({name: article(name) for name in names} | {"/feed": feed(*names)}, latency=0.02) as server:
            stop, had = asyncio.Event(), []
            async for outcome in crawl(
                [Source("s", "feed", (server.url("/feed"),))],
                settings=FAST,
                known=nothing_known,
                pool=pool,
                clock=lambda: NOW,
                stop=stop,
            ):
                if isinstance(outcome, Fetched):
                    had.append(outcome.link.url.removeprefix(server.base))
                    stop.set()
            return had, server.seen[2:]

    had, asked = asyncio.run(run())
    assert sorted(had) == sorted(asked)
    assert 1 <= len(had) < 30


def test_a_feed_that_did_not_change_is_read_without_links(pool: ExtractPool) -> None:
    outcomes, server = crawled(
        {"/feed": tagged(feed("/one"))},
        [("feed", "/feed")],
        pool,
        known=lambda urls: dict.fromkeys(urls, Known('"1"', "", NOW)),
    )
    assert outcomes == [SourceRead("/feed", 0, 0)]
    assert server.seen == ["/robots.txt", "/feed"]


def test_a_page_that_is_not_due_is_left_alone(pool: ExtractPool) -> None:
    def known(urls: Sequence[str]) -> dict[str, Known]:
        return {url: Known('"1"', "", NOW, due=url.endswith("/two")) for url in urls if not url.endswith("/feed")}

    outcomes, server = crawled({**VALIDATED, "/feed": feed("/one", "/two")}, [("feed", "/feed")], pool, known=known)
    assert (server.count("/one"), server.count("/two")) == (0, 1)
    assert (reads(outcomes)["/feed"].found, reads(outcomes)["/feed"].wanted) == (2, 1)


def test_new_pages_come_first_and_of_those_the_newest(pool: ExtractPool) -> None:
    names = ["/old", "/new", "/undated", "/known"]
    dates = {"/old": NOW - timedelta(days=2), "/new": NOW, "/known": NOW + timedelta(days=1)}
    routes: dict[str, Route] = {name: article(name) for name in names} | {"/feed": feed(*names, dates=dates)}
    settings = replace(FAST, per_host=1)
    known = {"/known": Known('"1"', "", NOW)}
    _, server = crawled(
        routes,
        [("feed", "/feed")],
        pool,
        settings=settings,
        known=lambda urls: {url: value for url in urls for path, value in known.items() if url.endswith(path)},
    )
    assert server.seen[2:] == ["/new", "/old", "/undated", "/known"]


def test_caps_bound_a_source_and_a_run(pool: ExtractPool) -> None:
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


def test_sites_are_fetched_side_by_side_each_within_its_limit(pool: ExtractPool) -> None:
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


def test_a_caller_that_leaves_early_leaves_nothing_running(pool: ExtractPool) -> None:
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


def test_an_error_of_the_caller_comes_back_as_itself(pool: ExtractPool) -> None:
    def broken(urls: Sequence[str]) -> dict[str, Known]:
        raise ZeroDivisionError("in the archive")

    with pytest.raises(ZeroDivisionError, match="in the archive"):
        crawled({"/feed": feed("/one")}, [("feed", "/feed"), ("feed", "/feed2")], pool, known=broken)


def test_an_index_of_sitemaps_is_read_though_one_is_broken_and_is_itself_not_remembered(pool: ExtractPool) -> None:
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
def test_a_source_takes_what_it_includes_and_not_what_it_excludes(
    include: tuple[str, ...], exclude: tuple[str, ...], url: str, wanted: bool
) -> None:
    assert is_wanted(Source("s", "feed", ("https://news.test/",), include, exclude), Link(url, "s")) is wanted
