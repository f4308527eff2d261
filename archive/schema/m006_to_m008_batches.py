"""Schema of a faster store: words of a batch indexed together at its end, and indexes that status reads by.

FTS5 writes all it has gathered to disk at each statement that can be undone on its own, which an INSERT with a trigger
is: a batch of a thousand articles made a thousand small segments. While `unindexed` holds the ids of a batch, the
triggers let its articles pass, and the batch's end indexes them in one statement, inside the same transaction.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema import m005_web_indexes as schema_pages
from archive.store.indexing import index_revision
from archive.store.near_duplicates import shingles

migrations: Final = schema_pages.migrations
"""Those of before and this one: the next module takes it from here, so that they stand in order."""

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

_NEWEST: Final = """
SELECT articles.id, revisions.id, articles.host, articles.title, articles.authors, articles.text
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE articles.id > ? ORDER BY articles.id LIMIT 200"""


@migrations()
def m006_keys_and_batches(db: Database) -> None:
    """Batches; articles of the first version get what m003 brought, a few at a time."""
    for statement in BATCHES:
        db.conn.execute(statement.strip())
    after = 0
    while batch := db.conn.execute(_NEWEST, (after,)).fetchall():
        for article_id, revision_id, host, *texts in batch:
            index_revision(db, article_id, revision_id, texts=texts, host=host, hashes=shingles(texts[-1]))
        after = batch[-1][0]


@migrations()
def m007_health(db: Database) -> None:
    """An index that holds all that `health` says of a source's articles: without it every text was read."""
    db.conn.execute("CREATE INDEX articles_in_health ON articles (source, first_seen, words, authors, published)")


@migrations()
def m008_links_in_health(db: Database) -> None:
    """The same for links, in place of the index that only began like it: 2 s for a million instead of 8."""
    db.conn.execute("DROP INDEX links_by_source")
    db.conn.execute("CREATE INDEX links_in_health ON links (source, state, kind, fetched_at, last_seen, next_try)")
