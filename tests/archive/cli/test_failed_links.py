"""Failed links: told with address and reason by the run, its JSON and `status`, and once only by a quiet run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.loopback import Server
from tests.support.news_server import feed, news_server, status, story, with_etag

SHELL = "<!doctype html><title>Loading</title><div id=root></div><script src=/app.js></script>"


@pytest.fixture
def site() -> Iterator[Server]:
    with news_server({}) as server:
        yield server


@pytest.fixture
def sources(site: Server, tmp_path: Path) -> Path:
    """A source list of a feed with an article, a page that fails, one that is gone and one without an article."""
    site.routes |= {"/a.html": story("Albatross"), "/b.html": status(500), "/c.html": status(404), "/d.html": SHELL}
    site.routes["/feed.xml"] = feed(site.base, "/a.html", "/b.html", "/c.html", "/d.html")
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nname = "ships"\nkind = "feed"\nurl = "{site.url("/feed.xml")}"\n')
    return path


def scrape(sources: Path, *options: str, code: int = 1) -> tuple[str, str]:
    """Output and messages of a run."""
    done = run(
        "scrape", str(sources), "--db", str(sources.parent / "a.db"), "--allow-private", "--delay", "0", *options
    )
    assert done.exit_code == code
    return done.stdout, done.stderr


def test_a_run_tells_each_failed_link_and_counts_the_gone_ones_apart(sources: Path, site: Server) -> None:
    _, shown = scrape(sources)
    summary, *lines = [line for line in shown.splitlines() if "user agent" not in line]
    assert summary.startswith("1 new, failed: 2 (1 no article text, 1 HTTP error), 1 gone; 1 source in ")
    assert len(lines) == 3
    told = {line.split(": ")[1].removeprefix(site.base): line for line in lines}
    assert "/b.html: HTTP 500; next try 20" in told["/b.html"]
    assert told["/c.html"].endswith("/c.html: HTTP 404; it is not tried again")
    assert "/d.html: no article text was found (" in told["/d.html"]


def test_a_quiet_run_tells_a_link_when_it_fails_for_the_first_time(sources: Path, site: Server) -> None:
    _, first = scrape(sources, "-q")
    *lines, advice = first.splitlines()
    assert "cuttings status --failed --db" in advice
    assert {line.rpartition("/")[2].split(":")[0] for line in lines} == {"b.html", "c.html", "d.html"}
    _, second = scrape(sources, "-q")  # b is tried again at once, and fails again
    assert site.seen.count("/b.html") == 2
    assert second == ""


def test_a_quiet_run_without_a_failure_says_nothing(sources: Path, site: Server) -> None:
    site.routes["/feed.xml"] = feed(site.base, "/a.html")
    assert scrape(sources, "-q", code=0) == ("", "")


def test_json_and_status_tell_the_same_links(sources: Path, site: Server) -> None:
    totals = json.loads(scrape(sources, "--json", "-q")[0])
    links = {link["url"].removeprefix(site.base): link for link in totals["failed_links"]}
    assert (totals["failed"], totals["gone"], links.keys()) == (2, 1, {"/b.html", "/c.html", "/d.html"})
    assert links["/b.html"].keys() == {"url", "kind", "status", "detail", "since", "next_try"}
    assert (links["/b.html"]["kind"], links["/b.html"]["status"]) == ("status", 500)
    assert links["/c.html"]["next_try"] is None
    db = str(sources.parent / "a.db")
    (source,) = json.loads(run("status", "--db", db, "--json").stdout)["sources"]
    assert (source["failures"], source["gone"]) == ({"status": 1, "no-article": 1}, {"status": 1})
    assert {link["url"]: link for link in source["failed_links"]} == {
        link["url"]: link for path, link in links.items() if path != "/c.html"
    }
    shown = run("status", "--db", db).stdout
    assert "; failed: 2 (1 no article text, 1 HTTP error); gone: 1 (1 HTTP error)\n" in shown
    assert f"    {site.url('/b.html')}: HTTP 500" in shown
    assert "/c.html" not in shown
    assert f"{site.url('/c.html')}: HTTP 404; it is not tried again" in run("status", "--db", db, "--failed").stdout


def test_since_is_the_first_failure_after_the_last_success(sources: Path, site: Server) -> None:
    def since() -> str:
        totals = json.loads(scrape(sources, "--json", "-q")[0])
        return next(link["since"] for link in totals["failed_links"] if link["url"].endswith("/b.html"))

    assert since() == since()


def test_add_says_why_a_page_gave_no_article(site: Server, tmp_path: Path) -> None:
    site.routes |= {"/d.html": SHELL, "/c.html": status(410)}
    urls = (site.url("/d.html"), site.url("/c.html"))
    done = run("add", *urls, "--db", str(tmp_path / "a.db"), "--allow-private", "--delay", "0", "-q")
    assert done.exit_code == 1
    assert f"cuttings: {urls[0]}: no article text was found (" in done.stderr
    assert "needs-javascript" in done.stderr or "empty" in done.stderr
    assert f"cuttings: {urls[1]}: HTTP 410; it is not tried again\n" in done.stderr


def test_many_failed_links_are_told_in_part(sources: Path, site: Server) -> None:
    paths = [f"/{number}.html" for number in range(14)]
    site.routes |= dict.fromkeys(paths, status(500))
    site.routes["/feed.xml"] = feed(site.base, *paths)
    lines = scrape(sources, "-q")[1].splitlines()
    assert len(lines) == 11
    db = sources.parent / "a.db"
    assert lines[-1] == f"cuttings: 4 more links failed; list them with `cuttings status --failed --db {db}`"
    assert run("status", "--failed", "--db", str(db)).stdout.count(": HTTP 500") == 14 + 3


def test_a_source_that_was_read_is_never_said_to_have_never_answered(sources: Path, site: Server) -> None:
    site.routes["/feed.xml"] = feed(site.base, "/b.html")  # without validators
    scrape(sources, "-q")
    shown = run("status", "--db", str(sources.parent / "a.db")).stdout
    assert "last answer 20" in shown
    assert "never answered" not in shown


@pytest.mark.parametrize("has_etag", [False, True], ids=["without validators", "not modified"])
def test_a_feed_that_answers_again_is_no_failed_link(sources: Path, site: Server, has_etag: bool) -> None:
    text = feed(site.base, "/a.html")
    works = site.routes["/feed.xml"] = with_etag(text, "application/rss+xml") if has_etag else text
    scrape(sources, "-q", code=0)
    site.routes["/feed.xml"] = status(500)
    assert ": HTTP 500; next try 20" in scrape(sources, "-q")[1]
    site.routes["/feed.xml"] = works
    scrape(sources, "-q", code=0)
    assert "failed" not in run("status", "--db", str(sources.parent / "a.db"), "--failed").stdout


def test_a_run_that_reaches_nothing_names_an_address_with_its_reason(sources: Path, site: Server) -> None:
    done = run("scrape", str(sources), "--db", str(sources.parent / "a.db"), "-q")
    assert (done.exit_code, site.seen) == (4, [])
    assert done.stderr.startswith(f"cuttings: nothing could be reached: {site.url('/feed.xml')}: private address (")
    assert "; pass --allow-host 127.0.0.1 or --allow-private" in done.stderr


def test_a_page_that_robots_disallows_is_counted_apart_and_told_to_whoever_adds_it(
    sources: Path, site: Server, tmp_path: Path
) -> None:
    site.routes["/feed.xml"] = feed(site.base, "/a.html", "/private/x.html")
    out, shown = scrape(sources, "--json", code=0)
    assert (json.loads(out)["failed_links"], "/private/" in shown) == ([], False)
    shown = run("status", "--db", str(sources.parent / "a.db")).stdout
    assert "1 disallowed by robots.txt" in shown
    assert "failed" not in shown
    done = run("add", site.url("/private/x.html"), "--db", str(tmp_path / "b.db"), "--allow-private", "--delay", "0")
    assert done.exit_code == 1
    assert f"cuttings: {site.url('/private/x.html')}: disallowed by robots.txt; next try 20" in done.stderr
    assert "never answered" not in run("status", "--db", str(tmp_path / "b.db")).stdout
