"""Archives made by every schema that ever landed, brought up to this version with all their rows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
import zstandard
from sqlite_utils import Database, Migrations

from archive.schema.m001_tables import m001_first, migrations
from archive.search.fulltext import search
from archive.store.archive import Archive
from archive.store.columns import fingerprint
from tests.archive.schema.test_schema import check_index
from tests.support.visits import BODY, START, article, rows, save, visit

JAPANESE = "港の浚渫工事は来春に始まると港湾局が金曜日に発表した。"
TEXTS = {
    "https://herald.example/harbour": "\n\n".join(BODY),
    "https://coast.example/wire": "\n\n".join((*BODY, "We asked around.")),
    "https://minato.example/1": JAPANESE,
}


def make_first(path: Path) -> None:
    """An archive as the first version left it: three articles, written with that version's columns."""
    db = Database(path)
    first = Migrations("cuttings")
    first(name="m001_first")(m001_first)
    first.apply(db)
    db.conn.execute("PRAGMA journal_mode = WAL")
    db.conn.execute(
        "INSERT INTO runs (started_at, sources, sqlite_version) VALUES ('2026-11-20T06:00:00Z', 'x', '3.40.1')"
    )
    for number, (url, text) in enumerate(TEXTS.items(), 1):
        _insert(db, number, url, text)
    db.conn.commit()
    db.close()


def _insert(db: Database, number: int, url: str, text: str) -> None:
    at, host, hashed, page = "2026-11-20T06:00:00Z", url.split("/")[2], fingerprint(text), b"<html>%d</html>" % number
    db.conn.execute(
        "INSERT INTO articles (title, site, authors, words, url, host, source, contributors, language, section, tags, description,"
        " image, verdict, evidence, revision, first_seen, last_seen, fingerprint, text)"
        " VALUES ('T', ?, '[]', 9, ?, ?, 's', '[]', '', '', '[]', '', '', 'ok', '[]', 1, ?, ?, ?, ?)",
        (host, url, host, at, at, hashed, text),
    )
    db.conn.execute(
        "INSERT INTO links (url, source, kind, state, article_id, first_seen, last_seen, fetched_at, run_id)"
        " VALUES (?, 's', 'page', 'done', ?, ?, ?, ?, 1)",
        (url, number, at, at, at),
    )
    db.conn.execute(
        "INSERT INTO pages (link_id, article_id, run_id, url, status, headers, fetched_at, used, bytes, sha256, body)"
        " VALUES (?, ?, 1, ?, 200, '[]', ?, 1, ?, ?, ?)",
        (number, number, url, at, len(page), hashlib.sha256(page).hexdigest(), zstandard.compress(page)),
    )
    blocks = json.dumps([{"kind": "paragraph", "position": 0, "at": 0, "chars": len(text)}])
    db.conn.execute(
        "INSERT INTO revisions (article_id, number, page_id, run_id, seen_at, title, added, removed, rules_hash, fingerprint,"
        " blocks, text) VALUES (?, 1, ?, 1, ?, 'T', 1, 0, 'r', ?, ?, ?)",
        (number, number, at, hashed, blocks, text),
    )
    db.conn.execute(
        "INSERT INTO removals (article_id, revision_id, rule, stage, kind, position, text) VALUES (?, ?, 'r', 'text', 'ad', 3, 'Ad')",
        (number, number),
    )


OLD_TABLES = ("runs", "articles", "links", "revisions", "removals", "pages", "events", "aliases", "tallies")
RESCHEDULED = "next_try"
"""The column that a migration fills anew, for looks again."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    make_first(path)
    return path


def test_an_archive_of_the_first_version_keeps_every_row(old: Path) -> None:
    with sqlite3.connect(old) as before:
        columns = {
            table: [row[1] for row in before.execute(f"PRAGMA table_info({table})") if row[1] != RESCHEDULED]
            for table in OLD_TABLES
        }
        kept = {
            table: before.execute(f"SELECT {', '.join(columns[table])} FROM {table}").fetchall() for table in OLD_TABLES
        }
    before.close()
    with Archive.open(old) as archive:
        assert migrations.pending(archive.db) == []
        assert {
            table: rows(archive, f"SELECT {', '.join(columns[table])} FROM {table}") for table in OLD_TABLES
        } == kept
        assert [archive.body(number) for number in (1, 2, 3)] == [
            b"<html>1</html>",
            b"<html>2</html>",
            b"<html>3</html>",
        ]
        assert archive.article("1").article.text == TEXTS["https://herald.example/harbour"]
        assert rows(archive, "PRAGMA foreign_key_check") == []
        check_index(archive.db)


def test_articles_of_the_first_version_get_what_later_ones_have(old: Path) -> None:
    with Archive.open(old) as archive:
        assert rows(archive, "SELECT article_id, other_id FROM near") == [(2, 1)]
        assert [hit.id for hit in search(archive, "浚渫工事")] == [3]
        copy = article(*BODY, "Bay readers know.", url="https://bay.example/1")
        assert archive.save(visit(copy, url="https://bay.example/1"), run=1, at=START) == "duplicate"
        revised = article("Nothing of it is so.", url="https://minato.example/1")
        assert archive.save(visit(revised, url="https://minato.example/1"), run=1, at=START) == "revised"
        assert search(archive, "浚渫工事") == []


def test_migrating_holds_few_articles_in_memory(old: Path) -> None:
    """The migration reads in batches; with more articles than a batch holds, none is left out."""
    with sqlite3.connect(old) as conn:
        db = Database(conn)
        for number in range(4, 460):
            _insert(
                db,
                number,
                f"https://many.example/{number}",
                f"Number {number} of many " + " ".join(f"w{number}x{n}" for n in range(40)),
            )
    conn.close()
    with Archive.open(old) as archive:
        assert rows(archive, "SELECT count(DISTINCT revision_id) FROM shingles") == [(459,)]


def test_keys_of_near_texts_in_one_tree_are_parted_into_stretches(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        archive.start_run(at=START, sources="x")
        save(archive, visit(article(*(f"Sentence {number} of a story that is long enough." for number in range(20)))))
        keys = rows(archive, "SELECT key, revision_id FROM shingles ORDER BY key")
        assert len(keys) == 8
        archive.db.conn.executescript("""
            CREATE TABLE old (key INTEGER NOT NULL, revision_id INTEGER NOT NULL REFERENCES revisions (id), PRIMARY KEY (key, revision_id)) WITHOUT ROWID;
            INSERT INTO old SELECT key, revision_id FROM shingles;
            DROP TABLE shingles;
            ALTER TABLE old RENAME TO shingles;
            CREATE INDEX articles_by_site ON articles (site);
            DELETE FROM _sqlite_migrations WHERE name = 'm012_stretches';
        """)
    with Archive.open(tmp_path / "a.db") as archive:
        assert rows(archive, "SELECT key, revision_id FROM shingles ORDER BY key") == keys
        assert rows(archive, "SELECT DISTINCT stretch FROM shingles") == [(0,)]
        assert rows(
            archive, "SELECT count(*) FROM sqlite_schema WHERE name IN ('articles_by_site', 'shingles_before')"
        ) == [(0,)]
