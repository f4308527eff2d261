"""Pages that a reader saved in another program: when, and under which tags."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

TABLE: Final = """
CREATE TABLE saved (  -- pages of reading lists (`cuttings add --from`), as their reader saved them
  url TEXT PRIMARY KEY,
  at TEXT,                                -- when the reader saved it; empty: the list does not say
  title TEXT NOT NULL,                    -- as the list has it
  tags TEXT NOT NULL CHECK (json_type(tags) = 'array'),
  folder TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id)  -- that read it first
) WITHOUT ROWID"""

VIEW: Final = """
CREATE VIEW reading_list AS  -- saved pages, newest first, and what became of each
SELECT saved.at AS saved, coalesce(articles.title, saved.title) AS title, saved.tags, saved.folder,
       CASE WHEN articles.id IS NULL THEN links.state ELSE 'archived' END AS state,
       CASE WHEN articles.id IS NULL THEN links.detail ELSE '' END AS reason, articles.id AS article_id, saved.url
FROM saved LEFT JOIN links ON links.url = saved.url
LEFT JOIN articles ON articles.id = coalesce(
  links.article_id,
  (SELECT article_id FROM aliases WHERE aliases.url = saved.url),
  (SELECT id FROM articles AS own WHERE own.url = saved.url)
)
ORDER BY saved.at DESC, saved.url"""


def m019_saved(db: Database) -> None:
    """A table of its own: most archives have no reading list, and an article may be saved under several addresses."""
    db.conn.execute(TABLE)
    db.conn.execute(VIEW)
