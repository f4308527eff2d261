"""The archive through kills, full disks, readers beside it, and files that are no archive."""

from __future__ import annotations

import codecs
import os
import pickle
import random
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.schema.migrations import MIGRATIONS
from archive.store.archive import Archive
from archive.store.raw_pages import pack_page
from scraper.errors import ArchiveError
from tests.archive.schema.test_schema import check_index
from tests.support.visits import OTHER, START, URL, article, removal, rows, save, visit


def test_a_batch_is_saved_completely_or_not_at_all(archive: Archive) -> None:
    good = [visit(article(url=f"{URL}/{n}"), url=f"{URL}/{n}") for n in range(3)]
    assert archive.save_many(good, run=1, at=START) == ["new", "duplicate", "duplicate"]
    bad = visit(article(url=OTHER), url=OTHER, removals=(removal(kind="no such kind"),))
    with pytest.raises(sqlite3.IntegrityError):
        archive.save_many([visit(article("New.", url=OTHER + "2"), url=OTHER + "2"), bad], run=1, at=START)
    assert rows(archive, "SELECT count(*) FROM articles") == [(3,)]
    assert save(archive, visit(article("New.", url=OTHER + "2"), url=OTHER + "2")) == "new"


def test_a_reader_sees_its_snapshot_and_never_blocks_the_writer(archive: Archive) -> None:
    save(archive, visit(article()))
    reader = sqlite3.connect(archive.path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    save(archive, visit(article("New.", url=OTHER), url=OTHER))
    assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM articles").fetchone() == (2,)
    reader.close()


COUNTER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("SELECT count(*) FROM articles").fetchone()[0])
db.close()
"""


def test_a_reader_that_opens_and_closes_during_a_run_sees_all_and_deletes_nothing(archive: Archive) -> None:
    seen = []
    with Archive.open(archive.path) as writer:  # as a run has it: one connection that reads, one that writes
        for number in range(3):
            url = f"{URL}/{number}"
            writer.save(visit(article(f"Text {number}.", url=url), url=url), run=1, at=START)
            count = subprocess.run(
                [sys.executable, "-c", COUNTER, str(archive.path)], capture_output=True, text=True, check=True
            )
            seen.append(int(count.stdout))
            assert archive.path.with_name(archive.path.name + "-wal").exists()
    assert seen == [1, 2, 3]


SAVER = """
import sys
from pathlib import Path
from archive.store.archive import Archive
from tests.support.visits import START, article, removal, visit
archive = Archive.open(Path(sys.argv[1]), create=True)
run = archive.start_run(at=START, sources="kill")
number, batch = int(sys.argv[2]), int(sys.argv[3])
while True:
    outcomes = []
    for number in range(number + 1, number + 1 + batch):
        url = f"https://herald.example/{number // 2}"  # each twice: new, then revised
        text = [f"Paragraph {part} of visit {number} has words." for part in range(12)]
        found = article(*text, url=url, title=f"Title {number}")
        page = visit(found, url=url, removals=(removal(), removal("Share")), body=b"<p>words</p>" * 20 * number)
        outcomes.append((number, url, page))
    archive.save_many([page for _, _, page in outcomes], run=run, at=START)
    print("".join(f"{number} {url}\\n" for number, url, _ in outcomes), end="", flush=True)
"""


def check_whole(archive: Archive) -> None:
    """Every article has all its parts, and the index agrees."""
    assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
    assert rows(archive, "PRAGMA foreign_key_check") == []
    check_index(archive.db)
    assert rows(archive, "SELECT count(*) FROM unindexed") == [(0,)]
    halves = """
    SELECT articles.id FROM articles LEFT JOIN revisions ON revisions.article_id = articles.id
      LEFT JOIN pages ON pages.id = revisions.page_id
    GROUP BY articles.id
    HAVING count(revisions.id) <> articles.revision OR count(pages.id) <> articles.revision
      OR (SELECT count(*) FROM removals WHERE removals.article_id = articles.id) <> 2 * articles.revision
      OR (SELECT count(*) FROM links WHERE links.article_id = articles.id) <> 1
      OR (SELECT text FROM revisions WHERE article_id = articles.id ORDER BY number DESC LIMIT 1) <> articles.text"""
    assert rows(archive, halves) == []


def test_a_kill_at_any_moment_leaves_each_article_complete_or_absent(tmp_path: Path) -> None:
    path, chance, number = tmp_path / "a.db", random.Random(20161213), 0
    for turn in range(12):
        command = [sys.executable, "-c", SAVER, str(path), str(number), str((1, 7)[turn % 2])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged = [process.stdout.readline()]  # it is under way
            time.sleep(chance.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            acknowledged += process.stdout.readlines()
        whole = [line.split() for line in acknowledged if line.endswith("\n")]
        number = int(whole[-1][0])
        with Archive.open(path) as archive:
            check_whole(archive)
            for visits, url in whole:
                assert f"of visit {visits} has" in "".join(
                    revision.text for revision in archive.revisions(archive.article(url).id)
                )
    assert number > 24


def test_after_a_kill_while_the_archive_is_made_it_can_be_made_again(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; print(1, flush=True); from archive.store.archive import Archive\nArchive.open(Path(sys.argv[1]), create=True)"
    chance = random.Random(7)
    for number in range(4):
        path = tmp_path / f"{number}.db"
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            deadline = time.monotonic() + 10
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.01))
            process.send_signal(signal.SIGKILL)
        with Archive.open(path, create=True) as archive:
            assert archive.save(visit(article()), run=archive.start_run(at=START, sources="x"), at=START) == "new"


# --- files that are no archive, and disks that are full -----------------------------------------------------------


def other_program(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE articles (id)")
    conn.close()


def other_application_id(path: Path) -> None:
    other_program(path)
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA application_id = 252006673")  # a Fossil checkout
    conn.close()


def newer(path: Path) -> None:
    Archive.open(path, create=True).close()
    with sqlite3.connect(path) as conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'm999_later', '')"
        )
    conn.close()


def truncated(path: Path) -> None:
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article(), body=random.Random(1).randbytes(100_000)), run=run, at=START)
    os.truncate(path, 3000)


BAD_FILES: dict[str, tuple[Callable[[Path], Any], bool, str]] = {
    "missing": (lambda path: None, False, "no such file"),
    "no folder for it": (lambda path: path.parent.rmdir(), True, "no folder"),
    "a folder": (Path.mkdir, True, "folder"),
    "of no bytes": (Path.touch, False, "0 bytes"),
    "of no bytes, to be written to": (Path.touch, True, "0 bytes"),
    "a text": (lambda path: path.write_text("not a database, but a text of some length" * 99), True, "not a SQLite"),
    "a few bytes": (lambda path: path.write_bytes(b"SQLite"), True, "not a SQLite"),
    "a header alone": (lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(4080)), True, "damaged"),
    "an empty database": (lambda path: Database(path).vacuum(), False, "empty database"),
    "another program's": (other_program, True, "another program"),
    "another application's": (other_application_id, True, "another program"),
    "of a newer version": (newer, True, "newer version of Cuttings (m999_later)"),
    "cut short": (truncated, True, "damaged"),
}


@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")  # the tests' own, to make the bad files
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_not_an_archive_is_refused_and_unchanged(tmp_path: Path, name: str) -> None:
    make, create, message = BAD_FILES[name]
    path = tmp_path / "sub" / "a.db"
    path.parent.mkdir()
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ArchiveError) as caught:
        Archive.open(path, create=create)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_new_archive_is_complete_and_has_no_files_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "odd name?#%41.db"
    Archive.open(path, create=True).close()
    with Archive.open(path) as archive:
        assert MIGRATIONS.pending(archive.db) == []
        assert archive.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert {file.name for file in tmp_path.iterdir()} == {path.name}


def as_nobody(work: Callable[[], Any]) -> Any:
    """The result of the function in a process without root's rights, or the error that it raises."""
    codecs.lookup("utf-32-le")  # the child may not be allowed to read the standard library
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads (3.12): this child needs none
        child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            answer = work()
        except BaseException as exc:
            answer = f"{type(exc).__name__}: {exc}"
        os.write(writing, pickle.dumps(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pickle.loads(pipe.read())
    os.waitpid(child, 0)
    return answer


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that everyone can enter. The folders that pytest makes are open to their owner only."""
    closed = [tmp_path]
    while not (folder := closed[-1].parent).stat().st_mode & stat.S_IXOTH:
        closed.append(folder)
    for folder in closed:
        folder.chmod(0o755)
    yield tmp_path
    for folder in closed[1:]:
        folder.chmod(0o700)


@pytest.mark.parametrize("shut", ["file", "folder"])
def test_a_read_only_archive_can_be_read_and_refuses_writes(open_folder: Path, shut: str) -> None:
    path = open_folder / "a.db"
    with Archive.open(path, create=True) as archive:
        save_run = archive.start_run(at=START, sources="x")
        archive.save(visit(article()), run=save_run, at=START)
    path.chmod(0o444 if shut == "file" else 0o666)
    open_folder.chmod(0o777 if shut == "file" else 0o555)
    assert "ArchiveError" in as_nobody(lambda: Archive.open(path))
    assert "read-only" in as_nobody(lambda: Archive.open(path))
    assert as_nobody(lambda: Archive.open(path, write=False).article("1").article.title) == "Harbour to be dredged"
    refused = as_nobody(lambda: Archive.open(path, write=False).start_run(at=START, sources="x"))
    assert "ArchiveError" in refused
    assert "read-only" in refused
    open_folder.chmod(0o755)


def test_an_unreadable_archive_is_refused(open_folder: Path) -> None:
    path = open_folder / "a.db"
    Archive.open(path, create=True).close()
    path.chmod(0)
    assert "ArchiveError" in as_nobody(lambda: Archive.open(path))


def fill_the_disk(path: Path) -> tuple[int, str]:
    """Save until the file may grow no more: how many were acknowledged, and the error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    saved = 0
    noise = random.Random(1)
    with Archive.open(path) as archive:
        try:
            for number in range(1000):
                url = f"{URL}/{number}"
                page = visit(article(f"Text {number}.", url=url), url=url, body=noise.randbytes(20_000))
                archive.save(page, run=1, at=START)
                saved += 1
        except ArchiveError as exc:
            assert archive.article(f"{URL}/{saved - 1}")
            return saved, str(exc)
    return saved, "no error"


def test_a_full_disk_is_reported_and_saved_articles_stay(open_folder: Path) -> None:
    path = open_folder / "a.db"
    with Archive.open(path, create=True) as archive:
        archive.start_run(at=START, sources="x")
    open_folder.chmod(0o777)
    path.chmod(0o666)
    saved, message = as_nobody(lambda: fill_the_disk(path))
    assert 5 < saved < 200
    assert message.startswith(f"{path}: the disk")
    assert "full" in message
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT count(*) FROM articles") == [(saved,)]
        assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
        check_index(archive.db)
        assert save(archive, visit(article(), url=URL)) == "new"


def test_a_damaged_page_is_named(archive: Archive) -> None:
    save(archive, visit(article()))
    other = pack_page(visit(article(), body=b"<html>pagE</html>").page)
    archive.db.conn.execute("UPDATE pages SET body = ?", (other.body,))
    with pytest.raises(ArchiveError, match="page 1 is damaged"):
        archive.body(1)
    archive.db.conn.execute("UPDATE pages SET body = x'00'")
    with pytest.raises(ArchiveError, match="page 1 is damaged"):
        archive.body(1)


def test_a_file_that_breaks_while_open_is_an_archive_error(archive: Archive) -> None:
    save(archive, visit(article(), body=random.Random(1).randbytes(200_000)))
    archive.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    archive.close()
    noise = random.Random(3).randbytes(archive.path.stat().st_size - 4096)
    with archive.path.open("r+b") as file:
        file.seek(4096)
        file.write(noise)
    with pytest.raises(ArchiveError, match="damaged"), Archive.open(archive.path) as broken:
        broken.save(visit(article("New.", url=OTHER), url=OTHER), run=1, at=START)
