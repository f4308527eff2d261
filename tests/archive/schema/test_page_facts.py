"""Migration m013: facts that earlier versions stored as invented headers become columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlite_utils import Database

from archive.schema.m013_page_facts import migrations

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
    migrations.apply(db, stop_before="m013_page_facts")
    for statement in INSERT.split(";"):
        db.conn.execute(statement, {"headers": json.dumps(before, ensure_ascii=False, separators=(",", ":"))})
    migrations.apply(db)
    found: tuple[Any, ...] = db.conn.execute(f"SELECT cut_short, from_feed, headers FROM {table}").fetchone()
    assert (*found[:2], json.loads(found[2])) == after
