"""Whole runs of `scrape` against a real server on loopback, into a real archive."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from click.testing import CliRunner

from archive.cli.main import main
from archive.cli.progress import CLEAR, Progress
from archive.runs.totals import RunTotals
from scraper.types import Link, Unchanged
from tests.support import ROOT
from tests.support.loopback import Exchange, Server
from tests.support.news_server import feed, publish, status, story, with_etag
from tests.support.scraping import SHIPS, command, rows, scrape, summary


def test_a_run_archives_what_the_feed_names_and_the_next_fetches_no_body_again(folder: Path, site: Server) -> None:
    first, second = summary(folder), summary(folder)
    assert (first["new"], first["failed"], first["sources"], first["exit"]) == (3, 0, 1, 0)
    assert (second["new"], second["revised"], second["same"], second["exit"]) == (0, 0, 0, 0)
    assert [row[0] for row in rows(folder, "SELECT title FROM articles ORDER BY title")] == [
        f"The {name} to sail again" for name in SHIPS.values()
    ]
    assert "Related:" not in rows(folder, "SELECT group_concat(text) FROM articles")[0][0]
    assert rows(folder, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL") == [(2,)]


def test_a_restored_block_is_kept_when_the_page_moves_it_out_of_the_article(folder: Path, site: Server) -> None:
    tides = "".join(
        f"<p>The tide came in over the flats at {hour}, as it does twice a day, and went out by the evening.</p>"
        for hour in range(9)
    )
    block = '<h3>Related: <a href="/ferry">The ferry sails again</a></h3>'
    page, archive = (
        "<html><head><title>Tide</title></head><body><article><h1>Tide</h1>%s%s%s</article>%s</body></html>",
        str(folder / "archive.db"),
    )
    add = ["add", f"{site.base}/tide.html", "--db", archive, "--allow-private", "--delay", "0", "-q"]
    site.routes["/tide.html"] = with_etag(page % (tides, block, tides.replace("came in", "rose"), ""))
    assert CliRunner().invoke(main, add).exit_code == 0
    ((number, _),) = [
        row
        for row in enumerate(rows(folder, "SELECT text FROM removals ORDER BY position"), 1)
        if row[1][0].startswith("Related")
    ]
    assert CliRunner().invoke(main, ["restore", "1", str(number), "--db", archive]).exit_code == 0
    site.routes["/tide.html"] = with_etag(
        page % (tides, "", tides.replace("came in", "rose"), f"<p>Imprint</p><p>Contact</p><div>{block}</div>")
    )
    assert CliRunner().invoke(main, add).exit_code == 0
    ((blocks, found),) = rows(
        folder,
        "SELECT revisions.blocks, articles.text FROM articles JOIN revisions ON revisions.article_id = articles.id AND number = revision",
    )
    assert found.count("Related: The ferry sails again") == 1
    assert [block["markup"] for block in json.loads(blocks) if block["kind"] == "heading"] == [
        f"Related: [The ferry sails again]({site.base}/ferry)"
    ]


def test_one_bad_page_costs_only_itself(folder: Path, site: Server) -> None:
    site.routes["/b.html"] = status(500)
    found = summary(folder)
    assert (found["new"], found["failed"], found["failures"], found["exit"]) == (2, 1, {"status": 1}, 1)
    publish(site, **SHIPS)
    assert summary(folder)["new"] == 1


def test_a_page_that_robots_disallows_is_not_a_failure(folder: Path, site: Server) -> None:
    site.routes["/feed.xml"] = feed(site.base, "/a.html", "/private/secret.html")
    found = summary(folder)
    assert (found["new"], found["failed"], found["robots"], found["exit"]) == (1, 0, 1, 0)
    assert not site.count("/private/secret.html")


def test_a_page_without_an_article_fails_with_its_reason(folder: Path, site: Server) -> None:
    site.routes["/b.html"] = "<html><body><nav><a href='/'>Home</a></nav></body></html>"
    found = summary(folder)
    assert (found["new"], found["failures"], found["exit"]) == (2, {"no-article": 1}, 1)


def test_max_pages_limits_a_run_and_the_next_run_continues(folder: Path) -> None:
    counts = [summary(folder, "--max-pages", "1")["new"] for _ in range(4)]
    assert counts[0] == 1
    assert sum(counts) == 3


def test_private_addresses_are_refused_by_default(folder: Path, site: Server) -> None:
    result = CliRunner().invoke(main, command(folder))
    assert result.exit_code == 4
    assert result.stderr.splitlines()[-1].startswith("cuttings: nothing could be reached: http://")
    assert site.seen == []


def test_one_unreachable_host_among_others_does_not_end_the_run(folder: Path, site: Server) -> None:
    with (folder / "sources.toml").open("a") as file:
        file.write('[[source]]\nname = "gone"\nkind = "feed"\nurl = "http://127.0.0.1:9/feed.xml"\n')
    found = summary(folder)
    assert (found["new"], found["failed"], found["exit"]) == (3, 1, 1)
    assert summary(folder, "--only", "gone")["exit"] == 4


def test_only_reads_the_named_source_and_suggests_the_nearest(folder: Path) -> None:
    assert summary(folder, "--only", "ships")["new"] == 3
    result = scrape(folder, "--only", "ship")
    assert (result.exit_code, result.stderr) == (
        2,
        f"cuttings: {folder}/sources.toml: no source 'ship'; did you mean 'ships'?\n",
    )


def test_a_typo_in_the_source_list_is_named_with_its_line(folder: Path) -> None:
    with (folder / "sources.toml").open("a") as file:
        file.write('incldue = "x"\n')
    result = scrape(folder)
    assert result.exit_code == 2
    assert "line 7" in result.stderr
    assert "incldue" in result.stderr
    assert not (folder / "archive.db").exists()


def test_a_run_prints_one_line_or_nothing(folder: Path) -> None:
    spoken = scrape(folder)
    assert spoken.stdout == ""
    assert spoken.stderr.startswith("3 new; 1 source in ")
    assert spoken.stderr.count("\n") == 1
    assert scrape(folder, "-q").output == ""


def test_the_progress_line_is_redrawn_in_place_and_not_too_often() -> None:
    stream, ticks = io.StringIO(), iter([0.0, 1.0, 1.0, 1.05, 2.0, 2.0])
    progress, totals = Progress(stream, clock=lambda: next(ticks)), RunTotals()
    for number in range(3):
        outcome = Unchanged(Link(f"http://example.com/{number}\x1b[2J", "ships"))
        totals.count(outcome, "unchanged")
        progress(totals, outcome)
    lines = stream.getvalue().split(CLEAR)[1:]
    assert [line.split()[0] for line in lines] == ["1", "3"]
    assert lines[0].endswith("http://example.com/0[2J")
    assert "\x1b" not in "".join(lines)


def test_the_progress_line_says_how_many_pages_there_are_and_what_the_run_waits_for(folder: Path, site: Server) -> None:
    told = Event()

    async def slow(exchange: Exchange) -> None:
        await asyncio.to_thread(told.wait, 20)
        await exchange.send(story("Dorado"))

    site.routes["/a.html"] = slow
    expected = (" of 3 pages, ", f"waiting for {site.base.removeprefix('http://')}")
    shown = in_terminal(
        *command(folder),
        "--allow-private",
        watch=lambda written: told.set() if all(part in written for part in expected) else None,
    )
    assert [part for part in expected if part not in shown] == []
    assert "3 new; 1 source in " in shown.rpartition(CLEAR)[2]


def in_terminal(*arguments: str, watch: Callable[[str], None]) -> str:
    """Everything that a command writes to a terminal; `watch` is called with it as it grows."""
    ours, theirs = os.openpty()
    written = b""
    line = [sys.executable, "-m", "archive", *arguments]
    with subprocess.Popen(
        line, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=os.environ | {"COLUMNS": "120"}
    ) as process:
        os.close(theirs)
        with suppress(OSError):  # the end of the other side
            while data := os.read(ours, 4096):
                written += data
                watch(written.decode(errors="replace"))
        process.wait(30)
    os.close(ours)
    return written.decode()
