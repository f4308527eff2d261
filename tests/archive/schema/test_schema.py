"""Guarantees of the schema itself, for every program that writes to an archive."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.schema.migrations import APPLICATION_ID, MIGRATIONS
from archive.store.archive import Archive
from archive.store.connection import connect
from scraper.types import REMOVAL_KINDS
from tests.support.visits import BODY, START, article, hours, removal, visit

TABLES = set(
    "articles revisions removals pages page_parts links aliases runs events tallies near dictionaries hosts restores "
    "reextractions samples vitals alarms".split()
)
VIEWS = {"recent", "changes", "boilerplate", "health", "ledger"}
"""Views with one row in the fixture's archive."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive.open(tmp_path / "a.db", create=True)
    run = archive.start_run(at=START, sources="x")
    archive.save(visit(article(), removals=(removal(),)), run=run, at=START)
    archive.save(visit(article(*BODY[:2]), removals=(removal(),)), run=run, at=hours(1))
    return archive


def matches(db: Database, word: str) -> int:
    """The number of articles that the index has for the word."""
    return int(db.conn.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", (word,)).fetchone()[0])


def check_index(db: Database) -> None:
    """Compare the full-text index with the articles. Raises DatabaseError if they differ."""
    db.conn.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")


def test_a_new_archive_has_all_tables_and_views(archive: Archive) -> None:
    assert set(archive.db.table_names()) >= TABLES
    assert set(archive.db.view_names()) >= VIEWS


def test_the_file_has_our_application_id_and_a_write_ahead_log(archive: Archive) -> None:
    assert archive.db.conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert archive.db.journal_mode == "wal"
    archive.close()  # folds the log into the file
    assert archive.path.read_bytes()[68:72] == b"Cutt"


def test_the_schema_keeps_its_comments(archive: Archive) -> None:
    assert "-- one row an article" in archive.db["articles"].schema
    assert "-- zstd" in archive.db["pages"].schema


def test_an_archive_of_today_is_not_migrated_again(archive: Archive) -> None:
    before = [migration.applied_at for migration in MIGRATIONS.applied(archive.db)]
    with Archive.open(archive.path) as again:
        assert [migration.applied_at for migration in MIGRATIONS.applied(again.db)] == before


def test_every_view_can_be_read(archive: Archive) -> None:
    rows = {view: list(archive.db[view].rows) for view in VIEWS}
    assert {view: len(found) for view, found in rows.items()} == dict.fromkeys(VIEWS, 1)
    assert rows["recent"][0]["date"] == "2026-11-19T17:30:00Z"
    assert (rows["changes"][0]["added"], rows["changes"][0]["removed"]) == (0, 1)
    assert (rows["boilerplate"][0]["text"], rows["boilerplate"][0]["articles"]) == ("Sign up for our newsletter", 1)
    assert (rows["health"][0]["percent_with_author"], rows["health"][0]["failed"]) == (100.0, 0)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO removals SELECT NULL, 99, revision_id, rule, stage, kind, 0, '' FROM removals LIMIT 1",
        "UPDATE removals SET kind = 'advert'",
        "UPDATE articles SET authors = '\"Ada Quill\"'",
        "UPDATE articles SET duplicate_of = id",
        "UPDATE articles SET last_seen = '2000-01-01T00:00:00Z'",
        "UPDATE links SET state = 'lost'",
        "DELETE FROM articles",
        "INSERT INTO revisions SELECT NULL, article_id, number, page_id, run_id, seen_at, title, 0, 0, '', '', '[]', '', origin, '' FROM revisions",
        "UPDATE revisions SET origin = 'elsewhere'",
    ],
)
def test_invalid_rows_are_refused(archive: Archive, sql: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        archive.db.conn.execute(sql)


@pytest.mark.parametrize("kind", REMOVAL_KINDS)
def test_every_kind_of_removal_can_be_stored(archive: Archive, kind: str) -> None:
    assert archive.db.conn.execute("UPDATE removals SET kind = ?", (kind,)).rowcount > 0


def test_boilerplate_counts_the_last_30_000_removals(archive: Archive) -> None:
    conn = archive.db.conn
    conn.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 29999) "
        "INSERT INTO removals (article_id, revision_id, rule, stage, kind, position, text) SELECT article_id, revision_id, 'ad.new', stage, 'ad', n, n % 7 "
        "FROM numbers, (SELECT * FROM removals ORDER BY id LIMIT 1)"
    )
    texts = {text for (text,) in conn.execute("SELECT text FROM boilerplate")}
    assert len(texts) == 8
    conn.execute(
        "INSERT INTO removals (article_id, revision_id, rule, stage, kind, position, text) SELECT article_id, revision_id, rule, stage, kind, 0, text FROM removals WHERE rule = 'ad.new' LIMIT 1"
    )
    assert {text for (text,) in conn.execute("SELECT text FROM boilerplate")} == set("0123456")


def test_a_batch_of_many_words_becomes_one_part_of_the_index(archive: Archive) -> None:
    """FTS5's own limit of a megabyte would make three."""
    parts = "SELECT count(DISTINCT segid) FROM articles_fts_idx"
    archive.db.conn.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
    before = archive.db.conn.execute(parts).fetchone()[0]
    text = " ".join(f"word{number}" for number in range(40_000))
    batch = [
        visit(article(text, url=f"https://many.example/{name}", title=name), url=f"https://many.example/{name}")
        for name in ("one", "two")
    ]
    archive.save_many(batch, run=1, at=hours(9))
    assert archive.db.conn.execute(parts).fetchone()[0] == before + 1
    kept = dict(archive.db.conn.execute("SELECT k, v FROM articles_fts_config").fetchall())
    assert (kept["hashsize"], kept["automerge"]) == (8_000_000, 8)


def test_the_index_follows_changes_by_other_programs(archive: Archive) -> None:
    plain = sqlite3.connect(archive.path)  # as another program would: no settings, no foreign keys
    plain.execute("UPDATE articles SET text = 'zeppelins', title = 'Aloft'")
    plain.commit()
    assert (matches(archive.db, "zeppelin"), matches(archive.db, "dredged")) == (1, 0)
    plain.execute("DELETE FROM articles")
    plain.commit()
    plain.close()
    assert matches(archive.db, "zeppelin") == 0
    check_index(archive.db)


def test_a_stale_index_is_noticed(archive: Archive) -> None:
    archive.db.conn.execute("DROP TRIGGER articles_updated")
    archive.db.conn.execute("UPDATE articles SET text = 'zeppelins'")
    with pytest.raises(sqlite3.DatabaseError):
        check_index(archive.db)


@pytest.mark.parametrize(("query", "found"), [("dredging", 1), ("rios", 1), ("RÍOS", 1), ("fisherman", 0), ("a", 1)])
def test_words_are_found_by_their_stem_and_without_accents(archive: Archive, query: str, found: int) -> None:
    assert matches(archive.db, query) == found


def test_a_migration_that_fails_leaves_the_archive_as_it_was(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(db: Database) -> None:
        db.conn.execute("CREATE TABLE half (id)")
        raise RuntimeError("no")

    monkeypatch.setattr(MIGRATIONS, "_migrations", [*MIGRATIONS._migrations, MIGRATIONS._Migration("m002", broken)])
    with pytest.raises(RuntimeError):
        connect(archive.path)
    assert "half" not in archive.db.table_names()
    assert archive.article("1").revision == 2
