"""Pages that `add` fetched, and pages of sources that left the list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.cli.run_plan import with_added_pages
from scraper.sources.source_list import parse_sources
from tests.support.loopback import Server
from tests.support.news_server import feed, story
from tests.support.scraping import make_due, rows, summary


def test_add_archives_single_pages_and_reports_each_failure(tmp_path: Path, site: Server) -> None:
    urls = [site.url("/a.html"), site.url("/nowhere.html")]
    result = CliRunner().invoke(
        main, ["add", *urls, "--db", str(tmp_path / "archive.db"), "--allow-private", "--delay", "0", "--json"]
    )
    assert (json.loads(result.stdout)["new"], result.exit_code) == (1, 1)
    assert result.stderr == f"cuttings: {urls[1]}: HTTP 404; it is not tried again\n"
    again = CliRunner().invoke(
        main, ["add", "http://127.0.0.1:9/x.html", "--db", str(tmp_path / "archive.db"), "--allow-private"]
    )
    assert again.exit_code == 4
    wrong = CliRunner().invoke(main, ["add", "ftp://example.com/x"])
    message = "cuttings: ftp://example.com/x: the URL must begin with http:// or https://\n"
    assert (wrong.exit_code, wrong.stderr) == (2, message)


def test_pages_that_add_fetched_are_refetched_by_the_next_scrape(folder: Path, site: Server) -> None:
    site.routes |= {"/feed.xml": feed(site.base, "/a.html"), "/x/b.html": site.routes["/b.html"]}
    CliRunner().invoke(
        main, ["add", site.url("/x/b.html"), "--db", str(folder / "archive.db"), "--allow-private", "--delay", "0"]
    )
    assert summary(folder)["new"] == 1
    assert rows(folder, "SELECT source, outcome FROM tallies WHERE run_id = 2 AND source = 'add'") == []
    make_due(folder)
    site.routes["/x/b.html"] = story(
        "Barnacle", extra="The council has since moved the date to May, a spokeswoman said."
    )
    found = summary(folder)
    assert (found["revised"], found["unchanged"], found["exit"]) == (1, 1, 0)


@pytest.mark.parametrize(
    "never",
    ["revisit = []\n[[source]]", '[[source]]\nname = "add"\nkind = "urls"\nurl = "http://127.0.0.1:9/"\n[[source]]'],
    ids=["a schedule", "a source"],
)
def test_a_list_may_set_its_own_schedule_for_added_pages(never: str) -> None:
    loaded = parse_sources(f'[defaults]\n{never}\nname = "x"\nkind = "urls"\nurl = "https://x.example/"')
    added = next(source for source in with_added_pages(loaded) if source.name == "add")
    assert added.revisit == () or added in loaded.sources


def test_pages_of_a_source_that_left_the_list_are_not_refetched(folder: Path, site: Server) -> None:
    assert summary(folder, "--max-pages", "1")["new"] == 1
    make_due(folder)
    (folder / "sources.toml").write_text(f'[[source]]\nname = "other"\nkind = "urls"\nurl = "{site.base}/c.html"\n')
    site.seen.clear()
    assert summary(folder, "-q")["exit"] == 0
    assert site.seen == ["/robots.txt", "/c.html"]
