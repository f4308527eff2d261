"""Full-text search: a query to SQL, and ranked hits with snippets.

::

    words ─► articles_fts (stems of words) ────────────────┐
    東京  ─► unspaced_fts (every three letters) ───────────┼─► MAX_RANKED_MATCHES newest ─► bm25 ─► best ─► snippets
    site: since: before: ─► ids of articles, by an index ──┘

`query_syntax` parses what a person types; `ranking` holds the weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from sqlite_utils import Database

from archive.search.conditions import DATE, Condition, narrow
from archive.search.inflection import forms_in
from archive.search.match import Forms, any_of, match_expression, match_of
from archive.search.query_syntax import AnyOf, Query, Term, parse_query
from archive.search.ranking import MAX_RANKED_MATCHES, SPARE_HITS, WEIGHTS_SQL, aged_score
from archive.search.relaxing import ENOUGH_HITS, relax
from archive.store.columns import moment, names
from archive.store.connection import archive_errors
from archive.store.records import select
from scraper.text.invisible import JOINERS, without_joiners
from scraper.text.scripts import UNSPACED

if TYPE_CHECKING:
    from archive.store.archive import Archive

__all__ = ["MARKS", "Hit", "count_hits", "find", "match_expression", "search", "selection", "show_hits"]

MAX_COLLECTED_IDS: Final = 50_000
"""If a condition selects fewer articles, their ids are collected first. Otherwise the condition is tried on each match."""

MARKS: Final = ("\ue000", "\ue001")
"""Private characters around the found words, until a caller prints other marks. Articles do not use them."""
SNIPPET_TOKENS: Final = 24
SNIPPET_CHARS: Final = 120
MAX_TRIPLES: Final = 1000
"""Triples of letters tried for a word of one or two letters in a script without spaces."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. `snippet` is a piece of its text with the found words between marks; a higher `score` is better.

    `partial`: it has only some of the query's words.
    """

    id: int
    url: str
    site: str
    title: str
    authors: tuple[str, ...]
    published: datetime | None
    snippet: str
    score: float
    duplicate_of: int | None
    partial: bool = False


def search(
    archive: Archive,
    query: str,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    offset: int = 0,
    marks: tuple[str, str] = ("[", "]"),
    recent: datetime | None = None,
) -> list[Hit]:
    """The best hits, best first; among equals the newer first. A query without words finds the newest articles.

    `site`, `since` (inclusive) and `until` (exclusive) narrow the query further. An article's date is its publication,
    or else the first visit. `recent` is the present time: if it is given, newer articles rank higher. Fewer than
    `ENOUGH_HITS` hits are followed by partial ones, which have only some of the words. Raises InputError for an empty query.
    """
    asked = narrowed(parse_query(query), site=site, since=since, until=until)
    with archive_errors(archive.path):
        return find_or_relax(archive.db, asked, limit=limit, offset=offset, marks=marks, recent=recent)


def find_or_relax(
    db: Database,
    query: Query,
    *,
    limit: int = 20,
    offset: int = 0,
    marks: tuple[str, str] = ("[", "]"),
    recent: datetime | None = None,
) -> list[Hit]:
    """Hits like those of `find`; on the first page of a query that finds fewer than `ENOUGH_HITS`, then partial hits."""
    forms = forms_in(db)
    hits = find(db, query, limit=limit, offset=offset, marks=marks, recent=recent, forms=forms)
    if offset or len(hits) >= min(limit, ENOUGH_HITS):
        return hits

    def count(term: Term) -> int:
        return count_hits(db, replace(query, wanted=((term,),)), most=MAX_RANKED_MATCHES, forms=forms)

    relaxed = relax(query, count)
    if relaxed is None:
        return hits
    full = {hit.id for hit in hits}
    some = find(db, relaxed, limit=limit + len(full), marks=marks, recent=recent, forms=forms)
    return [*hits, *(replace(hit, partial=True) for hit in some if hit.id not in full)][:limit]


def narrowed(query: Query, *, site: str | None, since: datetime | None, until: datetime | None) -> Query:
    """The query within further bounds. A given site replaces the sites in the query."""
    sinces = [at for at in (query.since, since) if at is not None]
    befores = [at for at in (query.before, until) if at is not None]
    return replace(
        query,
        sites=(site,) if site else query.sites,
        since=max(sinces, default=None),
        before=min(befores, default=None),
    )


def find(
    db: Database,
    query: Query,
    *,
    limit: int = 20,
    offset: int = 0,
    marks: tuple[str, str] = ("[", "]"),
    recent: datetime | None = None,
    forms: Forms | None = None,
) -> list[Hit]:
    """Hits with all of the words, over any connection to an archive. SQLite's errors propagate.

    `forms` finds other forms of a word; without it one is made for this query.
    """
    plan = _plan(db, query, forms)
    if plan is None:
        return []
    found = db.conn.execute(plan.best, {**plan.selected.values, "window": offset + limit + SPARE_HITS}).fetchall()
    ranked = sorted(((aged_score(score, date, now=recent), date, -id_) for id_, score, date in found), reverse=True)
    return [_hit(db, query, plan, -minus_id, score, marks) for score, _, minus_id in ranked[offset : offset + limit]]


def show_hits(db: Database, query: Query, ids: Iterable[int], *, marks: tuple[str, str] = ("[", "]")) -> list[Hit]:
    """Hits for these articles, in this order. The query gives the snippets; nothing is ranked."""
    plan = _plan(db, query)
    return [] if plan is None else [_hit(db, query, plan, id_, 0.0, marks) for id_ in ids]


def count_hits(db: Database, query: Query, *, most: int = 1000, forms: Forms | None = None) -> int:
    """Number of articles that the query finds, counted up to `most`."""
    plan = _plan(db, query, forms)
    if plan is None:
        return 0
    selected = plan.selected
    sql = f"SELECT count(*) FROM ({selected.sql} LIMIT :most)"
    return int(db.conn.execute(sql, {**selected.values, "most": most}).fetchone()[0])


# --- from a query to SQL ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selected:
    """A subquery for the articles that a query finds, with one column `id`, and its parameters, named `query_…`."""

    sql: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """SQL of a query. `best` selects id, score and date of the best matches, up to `:window`.

    `table` is the index that is searched; empty if the query has no words.
    """

    table: str
    selected: Selected
    best: str


def selection(db: Database, query: Query) -> Selected | None:
    """All articles that a query finds; None if nothing can be found."""
    plan = _plan(db, query)
    return None if plan is None else plan.selected


def _plan(db: Database, query: Query, forms: Forms | None = None) -> SearchPlan | None:
    """The plan of a query; None if nothing can be found. `forms` finds other forms of a word; without it one is made."""
    table = "unspaced_fts" if query.unspaced else "articles_fts"
    match = _in_triples(db, query) if query.unspaced else match_of(query, forms or forms_in(db))
    condition = narrow(
        db,
        prefix="query_",
        sites=query.sites,
        other_sites=query.other_sites,
        since=query.since,
        before=query.before,
    )
    condition &= query.also
    if match:
        return _plan_words(db, table, match, condition)
    if query.wanted or not (query.narrow or query.unwanted):
        return None
    if query.unwanted:
        without = "articles.id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :query_unwanted)"
        condition &= Condition(without, {"query_unwanted": any_of(query.unwanted)})
    newest = f"""
SELECT articles.id, 0.0, {DATE} FROM articles {condition.where} ORDER BY {DATE} DESC, articles.id LIMIT :window"""
    return SearchPlan(
        "", Selected(f"SELECT articles.id AS id FROM articles {condition.where}", condition.values), newest
    )


def _plan_words(db: Database, table: str, match: str, condition: Condition) -> SearchPlan:
    """The plan of a query that has words."""
    source = f"{table} WHERE {table} MATCH :query_match{_narrowing(db, table, condition)}"
    best = f"""
SELECT articles.id, best.score, {DATE} FROM (
  SELECT * FROM (
    SELECT rowid AS id, -bm25({table}, {WEIGHTS_SQL}) AS score FROM {source} ORDER BY rowid DESC LIMIT {MAX_RANKED_MATCHES}
  ) ORDER BY score DESC LIMIT :window
) AS best JOIN articles ON articles.id = best.id"""
    selected = Selected(f"SELECT {table}.rowid AS id FROM {source}", {**condition.values, "query_match": match})
    return SearchPlan(table, selected, best)


def _narrowing(db: Database, table: str, condition: Condition) -> str:
    """The condition as a part of a query on an index."""
    if not condition.sql:
        return ""
    counted = f"SELECT count(*) FROM (SELECT 1 FROM articles {condition.where} LIMIT {MAX_COLLECTED_IDS})"
    ids = f"SELECT articles.id FROM articles {condition.where}"
    if db.conn.execute(counted, dict(condition.values)).fetchone()[0] < MAX_COLLECTED_IDS:
        return f" AND +{table}.rowid IN ({ids})"
    return f" AND EXISTS ({ids} AND articles.id = {table}.rowid)"


# --- scripts without spaces ---------------------------------------------------------------------------------------


def _in_triples(db: Database, query: Query) -> str:
    """FTS5's expression for the index of triples; empty if no article has the letters of a wanted word."""
    wanted = [_any_triples(db, group) for group in query.wanted]
    if not all(wanted):
        return ""
    unwanted = [match for term in query.unwanted if (match := _triples(db, term))]
    match = " AND ".join(wanted)
    return f"({match}) NOT ({' OR '.join(unwanted)})" if unwanted else match


def _any_triples(db: Database, group: AnyOf) -> str:
    """FTS5's expression for any of the terms; empty if no article has the letters of one."""
    found = [match for term in group if (match := _triples(db, term))]
    return f"({' OR '.join(found)})" if len(found) > 1 else "".join(found)


def _triples(db: Database, term: Term) -> str:
    """FTS5's expression for one term: the term itself, or every triple that begins with a shorter one."""
    if term.near is not None:  # the index knows no words that could be counted between them
        words = [_triples(db, Term(word, term.column)) for word in term.text.split()]
        return f"({' AND '.join(words)})" if all(words) else ""
    text = _bare(term.text)
    if len(text) >= 3:
        spellings = [text]
    else:
        low = text.lower()
        sql = "SELECT term FROM unspaced_words WHERE term >= ? AND term < ? LIMIT ?"
        spellings = [found for (found,) in db.conn.execute(sql, (low, low + "\U0010ffff", MAX_TRIPLES))]
    if not spellings:
        return ""
    column = f"{term.column} : " if term.column else ""
    return f"{column}({' OR '.join(_quoted(spelling) for spelling in spellings)})"


def _letters(text: str) -> str:
    """A pattern of the text, with joiners anywhere in it."""
    return f"[{JOINERS}]*".join(map(re.escape, text))


def _quoted(text: str) -> str:
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def _bare(text: str) -> str:
    """The term without joiners and without punctuation at its ends: in scripts without spaces, no space parts it from the word."""
    if not UNSPACED.search(text):
        return text
    letters = without_joiners(text)
    ends = [at for at, char in enumerate(letters) if category(char)[0] in "LMN"]  # vowel signs are marks
    return letters[ends[0] : ends[-1] + 1]


# --- hits ---------------------------------------------------------------------------------------------------------

_ROW: Final = (
    "SELECT id, url, site, title, authors, published, duplicate_of, {text} AS snippet FROM articles WHERE id = ?"
)


def _hit(db: Database, query: Query, plan: SearchPlan, id_: int, score: float, marks: tuple[str, str]) -> Hit:
    whole = plan.table != "articles_fts"
    row = next(select(db, _ROW.format(text="text" if whole else "''"), (id_,)))
    if plan.table == "unspaced_fts":
        snippet = _letters_around(row["snippet"], query, marks)
    elif plan.table:
        snippet = _snippet(db, plan.selected.values["query_match"], id_, marks)
    else:
        snippet = row["snippet"][: 2 * SNIPPET_CHARS]
    return Hit(
        id=row["id"],
        url=row["url"],
        site=row["site"],
        title=row["title"],
        authors=names(row["authors"]),
        published=moment(row["published"]),
        snippet=" ".join(snippet.split()),
        score=score,
        duplicate_of=row["duplicate_of"],
    )


def _snippet(db: Database, match: str, article_id: int, marks: tuple[str, str]) -> str:
    """A snippet of one hit. Within the ranking query, SQLite would make one for every match."""
    sql = f"""SELECT snippet(articles_fts, 1, ?, ?, '…', {SNIPPET_TOKENS}) FROM articles_fts
WHERE articles_fts MATCH ? AND rowid = ?"""
    (text,) = db.conn.execute(sql, (*marks, match, article_id)).fetchone()
    return str(text)


def _letters_around(text: str, query: Query, marks: tuple[str, str]) -> str:
    """A piece of text around the first wanted term, with every wanted term between marks."""
    pattern = re.compile("|".join(_letters(_bare(term.text)) for term in query.terms), re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, (first.start() if first else 0) - SNIPPET_CHARS // 3)
    piece = text[start : start + SNIPPET_CHARS]
    marked = pattern.sub(lambda found: f"{marks[0]}{found[0]}{marks[1]}", piece)
    return f"{'…' if start else ''}{marked}{'…' if start + SNIPPET_CHARS < len(text) else ''}"
