"""Whole runs of `scrape` and `add` against a real server on loopback, into a real archive."""

from __future__ import annotations

import asyncio
import io
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.cli.main import main
from archive.cli.progress import CLEAR, Progress
from archive.cli.scrape import with_added_pages
from archive.runs.scrape import GRACE_SECONDS
from archive.runs.totals import RunTotals
from archive.store.lock import locked
from scraper.sources.source_list import parse_sources
from scraper.types import Link, Unchanged
from tests.support import ROOT
from tests.support.loopback import Exchange, Server
from tests.support.news_server import feed, news_server, publish, status, story, with_etag

SHIPS = {"a": "Albatross", "b": "Barnacle", "c": "Cormorant"}


@pytest.fixture
def site() -> Iterator[Server]:
    with news_server({}) as server:
        publish(server, **SHIPS)
        yield server


@pytest.fixture
def folder(tmp_path: Path, site: Server) -> Path:
    """A folder with a source list for the site."""
    (tmp_path / "sources.toml").write_text(
        f'[defaults]\nuser_agent = "test"\n[[source]]\nname = "ships"\nkind = "feed"\nurl = "{site.base}/feed.xml"\n'
    )
    return tmp_path


def command(folder: Path, *options: str) -> list[str]:
    return [
        "scrape",
        str(folder / "sources.toml"),
        "--db",
        str(folder / "archive.db"),
        *options,
        "--jobs",
        "1",
        "--delay",
        "0",
    ]


def scrape(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, command(folder, "--allow-private", *options))


def summary(folder: Path, *options: str) -> dict[str, Any]:
    result = scrape(folder, "--json", *options)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return {**json.loads(result.stdout), "exit": result.exit_code}


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "archive.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def start(folder: Path, *more: str, **options: Any) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "archive", *command(folder, "--allow-private", *more)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, **options)


def wait_for(site: Server, path: str) -> None:
    """Returns when the path has been asked for."""
    give_up = time.monotonic() + 60
    while not site.count(path):
        assert time.monotonic() < give_up, f"{path} was never asked for: {site.seen}"
        time.sleep(0.02)


async def never_answers(exchange: Exchange) -> None:
    while not exchange.writer.is_closing():
        await exchange.raw(b"")
        await asyncio.sleep(0.05)


def test_a_run_archives_what_the_feed_names_and_the_next_fetches_no_body_again(folder: Path, site: Server) -> None:
    first, second = summary(folder), summary(folder)
    assert (first["new"], first["failed"], first["sources"], first["exit"]) == (3, 0, 1, 0)
    assert (second["new"], second["revised"], second["same"], second["exit"]) == (0, 0, 0, 0)
    assert [row[0] for row in rows(folder, "SELECT title FROM articles ORDER BY title")] == [
        f"The {name} to sail again" for name in SHIPS.values()
    ]
    assert "Related:" not in rows(folder, "SELECT group_concat(text) FROM articles")[0][0]
    assert rows(folder, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL") == [(2,)]


def test_a_block_that_was_put_back_stays_when_the_page_moves_it_out_of_the_article(folder: Path, site: Server) -> None:
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


def test_what_robots_forbids_is_left_and_is_no_failure(folder: Path, site: Server) -> None:
    site.routes["/feed.xml"] = feed(site.base, "/a.html", "/private/secret.html")
    found = summary(folder)
    assert (found["new"], found["failed"], found["robots"], found["exit"]) == (1, 0, 1, 0)
    assert not site.count("/private/secret.html")


def test_a_page_without_an_article_fails_with_its_reason(folder: Path, site: Server) -> None:
    site.routes["/b.html"] = "<html><body><nav><a href='/'>Home</a></nav></body></html>"
    found = summary(folder)
    assert (found["new"], found["failures"], found["exit"]) == (2, {"no-article": 1}, 1)


def test_max_pages_bounds_a_run_and_the_next_goes_on(folder: Path) -> None:
    counts = [summary(folder, "--max-pages", "1")["new"] for _ in range(4)]
    assert counts[0] == 1
    assert sum(counts) == 3


def test_private_addresses_are_refused_without_leave(folder: Path, site: Server) -> None:
    result = CliRunner().invoke(main, command(folder))
    assert result.exit_code == 4
    assert result.stderr.splitlines()[-1].startswith("cuttings: nothing could be reached; ")
    assert site.seen == []


def test_a_host_that_is_down_among_others_is_a_failure_not_the_end(folder: Path, site: Server) -> None:
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


def test_a_run_says_one_line_or_nothing(folder: Path) -> None:
    spoken = scrape(folder)
    assert spoken.stdout == ""
    assert spoken.stderr.startswith("3 new; 1 source in ")
    assert spoken.stderr.count("\n") == 1
    assert scrape(folder, "-q").output == ""


def test_the_progress_line_is_redrawn_in_place_and_not_too_often() -> None:
    stream, ticks = io.StringIO(), iter([0.0, 1.0, 1.05, 2.0])
    progress, totals = Progress(stream, clock=lambda: next(ticks)), RunTotals()
    for number in range(3):
        outcome = Unchanged(Link(f"http://example.com/{number}\x1b[2J", "ships"))
        totals.count(outcome, "unchanged")
        progress(totals, outcome)
    lines = stream.getvalue().split(CLEAR)[1:]
    assert [line.split()[0] for line in lines] == ["1", "3"]
    assert lines[0].endswith("http://example.com/0[2J")
    assert "\x1b" not in "".join(lines)


def test_a_second_run_on_the_same_archive_is_refused(folder: Path) -> None:
    with locked(folder / "archive.db"):
        result = scrape(folder)
    assert result.exit_code == 3
    assert (
        result.stderr
        == f"cuttings: {folder}/archive.db: another run holds the lock (process {os.getpid()}); try again when that run has ended\n"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_once_what_is_on_its_way_is_saved_and_the_next_completes_it(
    folder: Path, site: Server, number: signal.Signals, code: int
) -> None:
    late = threading.Event()

    async def answers_late(exchange: Exchange) -> None:
        while not late.is_set():
            await asyncio.sleep(0.05)
        await exchange.send(story("Cormorant"))

    site.routes["/c.html"] = answers_late
    process = start(folder, "--per-host", "1")
    wait_for(site, "/c.html")
    asked = len(site.seen)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    late.set()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert f"stopped by {number.name}" in err
    assert err.count("\n") == 1
    assert len(site.seen) == asked
    assert rows(folder, "SELECT note FROM runs") == [(f"stopped by {number.name}",)]
    assert ("The Cormorant to sail again",) in rows(folder, "SELECT title FROM articles")
    publish(site, **SHIPS)
    summary(folder)
    assert rows(folder, "SELECT count(*), count(DISTINCT url) FROM articles") == [(3, 3)]


def test_a_second_signal_ends_a_run_at_once_and_puts_back_what_was_on_its_way(folder: Path, site: Server) -> None:
    site.routes["/c.html"] = never_answers
    process = start(folder)
    wait_for(site, "/c.html")
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.count("\n")) == (143, 1)
    assert time.monotonic() - sent < GRACE_SECONDS / 2
    assert rows(folder, "SELECT state, attempts FROM links WHERE url LIKE '%/c.html'") == [("new", 0)]
    with locked(folder / "archive.db"):
        pass


def test_a_run_ends_when_its_time_is_over_and_the_rest_waits(folder: Path, site: Server) -> None:
    async def answers_slowly(exchange: Exchange) -> None:
        await asyncio.sleep(1.5)
        await exchange.send(story("Cormorant"))

    site.routes |= dict.fromkeys(("/a.html", "/b.html", "/c.html"), answers_slowly)
    found = summary(folder, "--max-time", "2s", "--per-host", "1")
    assert (found["stopped_by"], found["exit"]) == ("--max-time", 0)
    assert 1 <= len(rows(folder, "SELECT 1 FROM links WHERE state = 'new'")) == 3 - found["pages"]
    wrong = scrape(folder, "--max-time", "soon")
    assert (wrong.exit_code, "not a time: give 90s" in wrong.stderr) == (2, True)


def test_a_killed_run_leaves_a_readable_archive_that_the_next_completes(folder: Path, site: Server) -> None:
    site.routes["/c.html"] = never_answers
    process = start(folder)
    wait_for(site, "/c.html")
    process.kill()
    process.communicate(timeout=30)
    publish(site, **SHIPS)
    assert summary(folder)["exit"] == 0
    assert sorted(rows(folder, "SELECT title, revision FROM articles")) == [
        (f"The {name} to sail again", 1) for name in SHIPS.values()
    ]


def test_a_full_disk_is_one_line_and_what_was_stored_stays(folder: Path, site: Server) -> None:
    summary(folder, "--max-pages", "1")
    size = (folder / "archive.db").stat().st_size
    publish(site, **SHIPS)
    for slug, name in SHIPS.items():
        noise = "".join(f"<!-- {os.urandom(40).hex()} -->" for _ in range(20_000))
        site.routes[f"/{slug}.html"] = story(name).replace("</body>", f"{noise}</body>")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300_000, size + 300_000))

    process = start(folder, preexec_fn=small_files)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (5, ""), err
    assert err.startswith(f"cuttings: {folder}/archive.db: the disk")
    assert err.count("\n") == 1
    assert rows(folder, "SELECT count(*) FROM articles")[0][0] >= 1
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("table", ["articles", "links", "runs"])
def test_a_damaged_archive_ends_the_run_in_one_line(folder: Path, site: Server, table: str) -> None:
    summary(folder)
    [(page, size)] = rows(
        folder, f"SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = '{table}'"
    )
    with (folder / "archive.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    publish(site, **SHIPS, d="Dunlin")
    result = scrape(folder)
    assert (result.exit_code, result.stdout) == (5, "")
    assert result.stderr.startswith(f"cuttings: {folder}/archive.db: the file is damaged")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty (0 bytes); delete it to start a new archive"),
        (
            b"not a database, but long enough to be one " * 10,
            "the file is not a SQLite database; name an archive with --db",
        ),
    ],
    ids=["zero bytes", "other file"],
)
def test_a_file_that_is_no_archive_is_left_alone(folder: Path, content: bytes, complaint: str) -> None:
    (folder / "archive.db").write_bytes(content)
    result = scrape(folder)
    assert (result.exit_code, result.stderr) == (5, f"cuttings: {folder}/archive.db: {complaint}\n")
    assert (folder / "archive.db").read_bytes() == content


def test_add_archives_single_pages_and_tells_of_each_that_fails(tmp_path: Path, site: Server) -> None:
    urls = [site.url("/a.html"), site.url("/nowhere.html")]
    result = CliRunner().invoke(
        main, ["add", *urls, "--db", str(tmp_path / "archive.db"), "--allow-private", "--delay", "0", "--json"]
    )
    assert (json.loads(result.stdout)["new"], result.exit_code) == (1, 1)
    assert result.stderr == f"cuttings: {urls[1]}: the server answered 404\n"
    again = CliRunner().invoke(
        main, ["add", "http://127.0.0.1:9/x.html", "--db", str(tmp_path / "archive.db"), "--allow-private"]
    )
    assert again.exit_code == 4
    wrong = CliRunner().invoke(main, ["add", "ftp://example.com/x"])
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def make_due(folder: Path) -> None:
    """Lets the time come at which pages that were had are looked at again."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        connection.execute("UPDATE links SET next_try = '2026-01-01T00:00:00Z' WHERE next_try IS NOT NULL")


def test_pages_that_add_was_given_are_looked_at_again_by_the_next_scrape(folder: Path, site: Server) -> None:
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
def test_a_list_may_have_added_pages_left_alone_or_looked_at_its_own_way(never: str) -> None:
    loaded = parse_sources(f'[defaults]\n{never}\nname = "x"\nkind = "urls"\nurl = "https://x.example/"')
    added = next(source for source in with_added_pages(loaded) if source.name == "add")
    assert added.revisit == () or added in loaded.sources


def test_pages_of_a_source_that_was_taken_out_of_the_list_are_left_alone(folder: Path, site: Server) -> None:
    assert summary(folder, "--max-pages", "1")["new"] == 1
    make_due(folder)
    (folder / "sources.toml").write_text(f'[[source]]\nname = "other"\nkind = "urls"\nurl = "{site.base}/c.html"\n')
    site.seen.clear()
    assert summary(folder, "-q")["exit"] == 0
    assert site.seen == ["/robots.txt", "/c.html"]
