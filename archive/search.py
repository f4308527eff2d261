"""Ranked full-text search. Any text is a valid query: what FTS5 would take for syntax is quoted.

Words must all occur; words in double quotes must stand together. A word without a letter or digit finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from archive.connect import archive_errors
from archive.rows import iso, moment, names, plain
from archive.stored import select
from scraper.errors import InputError

if TYPE_CHECKING:
    from archive.store import Archive

WEIGHTS: Final = "10.0, 1.0, 5.0"
"""Of a word in the title, the text, the authors: a title has a fiftieth of a text's words, and says more by each."""

SNIPPET_TOKENS: Final = 24
MOST_TERMS: Final = 1000
"""A pasted page is cut to this many terms: they take 3 ms, a hundred thousand take 2 s (SQLite 3.40)."""

_TERM: Final = re.compile(r'"([^"]+)"|([^\s"]+)')
_WORD: Final = re.compile(r"[^\W_]")

CONDITIONS: Final[dict[str, str]] = {
    "site": "(articles.host = :host OR articles.host LIKE :subdomains ESCAPE '\\' OR articles.site = :site COLLATE NOCASE)",
    "since": "coalesce(articles.published, articles.first_seen) >= :since",
    "until": "coalesce(articles.published, articles.first_seen) < :until",
}
"""SQL of each filter of search and export, over `articles`."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. `snippet` is a piece of its text, the words found between marks; `score` is better higher."""

    id: int
    url: str
    site: str
    title: str
    authors: tuple[str, ...]
    published: datetime | None
    snippet: str
    score: float
    duplicate_of: int | None


def search(
    archive: Archive,
    query: str,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    marks: tuple[str, str] = ("[", "]"),
) -> list[Hit]:
    """The best hits, best first, the newer first among equals.

    `site` is a host, which includes its subdomains, or what a site calls itself; `since` is inclusive, `until` exclusive, over the date of publication (or else of
    the first visit). Raises InputError for an empty query.
    """
    match = match_expression(query)
    if not match:
        return []
    conditions, values = filters(site=site, since=since, until=until)
    ranked = f"""
SELECT articles.id, articles.url, articles.site, articles.title, articles.authors, articles.published,
       -bm25(articles_fts, {WEIGHTS}) AS score, articles.duplicate_of
FROM articles_fts JOIN articles ON articles.id = articles_fts.rowid
WHERE articles_fts MATCH :match {conditions}
ORDER BY score DESC, coalesce(articles.published, articles.first_seen) DESC, articles.id LIMIT :limit"""
    with archive_errors(archive.path):
        rows = list(select(archive.db, ranked, {**values, "match": match, "limit": limit}))
        return [_hit(row, _snippet(archive, match, row["id"], marks)) for row in rows]


def _hit(row: Mapping[str, Any], snippet: str) -> Hit:
    return Hit(
        id=row["id"],
        url=row["url"],
        site=row["site"],
        title=row["title"],
        authors=names(row["authors"]),
        published=moment(row["published"]),
        snippet=snippet,
        score=row["score"],
        duplicate_of=row["duplicate_of"],
    )


def match_expression(query: str) -> str:
    """The query in FTS5's syntax; empty when no word is in it. Raises InputError for an empty query.

    >>> match_expression("don't \\"hello, world\\" c++ %")
    '"don\\'t" "hello, world" "c++"'
    """
    if not query.strip():
        raise InputError("the query is empty")
    terms = [phrase or word for phrase, word in _TERM.findall(plain(query).replace("\ufffd", " "))]
    return " ".join(f'"{term}"' for term in terms[:MOST_TERMS] if _WORD.search(term))


def filters(*, site: str | None, since: datetime | None, until: datetime | None) -> tuple[str, Mapping[str, Any]]:
    """SQL to put after a WHERE clause, and its parameters, for the filters that are given."""
    values: dict[str, Any] = {}
    if site:
        host = plain(site).lower().removeprefix("www.")
        escaped = re.sub(r"([\\%_])", r"\\\g<0>", host)
        values |= {"site": plain(site), "host": host, "subdomains": f"%.{escaped}"}
    values |= {name: iso(at) for name, at in (("since", since), ("until", until)) if at is not None}
    return "".join(f" AND {sql}" for name, sql in CONDITIONS.items() if name in values), values


def _snippet(archive: Archive, match: str, article_id: int, marks: tuple[str, str]) -> str:
    """Asked for each hit alone: in the ranking query it would be made for every match before the best are taken."""
    sql = f"""SELECT snippet(articles_fts, 1, ?, ?, '…', {SNIPPET_TOKENS}) FROM articles_fts
WHERE articles_fts MATCH ? AND rowid = ?"""
    (text,) = archive.db.conn.execute(sql, (*marks, match, article_id)).fetchone()
    return " ".join(text.split())
