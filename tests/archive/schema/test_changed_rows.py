"""Migrations that change rows: m002 schedules links, and m013 turns invented headers into columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archive.schema.migrations import MIGRATIONS
from archive.store.archive import Archive
from tests.support.visits import hours

# --- m002 ---------------------------------------------------------------------------------------------------------

OLD_LINKS = """
INSERT INTO links (id, url, source, kind, state, next_try, etag, error, first_seen, last_seen, fetched_at, run_id) VALUES
  (1, 'https://a.example/new', 's', 'page', 'done', NULL, 'x', '', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', 1),
  (2, 'https://a.example/old', 's', 'page', 'done', NULL, '', '', '2026-11-01T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', 1),
  (3, 'https://a.example/bad', 's', 'page', 'failed', '2026-11-20T06:15:00Z', '', 'status', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', NULL, 1),
  (4, 'https://a.example/feed', 's', 'source', 'done', NULL, 'f', '', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-20T06:00:00Z', 1)"""


def test_links_of_the_first_version_get_a_time_for_their_next_fetch(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    db = Database(path)
    MIGRATIONS.apply(db, stop_before="m002_frontier")
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


# --- m013 ---------------------------------------------------------------------------------------------------------

CUT = ["x-cuttings-cut", "the connection's end was the only end of the body, and its markup has none"]
FEED = ["x-cuttings-body", "feed"]
SENT = [["content-type", "text/html"], ["x-title", 'Zażółć "quoted" \\ text'], ["x-cuttings-cut", "1"]]
"""Headers as servers send them; the last has an invented header's name, but not its value."""

CASES: dict[str, tuple[list[list[str]], tuple[int, int, list[list[str]]]]] = {
    "no facts": (SENT, (0, 0, SENT)),
    "cut short": ([*SENT, CUT], (1, 0, SENT)),
    "from the feed": ([*SENT[:2], FEED], (0, 1, SENT[:2])),
    "a feed's text in place of a page that was cut short": ([SENT[0], CUT, FEED], (0, 1, SENT[:1])),
    "no headers": ([], (0, 0, [])),
    "no header but ours": ([CUT], (1, 0, [])),
}

INSERT = """
INSERT INTO runs (id, started_at, sources, sqlite_version) VALUES (1, '', '', '');
INSERT INTO links (id, url, source, kind, state, first_seen, last_seen, run_id) VALUES (1, '', '', 'page', 'done', '', '', 1);
INSERT INTO pages (id, link_id, run_id, url, status, headers, fetched_at, used, bytes, sha256, body)
  VALUES (1, 1, 1, '', 200, :headers, '', 1, 0, '', x'');
INSERT INTO page_parts (page_id, number, url, status, headers, fetched_at, bytes, sha256, body)
  VALUES (1, 2, '', 200, :headers, '', 0, '', x'')"""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("table", ["pages", "page_parts"])
def test_invented_headers_become_columns(case: str, table: str) -> None:
    before, after = CASES[case]
    db = Database(memory=True)
    MIGRATIONS.apply(db, stop_before="m013_page_facts")
    for statement in INSERT.split(";"):
        db.conn.execute(statement, {"headers": json.dumps(before, ensure_ascii=False, separators=(",", ":"))})
    MIGRATIONS.apply(db)
    found: tuple[Any, ...] = db.conn.execute(f"SELECT cut_short, from_feed, headers FROM {table}").fetchone()
    assert (*found[:2], json.loads(found[2])) == after
