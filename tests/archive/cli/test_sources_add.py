"""`sources add`: a home page becomes a tried table of the source list, which keeps its text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from archive.cli.main import main
from archive.cli.run_plan import RunOptions
from archive.cli.source_adding import LARGE_SITEMAP_LINKS, find_sources, new_source, parse_address
from scraper.crawl.source_check import CheckResult
from scraper.sources.source_list import load_sources
from scraper.types import Source
from tests.support.loopback import Route
from tests.support.news_server import news_server, story

MINE: Final = (
    '# my list\n[[source]]   # the first\nname = "mine"\nkind = "feed"\nurl = "https://mine.test/rss"   # best'
)
ITEM: Final = "<item><title>Storm hits coast</title><link>/news/storm</link></item>"
FEED: Final = f"<rss version='2.0'><channel>{ITEM}</channel></rss>"
EMPTY_FEED: Final = "<rss version='2.0'><channel></channel></rss>"
HOME: Final = '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="{}"></head><body><h1>News</h1></body></html>'
FRONT: Final = '<!doctype html><html><body><h2><a href="/2026/03/storm-hits-coast">Storm hits the coast again</a></h2></body></html>'
MAP: Final = "<urlset><url><loc>/news/one-two-three</loc></url></urlset>"
ROBOTS: Final = "User-agent: *\nDisallow: /private/\nSitemap: /map.xml\n"

SITES: Final[dict[str, tuple[dict[str, Route], str, tuple[str, str]]]] = {
    "a feed": ({"/feed": FEED}, "/feed", ("feed", "/feed")),
    "a home page that announces a feed": ({"/": HOME.format("/feed"), "/feed": FEED}, "/", ("feed", "/feed")),
    "a feed that is empty, and a sitemap": ({"/": HOME.format("/feed"), "/feed": EMPTY_FEED, "/robots.txt": ROBOTS, "/map.xml": MAP}, "/", ("sitemap", "/")),
    "a sitemap": ({"/news.xml": MAP}, "/news.xml", ("sitemap", "/news.xml")),
    "a page of links": ({"/sport": FRONT}, "/sport", ("section", "/sport")),
    "a feed that robots.txt closes": (
        {"/": HOME.format("/feed"), "/feed": FEED.replace("/news/", "/private/"), "/robots.txt": ROBOTS, "/map.xml": MAP}, "/", ("sitemap", "/"),
    ),
}  # fmt: skip


def add(folder: Path, *arguments: str) -> Result:
    options = ["--to", str(folder / "sources.toml"), "--allow-private", "--delay", "0"]
    return CliRunner().invoke(main, ["sources", "add", *arguments, *options])


@pytest.mark.parametrize("site", SITES)
def test_what_a_site_offers_is_tried_and_appended(tmp_path: Path, site: str) -> None:
    routes, start, (kind, path) = SITES[site]
    (tmp_path / "sources.toml").write_text(MINE)
    with news_server(routes) as server:
        result = add(tmp_path, server.url(start))
        assert (result.exit_code, result.stderr) == (0, f"added 1 source to {tmp_path / 'sources.toml'}\n")
        assert (tmp_path / "sources.toml").read_text().startswith(MINE + "\n\n[[source]]\n")
        new = load_sources(tmp_path / "sources.toml").sources[1]
        assert (new.kind, new.urls, new.since) == (kind, (server.url(path),), None)
        assert result.stdout.startswith(f"ok      {new.name}  {kind}  ")
        again = add(tmp_path, server.url(start))
        assert (again.exit_code, again.stdout) == (0, "")
        assert again.stderr.endswith("; 1 source already in the list\n")


@pytest.mark.parametrize("allowed", [("--allow-private",), ("--allow-host", "127.1")])
def test_a_private_host_that_was_allowed_is_scraped_without_an_option(tmp_path: Path, allowed: tuple[str, ...]) -> None:
    path = str(tmp_path / "papers.toml")
    with news_server({"/": HOME.format("/feed"), "/feed": FEED, "/news/storm": story("Petrel")}) as server:
        result = CliRunner().invoke(main, ["sources", "add", server.url("/"), "--to", path, "--delay", "0", *allowed])
        assert result.exit_code == 0
        assert load_sources(Path(path)).sources[0].allow_hosts == (f"127.0.0.1:{server.port}",)
        run = CliRunner().invoke(main, ["scrape", path, "--db", str(tmp_path / "a.db"), "--delay", "0"])
    assert (run.exit_code, server.seen.count("/news/storm")) == (0, 1)


def test_http_is_tried_if_nobody_typed_a_scheme_and_no_server_answers_by_https(tmp_path: Path) -> None:
    with news_server({"/feed": FEED}) as server:
        address = server.url("/feed").removeprefix("http://")
        typed = add(tmp_path, f"https://{address}")
        assert (typed.exit_code, server.seen.count("/feed")) == (4, 0)
        assert add(tmp_path, address).exit_code == 0
        assert load_sources(tmp_path / "sources.toml").sources[0].urls == (server.url("/feed"),)
    gone = add(tmp_path, address)
    assert f"https://{address}" in gone.output  # what nobody answers is named as it was tried first


def test_a_host_on_the_internet_is_given_no_leave() -> None:
    source = Source("paper", "feed", ("https://paper.example/rss",))
    assert new_source(CheckResult(source, found=1), ("127.0.0.1",)).lines == ()
    assert new_source(CheckResult(source, found=1), ("paper.example",)).lines == (
        'allow_hosts = ["paper.example:443"]',
    )


def test_a_large_sitemap_is_limited_to_the_last_30_days(tmp_path: Path) -> None:
    rows = "".join(f"<url><loc>/news/{number}</loc></url>" for number in range(LARGE_SITEMAP_LINKS))
    with news_server({"/map.xml": f"<urlset>{rows}</urlset>"}) as server:
        assert add(tmp_path, server.url("/map.xml")).exit_code == 0
    (source,) = load_sources(tmp_path / "sources.toml").sources
    assert source.since is not None


def test_what_gives_nothing_is_told_with_the_reasons_and_the_rest_is_added(tmp_path: Path) -> None:
    with news_server({"/feed": FEED, "/": "<!doctype html><p>Hello"}) as server:
        result = add(tmp_path, server.url("/"), server.url("/feed"), "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, [row["kind"] for row in found["added"]], found["known"]) == (1, ["feed"], 0)
    assert found["failed"][0]["url"] == server.url("/")
    reason = found["failed"][0]["detail"]
    assert all(part in reason for part in ("feed: not a feed", "sitemap: ", "section: "))
    assert result.stderr.splitlines()[0].startswith(
        f"cuttings: {server.url('/')}: no feed, sitemap or page with links was found ("
    )


def test_a_host_that_does_not_answer_exits_4_and_leaves_no_list(tmp_path: Path) -> None:
    result = add(tmp_path, "http://127.0.0.1:9/")
    assert (result.exit_code, (tmp_path / "sources.toml").exists()) == (4, False)


def test_a_host_that_does_not_answer_is_asked_once(tmp_path: Path) -> None:
    options = RunOptions(0, None, True, 1, (), True, "")
    (found,) = find_sources(["http://127.0.0.1:9/"], tmp_path / "sources.toml", options)
    assert (found.unreachable, [one.error for one in found.tried]) == (True, ["refused"])


def test_a_bad_address_or_list_exits_2_before_anything_is_fetched(tmp_path: Path) -> None:
    assert add(tmp_path, "ftp://x.test/").exit_code == 2
    (tmp_path / "sources.toml").write_text("[[source]\n")
    with news_server({"/feed": FEED}) as server:
        result = add(tmp_path, server.url("/feed"))
        assert (result.exit_code, result.stderr.count("\n"), server.seen) == (2, 1, [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("feed://news.test/rss", "http://news.test/rss"),
        ("feed:https://news.test/rss", "https://news.test/rss"),
        ("FEED://https://news.test/rss", "https://news.test/rss"),
        ("\ufeffnews.test", "https://news.test/"),
        ("feeds.news.test", "https://feeds.news.test/"),
    ],
)
def test_an_address_may_have_the_scheme_of_a_feed_or_none(typed: str, meant: str) -> None:
    assert parse_address(typed) == meant
