"""The newest articles of the front page: of all sources and languages or of one, each with its copies under it as one entry."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archive.search.conditions import DATE, Condition
from archive.store.archive import Archive
from archive.store.columns import plain
from archive.store.distinct import distinct
from archive.store.records import select
from archive.web.facets import MAX_LANGUAGES, matching, primary
from archive.web.listing import SELECT_LISTED, Listed, listed

MAX_ENTRIES: Final = 15
"""Entries that the page lists."""
MAX_READ: Final = 60
"""Newest articles that are read for them: a story may have many copies."""
MAX_OF_SOURCE: Final = 500
"""Articles of a source that were archived last, of which the newest are listed."""
MAX_SOURCES: Final = 500
"""Sources to choose from."""

SOURCES_SQL: Final = "SELECT DISTINCT source FROM article_counts WHERE articles > 0 ORDER BY source LIMIT :most"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article, and its copies on other sites."""

    article: Listed
    copies: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The source and the language that the front page shows; empty for all."""

    source: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest articles, and what to choose from."""

    entries: tuple[Entry, ...]
    choice: Choice
    sources: tuple[str, ...]
    languages: tuple[str, ...]


def read_newest(archive: Archive, choice: Choice) -> Newest:
    """The newest articles of a choice."""
    condition = chosen(archive, choice)
    sql = f"{SELECT_LISTED} {condition.where} ORDER BY {DATE} DESC LIMIT :most"
    found = [listed(row) for row in select(archive.db, sql, {**condition.values, "most": MAX_READ})]
    sources = tuple(row["source"] for row in select(archive.db, SOURCES_SQL, {"most": MAX_SOURCES}))
    languages = sorted({*map(primary, distinct(archive.db.conn, "language", most=MAX_LANGUAGES))} - {""})
    return Newest(tuple(entries(archive, found)[:MAX_ENTRIES]), choice, sources, tuple(languages))


def chosen(archive: Archive, choice: Choice) -> Condition:
    """The articles of a choice: of a source, those that were archived last."""
    in_language = matching(archive.db, {"language": choice.language}, by_date=not choice.source)
    if not choice.source:
        return in_language
    of_source = Condition("articles.source = :source", {"source": plain(choice.source)}) & in_language
    ids = f"SELECT articles.id FROM articles {of_source.where} ORDER BY articles.first_seen DESC LIMIT {MAX_OF_SOURCE}"
    return Condition(f"articles.id IN ({ids})", of_source.values)


def entries(archive: Archive, found: Iterable[Listed]) -> list[Entry]:
    """The articles in their order, each copy under its original, which is read if it is not among them."""
    articles = {article.id: article for article in found}
    missing = {article.duplicate_of for article in articles.values()} - {None, *articles}
    sql = f"{SELECT_LISTED} WHERE articles.id IN (SELECT value FROM json_each(?))"
    originals = {row["id"]: listed(row) for row in select(archive.db, sql, (json.dumps(sorted(missing, key=str)),))}
    heads: dict[int, list[Listed]] = {}
    for article in articles.values():
        head = article.duplicate_of if article.duplicate_of in articles or article.duplicate_of in originals else None
        own = heads.setdefault(head or article.id, [])
        if head:
            own.append(article)
    return [Entry(articles.get(head) or originals[head], tuple(copies)) for head, copies in heads.items()]
