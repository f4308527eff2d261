"""Making a text findable where triggers cannot: scripts without spaces, near texts, the words of a whole batch at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlite_utils import Database

from archive.store.columns import Visit
from archive.store.near_duplicates import Hashes, find_near, index_text, link_near
from scraper.text.scripts import UNSPACED

_INDEX: Final = """
INSERT INTO articles_fts (rowid, title, text, authors)
SELECT id, title, text, authors FROM articles WHERE id IN (SELECT id FROM unindexed WHERE id > 0)"""
_POSTPONE: Final = "INSERT INTO unindexed (id) VALUES (?)"


def index_revision(
    db: Database,
    article_id: int,
    revision_id: int,
    *,
    texts: Sequence[str],
    host: str,
    hashes: Hashes,
    anew: bool = False,
) -> bool:
    """Whether another article tells the same story as this revision, which can be found from now on.

    `texts` are its title, authors and text, `hashes` the text's shingles; `anew` when the article had a text before.
    """
    if any(UNSPACED.search(text) for text in texts):
        db.conn.execute("INSERT OR IGNORE INTO unspaced (id) VALUES (?)", (article_id,))
    near = find_near(db, hashes, host=host)
    link_near(db, article_id, near, anew=anew)
    index_text(db, revision_id, hashes)
    return bool(near)


def postpone(db: Database, visit: Visit, article_id: int) -> None:
    """Leave a new article's words to the end of the batch, if it came in one."""
    if visit.together:
        db.conn.execute(_POSTPONE, (article_id,))


@contextmanager
def indexed_together(db: Database, visit: Visit) -> Iterator[None]:
    """Index the words of all new articles at the end, inside the caller's transaction: see `archive.schema.m006_keys_and_batches`."""
    if not visit.together:
        yield
        return
    db.conn.execute("INSERT INTO unindexed (id) VALUES (0)")
    yield
    db.conn.execute(_INDEX)
    db.conn.execute("DELETE FROM unindexed")
