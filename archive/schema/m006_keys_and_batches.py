"""Keys of texts in a B-tree, and words of a batch indexed together at its end.

FTS5 writes all that it has gathered to disk at each statement that can be undone on its own, such as an INSERT with a
trigger: a batch of a thousand articles made a thousand small segments. `unindexed` holds the ids of a batch. The
triggers skip these articles, and one statement at the end of the batch indexes them, in the same transaction.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.m006_frozen_indexing import LAST_ARTICLE, index_articles
from archive.schema.m012_near_keys import SHINGLES
from archive.schema.steps import Step, Steps, statements

KEYS: Final = ("DROP TABLE shingles", SHINGLES, "DELETE FROM near")
"""The table has its form of m012 at once: at first m006 made another, from which m012 moved all keys."""

BATCHES: Final = (
    """
CREATE TABLE unindexed (  -- articles of the transaction under way whose words are indexed at its end; 0: it has begun
  id INTEGER PRIMARY KEY
)""",
    "DROP TRIGGER articles_inserted",
    "DROP TRIGGER articles_updated",
    """
CREATE TRIGGER articles_inserted AFTER INSERT ON articles WHEN NOT EXISTS (SELECT 1 FROM unindexed) BEGIN
  INSERT INTO articles_fts (rowid, title, text, authors) VALUES (new.id, new.title, new.text, new.authors);
END""",
    """
CREATE TRIGGER articles_updated AFTER UPDATE OF id, title, text, authors ON articles
WHEN NOT EXISTS (SELECT 1 FROM unindexed WHERE id = old.id) BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, title, text, authors)
  VALUES ('delete', old.id, old.title, old.text, old.authors);
  INSERT INTO articles_fts (rowid, title, text, authors) VALUES (new.id, new.title, new.text, new.authors);
END""",
)


def m006_keys_and_batches(db: Database) -> Steps:
    """Keys and batches. The newest texts of articles that are already there get their keys and links anew."""
    return (statements(*KEYS, *BATCHES), Step(index_articles, LAST_ARTICLE))
