"""Check-ups that name what is damaged, copies of a live archive, pruning, and the locks around them."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.maintenance.backup import back_up, find_old_pages, prune, vacuum
from archive.maintenance.integrity import CHECKS, Problem, check_archive
from archive.store.archive import Archive
from archive.store.columns import iso
from archive.store.lock import lock_path, locked
from scraper.errors import ArchiveError, InputError
from scraper.types import Block
from tests.archive.schema.old_archives import FIRST, unpack
from tests.archive.schema.test_schema import check_index
from tests.support.visits import START, article, hours, removal, rows, save, visit

ARTICLES = 12


def story(number: int, *, at: float = 0) -> Any:
    """A visit to an article with a removed block, a caption and a page of some size."""
    drawn = random.Random(number)
    words = "harbour vote wall tide ferry storm mayor school bridge orchard".split()
    text = [f"{' '.join(drawn.choices(words, k=30))} {number}." for _ in range(6)]
    url = f"https://h{number % 3}.example/{number}"
    blocks = [Block("paragraph", line, place * 2) for place, line in enumerate(text)]
    found = article(blocks=(*blocks, Block("caption", "The quay", 1)), url=url, title=f"Title {number}")
    gone = (removal("The quay", kind="caption", position=1), removal(position=13))
    noise = "".join(drawn.choices("abcdefghij <>/", k=6000))
    made = visit(found, url=url, removals=gone, body=f"<html><p>{'</p><p>'.join(text)}{noise}".encode(), at=hours(at))
    return replace(made, extraction=replace(made.extraction, chrome=(removal("Menu", position=15),)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("care") / "a.db"
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save_many([story(number) for number in range(ARTICLES)], run=run, at=START)
        archive.finish_run(run, at=hours(1), counts={})
    return path


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "a.db"))


def run(path: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments, "--db", str(path)])


def test_an_undamaged_archive_has_no_problems_and_is_unchanged(copy: Path) -> None:
    before = copy.read_bytes()
    found = check_archive(copy)
    assert (found.problems, found.skipped, found.articles, found.pages) == ((), (), ARTICLES, ARTICLES)
    assert copy.read_bytes() == before
    done = run(copy, "check")
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads(run(copy, "check", "--json", "--quick").stdout)["sound"]


BREAKS: dict[str, tuple[str, str]] = {
    "a page's body": ("UPDATE pages SET body = zeroblob(length(body)) WHERE id = 3", "pages 3: "),
    "a page's hash": ("UPDATE pages SET sha256 = 'x' WHERE id = 4", "pages 4: "),
    "a reference page": ("UPDATE dictionaries SET sha256 = 'x' WHERE id = 1", "dictionary 1"),
    "a text": (
        "UPDATE revisions SET text = replace(text, 'harbour', 'hArbour') WHERE id = 2",
        "revisions 2: the text does not match its hash",
    ),
    "an article's text": (
        "UPDATE articles SET text = text || '!' WHERE id = 5",
        "articles 5: the text differs from the newest revision",
    ),
    "blocks": ("UPDATE revisions SET blocks = '[]' WHERE id = 6", "revisions 6: the blocks do not add up to the text"),
    "blocks that are none": (
        """UPDATE revisions SET blocks = '["x"]' WHERE id = 6""",
        "revisions 6: the blocks cannot be read",
    ),
    "a block kept and removed": (
        "UPDATE removals SET position = 0 WHERE id = 2",
        "removals 2: block 0 of revision 1 was kept as well",
    ),
    "a lost revision": (
        "DELETE FROM shingles WHERE revision_id = 7; DELETE FROM chrome WHERE revision_id = 7; DELETE FROM removals WHERE revision_id = 7; DELETE FROM revisions WHERE id = 7",
        "articles 7: the article is at revision 1, but has 0",
    ),
    "a reference to nothing": (
        "PRAGMA foreign_keys = OFF; UPDATE pages SET link_id = 999 WHERE id = 1",
        "pages 1: refers to a missing row of links",
    ),
    "another article's removal": (
        "UPDATE removals SET article_id = 2 WHERE id = 1",
        "removals 1: belongs to a revision of another article",
    ),
    "chrome": ("UPDATE chrome SET packed = x'00' WHERE revision_id = 8", "chrome 8: cannot be read"),
    "chrome that was kept": (
        "UPDATE revisions SET blocks = replace(blocks, '\"position\":10', '\"position\":15') WHERE id = 9",
        "chrome 9: block 15 was kept as well",
    ),
    "a lost index": ("DROP INDEX links_by_article", "schema: the index links_by_article is missing"),
    "a changed view": ("DROP VIEW recent; CREATE VIEW recent AS SELECT 1 AS id", "schema: the view recent was changed"),
    "a lost table": ("DROP TABLE events", "schema: the table events is missing"),
    "a stale index": (
        "DROP TRIGGER articles_deleted; PRAGMA foreign_keys = OFF; INSERT INTO articles_fts (articles_fts, rowid, title, text, authors) SELECT 'delete', id, title, text, authors FROM articles WHERE id = 3",
        "articles_fts: indexes 11 of 12 articles",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_damage_is_named(copy: Path, name: str) -> None:
    sql, expected = BREAKS[name]
    conn = sqlite3.connect(copy)
    conn.executescript(sql)
    conn.close()
    lines = [problem.line() for problem in check_archive(copy).problems]
    assert any(expected in line for line in lines), lines
    assert run(copy, "check").exit_code == 5


def test_an_index_with_wrong_words_is_named(copy: Path) -> None:
    conn = sqlite3.connect(copy)
    conn.execute(
        "INSERT INTO articles_fts (articles_fts, rowid, title, text, authors) SELECT 'delete', id, title, text, authors FROM articles WHERE id = 3"
    )
    conn.execute("INSERT INTO articles_fts (rowid, title, text, authors) VALUES (3, 'other', 'words', '[]')")
    conn.commit()
    conn.close()
    assert [problem.part for problem in check_archive(copy).problems] == ["articles_fts"]
    assert check_archive(copy, quick=True).problems == ()
    with locked(copy):
        found = check_archive(copy)
    assert (found.problems, found.skipped) == ((), ("the full-text indexes were not compared: a run is writing",))


def hashed(path: Path) -> dict[str, Any]:
    """The rows that a hash or a second copy protects, by table. For an unreadable table, the name of the error."""
    conn = sqlite3.connect(path)
    found: dict[str, Any] = {}
    for table, columns in {
        "pages": "id, body, sha256",
        "revisions": "id, text, fingerprint, blocks",
        "articles": "id, title, text, authors",
    }.items():
        try:
            found[table] = conn.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as exc:
            found[table] = type(exc).__name__
    conn.close()
    return found


def test_random_damage_is_found_and_nothing_is_written(whole: Path, tmp_path: Path) -> None:
    chance, truth, found = random.Random(64), hashed(whole), 0
    size = whole.stat().st_size
    for number in range(40):
        path = tmp_path / f"{number}.db"
        shutil.copy(whole, path)
        with path.open("r+b") as file:
            file.seek(chance.randrange(4096, size - 64))
            file.write(chance.randbytes(64))
        before = path.read_bytes()
        try:
            problems = check_archive(path).problems
        except ArchiveError:
            problems = (Problem("file", 0, "it cannot be opened"),)
        assert path.read_bytes() == before
        if hashed(path) != truth:
            assert problems, number
            found += 1
    assert found >= 5  # the others hit free space, indexes, or columns without a second copy


@pytest.mark.parametrize("name", ["cut short", "zero bytes", "a text"])
def test_a_file_that_cannot_be_opened_has_its_exit_code(copy: Path, name: str) -> None:
    {
        "cut short": lambda: os.truncate(copy, 9000),
        "zero bytes": lambda: os.truncate(copy, 0),
        "a text": lambda: copy.write_text("news" * 999),
    }[name]()
    before = copy.read_bytes()
    assert run(copy, "check").exit_code == 5
    assert copy.read_bytes() == before


def test_a_schema_that_is_not_utf_8_is_named(copy: Path) -> None:
    whole = copy.read_bytes()
    assert whole.count(b"CREATE TABLE articles (") == 1
    copy.write_bytes(whole.replace(b"CREATE TABLE articles (", b"CREATE TABLE " + b"\xa6" * 10))
    done = run(copy, "check")
    assert (done.exit_code, done.stdout.split(":")[0]) == (5, "file")
    assert "it is damaged" in done.stderr


def test_an_archive_of_an_earlier_version_is_checked_in_part(tmp_path: Path) -> None:
    unpack(FIRST, tmp_path / "old.db")
    before = (tmp_path / "old.db").read_bytes()
    done = run(tmp_path / "old.db", "check")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "of an earlier version" in done.stderr
    assert (tmp_path / "old.db").read_bytes() == before


def test_a_check_leaves_no_files_beside_the_archive(copy: Path) -> None:
    before = sorted(copy.parent.iterdir())
    assert run(copy, "check").exit_code == 0
    assert sorted(copy.parent.iterdir()) == before


def test_an_archive_that_cannot_be_locked_is_not_called_damaged(copy: Path) -> None:
    lock_path(copy).mkdir()
    done = run(copy, "check")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "the full-text indexes were not compared: the lock file" in done.stderr


def test_every_check_has_a_docstring() -> None:
    assert all(check.__doc__ for check in CHECKS.values())


# --- copies -------------------------------------------------------------------------------------------------------


def test_a_copy_taken_during_a_run_is_complete_and_of_one_moment(archive: Archive, tmp_path: Path) -> None:
    save(archive, story(0))
    stop, saved, errors = threading.Event(), [1], []

    def write() -> None:
        with Archive.open(archive.path) as writer:
            for number in range(1, 2000):
                if stop.is_set():
                    return
                try:
                    writer.save(story(number), run=1, at=START)
                except ArchiveError as exc:
                    errors.append(exc)
                saved[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        copies = []
        for number in range(5):
            least = saved[0]
            back_up(archive.path, tmp_path / f"copy-{number}.db")
            copies.append((least, saved[0]))
    finally:
        stop.set()
        thread.join()
    assert errors == []
    for number, (least, most) in enumerate(copies):
        copy = tmp_path / f"copy-{number}.db"
        assert check_archive(copy).problems == ()
        with Archive.open(copy) as opened:
            assert least <= rows(opened, "SELECT count(*) FROM articles")[0][0] <= most + 1
            check_index(opened.db)
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".copy")]


def test_a_copy_never_overwrites_a_file_and_needs_its_folder(copy: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    assert run(copy, "backup", str(target)).exit_code == 0
    before = target.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        back_up(copy, target)
    assert target.read_bytes() == before
    assert run(copy, "backup", str(tmp_path / "no" / "b.db")).exit_code == 2
    assert run(tmp_path / "missing.db", "backup", str(tmp_path / "c.db")).exit_code == 5
    assert not (tmp_path / "c.db").exists()


@pytest.mark.parametrize(("damage", "said"), [
    ("UPDATE revisions SET text = 'Something else.' WHERE id = 1", "articles 1: the text differs from the newest revision and 1 problem more)"),
    ("UPDATE pages SET body = x'00' WHERE id = 1", "pages 1: "),
])  # fmt: skip
def test_a_copy_of_a_damaged_archive_is_kept_and_called_damaged(
    copy: Path, tmp_path: Path, damage: str, said: str
) -> None:
    with closing(sqlite3.connect(copy)) as conn, conn:
        conn.execute(damage)
    done = run(copy, "backup", str(tmp_path / "b.db"))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (5, "", 1)
    assert f"{tmp_path / 'b.db'}: complete, but it has the damage of {copy} ({said}" in done.stderr
    assert run(tmp_path / "b.db", "check").stdout == run(copy, "check").stdout != ""


def test_a_quick_copy_is_checked_less(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as conn, conn:
        conn.execute("UPDATE pages SET body = x'00' WHERE id = 1")
    assert run(copy, "backup", str(tmp_path / "b.db"), "--quick").exit_code == 0
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith("b.db")) == ["b.db"]


# --- pruning and room ---------------------------------------------------------------------------------------------


@pytest.fixture
def aged(archive: Archive) -> Archive:
    """Pages of two days."""
    for number in range(6):
        save(archive, story(number, at=0))
        save(archive, story(100 + number, at=48))
    return archive


def test_prune_deletes_old_bodies_and_keeps_all_other_columns(aged: Archive) -> None:
    before = (
        rows(aged, "SELECT id, url, sha256, bytes FROM pages"),
        rows(aged, "SELECT * FROM revisions"),
        rows(aged, "SELECT * FROM removals"),
    )
    assert find_old_pages(aged, hours(24)).pages == 6
    assert sum(prune(aged, hours(24))) == 6
    assert (
        rows(aged, "SELECT id, url, sha256, bytes FROM pages"),
        rows(aged, "SELECT * FROM revisions"),
        rows(aged, "SELECT * FROM removals"),
    ) == before
    assert find_old_pages(aged, hours(24)).pages == 0
    with pytest.raises(InputError, match="was pruned"):
        aged.body(1)
    for (number,) in rows(aged, "SELECT id FROM articles WHERE title LIKE 'Title 10%'"):
        assert aged.body(number).startswith(b"<html>")  # its reference page is still there
    assert check_archive(aged.path).problems == ()
    assert run(aged.path, "show", "1", "--html").exit_code == 2
    assert run(aged.path, "reextract", "--dry-run", "--jobs", "1", "--since", "2026-11-20").stderr.startswith("6 pages")


def test_prune_works_in_several_transactions(aged: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.maintenance.backup.MAX_PAGES_PER_TRANSACTION", 4)
    assert list(prune(aged, hours(24))) == [4, 2]
    assert rows(aged, "SELECT count(*) FROM pages WHERE fetched_at < ? AND length(body) > 0", iso(hours(24))) == [(0,)]
    assert list(prune(aged, hours(24))) == []


def test_prune_deletes_an_unused_reference_page_if_its_site_has_a_newer_one(aged: Archive) -> None:
    host, version, sha256 = rows(aged, "SELECT host, version, sha256 FROM dictionaries LIMIT 1")[0]
    conn = aged.db.conn
    conn.execute(
        "INSERT INTO dictionaries (host, version, since, bytes, sha256, body) SELECT host, version + 1, since, bytes, sha256, body FROM dictionaries WHERE host = ?",
        (host,),
    )
    sum(prune(aged, hours(99)))
    assert rows(aged, "SELECT version FROM dictionaries WHERE host = ?", host) == [(version + 1,)]
    assert (
        rows(aged, "SELECT count(DISTINCT host) FROM dictionaries")[0][0]
        == rows(aged, "SELECT count(*) FROM dictionaries")[0][0]
    )
    assert sha256


def test_vacuum_shrinks_the_file_and_keeps_the_index(aged: Archive) -> None:
    sum(prune(aged, hours(99)))
    before, after = vacuum(aged)
    assert after < before
    check_index(aged.db)
    assert check_archive(aged.path).problems == ()


def test_vacuum_refuses_a_damaged_file(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as conn:
        conn.executescript("PRAGMA ignore_check_constraints = ON; UPDATE links SET state = 'x' WHERE id = 1")
    before = copy.read_bytes()
    done = run(copy, "vacuum")
    assert (done.exit_code, "the file is damaged (CHECK constraint failed in links)" in done.stderr) == (5, True)
    assert copy.read_bytes() == before


CHANGING: dict[str, tuple[str, ...]] = {"prune": ("prune", "--before", "2027-01-01", "--apply"), "vacuum": ("vacuum",)}


@pytest.mark.parametrize("name", CHANGING)
def test_commands_that_change_the_archive_refuse_while_a_run_works(copy: Path, name: str) -> None:
    with locked(copy):
        assert run(copy, *CHANGING[name]).exit_code == 3
    assert run(copy, *CHANGING[name]).exit_code == 0


def test_prune_without_apply_only_counts(copy: Path) -> None:
    before = copy.read_bytes()
    done = run(copy, "prune", "--before", "2027-01-01")
    assert (done.exit_code, done.stderr.split(",")[0]) == (0, f"{ARTICLES} raw pages")
    assert copy.read_bytes() == before
    done = run(copy, "prune", "--before", "2027-01-01", "--apply")
    assert done.stderr.startswith(f"{ARTICLES} raw pages deleted")
