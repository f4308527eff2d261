"""The commands `show`, `export`, `status` and `serve`."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.columns import iso
from scraper.types import Failure, HostPaused, Link, SourceRead
from tests.support.commands import data, run
from tests.support.visits import BODY, START, URL


@pytest.mark.parametrize("ref", ["1", URL])
def test_show_finds_an_article_by_number_and_address(path: Path, ref: str) -> None:
    shown = run("show", ref, "--db", str(path)).stdout
    assert shown.startswith("Harbour to be dredged\nherald.example · Ada Quill, José Ríos")
    assert BODY[2] in shown


def test_show_has_the_ledger_the_history_and_the_page(path: Path) -> None:
    assert "Sign up for our newsletter" in run("show", "1", "--removed", "--db", str(path)).stdout
    assert "+ One paragraph more." in run("show", "1", "--history", "--db", str(path)).stdout
    assert run("show", "1", "--html", "--db", str(path)).stdout_bytes == b"<html>raw \xe9</html>"


def test_show_prints_each_part_as_json(path: Path) -> None:
    assert data("show", "1", "--json", "--db", str(path))["title"] == "Harbour to be dredged"
    assert data("show", "1", "--removed", "--json", "--db", str(path))[0]["kind"] == "newsletter"
    assert [row["revision"] for row in data("show", "1", "--history", "--json", "--db", str(path))] == [1, 2]


def test_an_article_that_is_not_there_is_one_line(path: Path) -> None:
    result = run("show", "99", "--db", str(path))
    assert (result.exit_code, result.stderr) == (
        2,
        f"cuttings: {path}: no article '99'; find one with `cuttings search`\n",
    )


def test_export_streams_jsonl_markdown_and_csv(path: Path) -> None:
    lines = [json.loads(line) for line in run("export", "--db", str(path)).stdout.splitlines()]
    assert [line["title"] for line in lines] == ["Harbour to be dredged", "Mill burns"]
    assert run("export", "--format", "markdown", "--db", str(path)).stdout.startswith("# Harbour to be dredged")
    table = list(csv.DictReader(io.StringIO(run("export", "--format", "csv", "--db", str(path)).stdout)))
    assert [row["title"] for row in table] == ["Harbour to be dredged", "Mill burns"]


def test_export_takes_conditions(path: Path) -> None:
    for condition in (["--site", "post.example"], ["--query", "mill"]):
        [line] = run("export", *condition, "--db", str(path)).stdout.splitlines()
        assert json.loads(line)["title"] == "Mill burns"
    assert run("export", "--since", "2027-01-01", "--db", str(path)).stdout == ""


def test_export_writes_a_file_or_a_folder(path: Path, tmp_path: Path) -> None:
    to_file = run("export", "--output", str(tmp_path / "all.jsonl"), "--db", str(path))
    assert to_file.stderr == f"2 articles written to {tmp_path}/all.jsonl\n"
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 2
    run("export", "--format", "markdown", "--output", str(tmp_path / "out"), "--db", str(path))
    assert sorted(file.suffix for file in (tmp_path / "out").iterdir()) == [".md", ".md"]
    assert not list(tmp_path.glob("*.part"))


def test_an_export_that_cannot_be_written_is_one_line(path: Path, tmp_path: Path) -> None:
    result = run("export", "--output", str(tmp_path / "none" / "all.jsonl"), "--db", str(path))
    assert result.exit_code == 2
    assert result.stderr == f"cuttings: {tmp_path}/none/all.jsonl: there is no folder {tmp_path}/none; create it\n"


def test_a_full_disk_behind_a_device_is_one_line_that_names_it(path: Path) -> None:
    result = run("export", "--output", "/dev/full", "--db", str(path))
    assert (result.exit_code, result.stderr) == (1, "cuttings: /dev/full: No space left on device\n")


def test_an_export_replaces_a_file_without_a_suffix(path: Path, tmp_path: Path) -> None:
    (tmp_path / "all").write_text("old")
    assert run("export", "--output", str(tmp_path / "all"), "--force", "--db", str(path)).exit_code == 0
    assert (tmp_path / "all").read_text(encoding="utf-8") == run("export", "--db", str(path)).stdout


def test_a_full_disk_behind_standard_output_is_one_line(path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "archive", "export", "--db", str(path)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "cuttings: standard output: No space left on device\n")


def test_status_shows_the_archives_contents(path: Path) -> None:
    shown = run("status", "--db", str(path)).stdout
    assert "2 articles from 2 sites; 3 revisions" in shown
    assert "2 new, 1 revised" in shown
    assert "herald" in shown
    found = data("status", "--json", "--db", str(path))
    assert found["rows"]["articles"] == 2
    assert found["last_run"]["started_at"] == "2026-11-20T06:00:00Z"


def test_status_shows_waiting_links_due_pages_failures_and_paused_hosts(path: Path) -> None:
    with Archive.open(path) as archive:
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=23)
        wrong = HostPaused("wire.example", datetime(2999, 1, 1, tzinfo=UTC), "a clock was wrong")
        links = tuple(Link(f"https://herald.example/{number}", "herald") for number in range(3))
        failed = Failure(Link("https://herald.example/x", "herald"), "timeout", "it was slow")
        archive.save_many(
            [
                SourceRead("herald", 3, 3, links=links),
                failed,
                HostPaused("coast.example", until, "it asked for it"),
                wrong,
            ],
            run=1,
            at=START,
        )
    shown = run("status", "--db", str(path)).stdout
    assert "; 3 links waiting; 2 due for a refetch; failed: 1 (1 timeout)\n" in shown
    assert f"  coast.example is paused until {iso(until)}: it asked for it\n" in shown
    found = data("status", "--json", "--db", str(path))
    assert found["paused"] == [{"host": "coast.example", "until": iso(until), "reason": "it asked for it"}]
    assert {source["source"]: source["waiting"] for source in found["sources"]}["herald"] == 3


def test_serve_answers_on_loopback_and_ends_on_ctrl_c(path: Path) -> None:
    line = [sys.executable, "-m", "archive", "serve", "--db", str(path), "--port", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().split()[0]
            assert url.startswith("http://127.0.0.1:")
            assert "Harbour to be dredged" in fetch(url)
        finally:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert process.returncode in (0, 130)
    assert "Traceback" not in err


def fetch(url: str) -> str:
    for _ in range(50):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return str(answer.read().decode())
        except ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
