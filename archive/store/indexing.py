"""Search indexes that triggers cannot fill: scripts without spaces, near-duplicates, and the words of a whole batch."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlite_utils import Database

from archive.store.near_duplicates import link_near
from archive.store.near_index import NearIndex, NearText
from scraper.text.scripts import UNSPACED

_INDEX: Final = """
INSERT INTO articles_fts (rowid, title, text, authors)
SELECT id, title, text, authors FROM articles WHERE id IN (SELECT id FROM unindexed WHERE id > 0)"""
_POSTPONE: Final = "INSERT INTO unindexed (id) VALUES (?)"
_UNSPACED: Final = "INSERT OR IGNORE INTO unspaced (id) VALUES (?)"


def index_revision(
    db: Database,
    article_id: int,
    revision_id: int,
    *,
    texts: Sequence[str],
    near_text: NearText,
    fingerprint: str,
    replaces_text: bool = False,
    near: NearIndex | None = None,
) -> bool:
    """Index a revision. Whether another article tells the same story.

    `near` is the index of the batch under way, which writes the keys at its end.

    `texts` are the title, authors and text, `fingerprint` is the text's. `replaces_text`: the article had an earlier text.
    """
    if is_unspaced(texts):
        mark_unspaced(db, (article_id,))
    index = near or NearIndex(db)
    found = index.find(near_text)
    link_near(db, article_id, found, replaces_text=replaces_text)
    index.add(revision_id, article_id, near_text, fingerprint=fingerprint)
    if near is None:
        index.write()
    return bool(found)


def is_unspaced(texts: Sequence[str]) -> bool:
    """Whether one of the texts has words in a script without spaces."""
    return any(not text.isascii() and UNSPACED.search(text) for text in texts)


def mark_unspaced(db: Database, articles: Iterable[int]) -> None:
    """Index articles by the triples of their letters too."""
    db.conn.executemany(_UNSPACED, [(article_id,) for article_id in articles])


def postpone(db: Database, articles: Iterable[int]) -> None:
    """Postpone the indexing of the words of new articles to the end of their batch."""
    db.conn.executemany(_POSTPONE, [(article_id,) for article_id in articles])


@contextmanager
def without_collector() -> Iterator[None]:
    """Look for no garbage in circles meanwhile: a batch makes many values and no circles, and each look goes over all of them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def indexed_together(db: Database, near: NearIndex | None, texts: Sequence[NearText]) -> Iterator[None]:
    """Index the words and keys of all new articles at the end of the block, inside the caller's transaction.

    `texts` may be saved in the block. Without `near`, each article is indexed by itself. One
    statement for the whole batch is faster: see `archive.schema.m006_keys_and_batches`.
    """
    if near is None:
        yield
        return
    with without_collector():
        near.begin(texts)
        db.conn.execute("INSERT INTO unindexed (id) VALUES (0)")
        yield
        near.write()
        db.conn.execute(_INDEX)
        db.conn.execute("DELETE FROM unindexed")
