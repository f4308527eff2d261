"""An index with everything that the view `health` says of a source's articles, so that it reads no text."""

from __future__ import annotations

from sqlite_utils import Database


def m007_health(db: Database) -> None:
    """One index."""
    db.conn.execute("CREATE INDEX articles_in_health ON articles (source, first_seen, words, authors, published)")
