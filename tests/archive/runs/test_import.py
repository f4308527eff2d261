"""The command `import`: counts, exit codes, kills, and that it opens no socket."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.cli.main import main
from archive.maintenance.integrity import check_archive
from archive.store.archive import Archive
from archive.store.lock import locked
from scraper.crawl.worker_pool import ExtractPool
from tests.support.captures import capture, http, record, response, story, write
from tests.support.visits import rows

NOTHING = {"duplicate": 0, "failed": 0, "history": 0, "new": 0, "revised": 0, "same": 0, "textless": 0, "worse": 0}


@pytest.fixture
def path(tmp_path: Path, empty_archive: Path) -> Path:
    return Path(shutil.copy(empty_archive, tmp_path / "a.db"))


def bring(path: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments), "--db", str(path), "--jobs", "1"])


def counts(path: Path, *arguments: str | Path) -> dict[str, Any]:
    """The outcomes and the skipped records that a quiet import prints."""
    done = bring(path, *arguments, "--json", "-q")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    return {name: found[name] for name in (*NOTHING, "skipped") if found[name]}


def dump(path: Path) -> list[str]:
    with Archive.open(path) as archive:
        return list(archive.db.conn.iterdump())


def test_files_are_imported_once(path: Path, tmp_path: Path) -> None:
    old = write(
        tmp_path / "old.warc.gz",
        capture(1),
        capture(2),
        response("https://herald.example/x", b"<html><body></body></html>"),
    )
    new = write(tmp_path / "new.warc", capture(1, "The vote was repeated in May.", at="2020-05-09T06:00:00Z"))
    request = record("request", "https://herald.example/1", b"GET /1 HTTP/1.1\r\n\r\n")
    more = write(tmp_path / "more.warc", request, capture(1))
    done = bring(path, old, new, more)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == (
        "6 records in 3 files: 2 new, 1 revised, 1 without an article; skipped: 1 known, 1 request\n"
    )
    before = dump(path)
    assert counts(path, new, old, more) == {"skipped": {"known": 5, "request": 1}}
    assert dump(path) == before
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT sources, counts FROM runs") == [
            ("import old.warc.gz new.warc more.warc", '{"new": 2, "revised": 1, "textless": 1, "known": 1}')
        ]
        assert [one.number for one in archive.revisions(1)] == [1, 2]
    assert check_archive(path).problems == ()


def test_a_new_archive_is_made_and_only_for_files_with_records(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no records\n")
    good = write(tmp_path / "a.warc", capture(1))
    done = bring(tmp_path / "new.db", good, text)
    assert (done.exit_code, done.stderr) == (
        2,
        f"cuttings: {text}: no WARC or ARC file, it does not begin with a record; give a WARC, ARC or WACZ file\n",
    )
    assert not (tmp_path / "new.db").exists()
    assert bring(tmp_path / "new.db", good).exit_code == 0
    with Archive.open(tmp_path / "new.db") as archive:
        assert archive.article("https://herald.example/1").article.title == "Harbour vote 1"


def test_a_cut_file_gives_what_came_before_and_says_where(path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.warc"
    cut.write_bytes((capture(1) + capture(2))[:-300])
    done = bring(path, cut)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[0] == "1 record in 1 file: 1 new"
    assert done.stderr.splitlines()[1].startswith(f"cuttings: {cut}: record 2 at byte {len(capture(1)):,} is damaged")


def test_captures_are_chosen_by_site_and_time(path: Path, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.warc",
        capture(1, at="2020-05-01T06:00:00Z"),
        capture(2, at="2021-05-01T06:00:00Z"),
        capture(3, at="2021-06-01T06:00:00Z", url="https://news.coast.example/3"),
        capture(4, at="2999-01-01T00:00:00Z"),
    )
    assert counts(path, file, "--since", "2021", "--site", "coast.example") == {
        "new": 1, "skipped": {"date": 1, "site": 1, "time": 1},
    }  # fmt: skip
    assert counts(path, file, "--until", "2020") == {"duplicate": 1, "skipped": {"date": 1, "time": 2}}
    assert counts(path, file) == {"duplicate": 1, "skipped": {"date": 1, "known": 2}}


def test_a_revisit_counts_as_seen_also_before_its_page(path: Path, tmp_path: Path) -> None:
    seen = record("revisit", "https://herald.example/1", b"", at="2022-01-01T00:00:00Z")
    unknown = record("revisit", "https://herald.example/7", b"", at="2022-01-01T00:00:00Z")
    file = write(tmp_path / "a.warc", seen, unknown, capture(1))
    assert counts(path, file) == {"new": 1, "skipped": {"revisit": 2}}
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT first_seen, last_seen FROM articles") == [
            ("2020-05-01T06:00:00Z", "2022-01-01T00:00:00Z")
        ]
    before = dump(path)
    assert counts(path, file) == {"skipped": {"revisit": 2, "known": 1}}
    assert dump(path) == before


def test_pages_of_one_article_are_joined(path: Path, tmp_path: Path) -> None:
    tie = {"WARC_Concurrent_To": "<urn:uuid:1>", "Cuttings_Part": "2"}
    file = write(
        tmp_path / "a.warc.gz",
        record("response", "https://herald.example/1", http(story(1)), WARC_Record_ID="<urn:uuid:1>"),
        record("response", "https://herald.example/1?page=2", http(story(2)), **tie),
    )
    assert counts(path, file) == {"new": 1}
    with Archive.open(path) as archive:
        text = archive.article("1").article.text
        assert all(f"after a vote of {number} to four" in text for number in (1, 2))
        assert rows(archive, "SELECT url FROM page_parts") == [("https://herald.example/1?page=2",)]


def test_a_held_lock_is_exit_code_3(path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "a.warc", capture(1))
    with locked(path):
        assert bring(path, file).exit_code == 3


def test_a_page_that_cannot_be_extracted_costs_itself(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker may not take more than three gigabytes of memory or 20 seconds; here, no time at all."""
    monkeypatch.setitem(ExtractPool.__init__.__kwdefaults__, "deadline", 0.0001)
    long = (f"The council met for the {number}th time over the harbour, and adjourned." for number in range(3000))
    file = write(tmp_path / "a.warc", capture(1, *long))
    done = bring(path, file)
    assert done.exit_code == 1
    assert "https://herald.example/1: extraction took longer than" in done.stderr
    monkeypatch.undo()
    assert counts(path, file) == {"new": 1}


WATCHED = """
import os, sys
USES = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
def note(event, arguments):
    if event in USES and arguments[1:] != (("::1", 0),):
        with open(os.environ["EVENTS"], "a") as out:
            print(os.getpid(), event, file=out)
sys.addaudithook(note)
"""


def start(tmp_path: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """The command in a process of its own, which notes each use of the network, as its workers do."""
    (tmp_path / "site").mkdir(exist_ok=True)
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCHED)
    paths = os.pathsep.join([str(tmp_path / "site"), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths, "EVENTS": str(tmp_path / "events")}
    return subprocess.Popen(
        [sys.executable, "-m", "archive", "import", *map(str, arguments), "--jobs", "2", "-q"], env=environment
    )


def test_no_address_is_resolved_or_connected_to(path: Path, tmp_path: Path) -> None:
    """urllib3, which trafilatura loads, binds port 0 of ::1 once to see whether the machine has IPv6. Nothing listens there."""
    file = write(tmp_path / "a.warc.gz", *(capture(number) for number in range(30)))
    assert start(tmp_path, file, "--db", path).wait(60) == 0
    assert not (tmp_path / "events").exists()
    check = "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError: pass"
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "EVENTS": str(tmp_path / "events")}
    subprocess.run([sys.executable, "-c", check], env=environment, check=True)
    assert "socket.connect" in (tmp_path / "events").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_an_import_that_a_signal_ends_is_continued(path: Path, tmp_path: Path, number: signal.Signals) -> None:
    pages = 150
    file = write(tmp_path / "a.warc.gz", *(capture(page) for page in range(pages)))
    process = start(tmp_path, file, "--db", path)
    with Archive.open(path) as archive:
        until = time.monotonic() + 60
        while not (done := rows(archive, "SELECT count(*) FROM articles")[0][0]) and time.monotonic() < until:
            time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(60) == (143 if number == signal.SIGTERM else -number)
    assert 0 < done < pages
    assert check_archive(path).problems == ()
    found = counts(path, file)
    assert found["new" if "new" in found else "duplicate"] + found["skipped"]["known"] == pages
    assert counts(path, file) == {"skipped": {"known": pages}}
    assert check_archive(path).problems == ()
