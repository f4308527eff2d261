"""Further pages: the raw pages of an article that stands on several pages."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

PARTS: Final = """
CREATE TABLE page_parts (  -- the second and further pages of an article whose first is in `pages`
  page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number >= 2),
  url TEXT NOT NULL,                      -- after redirects
  status INTEGER NOT NULL,
  headers TEXT NOT NULL CHECK (json_type(headers) = 'array'),  -- [[name, value], ...]
  fetched_at TEXT NOT NULL,
  bytes INTEGER NOT NULL,                 -- of the body, uncompressed
  sha256 TEXT NOT NULL,                   -- of the body, uncompressed
  body BLOB NOT NULL,                     -- zstd, with the first page's body as raw-content dictionary
  PRIMARY KEY (page_id, number)
)"""


def m009_page_parts(db: Database) -> None:
    """One table. Articles that were joined before have only their first page."""
    db.conn.execute(PARTS.strip())
