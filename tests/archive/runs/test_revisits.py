"""Whole runs, days apart by their clock, and the requests that a real server gets in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.runs.scrape import RunPlan, run_scrape
from archive.runs.totals import RunTotals
from scraper.fetch.client import Settings
from scraper.types import Source
from tests.support.loopback import Exchange, Send, Server
from tests.support.news_server import feed, news_server, publish, status, story, with_etag
from tests.support.scraping import SHIPS, rows
from tests.support.visits import START


class Paper:
    """A source on the server, its archive, and the hours at which it is scraped."""

    def __init__(self, site: Server, folder: Path) -> None:
        source = Source("ships", "feed", (site.url("/feed.xml"),))
        settings = Settings(user_agent="Test/1.0", delay=0, allow_private=True, deadline=10)
        self.site = site
        self.plan = RunPlan(folder / "archive.db", (source,), "x", settings, jobs=1)

    def scrape(self, hour: float, **changes: Any) -> tuple[list[str], RunTotals]:
        """The pages that a run requested, and its totals."""
        source = {key: changes.pop(key) for key in ("max_pages", "exclude") if key in changes}
        plan = replace(self.plan, sources=(replace(self.plan.sources[0], **source),))
        if "budget" in changes:
            changes["max_pages"] = changes.pop("budget")
        self.site.seen.clear()
        self.site.asked.clear()
        totals = run_scrape(replace(plan, **changes), clock=lambda: START + timedelta(hours=hour))
        return [path for path in self.site.seen if path.endswith(".html")], totals

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.plan.archive.parent, sql)


@pytest.fixture
def paper(site: Server, tmp_path: Path) -> Paper:
    return Paper(site, tmp_path)


def sitemap(site: Server, hour: float, *paths: str) -> str:
    """A sitemap in which these pages changed at that hour."""
    at = (START + timedelta(hours=hour)).isoformat()
    return f"<urlset>{''.join(f'<url><loc>{site.url(path)}</loc><lastmod>{at}</lastmod></url>' for path in paths)}</urlset>"


def test_an_edit_is_seen_though_the_feed_did_not_change(paper: Paper, site: Server) -> None:
    assert paper.scrape(0)[1].saved == {"new": 3}
    publish(site, a="Albatross")
    before = site.routes["/feed.xml"]
    paper.scrape(0.5)  # has the feed as it now is
    site.routes["/a.html"] = story(
        "Albatross", extra="The council has since moved the date to May, a spokeswoman said."
    )
    asked, totals = paper.scrape(0.9)
    assert (asked, totals.links_found) == ([], 0)
    asked, totals = paper.scrape(1.1)
    assert site.routes["/feed.xml"] is before
    assert (sorted(asked), totals.saved) == (["/a.html", "/b.html", "/c.html"], {"revised": 1, "unchanged": 2})
    assert paper.rows("SELECT title, revision FROM articles WHERE revision > 1") == [("The Albatross to sail again", 2)]
    assert sum("if-none-match" in headers for headers in site.asked) == 4  # the feed and each page


def test_pages_without_validators_follow_the_same_schedule(paper: Paper, site: Server) -> None:
    site.routes |= {f"/{slug}.html": story(name) for slug, name in SHIPS.items()}
    asked = {hour: len(paper.scrape(hour)[0]) for hour in (0, 0.9, 1.1, 5.9, 6.1, 25, 100, 169, 500)}
    assert asked == {0: 3, 0.9: 0, 1.1: 3, 5.9: 0, 6.1: 3, 25: 3, 100: 0, 169: 3, 500: 0}


def test_a_gone_page_is_not_refetched_while_the_feed_names_it(paper: Paper, site: Server) -> None:
    site.routes["/feed.xml"] = feed(site.base, "/a.html", "/nowhere.html")
    assert sorted(paper.scrape(0)[0]) == ["/a.html", "/nowhere.html"]
    assert paper.scrape(30)[0] == ["/a.html"]
    assert paper.rows("SELECT state, error, next_try FROM links WHERE url LIKE '%nowhere%'") == [
        ("gone", "status", None)
    ]


def test_a_failing_page_is_retried_at_growing_intervals(paper: Paper, site: Server) -> None:
    site.routes["/b.html"] = status(500)
    asked = [
        hour
        for hour in (0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
        if "/b.html" in paper.scrape(hour, revisit_delays={"ships": ()})[0]
    ]
    assert asked == [0, 0.1, 0.4, 0.95]
    publish(site, **SHIPS)
    assert paper.scrape(3)[1].saved == {"new": 1}


def test_links_beyond_a_cap_are_fetched_by_the_next_runs_though_the_feed_did_not_change(paper: Paper) -> None:
    runs = [paper.scrape(number / 10, max_pages=1) for number in range(4)]
    assert [len(asked) for asked, _ in runs] == [1, 1, 1, 0]
    assert [totals.links_found for _, totals in runs] == [3, 0, 0, 0]
    assert paper.rows("SELECT count(*) FROM articles") == [(3,)]


def test_links_beyond_max_pages_are_fetched_by_the_next_run_though_the_feed_is_down(paper: Paper, site: Server) -> None:
    assert len(paper.scrape(0, budget=1)[0]) == 1
    site.routes["/feed.xml"] = status(503)
    asked, totals = paper.scrape(0.1)
    assert (len(asked), totals.failures) == (2, {"status": 1})
    assert paper.rows("SELECT kind, error FROM links WHERE url LIKE '%feed.xml'") == [("source", "status")]


def test_waiting_links_that_a_filter_rejects_are_not_fetched(paper: Paper) -> None:
    paper.scrape(0, budget=1)
    assert paper.scrape(0.1, exclude=("html",))[0] == []


def test_a_host_that_asks_for_a_pause_is_paused_in_this_run_and_the_next(paper: Paper, site: Server) -> None:
    async def busy(exchange: Exchange) -> None:
        await exchange.send("", 429, Retry_After="7200")

    site.routes |= dict.fromkeys(("/a.html", "/b.html", "/c.html"), busy)
    asked, totals = paper.scrape(0, settings=replace(paper.plan.settings, per_host=1))
    assert (len(asked), totals.failures, len(totals.paused)) == (1, {"status": 1}, 1)
    assert paper.rows("SELECT state, count(*) FROM links WHERE kind = 'page' GROUP BY state") == [
        ("failed", 1),
        ("new", 2),
    ]
    hours = "round((julianday(until) - julianday('2026-11-20T06:00:00Z')) * 24, 1)"
    assert paper.rows(f"SELECT host, {hours} FROM hosts") == [(site.base.removeprefix("http://"), 2.0)]
    publish(site, **SHIPS)
    asked, totals = paper.scrape(1.9)
    assert (site.seen, totals.failures, totals.failed) == ([], {"paused": 1}, 0)
    asked, totals = paper.scrape(2.1)
    assert (len(asked), totals.saved, totals.paused) == (3, {"new": 3}, set())


def test_a_source_sends_its_secrets_to_its_own_host_only(paper: Paper, site: Server) -> None:
    with news_server({}) as other:
        publish(other, x="Xebec")
        site.routes["/feed.xml"] = feed(site.base, "/a.html").replace(
            "</channel>", f"<item><link>{other.url('/x.html')}</link></item></channel>"
        )
        own = replace(paper.plan.sources[0], headers=(("X-Key", "k"),), cookies=(("session", "s"),))
        paper.plan = replace(paper.plan, sources=(own,))
        assert paper.scrape(0)[1].pages == 2  # one story on two sites
        sent = {
            path: (headers.get("x-key"), headers.get("cookie"))
            for path, headers in zip(site.seen, site.asked, strict=True)
        }
        assert sent["/feed.xml"] == sent["/a.html"] == ("k", "session=s")
        assert {(headers.get("x-key"), headers.get("cookie")) for headers in other.asked} == {(None, None)}


def test_a_page_that_its_sitemap_calls_changed_is_refetched_after_the_end_of_the_schedule(
    paper: Paper, site: Server
) -> None:
    paper.plan = replace(
        paper.plan, sources=(replace(paper.plan.sources[0], kind="sitemap", urls=(site.url("/map.xml"),)),)
    )
    site.routes["/map.xml"] = sitemap(site, -5, "/a.html", "/b.html", "/c.html")
    assert [len(paper.scrape(hour)[0]) for hour in (0, 170)] == [3, 3]
    site.routes["/map.xml"] = sitemap(site, 899, "/a.html").replace("</urlset>", "") + sitemap(
        site, -5, "/b.html", "/c.html"
    ).removeprefix("<urlset>")
    site.routes["/a.html"] = story(
        "Albatross", extra="A month later the owner told the court that the keel had been cracked all along."
    )
    asked, totals = paper.scrape(900)
    assert (asked, totals.saved) == (["/a.html"], {"revised": 1})
    assert [
        headers.get("if-none-match") is not None
        for path, headers in zip(site.seen, site.asked, strict=True)
        if path == "/a.html"
    ] == [True]
    assert [paper.scrape(hour)[0] for hour in (901.5, 2000)] == [[], []]


def test_a_changed_page_beyond_a_cap_is_fetched_by_the_next_run_though_the_feed_is_unchanged(
    paper: Paper, site: Server
) -> None:
    assert [len(paper.scrape(hour)[0]) for hour in (0, 170)] == [3, 3]
    dated = "<pubDate>Sat, 26 Dec 2026 06:00:00 GMT</pubDate></item>"
    site.routes["/feed.xml"] = with_etag(
        feed(site.base, "/a.html", "/b.html").replace("</item>", dated), "application/rss+xml"
    )
    runs = [paper.scrape(900 + number, max_pages=1) for number in range(3)]
    assert [(len(asked), totals.saved, totals.links_found) for asked, totals in runs] == [
        (1, {"unchanged": 1}, 2),
        (1, {"unchanged": 1}, 0),
        (0, {}, 0),
    ]


def test_a_redirected_page_is_refetched_at_its_own_address(paper: Paper, site: Server) -> None:
    async def moved(exchange: Exchange) -> None:
        await exchange.send("", 301, Location="/a.html")

    site.routes |= {"/old": moved, "/feed.xml": feed(site.base, "/old")}
    assert [paper.scrape(hour)[0] for hour in (0, 170)] == [["/a.html"], ["/a.html"]]
    site.routes["/feed.xml"] = feed(site.base, "/a.html").replace(
        "</item>", "<pubDate>Sat, 26 Dec 2026 06:00:00 GMT</pubDate></item>"
    )
    assert paper.scrape(900)[1].saved == {"unchanged": 1}
    assert site.seen == ["/robots.txt", "/feed.xml", "/old", "/a.html"]
    assert paper.scrape(902)[0] == []


def test_a_link_to_the_amp_copy_that_an_article_names_is_not_fetched(paper: Paper, site: Server) -> None:
    site.routes["/a.html"] = story("Albatross").replace(
        "<head>", '<head><link rel="amphtml" href="/amp-albatross-a.html">'
    )
    site.routes |= {"/feed.xml": feed(site.base, "/a.html"), "/amp-albatross-a.html": story("Albatross")}
    assert paper.scrape(0)[0] == ["/a.html"]
    site.routes["/feed.xml"] = feed(site.base, "/amp-albatross-a.html")
    assert (paper.scrape(0.5)[0], paper.scrape(1.1)[0]) == ([], ["/a.html"])
    assert paper.rows("SELECT url FROM aliases") == [(site.url("/amp-albatross-a.html"),)]


def test_an_amp_copy_that_was_fetched_first_is_the_article_that_it_copies(paper: Paper, site: Server) -> None:
    site.routes["/amp-albatross-a.html"] = story("Albatross").replace(
        "<head>", '<head><link rel="canonical" href="/a.html">'
    )
    site.routes["/feed.xml"] = feed(site.base, "/amp-albatross-a.html")
    assert paper.scrape(0)[0] == ["/amp-albatross-a.html"]
    site.routes["/feed.xml"] = feed(site.base, "/a.html")
    assert paper.scrape(0.5)[0] == []
    assert paper.rows("SELECT url FROM articles") == [(site.url("/a.html"),)]


def test_a_page_at_a_private_address_waits_and_is_fetched_when_a_run_may(paper: Paper, site: Server) -> None:
    with news_server({}) as other:
        publish(other, x="Xebec")
        site.routes["/feed.xml"] = feed(site.base, "/a.html").replace(
            "</channel>", f"<item><link>{other.url('/x.html')}</link></item></channel>"
        )
        here, there = (server.base.removeprefix("http://") for server in (site, other))
        closed = replace(paper.plan.settings, allow_private=False, allow_hosts=(here,))
        assert paper.scrape(0, settings=closed)[1].failures == {"private-address": 1}
        assert paper.scrape(0.1, settings=closed)[1].failures == {}
        assert paper.scrape(0.2, settings=replace(closed, allow_hosts=(here, there)))[1].pages == 1
        assert other.count("/x.html") == 1


def redirect(code: int, target: str) -> Send:
    """A route that redirects."""

    async def send(exchange: Exchange) -> None:
        await exchange.send("", code, Location=target)

    return send


@pytest.mark.parametrize("edited", [False, True], ids=["the same page", "an edited page"])
def test_a_moved_page_that_the_feed_names_by_its_new_address_is_refetched_there_only(
    paper: Paper, site: Server, edited: bool
) -> None:
    publish(site, a="Albatross")
    paper.scrape(0)
    publish(site, b="Albatross")
    site.routes["/a.html"] = redirect(301, "/b.html")
    assert paper.scrape(0.5)[0] == ["/b.html"]
    if edited:
        site.routes["/b.html"] = story("Albatross", extra="The council has since moved the date to May.")
    told = paper.scrape(1.1)[0]  # the first refetch tells of the move
    refetches = {hour: paper.scrape(hour)[0] for hour in (1.6, 6.1, 6.6, 24.1, 24.6, 168.1, 168.6)}
    assert told == ["/a.html"]
    assert {hour: asked for hour, asked in refetches.items() if asked} == {
        hour: ["/b.html"] for hour in (1.6, 6.6, 24.6, 168.6)
    }
    assert paper.rows("SELECT max(revision) FROM articles") == [(1 + edited,)]


def test_a_page_that_redirects_for_a_time_keeps_its_refetches(paper: Paper, site: Server) -> None:
    publish(site, a="Albatross")
    paper.scrape(0)
    publish(site, b="Albatross")
    site.routes["/a.html"] = redirect(302, "/b.html")
    assert [paper.scrape(hour)[0] for hour in (0.5, 1.1, 6.1)][2].count("/a.html") == 1


def test_a_moved_page_is_fetched_at_its_new_address_if_no_refetch_is_due_there(paper: Paper, site: Server) -> None:
    paper.plan = replace(
        paper.plan, sources=(replace(paper.plan.sources[0], kind="sitemap", urls=(site.url("/map.xml"),)),)
    )
    site.routes["/map.xml"] = sitemap(site, -5, "/a.html", "/b.html")
    assert [len(paper.scrape(hour)[0]) for hour in (0, 170)] == [2, 2]
    site.routes["/map.xml"] = sitemap(site, 899, "/a.html")
    site.routes["/a.html"] = redirect(301, "/b.html")
    site.routes["/b.html"] = story("Barge", extra="The council has since moved the date to May, a spokeswoman said.")
    asked, totals = paper.scrape(900)
    assert (asked, totals.saved) == (["/a.html", "/b.html"], {"revised": 1})
