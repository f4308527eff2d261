"""The words of the search index as a table, and the languages of the articles: a query finds inflected forms by them."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

WORDS: Final = "CREATE VIRTUAL TABLE article_words USING fts5vocab (articles_fts, row)"
LANGUAGES: Final = "CREATE INDEX articles_by_language ON articles (language)"


def m015_words(db: Database) -> None:
    """A view of the index, and an index; no text is read again."""
    db.conn.execute(WORDS)
    db.conn.execute(LANGUAGES)
