"""Named exports: each begins where the one before of that name ended."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

TABLE: Final = """
CREATE TABLE exports (  -- `export --new NAME`: what an export of this name has written
  name TEXT PRIMARY KEY,
  revision_id INTEGER NOT NULL,           -- the newest text when it began; 0: there was none
  selection TEXT NOT NULL CHECK (json_valid(selection)),  -- site and query, which a name always has
  at TEXT NOT NULL                        -- when its output was complete
) WITHOUT ROWID"""


def m020_exports(db: Database) -> None:
    """An empty table."""
    db.conn.execute(TABLE)
