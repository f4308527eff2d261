"""Archives that earlier commits made: each is brought up to date, keeps its rows, and works."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from archive.cli.main import main
from archive.maintenance.integrity import check_archive
from archive.schema.migrations import IN_ORDER, MIGRATIONS
from archive.search.fulltext import search
from archive.store.archive import Archive
from scraper.types import Removal
from tests.archive.schema.fill_archive import HARBOUR, MINATO, PROMO, REVISED, TEXTS, WIRE
from tests.archive.schema.old_archives import FIRST, NAMES, add_articles, unpack
from tests.support.visits import article, hours, rows, visit

REMADE = ("shingles", "articles_fts", "unspaced_", "sqlite_", "_sqlite_")
"""Tables that migrations fill again, by the beginnings of their names."""
CHANGED = {("links", "next_try"), ("pages", "headers"), ("page_parts", "headers"), ("articles", "site")}
"""Columns that migrations change in rows that are already there; other tests compare their values."""


@dataclass(frozen=True, slots=True)
class Old:
    """One archive, as the commit made it and as it is after it was brought up to date. Tests that write copy it."""

    before: Path
    after: Path


@pytest.fixture(scope="module", params=NAMES)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Old:
    folder = tmp_path_factory.mktemp("old")
    old = Old(folder / "before.db", folder / "after.db")
    unpack(request.param, old.before)
    unpack(request.param, old.after)
    Archive.open(old.after).close()
    return old


@pytest.fixture
def copy(old: Old, tmp_path: Path) -> Path:
    """A copy to write to."""
    return Path(shutil.copy(old.after, tmp_path / "copy.db"))


@contextmanager
def as_made(old: Old) -> Iterator[sqlite3.Connection]:
    """The archive as the commit made it."""
    conn = sqlite3.connect(old.before)
    yield conn
    conn.close()


def read_schema(conn: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Everything that the schema consists of, by kind and name."""
    return conn.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


def read_tables(
    conn: sqlite3.Connection, columns: dict[str, str] | None = None
) -> tuple[dict[str, str], dict[str, Any]]:
    """The columns of all tables whose rows stay as they are, and their rows."""
    if columns is None:
        named = conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        columns = {}
        for (table,) in named:
            if not table.startswith(REMADE):
                found = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
                columns[table] = ", ".join(name for name in found if (table, name) not in CHANGED)
    return columns, {
        table: sorted(conn.execute(f"SELECT {names} FROM {table}").fetchall(), key=repr)
        for table, names in columns.items()
    }


def test_an_old_archive_gets_the_schema_of_a_new_one(old: Old, tmp_path: Path) -> None:
    with Archive.open(old.after) as archive, Archive.open(tmp_path / "new.db", create=True) as new:
        assert read_schema(archive.db.conn) == read_schema(new.db.conn)
        assert MIGRATIONS.pending(archive.db) == []


def test_an_old_archive_keeps_its_rows(old: Old) -> None:
    with as_made(old) as conn:
        columns, before = read_tables(conn)
        sites = conn.execute("SELECT id, site, url FROM articles ORDER BY id").fetchall()
    with Archive.open(old.after) as archive:
        assert read_tables(archive.db.conn, columns)[1] == before
        assert rows(archive, "SELECT id, site FROM articles ORDER BY id") == [
            (number, site or url.split("/")[2].removeprefix("www.")) for number, site, url in sites
        ]


def test_an_old_archive_passes_every_check(old: Old) -> None:
    found = check_archive(old.after)
    assert (found.problems, found.skipped, found.articles) == ((), (), len(TEXTS))


def test_the_status_of_an_old_archive_is_shown(old: Old) -> None:
    """The exit code is 1 if the archive has an open alarm, as the archives since commit fe42821 have."""
    with Archive.open(old.after) as archive:
        alarms = rows(archive, "SELECT detail FROM alarms WHERE closed_at IS NULL")
    done = CliRunner().invoke(main, ["status", "--db", str(old.after)])
    assert done.exit_code == len(alarms) <= 1
    assert done.stdout
    assert all(detail in done.stderr for (detail,) in alarms)


def test_texts_removals_and_pages_of_an_old_archive_can_be_read(old: Old) -> None:
    with Archive.open(old.after) as archive:
        stored = archive.article(HARBOUR)
        assert [revision.text for revision in archive.revisions(stored.id)] == [
            "\n\n".join(TEXTS[HARBOUR]),
            "\n\n".join(REVISED),
        ]
        assert stored.article.text == "\n\n".join(REVISED)
        assert Removal("promo.almanac", "text", "promo", 20, PROMO) in archive.removals(stored.id)
        for url in (HARBOUR, WIRE, MINATO):
            page = archive.body(archive.article(url).id).decode()
            assert all(paragraph in page for paragraph in archive.article(url).article.text.split("\n\n"))


@pytest.mark.parametrize(
    ("query", "found"),
    [("dredged", {HARBOUR, WIRE}), ("zoe", {"https://www.herald.example/ferry"}), ("浚渫工事", {MINATO})],
)
def test_an_old_archive_is_searched(old: Old, query: str, found: set[str]) -> None:
    with Archive.open(old.after) as archive:
        assert {hit.url for hit in search(archive, query)} == found


def test_an_old_archive_knows_its_near_duplicates_and_finds_new_ones(copy: Path) -> None:
    with Archive.open(copy) as archive:
        harbour, wire = archive.article(HARBOUR).id, archive.article(WIRE).id
        assert rows(archive, "SELECT article_id, other_id, similarity FROM near") == [(wire, harbour, 0.711)]
        assert rows(archive, "SELECT DISTINCT stretch FROM shingles") == [(0,)]
        again = article(*TEXTS[HARBOUR], "Bay readers know.", url="https://bay.example/1")
        assert archive.save(visit(again, url="https://bay.example/1"), run=1, at=hours(999)) == "duplicate"


def test_a_new_text_replaces_the_old_one_in_the_index(copy: Path) -> None:
    with Archive.open(copy) as archive:
        revised = article("Nothing of it is so, the port authority says.", url=MINATO)
        assert archive.save(visit(revised, url=MINATO), run=1, at=hours(999)) == "revised"
        assert search(archive, "浚渫工事") == []


def test_invented_headers_of_an_old_archive_become_columns(old: Old) -> None:
    query = "SELECT id, headers FROM pages ORDER BY id"
    with as_made(old) as conn:
        before = [(number, json.loads(headers)) for number, headers in conn.execute(query)]
        known = "cut_short" in {row[1] for row in conn.execute("PRAGMA table_info(pages)")}
    with Archive.open(old.after) as archive:
        assert [(number, json.loads(headers)) for number, headers in rows(archive, query)] == [
            (number, [header for header in headers if not header[0].startswith("x-cuttings-")])
            for number, headers in before
        ]
        facts = rows(archive, "SELECT cut_short, from_feed FROM pages ORDER BY id")
        invented = [{header[0] for header in headers} for _, headers in before]
        assert known or facts == [("x-cuttings-cut" in names, "x-cuttings-body" in names) for names in invented]


def test_articles_of_one_batch_and_of_the_next_are_indexed(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    unpack(FIRST, path)
    words = {number: " ".join(f"w{number}x{place}" for place in range(40)) for number in range(450)}
    add_articles(path, {f"https://many.example/{number}": text for number, text in words.items()})
    with Archive.open(path) as archive:
        assert rows(archive, "SELECT count(DISTINCT revision_id) FROM shingles") == [(450 + len(TEXTS),)]
    assert check_archive(path).problems == ()


def test_every_migration_but_the_newest_was_recorded_by_an_archive(tmp_path: Path) -> None:
    """If this fails, run `make_archives` for the commit that landed the migration."""
    recorded: set[str] = set()
    for name in NAMES:
        unpack(name, tmp_path / "old.db")
        db = Database(tmp_path / "old.db")
        recorded.update(migration.name for migration in MIGRATIONS.applied(db))
        db.close()
    assert {migration.__name__ for migration in IN_ORDER[:-1]} <= recorded


def test_an_archive_without_texts_keeps_the_first_table_of_keys_until_m012() -> None:
    """Commits b4f3c04 to 28aa45c ran their m006 on such an archive and left `shingles` as it was."""
    new, old = Database(memory=True), Database(memory=True)
    MIGRATIONS.apply(new)
    MIGRATIONS.apply(old, stop_before="m012_stretches")
    old.conn.execute("DROP TABLE shingles")
    old.conn.execute(
        "CREATE VIRTUAL TABLE shingles USING fts5 (keys, content='', detail=none, columnsize=0, tokenize='ascii')"
    )
    MIGRATIONS.apply(old)
    assert read_schema(old.conn) == read_schema(new.conn)
