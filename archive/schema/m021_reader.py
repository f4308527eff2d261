"""What readers add in the pages: stars, tags and notes of articles, and saved searches. No extraction touches these tables."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, each, statements

TABLES: Final = (
    """
CREATE TABLE stars (  -- articles that a reader starred
  article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
  at TEXT NOT NULL
)""",
    """
CREATE TABLE reader_tags (  -- tags that a reader gave to articles; the site's own are in `articles`
  tag TEXT NOT NULL,
  article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  PRIMARY KEY (tag, article_id)
) WITHOUT ROWID""",
    "CREATE INDEX reader_tags_by_article ON reader_tags (article_id)",
    """
CREATE TABLE reader_notes (  -- a reader's note on an article
  article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  at TEXT NOT NULL                        -- when it was changed last
)""",
    """
CREATE TABLE searches (  -- searches that a reader saved; each has a feed
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  parameters TEXT NOT NULL CHECK (json_type(parameters) = 'object'),  -- of the search page's address
  at TEXT NOT NULL
)""",
)
DOUBTFUL: Final = "CREATE INDEX articles_in_doubt ON articles (verdict) WHERE verdict <> 'ok'"
"""The few articles whose text may be incomplete, by kind."""


def m021_reader(db: Database) -> Steps:
    """Four tables, and an index over the articles."""
    return (statements(*TABLES), *each(DOUBTFUL))
