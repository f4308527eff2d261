"""Page dictionaries, near-duplicates, and search in scripts without spaces."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, each

DICTIONARIES: Final = (
    """
CREATE TABLE dictionaries (  -- a page of each site, against which its other pages are compressed; rows never change,
                             -- and one that a page needs cannot be deleted
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,                     -- without www.
  version INTEGER NOT NULL CHECK (version >= 1),  -- a new one when the site's template has changed
  since TEXT NOT NULL,
  bytes INTEGER NOT NULL,                 -- of the body, uncompressed
  sha256 TEXT NOT NULL,                   -- of the body, uncompressed
  body BLOB NOT NULL,                     -- zstd, without a dictionary
  UNIQUE (host, version)
)""",
    "ALTER TABLE pages ADD COLUMN dictionary_id INTEGER REFERENCES dictionaries (id) /* a raw-content one of `body` */",
    "CREATE INDEX pages_by_dictionary ON pages (dictionary_id) WHERE dictionary_id IS NOT NULL",
)

NEAR: Final = (
    """
CREATE TABLE near (  -- one story on two sites: pairs of articles that share much of their wording
  article_id INTEGER NOT NULL REFERENCES articles (id),  -- the one archived later
  other_id INTEGER NOT NULL REFERENCES articles (id),    -- the one archived earlier
  similarity REAL NOT NULL CHECK (similarity > 0 AND similarity <= 1),  -- runs of four words that both have, of all
  contained REAL NOT NULL CHECK (contained >= similarity AND contained <= 1),  -- of those that the shorter text has
  PRIMARY KEY (article_id, other_id),
  CHECK (other_id < article_id)
) WITHOUT ROWID""",
    "CREATE INDEX near_by_other ON near (other_id)",
    """
CREATE VIRTUAL TABLE shingles USING fts5 (keys, content='', detail=none, columnsize=0, tokenize='ascii')""",
)
"""`shingles` is another table since m006."""

UNSPACED_SEARCH: Final = (
    """
CREATE TABLE unspaced (  -- articles with words in a script that puts no spaces between them, or joins endings to them
  id INTEGER PRIMARY KEY REFERENCES articles (id)
)""",
    """
CREATE VIEW unspaced_texts AS  -- padded, so that three letters begin at the last letter too
SELECT articles.id, title || '  ' AS title, text || '  ' AS text, authors || '  ' AS authors
FROM unspaced JOIN articles ON articles.id = unspaced.id""",
    """
CREATE VIRTUAL TABLE unspaced_fts USING fts5 (
  title, text, authors, content='unspaced_texts', content_rowid='id', tokenize='trigram'
)""",
    "CREATE VIRTUAL TABLE unspaced_words USING fts5vocab (unspaced_fts, row)",
    """
CREATE TRIGGER unspaced_inserted AFTER INSERT ON unspaced BEGIN
  INSERT INTO unspaced_fts (rowid, title, text, authors)
  SELECT id, title, text, authors FROM unspaced_texts WHERE id = new.id;
END""",
    """
CREATE TRIGGER unspaced_deleted BEFORE DELETE ON unspaced BEGIN
  INSERT INTO unspaced_fts (unspaced_fts, rowid, title, text, authors)
  SELECT 'delete', id, title, text, authors FROM unspaced_texts WHERE id = old.id;
END""",
    """
CREATE TRIGGER unspaced_changing BEFORE UPDATE OF title, text, authors ON articles
WHEN EXISTS (SELECT 1 FROM unspaced WHERE id = old.id) BEGIN
  INSERT INTO unspaced_fts (unspaced_fts, rowid, title, text, authors)
  SELECT 'delete', id, title, text, authors FROM unspaced_texts WHERE id = old.id;
END""",
    """
CREATE TRIGGER unspaced_changed AFTER UPDATE OF title, text, authors ON articles
WHEN EXISTS (SELECT 1 FROM unspaced WHERE id = new.id) BEGIN
  INSERT INTO unspaced_fts (rowid, title, text, authors)
  SELECT id, title, text, authors FROM unspaced_texts WHERE id = new.id;
END""",
    """
CREATE TRIGGER articles_gone BEFORE DELETE ON articles BEGIN
  DELETE FROM unspaced WHERE id = old.id;
  DELETE FROM near WHERE article_id = old.id OR other_id = old.id;
END""",
)
"""An index of three letters each, so that any part of a sentence is found. The index of words stays as it is."""


def m003_dictionaries_near_search(db: Database) -> Steps:
    """New tables and indexes; m006 fills them for articles that are already there."""
    return each(*DICTIONARIES, *NEAR, *UNSPACED_SEARCH)
