"""Files that are damaged in the middle, disks that fill up, and readers that take their time."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.monitoring.status import status
from archive.output.export import export_articles
from archive.search.fulltext import search
from archive.store.archive import Archive
from scraper.errors import ArchiveError, CuttingsError, DamageError
from tests.archive.schema.test_schema import check_index
from tests.support.visits import START, URL, article, hours, removal, rows, visit

ARTICLES = 30


def address(number: int) -> str:
    return f"https://h{number % 5}.example/{number}"


def story(number: int) -> Any:
    chance = random.Random(number)
    words = "harbour vote wall tide ferry storm mayor school".split()
    text = [" ".join(chance.choices(words, k=40)) + f" {number}." for _ in range(6)]
    found = article(*text, url=address(number), title=f"Title {number}")
    return visit(found, url=address(number), removals=(removal(),), body=b"<html>" + " ".join(text).encode() * 5)


def save_some(path: Path) -> None:
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save_many([story(number) for number in range(ARTICLES)], run=run, at=START)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "a.db"
    save_some(path)
    return path


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "a.db"))


USES: dict[str, Callable[[Archive], Any]] = {
    "reading": lambda archive: [
        (archive.article(str(n)), archive.body(n), archive.removals(n)) for n in range(1, ARTICLES + 1)
    ],
    "searching": lambda archive: [
        search(archive, query) for query in ("harbour", "tide wall", "title:title", "site:h1.example")
    ],
    "exporting": lambda archive: list(export_articles(archive)),
    "status": lambda archive: status(archive, at=START),
    "asking": lambda archive: archive.known([address(n) for n in range(ARTICLES)]),
}


@pytest.mark.parametrize("seed", range(24))
def test_a_damaged_file_works_or_is_reported_in_one_line(copy: Path, seed: int) -> None:
    chance = random.Random(seed)
    with copy.open("r+b") as file:
        for _ in range(1 + seed % 3):
            file.seek(chance.randrange(0 if seed % 4 == 0 else 100, copy.stat().st_size - 64))
            file.write(chance.randbytes(64))
    said = [complaint(copy, use) for use in USES.values()]
    assert not any("\n" in line for line in said)
    assert all(line.startswith(f"{copy}: ") or "no article" in line for line in said if line)


def complaint(path: Path, use: Callable[[Archive], Any]) -> str:
    """The message that a user sees. Any other exception than ours propagates."""
    try:
        with Archive.open(path, write=False) as archive:
            use(archive)
    except CuttingsError as exc:
        return str(exc)
    return ""


def contents(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in (path, path.with_name(path.name + "-wal")) if file.exists()]


def test_nothing_is_written_to_a_damaged_file(copy: Path) -> None:
    with Archive.open(copy) as archive:
        (page,) = rows(archive, "SELECT rootpage FROM sqlite_schema WHERE name = 'articles'")[0]
    with copy.open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(random.Random(3).randbytes(64))
    with Archive.open(copy) as archive:
        before = contents(copy)
        with pytest.raises(DamageError):
            archive.save_many([story(number) for number in range(100, 160)], run=1, at=hours(1))
        assert contents(copy) == before


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused_at_once(copy: Path, share: float) -> None:
    os.truncate(copy, int(copy.stat().st_size * share))
    before = copy.read_bytes()
    for write in (True, False):
        with pytest.raises(DamageError, match="cut short"):
            Archive.open(copy, write=write)
    assert copy.read_bytes() == before


def test_a_file_whose_rest_is_in_the_log_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    save_some(path)
    with Archive.open(path) as archive:
        archive.save(story(99), run=1, at=START)
        for file in tmp_path.glob("a.db*"):  # as a backup of the running archive's files would find them
            shutil.copy(file, tmp_path / file.name.replace("a.db", "b.db"))
    with Archive.open(tmp_path / "b.db") as archive:
        assert rows(archive, "SELECT count(*) FROM articles") == [(ARTICLES + 1,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_loses_nothing_and_the_next_run_continues(small_disk: Path) -> None:
    path, chance, saved = small_disk / "a.db", random.Random(1), 0
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        try:
            for number in range(1000):
                url = f"{URL}/{number}"
                archive.save(
                    visit(article(f"Text {number}.", url=url), url=url, body=chance.randbytes(20_000)),
                    run=run,
                    at=START,
                )
                saved += 1
        except ArchiveError as exc:
            told = exc
        assert "full" in str(told)
        assert not isinstance(told, DamageError)
        assert saved > 20
        assert archive.article(f"{URL}/{saved - 1}").article.text == f"Text {saved - 1}."
    with Archive.open(path, write=False) as archive:
        assert rows(archive, "SELECT count(*) FROM articles") == [(saved,)]
    subprocess.run(["mount", "-o", "remount,size=30m", small_disk], check=True)
    with Archive.open(path) as archive:
        assert archive.save(story(1), run=run, at=START) == "new"
        assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
        check_index(archive.db)


def test_a_reader_in_datasette_and_a_writer_do_not_wait_for_each_other(copy: Path) -> None:
    pytest.importorskip("datasette")
    from archive.web.server import make_datasette

    begun, over = threading.Event(), threading.Event()
    count = "SELECT count(*) FROM articles"

    def read_slowly(conn: Any) -> tuple[int, int]:
        conn.execute("BEGIN")
        before = conn.execute(count).fetchone()[0]
        begun.set()
        assert over.wait(30)
        after = conn.execute(count).fetchone()[0]
        conn.execute("COMMIT")
        return before, after

    async def both() -> None:
        datasette = make_datasette(copy)
        database = datasette.get_database(copy.stem)
        reading = asyncio.ensure_future(database.execute_fn(read_slowly))
        await asyncio.to_thread(begun.wait, 30)
        with Archive.open(copy) as archive:
            archive.db.conn.execute("PRAGMA busy_timeout = 0")  # it would fail rather than wait
            archive.save_many([story(number) for number in range(100, 110)], run=1, at=START)
            archive.db.conn.execute("BEGIN IMMEDIATE")
            archive.db.conn.execute("UPDATE articles SET last_seen = '2027-01-01T00:00:00Z'")
            assert (await database.execute(count)).first()[0] == ARTICLES + 10
            archive.db.conn.execute("ROLLBACK")
        over.set()
        assert await reading == (ARTICLES, ARTICLES)

    asyncio.run(both())
