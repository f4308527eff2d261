"""Archives are brought up to date part by part: a kill between two parts loses nothing, and another process may take over."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.maintenance.integrity import check_archive
from archive.schema import m002_frontier, m006_frozen_indexing
from archive.schema.m006_frozen_indexing import Owner
from archive.schema.m012_near_keys import SHINGLES
from archive.schema.migrations import IN_ORDER, MIGRATIONS, UNDER_WAY
from archive.schema.stage import SHOW_UPDATE, Stage, ignore_stage
from archive.schema.steps import Step, change_rows
from archive.store.archive import Archive
from archive.store.connection import connect, transaction
from tests.archive.schema.old_archives import FIRST, add_articles, unpack
from tests.support.visits import START, article, rows, visit

TABLES = "articles revisions links pages page_parts shingles near unspaced articles_fts_docsize removals".split()
SIGNS = "港の浚渫工事は来春に始まると港湾局が金曜日に発表した"

EARLY_KEYS = (
    "ALTER TABLE shingles RENAME TO moved",
    """CREATE TABLE shingles (
  key INTEGER NOT NULL, revision_id INTEGER NOT NULL REFERENCES revisions (id), PRIMARY KEY (key, revision_id)
) WITHOUT ROWID""",
    "INSERT INTO shingles SELECT key, revision_id FROM moved",
    "DROP TABLE moved",
)
"""The table of keys as m006 made it until it made the form of m012 at once."""


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m006_frozen_indexing, "PART", 200)


def make_old(path: Path, name: str = FIRST) -> Path:
    """An old archive; the oldest has more articles than one part of the indexing takes."""
    unpack(name, path)
    if name == FIRST:
        texts = {
            f"https://h{number % 3}.example/{number}": " ".join(f"w{(number // 2) * 50 + at}" for at in range(60))
            for number in range(300)
        }
        add_articles(path, texts | {"https://ja.example/1": SIGNS * 3})
    return path


def contents(path: Path) -> dict[str, Any]:
    """The schema and the rows of an archive, in any order of their writing."""
    db = Database(path)
    found = {table: sorted(db.conn.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}
    found["schema"] = sorted(db.conn.execute("SELECT type, name, sql FROM sqlite_schema").fetchall())
    found["migrations"] = [row.name for row in MIGRATIONS.applied(db)]
    db.close()
    return found


def advance(path: Path) -> bool:
    """One part of the work by a connection of its own, as after a kill. Whether work is left."""
    db = Database(path)
    db.conn.isolation_level = None
    with transaction(db):
        left = MIGRATIONS.advance(db, ignore_stage)
    db.close()
    return left


def update_at_once(path: Path) -> None:
    db = Database(path)
    MIGRATIONS.apply(db)
    db.close()


@pytest.mark.parametrize("name", [FIRST, "m005_pages-fbf7db0", "m009_page_parts-b4f3c04", "m011_shapes-28aa45c"])
def test_parts_by_many_processes_make_what_one_transaction_makes(tmp_path: Path, name: str) -> None:
    parts, whole = make_old(tmp_path / "parts.db", name), make_old(tmp_path / "whole.db", name)
    update_at_once(whole)
    number = 1
    while advance(parts):
        number += 1
    assert number > (55 if name == FIRST else 10)
    assert contents(parts) == contents(whole)
    assert check_archive(parts).problems == ()


def test_rows_are_changed_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of 100 links makes what a part of 10,000 makes."""
    parts, whole = make_old(tmp_path / "parts.db"), make_old(tmp_path / "whole.db")
    update_at_once(whole)
    monkeypatch.setattr(m002_frontier, "change_rows", lambda sql, last: change_rows(sql, last=last, size=100))
    stages = watched(parts)
    assert [stage for stage in stages if stage.what == f"step 3 of {len(IN_ORDER)}" and stage.total > 300]
    assert contents(parts)["links"] == contents(whole)["links"]


def watched(path: Path) -> list[Stage]:
    """The stages that are told while an archive is opened that needs to be brought up to date."""
    stages: list[Stage] = []

    class Shown:
        def __enter__(self) -> Any:
            return stages.append

        def __exit__(self, *error: object) -> None:
            stages.append(Stage("end"))

    token = SHOW_UPDATE.set(lambda shown: Shown())
    try:
        connect(path).close()
    finally:
        SHOW_UPDATE.reset(token)
    return stages


def test_opening_an_old_archive_tells_how_far_the_work_is_and_opening_it_again_nothing(tmp_path: Path) -> None:
    path = make_old(tmp_path / "a.db")
    stages = watched(path)
    assert stages[-1] == Stage("end")
    assert stages[0] == Stage(f"step 2 of {len(IN_ORDER)}")
    articles = [stage for stage in stages if stage.what == f"step 7 of {len(IN_ORDER)}" and stage.total]
    assert [stage.done for stage in articles] == [0, 200, 306]
    assert {stage.total for stage in articles} == {306}
    assert watched(path) == []


def test_work_goes_on_where_a_kill_ended_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_old(tmp_path / "a.db")
    indexed: list[int] = []
    original = m006_frozen_indexing.Earlier.add

    def count(self: m006_frozen_indexing.Earlier, keys: Iterable[int], revision_id: int, owner: Owner) -> None:
        indexed.append(owner.article_id)
        if owner.article_id == 250 and indexed.count(250) == 1:
            raise KeyboardInterrupt
        original(self, keys, revision_id, owner)

    monkeypatch.setattr(m006_frozen_indexing.Earlier, "add", count)
    with pytest.raises(KeyboardInterrupt):
        connect(path)
    connect(path).close()
    assert {number: indexed.count(number) for number in (1, 199, 201, 249, 251)} == {
        1: 1,
        199: 1,
        201: 2,
        249: 2,
        251: 1,
    }
    assert check_archive(path).problems == ()


def advance_to(path: Path, position: str) -> None:
    """Do parts until the archive notes this position."""
    noted = ""
    while noted != position:
        assert advance(path)
        with closing(sqlite3.connect(path)) as conn:
            (noted,) = conn.execute("SELECT applied_at FROM _sqlite_migrations WHERE name = ?", (UNDER_WAY,)).fetchone()


def test_work_goes_on_that_an_earlier_version_began_with_another_table_of_keys(tmp_path: Path) -> None:
    parts, whole = make_old(tmp_path / "parts.db"), make_old(tmp_path / "whole.db")
    update_at_once(whole)
    advance_to(parts, "m006_keys_and_batches 1 200")
    with closing(sqlite3.connect(parts)) as conn:
        for statement in EARLY_KEYS:
            conn.execute(statement)
        conn.commit()
    while advance(parts):
        pass
    assert contents(parts) == contents(whole)


def windows(chance: random.Random) -> dict[str, str]:
    """Articles of three hosts whose texts are windows of one long text, so that many share a part of their words."""
    words = [f"w{chance.randrange(5000)}" for _ in range(1500)]
    starts = [chance.randrange(1400) for _ in range(120)]
    return {
        f"https://h{number % 3}.example/{number}": " ".join(words[start : start + chance.choice((40, 60, 100))])
        for number, start in enumerate(starts)
    }


@pytest.mark.parametrize("kept", [1, 5_000, m006_frozen_indexing.MAX_KEPT_BYTES])
def test_near_duplicates_are_those_that_saving_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(m006_frozen_indexing, "PART", 50)
    monkeypatch.setattr(m006_frozen_indexing, "MAX_KEPT_BYTES", kept)
    monkeypatch.setattr(m006_frozen_indexing, "TEXTS_TOGETHER", 7)
    texts = windows(random.Random(7))
    old = tmp_path / "old.db"
    unpack(FIRST, old)
    add_articles(old, texts)
    pairs = """
SELECT one.url, other.url, similarity, contained FROM near JOIN articles AS one ON one.id = article_id
JOIN articles AS other ON other.id = other_id WHERE one.url LIKE 'https://h%.example/%' AND one.host <> 'herald.example'
ORDER BY 1, 2"""
    with Archive.open(old) as updated, Archive.open(tmp_path / "new.db", create=True) as new:
        run = new.start_run(at=START, sources="x")
        for url, text in texts.items():
            new.save(visit(article(text, url=url, title=url), url=url), run=run, at=START)
        found = rows(updated, pairs)
        assert len(found) > 100
        assert found == rows(new, pairs)


def keys_in_memory(keys: dict[int, list[int]]) -> Database:
    """The revisions with each key, each revision of the article and the host with its number."""
    db = Database(memory=True)
    db.conn.execute(SHINGLES)
    db["articles"].insert_all(({"id": number, "host": f"h{number}"} for number in range(100)), pk="id")
    db["revisions"].insert_all(({"id": number, "article_id": number} for number in range(100)), pk="id")
    db["shingles"].insert_all(
        {"stretch": 0, "key": key, "revision_id": one} for key, own in keys.items() for one in own
    )
    return db


FULL = list(range(1, m006_frozen_indexing.MAX_REVISIONS_PER_KEY + 1))


@pytest.mark.parametrize(
    ("stored", "added", "found"),
    [
        ({7: [3, 2, 1]}, {}, [1, 2, 3]),
        ({7: [3, 9], 8: [9]}, {}, [9, 3]),
        ({7: [3]}, {9: [7], 2: [7]}, [2, 3, 9]),  # as the table would give them, whichever came first
        ({7: [3]}, {9: [7, 8]}, [9, 3]),
        ({7: FULL[:-1]}, {90: [7, 8]}, [90, *FULL[:11]]),
        ({7: [*FULL, 40], 8: [40]}, {}, FULL[:12]),
        ({7: FULL}, {90: [7, 8]}, FULL[:12]),  # the key is as good as full
        ({7: FULL}, {90: [8, 9]}, [90, *FULL[:11]]),
        ({}, {4: [7]}, [4]),
        ({7: [50, 3]}, {}, [3]),  # 50 is the article's own host
        ({6: [3]}, {4: [6]}, []),
    ],
)
def test_articles_are_compared_with_those_that_have_most_keys_in_the_table_or_earlier_in_the_part(
    stored: dict[int, list[int]], added: dict[int, list[int]], found: list[int]
) -> None:
    earlier = m006_frozen_indexing.Earlier(keys_in_memory(stored), {7, 8, 9})
    for revision, keys in added.items():
        earlier.add(keys, revision, Owner(revision, f"h{revision}"))
    assert earlier.candidates([7, 8, 9], "h50") == found


def test_a_part_takes_no_further_article_after_many_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m006_frozen_indexing, "PART_CHARS", 2000)
    path = make_old(tmp_path / "a.db")
    articles = [stage for stage in watched(path) if stage.what == f"step 7 of {len(IN_ORDER)}" and stage.total]
    assert len(articles) > 20
    assert check_archive(path).problems == ()


def test_an_earlier_version_refuses_an_archive_that_is_half_up_to_date(tmp_path: Path) -> None:
    """Earlier versions refuse names of migrations that they do not know."""
    path = make_old(tmp_path / "a.db")
    known = {migration.__name__ for migration in IN_ORDER}
    names = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'cuttings'"
    left = True
    while left:
        left = advance(path)
        db = Database(path)
        unknown = {name for (name,) in db.conn.execute(names)} - known
        db.close()
        assert unknown == ({UNDER_WAY} if left else set())


def test_a_half_migrated_archive_is_checked_in_part(tmp_path: Path) -> None:
    path = make_old(tmp_path / "a.db")
    for _ in islice(iter(lambda: advance(path), False), 20):
        pass
    found = check_archive(path)
    assert (found.problems, len(found.skipped)) == ((), 1)


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    """Each looks up what comes next when it has the write lock."""
    path = make_old(tmp_path / "a.db")
    one, other = Database(path), Database(path)
    for db in (one, other):
        db.conn.isolation_level = None
    left = True
    while left:
        for db in (one, other):
            with transaction(db):
                left = MIGRATIONS.advance(db, ignore_stage)
    one.close()
    other.close()
    assert check_archive(path).problems == ()


def test_a_step_of_one_part_has_no_total() -> None:
    assert Step(lambda db, after: None).total(Database(memory=True)) == 0
