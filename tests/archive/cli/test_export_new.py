"""`export --new NAME`: each text once, also after a kill; and `export --revisions`."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.store.archive import Archive
from tests.support.commands import run
from tests.support.visits import BODY, START, article, hours, visit

STORIES = [f"story-{number}" for number in range(205)]
LONG = " ".join(["The harbour master said on Monday that the old ferry would sail again in the spring."] * 40)


def exported(path: Path, *more: str) -> list[dict[str, Any]]:
    """The rows of an export of the name `daily`."""
    result = run("export", "--new", "daily", "--db", str(path), *more)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def add(path: Path, *slugs: str, text: str = LONG) -> None:
    """Saves visits to pages of these names."""
    urls = {slug: f"https://bay.example/{slug}" for slug in slugs}
    visits = [visit(article(f"{text} {slug}", url=url, title=slug), url=url) for slug, url in urls.items()]
    with Archive.open(path) as archive:
        archive.save_many(visits, run=1, at=hours(3))


def cursors(path: Path) -> list[tuple[str, int]]:
    """The cursors in the archive."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT name, revision_id FROM exports").fetchall()
    finally:
        connection.close()


def test_a_second_export_of_a_name_has_what_came_or_changed_since_the_first(path: Path) -> None:
    assert [row["title"] for row in exported(path)] == ["Harbour to be dredged", "Mill burns"]
    assert exported(path) == []
    add(path, "new")
    with Archive.open(path) as archive:
        archive.save(visit(article(*BODY, "Quite another end.")), run=1, at=hours(4))
        archive.save(visit(article(*BODY, "Quite another end.")), run=1, at=hours(5))
    found = exported(path)
    assert [(row["title"], row["revision"]) for row in found] == [("Harbour to be dredged", 3), ("new", 1)]
    assert "Quite another end." in found[0]["text"]
    assert exported(path) == []


def test_each_name_has_a_cursor_of_its_own_and_keeps_its_site_and_query(path: Path) -> None:
    assert len(exported(path)) == 2
    other = run("export", "--new", "mills", "--query", "mill", "--db", str(path))
    assert [json.loads(line)["title"] for line in other.stdout.splitlines()] == ["Mill burns"]
    assert other.stderr == "1 article written to standard output, the first of mills\n"
    refused = run("export", "--new", "daily", "--site", "post.example", "--db", str(path))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--new daily: earlier exports of this name had" in refused.stderr
    assert run("export", "--new", " ", "--db", str(path)).exit_code == 2
    assert sorted(cursors(path)) == [("daily", 3), ("mills", 3)]


@pytest.mark.parametrize(
    "output",
    [["-o", "/dev/full"], ["-o", "/no/such/folder/a.jsonl"]],
    ids=["full disk", "no folder"],
)
def test_an_output_that_fails_moves_no_cursor(path: Path, output: list[str]) -> None:
    assert run("export", "--new", "daily", "--db", str(path), *output).exit_code != 0
    assert cursors(path) == []
    assert len(exported(path)) == 2


def test_a_kept_file_in_a_folder_moves_no_cursor(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    exported(path, "--front-matter", "-o", str(folder))
    (file := next(folder.glob("*harbour*"))).write_text("mine")
    with Archive.open(path) as archive:
        archive.save(visit(article(*BODY, "Quite another end.")), run=1, at=hours(4))
    wanted = ("export", "--new", "daily", "--front-matter", "-o", str(folder), "--db", str(path))
    assert (run(*wanted).exit_code, file.read_text()) == (2, "mine")
    assert run(*wanted, "--force").exit_code == 0
    assert "Quite another end." in file.read_text()
    assert exported(path) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, None], ids=["SIGKILL", "SIGTERM", "closed pipe"])
def test_an_export_that_ends_in_the_middle_is_written_again(path: Path, how: signal.Signals | None) -> None:
    add(path, *STORIES[:60])
    call = [sys.executable, "-m", "archive", "export", "--new", "daily", "--db", str(path)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == 1  # it writes, and waits: the pipe holds 64 kB
        if how is not None:
            os.kill(process.pid, how)
    assert cursors(path) == []
    assert len(exported(path)) == 62
    assert exported(path) == []


@pytest.mark.parametrize(("options", "count"), [((), 62), (("--revisions",), 63)], ids=["articles", "revisions"])
def test_a_text_that_comes_while_an_export_runs_is_in_the_next_one(
    path: Path, options: tuple[str, ...], count: int
) -> None:
    add(path, *STORIES[:60])
    call = [sys.executable, "-m", "archive", "export", "--new", "daily", *options, "--db", str(path)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        add(path, "late")
        rows = [json.loads(line) for line in (first, *process.stdout.read().splitlines())]
    assert (process.returncode, len(rows)) == (0, count)
    assert [row["title"] for row in rows if row["title"] == "late"] == []
    assert [row["title"] for row in exported(path, *options)] == ["late"]


def test_a_slow_export_does_not_move_the_cursor_of_a_later_one_back(path: Path) -> None:
    add(path, *STORIES[:60])
    call = [sys.executable, "-m", "archive", "export", "--new", "daily", "--db", str(path)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        add(path, "late")
        assert len(exported(path)) == 63
        process.stdout.read()
    assert process.returncode == 0
    assert exported(path) == []


def test_more_new_articles_than_one_batch_come_once_each(path: Path) -> None:
    exported(path)
    add(path, *STORIES, text="A story.")
    assert [row["title"] for row in exported(path)] == STORIES


def test_a_feed_of_what_is_new_has_all_of_it_and_newest_is_refused(path: Path) -> None:
    add(path, *STORIES[:60], text="A story.")
    feed = run("export", "--new", "daily", "--format", "jsonfeed", "--db", str(path))
    assert len(json.loads(feed.stdout)["items"]) == 62
    assert run("export", "--new", "x", "--format", "atom", "--newest", "3", "--db", str(path)).exit_code == 2


def revisions(path: Path, *more: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("export", "--revisions", "--db", str(path), *more).stdout.splitlines()]


def test_revisions_are_all_texts_each_with_its_time_and_its_words(path: Path) -> None:
    rows = revisions(path)
    assert [(row["id"], row["revision"], row["origin"]) for row in rows] == [
        (1, 1, "scrape"),
        (1, 2, "scrape"),
        (2, 1, "scrape"),
    ]
    assert "One paragraph more." not in rows[0]["text"]
    assert "One paragraph more." in rows[1]["text"]
    assert [row["words"] for row in rows] == [len(row["text"].split()) for row in rows]
    assert rows[0]["seen_at"] == START.isoformat().replace("+00:00", "Z") != rows[1]["seen_at"]
    assert [row["id"] for row in revisions(path, "--site", "post.example")] == [2]


def test_new_revisions_come_once(path: Path) -> None:
    assert len(revisions(path, "--new", "all")) == 3
    with Archive.open(path) as archive:
        archive.save(visit(article(*BODY, "A third end.")), run=1, at=hours(4))
        archive.save(visit(article(*BODY, "A fourth end.")), run=1, at=hours(5))
    assert [row["revision"] for row in revisions(path, "--new", "all")] == [3, 4]
    assert revisions(path, "--new", "all") == []


def test_revisions_have_files_of_their_own_and_columns_in_csv(path: Path, tmp_path: Path) -> None:
    shown = run("export", "--revisions", "--format", "csv", "--db", str(path)).stdout
    rows = list(csv.DictReader(io.StringIO(shown, newline="")))
    assert [row["origin"] for row in rows] == ["scrape"] * 3
    assert "seen_at" not in run("export", "--format", "csv", "--db", str(path)).stdout.splitlines()[0]
    run("export", "--revisions", "--front-matter", "-o", str(tmp_path / "out"), "--db", str(path))
    names = sorted(file.stem.partition("-")[2][-5:] for file in (tmp_path / "out").iterdir())
    assert names == ["-1-r1", "-1-r2", "-2-r1"]
    assert run("export", "--revisions", "--format", "parquet", "--db", str(path)).exit_code == 2
