"""Chrome: the text of a page outside of the element that holds its article, so that it too can be shown and restored."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

TABLE: Final = """
CREATE TABLE chrome (  -- menus, rails and footers around a text; revisions of earlier versions have none
  revision_id INTEGER PRIMARY KEY REFERENCES revisions (id),
  packed BLOB NOT NULL                    -- zlib: [[rule, stage, kind, [gap, text, ...]], ...], positions as gaps
)"""
OUTSIDE: Final = "ALTER TABLE restores ADD COLUMN outside INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1)) /* 1: it was chrome */"


def m014_chrome(db: Database) -> None:
    """One value for each revision: as rows, the chrome would take more room than the texts."""
    db.conn.execute(TABLE)
    db.conn.execute(OUTSIDE)
