"""The schema: what SQL alone guarantees, whoever writes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.schema.m001_tables import APPLICATION_ID, migrations
from archive.store.archive import Archive
from archive.store.connection import connect
from scraper.types import REMOVAL_KINDS
from tests.support.visits import BODY, START, article, hours, removal, visit

TABLES = {
    "articles",
    "revisions",
    "removals",
    "pages",
    "links",
    "aliases",
    "runs",
    "events",
    "tallies",
    "near",
    "dictionaries",
}
TABLES |= {"restores", "reextractions", "samples", "vitals", "alarms"}
VIEWS = {"recent", "changes", "boilerplate", "health", "ledger"}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive.open(tmp_path / "a.db", create=True)
    run = archive.start_run(at=START, sources="x")
    archive.save(visit(article(), removals=(removal(),)), run=run, at=START)
    archive.save(visit(article(*BODY[:2]), removals=(removal(),)), run=run, at=hours(1))
    return archive


def matches(db: Database, word: str) -> int:
    """How many articles the index has the word in."""
    return int(db.conn.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH ?", (word,)).fetchone()[0])


def check_index(db: Database) -> None:
    """Compare the index with the articles; raises when they differ."""
    db.conn.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")


def test_tables_and_views_are_there(archive: Archive) -> None:
    assert set(archive.db.table_names()) >= TABLES
    assert set(archive.db.view_names()) >= VIEWS


def test_the_file_says_what_it_is_and_keeps_a_log(archive: Archive) -> None:
    assert archive.db.conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert archive.db.journal_mode == "wal"
    archive.close()  # folds the log into the file
    assert archive.path.read_bytes()[68:72] == b"Cutt"


def test_the_schema_explains_itself(archive: Archive) -> None:
    assert "-- one row an article" in archive.db["articles"].schema
    assert "-- zstd" in archive.db["pages"].schema


def test_opening_again_migrates_nothing(archive: Archive) -> None:
    before = [migration.applied_at for migration in migrations.applied(archive.db)]
    with Archive.open(archive.path) as again:
        assert [migration.applied_at for migration in migrations.applied(again.db)] == before


def test_every_view_reads(archive: Archive) -> None:
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
def test_sql_refuses_nonsense(archive: Archive, sql: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        archive.db.conn.execute(sql)


@pytest.mark.parametrize("kind", REMOVAL_KINDS)
def test_every_kind_of_removal_can_be_stored(archive: Archive, kind: str) -> None:
    archive.db.conn.execute("UPDATE removals SET kind = ?", (kind,))


def test_boilerplate_counts_the_blocks_that_were_removed_last(archive: Archive) -> None:
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


def test_the_index_follows_inserts_updates_and_deletes_by_anyone(archive: Archive) -> None:
    plain = sqlite3.connect(archive.path)  # as another program would: no settings, no foreign keys
    plain.execute("UPDATE articles SET text = 'zeppelins', title = 'Aloft'")
    plain.commit()
    assert (matches(archive.db, "zeppelin"), matches(archive.db, "dredged")) == (1, 0)
    plain.execute("DELETE FROM articles")
    plain.commit()
    plain.close()
    assert matches(archive.db, "zeppelin") == 0
    check_index(archive.db)


def test_the_index_check_notices_a_stale_index(archive: Archive) -> None:
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

    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations, migrations._Migration("m002", broken)])
    with pytest.raises(RuntimeError):
        connect(archive.path)
    assert "half" not in archive.db.table_names()
    assert archive.article("1").revision == 2


OLD_LINKS = """
INSERT INTO links (id, url, source, kind, state, next_try, etag, error, first_seen, last_seen, fetched_at, run_id) VALUES
  (1, 'https://a.example/new', 's', 'page', 'done', NULL, 'x', '', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', 1),
  (2, 'https://a.example/old', 's', 'page', 'done', NULL, '', '', '2026-11-01T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', 1),
  (3, 'https://a.example/bad', 's', 'page', 'failed', '2026-11-20T06:15:00Z', '', 'status', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', NULL, 1),
  (4, 'https://a.example/feed', 's', 'source', 'done', NULL, 'f', '', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', 1)"""


def test_an_archive_of_the_first_version_keeps_its_rows_and_gets_a_frontier(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    db = Database(path)
    migrations.apply(db, stop_before="m002_frontier")
    db.conn.execute(
        "INSERT INTO runs (id, started_at, sources, sqlite_version) VALUES (1, '2026-11-20T06:00:00Z', 'x', '3')"
    )
    db.conn.execute(OLD_LINKS)
    db.conn.commit()
    before = list(db.query("SELECT id, url, state, etag, error, first_seen FROM links ORDER BY id"))
    db.close()
    with Archive.open(path) as archive:
        assert list(archive.db.query("SELECT id, url, state, etag, error, first_seen FROM links ORDER BY id")) == before
        times = list(archive.db.conn.execute("SELECT id, had_at, next_try FROM links ORDER BY id"))
        assert times[:3] == [
            (1, "2026-11-20T06:00:00Z", "2026-11-27T06:00:00Z"),
            (2, "2026-11-01T06:00:00Z", None),
            (3, None, "2026-11-20T06:15:00Z"),
        ]
        archive.start_run(at=hours(24 * 7), sources="x")
        assert [link.url[-3:] for link in archive.waiting("s")] == ["new", "bad"]
        assert archive.known(["https://a.example/feed"])["https://a.example/feed"].due
        assert next(iter(archive.db["health"].rows))["waiting"] == 0
