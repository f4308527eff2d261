"""Runs that end early: by a signal, their time, a kill, a full disk, or an archive that cannot be used."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from archive.runs.scrape import GRACE_SECONDS
from archive.store.lock import locked
from tests.support.loopback import Exchange, Server
from tests.support.news_server import publish, story
from tests.support.scraping import SHIPS, never_answers, rows, scrape, start, summary, wait_for


def test_a_second_run_on_the_same_archive_is_refused(folder: Path) -> None:
    with locked(folder / "archive.db"):
        result = scrape(folder)
    assert result.exit_code == 3
    assert (
        result.stderr
        == f"cuttings: {folder}/archive.db: another run holds the lock (process {os.getpid()}); try again when that run has ended\n"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_after_open_requests_are_saved_and_the_next_run_completes_it(
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
    requests = len(site.seen)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    late.set()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert f"stopped by {number.name}" in err
    assert err.count("\n") == 1
    assert len(site.seen) == requests
    assert rows(folder, "SELECT note FROM runs") == [(f"stopped by {number.name}",)]
    assert ("The Cormorant to sail again",) in rows(folder, "SELECT title FROM articles")
    publish(site, **SHIPS)
    summary(folder)
    assert rows(folder, "SELECT count(*), count(DISTINCT url) FROM articles") == [(3, 3)]


def test_a_second_signal_ends_a_run_at_once_and_open_links_wait(folder: Path, site: Server) -> None:
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


def test_a_full_disk_is_one_line_and_stored_articles_are_kept(folder: Path, site: Server) -> None:
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
def test_a_file_that_is_not_an_archive_is_not_changed(folder: Path, content: bytes, complaint: str) -> None:
    (folder / "archive.db").write_bytes(content)
    result = scrape(folder)
    assert (result.exit_code, result.stderr) == (5, f"cuttings: {folder}/archive.db: {complaint}\n")
    assert (folder / "archive.db").read_bytes() == content
