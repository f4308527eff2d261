"""Further conditions of the search page, and how many of the hits meet each: language, author, month, kind of text.

Conditions on few articles look these up; those on many are tried on each article by date. So both are fast on an archive
of any size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlite_utils import Database

from archive.search.conditions import DATE, NO_CONDITION, Condition
from archive.store.columns import names
from archive.store.distinct import distinct
from archive.web.listing import Count

MAX_FEW_ARTICLES: Final = 5000
"""If a condition selects fewer articles, these are looked up."""
MAX_LANGUAGES: Final = 500
"""Languages of an archive that are compared with a chosen one."""

FACT_COLUMNS: Final = (
    f"articles.site, articles.language, articles.authors, substr({DATE}, 1, 7) AS month, articles.verdict"
)
"""Columns that are counted."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Numbers of hits by each condition, the largest first; months newest first. `total` hits were counted."""

    total: int
    sites: tuple[Count, ...]
    languages: tuple[Count, ...]
    authors: tuple[Count, ...]
    months: tuple[Count, ...]
    kinds: tuple[Count, ...]


def count_facets(rows: Iterable[Mapping[str, Any]]) -> Facets:
    """The facets of rows with `FACT_COLUMNS`."""
    counters = {name: Counter[str]() for name in ("site", "language", "author", "month", "kind")}
    total = 0
    for row in rows:
        total += 1
        counters["site"][row["site"]] += 1
        counters["language"][primary(row["language"])] += 1
        counters["author"].update(names(row["authors"]))
        counters["month"][row["month"]] += 1
        counters["kind"][row["verdict"]] += 1
    counted = {name: largest(counter) for name, counter in counters.items()}
    months = sorted(counted["month"], key=lambda month: month.name, reverse=True)
    return Facets(total, counted["site"], counted["language"], counted["author"], tuple(months), counted["kind"])


def largest(counter: Counter[str]) -> tuple[Count, ...]:
    """The counts of names, the largest first. An empty name is none."""
    pairs = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(name, number) for name, number in pairs if name)


def primary(language: str) -> str:
    """The language without its region, in small letters.

    >>> primary("en-GB"), primary("pt_BR"), primary("")
    ('en', 'pt', '')
    """
    return language.replace("_", "-").partition("-")[0].lower()


def matching(db: Database, asked: Mapping[str, str], *, by_date: bool) -> Condition:
    """The condition on language, kind, star and tag in a request's parameters; `by_date` for a query ordered by date."""
    found = NO_CONDITION
    for condition in _each(db, asked):
        found &= few_or_many(db, condition) if by_date else condition
    return found


def _each(db: Database, asked: Mapping[str, str]) -> Iterator[Condition]:
    if wanted := asked.get("language"):
        found = [name for name in distinct(db.conn, "language", most=MAX_LANGUAGES) if primary(name) == wanted]
        keys = {f"also_language_{number}": name for number, name in enumerate(found)}
        yield Condition(f"articles.language IN ({', '.join(f':{key}' for key in keys)})", keys)
    if (kind := asked.get("kind")) == "ok":  # the index has only the texts in doubt
        yield Condition("articles.id NOT IN (SELECT id FROM articles WHERE verdict <> 'ok')")
    elif kind:
        yield Condition("articles.verdict = :also_kind AND articles.verdict <> 'ok'", {"also_kind": kind})
    if asked.get("starred"):
        yield Condition("articles.id IN (SELECT article_id FROM stars)")
    if tag := asked.get("tag"):
        sql = "articles.id IN (SELECT article_id FROM reader_tags WHERE tag = :also_tag)"
        yield Condition(sql, {"also_tag": tag})


def few_or_many(db: Database, condition: Condition) -> Condition:
    """The condition as SQL that looks up its articles if they are few, and else tries it on articles found otherwise."""
    if condition.sql.startswith("articles.id "):
        return condition
    ids = f"SELECT articles.id FROM articles {condition.where}"
    counted = f"SELECT count(*) FROM (SELECT 1 FROM articles {condition.where} LIMIT {MAX_FEW_ARTICLES})"
    if db.conn.execute(counted, dict(condition.values)).fetchone()[0] < MAX_FEW_ARTICLES:
        return Condition(f"articles.id IN ({ids})", condition.values)
    return Condition(condition.sql.replace("articles.", "+articles."), condition.values)
