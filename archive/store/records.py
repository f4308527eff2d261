"""Values read from the archive: stored articles and their revisions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlite_utils import Database

from archive.store.columns import moment, names, unpack_blocks
from scraper.types import Article, Removal

ARTICLE_COLUMNS: Final = """articles.*, revisions.blocks, CASE WHEN EXISTS (SELECT 1 FROM saved) THEN (
  SELECT json_group_array(json_array(at, json(tags))) FROM saved WHERE url IN (
    SELECT articles.url UNION ALL SELECT url FROM aliases WHERE aliases.article_id = articles.id
    UNION ALL SELECT url FROM links WHERE links.article_id = articles.id
  )
) ELSE '[]' END AS saved,
  (SELECT at FROM stars WHERE stars.article_id = articles.id) AS starred_at,
  (SELECT json_group_array(tag) FROM reader_tags WHERE reader_tags.article_id = articles.id) AS reader_tags,
  (SELECT text FROM reader_notes WHERE reader_notes.article_id = articles.id) AS reader_note"""
"""The columns that `stored_article` reads, of a query that joins an article with its newest revision."""

SELECT_ARTICLE: Final = f"""
SELECT {ARTICLE_COLUMNS} FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision"""
"""The rows that `stored_article` reads; add a WHERE."""

SELECT_REVISION: Final = f"""
SELECT {ARTICLE_COLUMNS}, revisions.text, revisions.title, revisions.number AS revision, revisions.seen_at,
       revisions.origin, revisions.id AS revision_id
FROM revisions CROSS JOIN articles ON articles.id = revisions.article_id"""
"""Rows of each text that an article ever had, for `stored_revision`; add a WHERE. `CROSS` keeps SQLite to the order of ids."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A stored article with its newest good text. `duplicate_of` is the id of an earlier article with the same text.

    `saved_at` and `saved_tags` are those of its reader's reading lists; None and empty if it is on none. `starred_at`,
    `reader_tags` and `reader_note` are what its reader added in the pages (`archive.store.reader`).
    One that stands for one of its revisions has that text and title, and when it was seen and what made it.
    """

    id: int
    article: Article
    source: str
    words: int
    verdict: str
    evidence: tuple[str, ...]
    revision: int
    duplicate_of: int | None
    first_seen: datetime
    last_seen: datetime
    saved_at: datetime | None = None
    saved_tags: tuple[str, ...] = ()
    seen_at: datetime | None = None
    origin: str = ""
    starred_at: datetime | None = None
    reader_tags: tuple[str, ...] = ()
    reader_note: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One text of an article. `added` and `removed` count paragraphs compared with the revision before.

    `origin` is what made the text (`m004_ledger.ORIGINS`), `extractor` the version that did, empty for an early one.
    """

    number: int
    seen_at: datetime
    title: str
    added: int
    removed: int
    rules_hash: str
    text: str
    origin: str = "scrape"
    extractor: str = ""


def select(db: Database, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """Rows of a query as dictionaries, one at a time."""
    cursor = db.conn.execute(sql, parameters)
    columns = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(columns, row, strict=True))


def stored_article(row: Mapping[str, Any]) -> StoredArticle:
    """The article in one row of `SELECT_ARTICLE`."""
    saved = json.loads(row["saved"])
    return StoredArticle(
        id=row["id"],
        article=_article(row),
        source=row["source"],
        words=row["words"],
        verdict=row["verdict"],
        evidence=names(row["evidence"]),
        revision=row["revision"],
        duplicate_of=row["duplicate_of"],
        first_seen=time(row["first_seen"]),
        last_seen=time(row["last_seen"]),
        saved_at=moment(min((at for at, _ in saved if at), default=None)),
        saved_tags=tuple(dict.fromkeys(tag for _, tags in saved for tag in tags)),
        starred_at=moment(row["starred_at"]),
        reader_tags=names(row["reader_tags"]),
        reader_note=row["reader_note"] or "",
    )


def stored_revision(row: Mapping[str, Any]) -> StoredArticle:
    """The article with the text of one row of `SELECT_REVISION`."""
    found = stored_article({**row, "words": len(row["text"].split())})
    return replace(found, seen_at=time(row["seen_at"]), origin=row["origin"])


def read_revision(row: Mapping[str, Any]) -> Revision:
    """The revision in one row of the table `revisions`."""
    return Revision(
        number=row["number"],
        seen_at=time(row["seen_at"]),
        title=row["title"],
        added=row["added"],
        removed=row["removed"],
        rules_hash=row["rules_hash"],
        text=row["text"],
        origin=row["origin"],
        extractor=row["extractor"],
    )


def read_removal(row: Mapping[str, Any]) -> Removal:
    """The removal in one row of the table `removals` or `restores`."""
    return Removal(
        rule_id=row["rule"], stage=row["stage"], kind=row["kind"], position=row["position"], text=row["text"]
    )


def time(column: str) -> datetime:
    """The time in a column that is never empty."""
    return datetime.fromisoformat(column)


def _article(row: Mapping[str, Any]) -> Article:
    return Article(
        url=row["url"],
        canonical_url=row["url"],
        site=row["site"],
        title=row["title"],
        authors=names(row["authors"]),
        contributors=names(row["contributors"]),
        published=moment(row["published"]),
        modified=moment(row["modified"]),
        language=row["language"],
        description=row["description"],
        section=row["section"],
        tags=names(row["tags"]),
        image=row["image"],
        free=None if row["free"] is None else bool(row["free"]),
        blocks=unpack_blocks(row["blocks"], row["text"]),
    )
