"""Sources followed over loopback: home page to feed, robots.txt to sitemaps, indexes, section pages; articles in parts,
texts of feeds, pages with signals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.crawl.crawler import crawl
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import SITEMAP_PATHS, is_wanted
from scraper.discovery.times import parse_time
from scraper.fetch.client import Settings
from scraper.types import Failure, Fetched, Known, Link, Outcome, Source, SourceRead
from tests.support.loopback import Exchange, Route, Server, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAST = Settings(user_agent="Test/1.0", delay=0, allow_private=True, deadline=10)
SENTENCE = "The council met on {} and voted to repair the old bridge of {} before winter, for work on the pier begins next month, said the mayor."


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractPool]:
    with ExtractPool(1) as pool:
        yield pool


def story(name: str, *, head: str = "", tail: str = "") -> str:
    """A page that holds an article of four paragraphs."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday")
    text = "".join(f"<p>{SENTENCE.format(day, name)}</p>" for day in days)
    return f"<!DOCTYPE html><html><head><title>Bridge of {name}</title>{head}</head><body><article><h1>Bridge of {name}</h1>{text}</article>{tail}</body></html>"


def urlset(*rows: str) -> str:
    return "<urlset>" + "".join(f"<url>{row}</url>" for row in rows) + "</urlset>"


def loc(path: str, day: str = "") -> str:
    return f"<loc>{path}</loc>" + (f"<lastmod>{day}</lastmod>" if day else "")


def followed(routes: Mapping[str, Route], pool: ExtractPool, **source: Any) -> tuple[list[Outcome], Server]:
    """The outcomes of one source of a server; its `path` stands for its URL."""
    path, known = source.pop("path"), source.pop("known", lambda urls: {})

    async def run() -> tuple[list[Outcome], Server]:
        async with serving(by_path(routes)) as server:
            one = Source("s", urls=(server.url(path),), **source)
            return [
                outcome async for outcome in crawl([one], settings=FAST, known=known, pool=pool, clock=lambda: NOW)
            ], server

    return asyncio.run(run())


def by_path(routes: Mapping[str, Route]) -> dict[str, Route]:
    """Routes by path alone, of which those with a query are chosen by it."""
    queries = [address.partition("?")[0] for address in routes if "?" in address]

    async def choose(exchange: Exchange) -> None:
        await exchange.send(str(routes[exchange.path]))

    return {**routes, **dict.fromkeys(queries, choose)}


def fetched(outcomes: Sequence[Outcome], server: Server) -> list[str]:
    return [outcome.link.url.removeprefix(server.base) for outcome in outcomes if isinstance(outcome, Fetched)]


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.kind for outcome in outcomes if isinstance(outcome, Failure)]


FEED = "<rss><channel><item><link>/2026/03/storm-hits-coast</link></item></channel></rss>"
HOME = """<!doctype html><html><head><link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="alternate" hreflang="de" href="/de"><link rel="alternate" type="application/rss+xml" title="News" href="/feed"></head></html>"""


def test_a_home_page_leads_to_its_announced_feed(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {"/": HOME, "/feed": FEED, "/2026/03/storm-hits-coast": story("Storm")}
    outcomes, server = followed(routes, pool, kind="feed", path="/")
    assert fetched(outcomes, server) == ["/2026/03/storm-hits-coast"]
    assert "/comments/feed" not in server.seen


def test_a_home_page_without_a_feed_is_an_error_with_a_remedy(pool: ExtractPool) -> None:
    outcomes, _ = followed({"/": "<!doctype html><html><body>Hello</body></html>"}, pool, kind="feed", path="/")
    (failure,) = outcomes
    assert isinstance(failure, Failure)
    assert (failure.kind, 'kind = "section"' in failure.detail) == ("parse", True)


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"])
def test_a_site_without_robots_txt_leads_to_the_first_usual_sitemap(pool: ExtractPool, path: str) -> None:
    routes: dict[str, Route] = {path: urlset(loc("/one-new-story")), "/one-new-story": story("One")}
    outcomes, server = followed(routes, pool, kind="sitemap", path="/")
    assert fetched(outcomes, server) == ["/one-new-story"]
    assert failures(outcomes) == []
    asked = [seen for seen in server.seen if "sitemap" in seen]
    assert asked == [*SITEMAP_PATHS[: SITEMAP_PATHS.index(path)], path]


def test_a_site_without_a_sitemap_fails_with_the_first_path_and_one_in_trouble_is_asked_once(pool: ExtractPool) -> None:
    outcomes, server = followed({}, pool, kind="sitemap", path="/")
    assert failures(outcomes) == ["status"]
    assert [seen for seen in server.seen if "sitemap" in seen] == list(SITEMAP_PATHS)

    async def busy(exchange: Exchange) -> None:
        await exchange.send("busy", 500)

    outcomes, server = followed({"/sitemap.xml": busy}, pool, kind="sitemap", path="/")
    assert failures(outcomes) == ["status"]
    assert [seen for seen in server.seen if "sitemap" in seen] == ["/sitemap.xml"]


def test_a_site_leads_to_the_sitemaps_of_its_robots_txt_each_read_once(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {
        "/robots.txt": "User-agent: *\nDisallow: /private/\nSitemap: /index.xml\nSitemap: /list.txt\nSitemap: /private/map.xml\n",
        "/index.xml": f"<sitemapindex><sitemap>{loc('/deeper.xml')}</sitemap><sitemap>{loc('/index.xml')}</sitemap></sitemapindex>",
        "/deeper.xml": f"<sitemapindex><sitemap>{loc('/a.xml')}</sitemap></sitemapindex>",
        "/a.xml": urlset(loc("/one-old-story", "2026-01-01"), loc("/two-new-story", "2026-02-28")),
        "/one-old-story": story("One"), "/two-new-story": story("Two"), "/three-more-story": story("Three"),
    }  # fmt: skip

    async def plain(exchange: Exchange) -> None:
        await exchange.send(f"http://{exchange.headers['host']}/three-more-story\n", kind="text/plain")

    outcomes, server = followed(routes | {"/list.txt": plain}, pool, kind="sitemap", path="/")
    assert sorted(fetched(outcomes, server)) == ["/one-old-story", "/three-more-story", "/two-new-story"]
    assert failures(outcomes) == ["robots"]
    assert max(server.count(path) for path in server.seen) == 1
    stories = [path for path in server.seen if "story" in path]
    assert stories.index("/two-new-story") < stories.index("/one-old-story")


def test_endlessly_nested_indexes_are_cut_off(pool: ExtractPool) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.send(
            f"<sitemapindex><sitemap>{loc(exchange.path + '0')}</sitemap><sitemap>{loc(exchange.path + '1')}</sitemap></sitemapindex>"
        )

    routes: dict[str, Route] = {"/m" + format(n, "b"): endless for n in range(1, 200)}
    outcomes, server = followed(routes, pool, kind="sitemap", path="/m1")
    assert [type(outcome) for outcome in outcomes] == [SourceRead]
    assert sum(path.startswith("/m") for path in server.seen) == 1 + 2 + 4 + 8


@pytest.mark.parametrize(
    ("dated", "wanted"),
    [
        ("2026-02-14T12:29:59Z", False),
        ("2026-02-14T12:30:00Z", True),
        ("2026-02-14", True),
        ("2026-02-13", False),
        ("", True),
    ],
    ids=["a second too old", "just in time", "that day", "the day before", "no date"],
)
def test_a_date_without_a_time_counts_until_the_end_of_its_day(dated: str, wanted: bool) -> None:
    source = Source("s", "feed", ("https://news.test/feed",), since=datetime(2026, 2, 14, 12, 30, tzinfo=UTC))
    assert is_wanted(source, Link("https://news.test/a", "s", published=parse_time(dated))) is wanted


def test_since_skips_old_links_and_old_sitemaps(pool: ExtractPool) -> None:
    routes: dict[str, Route] = {
        "/index.xml": f"<sitemapindex><sitemap>{loc('/old.xml', '2026-01-01')}</sitemap><sitemap>{loc('/new.xml', '2026-03-01')}</sitemap></sitemapindex>",
        "/new.xml": urlset(loc("/old-story", "2026-02-01"), loc("/new-story", "2026-02-28"), loc("/undated-story")),
        "/new-story": story("New"), "/undated-story": story("Undated"),
    }  # fmt: skip
    outcomes, server = followed(
        routes, pool, kind="sitemap", path="/index.xml", since=datetime(2026, 2, 15, tzinfo=UTC)
    )
    assert sorted(fetched(outcomes, server)) == ["/new-story", "/undated-story"]
    assert "/old.xml" not in server.seen


def section(*slugs: str, following: str = "") -> str:
    rows = "".join(f'<li><h3><a href="/2026/03/{slug}">All there is to tell of {slug}</a></h3></li>' for slug in slugs)
    return f"<html><body><ul>{rows}</ul>{following}</body></html>"


PAGES: dict[str, Route] = {
    "/news": section("one", "two", following='<a href="/news?page=2">2</a>'),
    "/news?page=2": section("three", following='<a rel="next" href="/news?page=3">older</a>'),
    "/news?page=3": section("four", following='<a rel="next" href="/news?page=4">older</a>'),
    "/news?page=4": section("five", following='<a rel="next" href="/news">older</a>'),
    **{f"/2026/03/{name}": story(name) for name in ("one", "two", "three", "four", "five")},
}


@pytest.mark.parametrize(("pages", "found"), [(1, 2), (3, 4), (9, 5)])
def test_a_section_is_read_up_to_its_number_of_pages(pool: ExtractPool, pages: int, found: int) -> None:
    outcomes, server = followed(PAGES, pool, kind="section", path="/news", pages=pages)
    assert len(fetched(outcomes, server)) == found


def test_only_the_first_page_of_a_section_is_read_if_its_links_are_known(pool: ExtractPool) -> None:
    def known(urls: Sequence[str]) -> dict[str, Known]:
        return {url: Known(fetched_at=NOW, due=False) for url in urls if url.endswith(("/one", "/two"))}

    outcomes, server = followed(PAGES, pool, kind="section", path="/news", known=known)
    assert fetched(outcomes, server) == []
    assert [path for path in server.seen if path.startswith("/news")] == ["/news"]


def one_of(outcomes: Sequence[Outcome]) -> Fetched:
    (found,) = (outcome for outcome in outcomes if isinstance(outcome, Fetched))
    return found


def text_of(outcome: Fetched) -> str:
    assert outcome.extraction.article is not None
    return outcome.extraction.article.text


def test_an_article_on_three_pages_is_one_article(pool: ExtractPool) -> None:
    path = "/2026/03/bridge-repair"
    routes: dict[str, Route] = {
        path: story("North", head=f'<link rel="next" href="{path}/2">'),
        f"{path}/2": story("South", tail=f'<a href="{path}">1</a> <a href="{path}/3">3</a>'),
        f"{path}/3": story("West", head=f'<link rel="next" href="{path}/2">'),
    }
    outcomes, server = followed(routes, pool, kind="urls", path=path)
    found = one_of(outcomes)
    text = text_of(found)
    assert [text.count(SENTENCE.format("Monday", name)) for name in ("North", "South", "West")] == [1, 1, 1]
    assert found.extraction.article is not None
    assert found.extraction.article.title == "Bridge of North"
    assert "joined from 3 pages" in found.extraction.quality.evidence
    assert [page.final_url.removeprefix(server.base) for page in (found.page, *found.parts)] == list(routes)
    assert [server.count(address) for address in routes] == [1, 1, 1]
    positions = [block.position for block in found.extraction.article.blocks]
    assert positions == sorted(set(positions))


def test_the_next_article_is_not_the_next_page(pool: ExtractPool) -> None:
    path = "/2026/03/bridge-repair"
    routes: dict[str, Route] = {
        path: story("North", head='<link rel="next" href="/2026/03/village-fair">'),
        "/2026/03/village-fair": story("Fair"),
    }
    outcomes, server = followed(routes, pool, kind="urls", path=path)
    assert fetched(outcomes, server) == [path]
    assert "/2026/03/village-fair" not in server.seen


def test_a_pager_whose_pages_repeat_the_article_adds_nothing(pool: ExtractPool) -> None:
    path = "/2026/03/bridge-repair"
    pages = {
        f"{path}?p={n}": story("North", tail=f'<ul><li><a href="{path}?p={n + 1}">{n + 1}</a></li></ul>')
        for n in range(1, 9)
    }
    outcomes, server = followed({path: pages[f"{path}?p=1"], **pages}, pool, kind="urls", path=path + "?p=1")
    assert one_of(outcomes).extraction.quality.evidence[-1] != "joined from 2 pages"
    assert sum("bridge" in path for path in server.seen) == 2


def test_the_single_page_is_preferred_to_the_parts(pool: ExtractPool) -> None:
    path = "/2026/03/bridge-repair"
    links = f'<a href="{path}/2">2</a> <a href="{path}?page=all">View all</a>'
    routes: dict[str, Route] = {
        path: story("North", tail=links),
        f"{path}?page=all": story("North").replace(
            "</article>", "<p>And that is all that was decided on that long day in March.</p></article>"
        ),
    }
    outcomes, server = followed(routes, pool, kind="urls", path=path)
    assert "And that is all" in text_of(one_of(outcomes))
    assert one_of(outcomes).page.url.endswith(path)
    assert f"{path}/2" not in server.seen


def test_endless_parts_are_cut_off(pool: ExtractPool) -> None:
    async def endless(exchange: Exchange) -> None:
        head, _, number = exchange.path.rpartition("/")
        await exchange.send(story(number, head=f'<link rel="next" href="{head}/{int(number) + 1}">'))

    routes: dict[str, Route] = {f"/2026/03/bridge-repair/{n}": endless for n in range(1, 40)}
    _, server = followed(routes, pool, kind="urls", path="/2026/03/bridge-repair/1")
    assert sum("bridge" in path for path in server.seen) == 20


def test_a_part_with_a_temporary_failure_fails_the_article_and_a_missing_part_ends_it(pool: ExtractPool) -> None:
    async def busy(exchange: Exchange) -> None:
        await exchange.send("", 503)

    path = "/2026/03/bridge-repair"
    first = story("North", head=f'<link rel="next" href="{path}/2">')
    outcomes, _ = followed({path: first, f"{path}/2": busy}, pool, kind="urls", path=path)
    assert failures(outcomes) == ["status"]
    outcomes, server = followed({path: first}, pool, kind="urls", path=path)
    assert fetched(outcomes, server) == [path]


FULL = "<rss><channel><item><title>Bridge of the feed</title><link>/story</link><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate><description><![CDATA[{}]]></description></item></channel></rss>"
OWN_TEXT = "".join(f"<p>{SENTENCE.format(day, 'Feed')}</p>" for day in ("Monday", "Tuesday", "Wednesday", "Thursday"))
EMPTY = "<!doctype html><html><body><div id='app'></div><script src='/app.js'></script></body></html>"


async def refuse(exchange: Exchange) -> None:
    await exchange.send("", 403)


@pytest.mark.parametrize("page", [EMPTY, refuse], ids=["drawn by scripts", "refused"])
def test_a_full_text_feed_is_used_if_the_page_has_no_text(pool: ExtractPool, page: Route) -> None:
    routes: dict[str, Route] = {"/feed": FULL.format(OWN_TEXT), "/story": page}
    outcomes, _ = followed(routes, pool, kind="feed", path="/feed", full_text=True)
    found = one_of(outcomes)
    assert found.extraction.article is not None
    assert (found.extraction.article.title, found.extraction.article.published) == ("Bridge of the feed", NOW)
    assert SENTENCE.format("Monday", "Feed") in text_of(found)
    assert (found.page.from_feed, found.extraction.quality.verdict) == (True, "ok")


def test_a_feeds_text_is_used_only_with_full_text_and_after_the_page(pool: ExtractPool) -> None:
    outcomes, _ = followed({"/feed": FULL.format(OWN_TEXT), "/story": EMPTY}, pool, kind="feed", path="/feed")
    assert one_of(outcomes).extraction.article is None
    outcomes, _ = followed(
        {"/feed": FULL.format("<p>Teaser.</p>"), "/story": story("Page")},
        pool,
        kind="feed",
        path="/feed",
        full_text=True,
    )
    assert SENTENCE.format("Monday", "Page") in text_of(one_of(outcomes))
    assert not one_of(outcomes).page.from_feed


def test_a_page_without_a_date_gets_the_feeds_date(pool: ExtractPool) -> None:
    outcomes, _ = followed({"/feed": FULL.format(""), "/story": story("Page")}, pool, kind="feed", path="/feed")
    article = one_of(outcomes).extraction.article
    assert article is not None
    assert (article.title, article.published) == ("Bridge of Page", NOW)


RESERVED = story("Page", head='<meta name="robots" content="noarchive">')


def test_signals_are_recorded_and_honoured_only_if_the_source_says_so(pool: ExtractPool) -> None:
    outcomes, _ = followed({"/story": RESERVED}, pool, kind="urls", path="/story", honour=("tdm-reservation",))
    assert one_of(outcomes).signals == ("noarchive",)
    outcomes, _ = followed({"/story": RESERVED}, pool, kind="urls", path="/story", honour=("noarchive",))
    (failure,) = (outcome for outcome in outcomes if isinstance(outcome, Failure))
    assert (failure.kind, failure.detail) == ("reserved", "the page says noarchive")


def test_signals_of_a_further_part_are_honoured_too(pool: ExtractPool) -> None:
    path = "/2026/03/bridge-repair"
    routes: dict[str, Route] = {path: story("North", head=f'<link rel="next" href="{path}/2">'), f"{path}/2": RESERVED}
    outcomes, _ = followed(routes, pool, kind="urls", path=path, honour=("noarchive",))
    assert failures(outcomes) == ["reserved"]


def test_variants_of_a_page_are_fetched_once(pool: ExtractPool) -> None:
    items = "".join(
        f"<item><link>{path}</link></item>"
        for path in ("/story/amp/", "/story", "/story/?outputType=amp", "/story?utm_source=x")
    )
    outcomes, server = followed(
        {"/feed": f"<rss><channel>{items}</channel></rss>", "/story": story("Page")}, pool, kind="feed", path="/feed"
    )
    assert fetched(outcomes, server) == ["/story"]
    assert sum("story" in path for path in server.seen) == 1
