"""Captures of other programs that were imported: a second import of the same file changes nothing."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

TABLE: Final = """
CREATE TABLE captures (  -- pages that other programs captured (WARC files), each imported once
  url TEXT NOT NULL,
  at TEXT NOT NULL,                       -- when it was captured
  run_id INTEGER NOT NULL REFERENCES runs (id),
  outcome TEXT NOT NULL,                  -- new, revised, history, same, duplicate; worse, textless: not stored
  rules_hash TEXT NOT NULL,               -- of the rules that read it: what they refused, others may store
  extractor TEXT NOT NULL,
  PRIMARY KEY (url, at)
) WITHOUT ROWID"""


def m016_captures(db: Database) -> None:
    """One small row a capture."""
    db.conn.execute(TABLE)
