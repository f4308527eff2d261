"""Counts that triggers keep, and the view `health` that reads them: always what a count of all rows gives."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.maintenance.integrity import check_archive
from archive.monitoring.status import _DUE, status
from archive.schema.m002_frontier import HEALTH as ALL_ROWS
from archive.schema.m018_counts import COUNT_STORED
from archive.schema.steps import change_rows
from archive.store.archive import Archive
from archive.store.columns import iso
from archive.web.front import ARTICLES_SQL, SITES_SQL
from archive.web.health import SAMPLE_SQL
from scraper.types import Failure, Link, Unchanged
from tests.support.visits import START, article, hours, rows, visit

COUNTED = """
SELECT source, site, count(*), sum(words), sum(authors <> '[]'), sum(published IS NOT NULL) FROM articles
GROUP BY source, site ORDER BY source, site"""
KEPT = "SELECT * FROM article_counts WHERE articles > 0 ORDER BY source, site"
SLOW = ALL_ROWS.replace("CREATE VIEW health AS", "")
"""The view's query as m002 made it: it reads all links and articles."""

DUE = "SELECT source, sum(kind = 'page' AND state <> 'new' AND next_try <= ?) FROM links GROUP BY source"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        archive.start_run(at=START, sources="x")
        yield archive


def fill(archive: Archive) -> None:
    """Articles of three sources on five sites, an edit, and links in every state."""
    for number in range(20):
        url = f"https://s{number % 5}.example/{number}"
        found = article("One two three." * (number + 1), url=url, authors=("Ada",) if number % 3 else ())
        archive.save(visit(found, url=url, source=f"source {number % 3}", at=hours(number)), run=1, at=hours(number))
    url = "https://s1.example/1"
    archive.save(
        visit(article("An edit that is longer than it was. " * 9, url=url), url=url, at=hours(30)), run=1, at=hours(30)
    )
    for status_code, at in ((500, 31), (410, 32)):
        link = Link(f"https://s1.example/{status_code}", "source 1")
        archive.save(Failure(link, "status", "", status=status_code), run=1, at=hours(at))
    archive.save(Unchanged(Link("https://s2.example/2", "source 2")), run=1, at=hours(40))
    archive.db.conn.execute(
        "INSERT INTO links (url, source, kind, state, next_try, first_seen, last_seen, run_id) "
        "VALUES ('https://s9.example/', 'waits', 'page', 'new', '2026-11-20T09:00:00Z', '2026', '2026', 1)"
    )


def test_counts_follow_new_and_edited_articles(archive: Archive) -> None:
    fill(archive)
    assert len(rows(archive, KEPT)) == 15
    assert rows(archive, KEPT) == rows(archive, COUNTED)


CHANGES = (
    "UPDATE articles SET words = {n} WHERE id % 7 = {n} % 7",
    "UPDATE articles SET authors = '[\"{n}\"]', published = NULL WHERE id % 5 = {n} % 5",
    "UPDATE articles SET source = 's{n}', site = 't{n}' WHERE id % 4 = {n} % 4",
    "UPDATE articles SET published = '2026-11-{n}' WHERE id % 3 = {n} % 3",
    "DELETE FROM articles WHERE id % 6 = {n} % 6",
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("counts") / "a.db"
    with Archive.open(path, create=True) as archive:
        archive.start_run(at=START, sources="x")
        fill(archive)
    return path


@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(10, 28)), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_follow_changes_by_other_programs(filled: Path, changes: list[tuple[str, int]]) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None)) as conn:
        conn.execute("BEGIN")
        for sql, number in changes:
            conn.execute(sql.format(n=number))
        assert conn.execute(KEPT).fetchall() == conn.execute(COUNTED).fetchall()
        conn.execute("ROLLBACK")


def test_health_says_what_a_scan_of_all_rows_says(archive: Archive) -> None:
    fill(archive)
    found = [dict(row) for row in archive.db.query("SELECT * FROM health")]
    expected = [dict(row) for row in archive.db.query(SLOW)]
    assert [row["source"] for row in found] == ["source 0", "source 1", "source 2", "waits"]
    assert found == expected


def test_links_that_are_due_are_counted(archive: Archive) -> None:
    fill(archive)
    due = {source.source: source.due for source in status(archive, at=hours(12)).sources}
    assert due == dict(rows(archive, DUE, iso(hours(12))))
    assert list(due.values()) == [4, 3, 3, 0]


def test_stored_articles_are_counted_part_by_part(archive: Archive) -> None:
    fill(archive)
    counted = rows(archive, KEPT)
    archive.db.conn.execute("DELETE FROM article_counts")
    step = change_rows(COUNT_STORED, last="SELECT max(id) FROM articles", size=3)
    after: int | None = 0
    while after is not None:
        after = step.work(archive.db, after)
    assert rows(archive, KEPT) == counted


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT * FROM health", ()),
        (_DUE, ("x", "2026")),
        (SITES_SQL, {"limit": 9}),
        (ARTICLES_SQL, ()),
        (SAMPLE_SQL, ("x", 9)),
    ],
)
def test_no_number_on_sources_needs_a_scan(archive: Archive, sql: str, values: Any) -> None:
    plan = [row[3] for row in archive.db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert plan
    assert [line for line in plan if line.startswith(("SCAN articles", "SCAN links"))] == []
    assert sql != SAMPLE_SQL or "TEMP B-TREE" not in " ".join(plan)


@pytest.mark.parametrize(
    ("change", "kept"),
    [("articles = 0", 0), ("words = words + 1", 1), ("with_author = 2", 1), ("with_date = 0", 1)],
)
def test_a_wrong_count_is_damage(archive: Archive, change: str, kept: int) -> None:
    fill(archive)
    assert check_archive(archive.path, quick=True).problems == ()
    archive.db.conn.execute(f"UPDATE article_counts SET {change} WHERE source = 'source 0' AND site = 's4.example'")
    lines = [problem.line() for problem in check_archive(archive.path, quick=True).problems]
    assert lines == [f"article_counts: source 0, s4.example: counts {kept} of 1 articles, or other words in them"]
