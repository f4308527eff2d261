"""Ranked full-text search, over what a person types (see `archive.search.query_syntax`).

::

    words ─► articles_fts (words by their stems) ──────────┐
    東京  ─► unspaced_fts (letters three by three) ────────┼─► newest MAX_RANKED matches ─► bm25 ─► best ─► snippets
    site: since: before: ─► ids of articles, by an index ──┘

bm25 has to look at every match. A word that half of a million articles have would take seconds, so of a word's
matches the MAX_RANKED archived last are ranked, which is all of them for any word that tells articles apart.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlite_utils import Database

from archive.search.query_syntax import Query, Term, any_of, match_expression, match_of, parse_query
from archive.store.columns import iso, moment, names, plain
from archive.store.connection import archive_errors
from archive.store.records import select, time
from scraper.text.scripts import UNSPACED

if TYPE_CHECKING:
    from archive.store.archive import Archive

__all__ = ["Hit", "count_hits", "filters", "find", "match_expression", "search", "selection", "show_hits"]

WEIGHTS: Final = "10.0, 1.0, 5.0"
"""Of a word in the title, the text, the authors: a title has a fiftieth of a text's words, and says more by each."""

MAX_RANKED: Final = 10_000
"""Matches that are ranked: 40 ms, where half a million take two seconds."""

WINDOW: Final = 100
"""Best hits beyond those asked for that are weighed by their date too."""

HALF_LIFE_DAYS: Final = 30.0
OLD_SHARE: Final = 0.3
"""With `recent`, an article's score falls to this share with age, halfway in a month: a far better match stays ahead."""

FEW_ARTICLES: Final = 50_000
"""Articles up to which a filter's ids are collected first; beyond, each match is looked at."""

SNIPPET_TOKENS: Final = 24
SNIPPET_LETTERS: Final = 120
MAX_ENDINGS: Final = 1000
"""Triples of letters tried for a word of one letter or two in a script without spaces."""

_HOSTS: Final = """
WITH RECURSIVE found (name) AS (
  SELECT min({column}) FROM articles
  UNION ALL SELECT (SELECT min({column}) FROM articles WHERE {column} > found.name) FROM found WHERE found.name IS NOT NULL
) SELECT name FROM found WHERE name IS NOT NULL"""
"""The different values of an indexed column, a seek each."""

_ON_SITES: Final = "(articles.host IN (SELECT value FROM json_each(:{0}hosts)) OR articles.site IN (SELECT value FROM json_each(:{0}names)))"
_DATE: Final = "coalesce(articles.published, articles.first_seen)"

CONDITIONS: Final[dict[str, str]] = {
    "site": "(articles.host = :host OR articles.host LIKE :subdomains ESCAPE '\\' OR articles.site = :site COLLATE NOCASE)",
    "since": f"{_DATE} >= :since",
    "until": f"{_DATE} < :until",
}
"""SQL of each filter of export, over `articles`."""


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
    offset: int = 0,
    marks: tuple[str, str] = ("[", "]"),
    recent: datetime | None = None,
) -> list[Hit]:
    """The best hits, best first, the newer first among equals; a query without words finds the newest.

    `site`, `since` (inclusive) and `until` (exclusive) narrow what the query asks for; dates are of publication, or
    else of the first visit. With `recent`, the present time, a newer article is better. Raises InputError for an empty
    query.
    """
    asked = narrowed(parse_query(query), site=site, since=since, until=until)
    with archive_errors(archive.path):
        return find(archive.db, asked, limit=limit, offset=offset, marks=marks, recent=recent)


def narrowed(query: Query, *, site: str | None, since: datetime | None, until: datetime | None) -> Query:
    """The query within further bounds. A second site takes the place of the query's own."""
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
) -> list[Hit]:
    """As `search`, over any connection to an archive, its own included; SQLite's errors propagate."""
    plan = _plan(db, query)
    if plan is None:
        return []
    weight = _weight(recent)
    found = db.conn.execute(plan.best, {**plan.values, "window": offset + limit + WINDOW}).fetchall()
    ranked = sorted(((weight(score, date), date, -id_) for id_, score, date in found), reverse=True)
    return [_hit(db, query, plan, -minus_id, score, marks) for score, _, minus_id in ranked[offset : offset + limit]]


def show_hits(db: Database, query: Query, ids: Iterable[int], *, marks: tuple[str, str] = ("[", "]")) -> list[Hit]:
    """Articles that the query finds as hits, in this order, unranked."""
    plan = _plan(db, query)
    return [] if plan is None else [_hit(db, query, plan, id_, 0.0, marks) for id_ in ids]


def count_hits(db: Database, query: Query, *, most: int = 1000) -> int:
    """How many articles the query finds, counted up to `most`."""
    plan = _plan(db, query)
    if plan is None:
        return 0
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {plan.source} LIMIT :window)"
    return int(db.conn.execute(sql, {**plan.values, "window": most}).fetchone()[0])


def filters(*, site: str | None, since: datetime | None, until: datetime | None) -> tuple[str, Mapping[str, Any]]:
    """SQL to put after a WHERE clause, and its parameters, for the filters that are given."""
    values: dict[str, Any] = {}
    if site:
        host = plain(site).lower().removeprefix("www.")
        escaped = re.sub(r"([\\%_])", r"\\\g<0>", host)
        values |= {"site": plain(site), "host": host, "subdomains": f"%.{escaped}"}
    values |= {name: iso(at) for name, at in (("since", since), ("until", until)) if at is not None}
    return "".join(f" AND {sql}" for name, sql in CONDITIONS.items() if name in values), values


# --- from a query to SQL ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """SQL of a query: `source` names the matches, `best` selects id, score and date of the best; `table` is empty where
    no word is asked for."""

    table: str
    source: str
    best: str
    values: Mapping[str, Any]


def selection(db: Database, query: Query) -> tuple[str, Mapping[str, Any]] | None:
    """A subquery for the ids of all that a query finds, and its parameters, named `q_...`; None: nothing can be found."""
    plan = _plan(db, query)
    if plan is None:
        return None
    sql = f"SELECT {f'{plan.table}.rowid' if plan.table else 'articles.id'} FROM {plan.source}"
    return re.sub(r":(\w+)", r":q_\1", sql), {f"q_{name}": value for name, value in plan.values.items()}


def _plan(db: Database, query: Query) -> SearchPlan | None:
    table = "unspaced_fts" if query.unspaced else "articles_fts"
    match = _in_triples(db, query) if query.unspaced else match_of(query)
    condition, values = _condition(db, query)
    if match:
        return _matching(db, table, match, condition, values)
    if query.wanted or not (query.narrow or query.unwanted):
        return None
    if query.unwanted:
        values = {**values, "unwanted": any_of(query.unwanted)}
        condition += " AND articles.id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH :unwanted)"
    source = f"articles WHERE 1 {condition}"
    newest = f"SELECT articles.id, 0.0, {_DATE} FROM {source} ORDER BY {_DATE} DESC, articles.id LIMIT :window"
    return SearchPlan("", source, newest, values)


def _matching(db: Database, table: str, match: str, condition: str, values: Mapping[str, Any]) -> SearchPlan:
    """The plan of a query that has words."""
    narrowing = ""
    if condition:
        counted = f"SELECT count(*) FROM (SELECT 1 FROM articles WHERE 1 {condition} LIMIT {FEW_ARTICLES})"
        few = db.conn.execute(counted, dict(values)).fetchone()[0] < FEW_ARTICLES
        ids = f"SELECT articles.id FROM articles WHERE 1 {condition}"
        narrowing = f" AND +{table}.rowid IN ({ids})" if few else f" AND EXISTS ({ids} AND articles.id = {table}.rowid)"
    source = f"{table} WHERE {table} MATCH :match{narrowing}"
    best = f"""
SELECT articles.id, best.score, {_DATE} FROM (
  SELECT * FROM (
    SELECT rowid AS id, -bm25({table}, {WEIGHTS}) AS score FROM {source} ORDER BY rowid DESC LIMIT {MAX_RANKED}
  ) ORDER BY score DESC LIMIT :window
) AS best JOIN articles ON articles.id = best.id"""
    return SearchPlan(table, source, best, {**values, "match": match})


def _condition(db: Database, query: Query) -> tuple[str, dict[str, Any]]:
    """What the query asks of articles beside words, as SQL with its parameters."""
    sql, values = "", dict[str, Any]()
    for key, sites, sign in (("", query.sites, ""), ("other_", query.other_sites, "NOT ")):
        if sites:
            sql += f" AND {sign}{_ON_SITES.format(key)}"
            hosts, called = _sites(db, sites)
            values |= {f"{key}hosts": json.dumps(hosts), f"{key}names": json.dumps(called)}
    for name, at, comparison in (("since", query.since, ">="), ("before", query.before, "<")):
        if at is not None:
            sql += f" AND {_DATE} {comparison} :{name}"
            values[name] = iso(at)
    return sql, values


def _sites(db: Database, sites: Iterable[str]) -> tuple[list[str], list[str]]:
    """The hosts, and the names of sites, that these mean: a host means its subdomains too."""
    asked = [plain(site).lower().removeprefix("www.") for site in sites]
    called = {plain(site).casefold() for site in sites}
    endings = tuple(f".{host}" for host in asked)
    hosts = [
        host for (host,) in db.conn.execute(_HOSTS.format(column="host")) if host in asked or host.endswith(endings)
    ]
    return hosts, [name for (name,) in db.conn.execute(_HOSTS.format(column="site")) if name.casefold() in called]


def _weight(recent: datetime | None) -> Callable[[float, str], float]:
    """What a score is worth at a date: all of it, unless newer articles are wanted."""
    if recent is None:
        return lambda score, date: score

    def aged(score: float, date: str) -> float:
        days = max(0.0, (recent - time(date)).total_seconds() / 86400)
        return score * (OLD_SHARE + (1 - OLD_SHARE) * math.exp2(-days / HALF_LIFE_DAYS))

    return aged


# --- scripts without spaces ---------------------------------------------------------------------------------------


def _in_triples(db: Database, query: Query) -> str:
    """The query for the index of three letters each; empty when a word's letters stand nowhere."""
    wanted = [_triples(db, term) for term in query.wanted]
    if not all(wanted):
        return ""
    unwanted = [match for term in query.unwanted if (match := _triples(db, term))]
    match = " AND ".join(wanted)
    return f"({match}) NOT ({' OR '.join(unwanted)})" if unwanted else match


def _triples(db: Database, term: Term) -> str:
    """FTS5's expression for one term: as it is, or, shorter than a triple, all triples that begin with it."""
    text = _bare(term.text)
    if len(text) >= 3:
        spellings = [text]
    else:
        low = text.lower()
        sql = "SELECT term FROM unspaced_words WHERE term >= ? AND term < ? LIMIT ?"
        spellings = [found for (found,) in db.conn.execute(sql, (low, low + "\U0010ffff", MAX_ENDINGS))]
    if not spellings:
        return ""
    column = f"{term.column} : " if term.column else ""
    return f"{column}({' OR '.join(_quoted(spelling) for spelling in spellings)})"


def _quoted(text: str) -> str:
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def _bare(text: str) -> str:
    """The term without punctuation at its ends, which words in scripts without spaces are not parted by."""
    return re.sub(r"^[\W_]+|[\W_]+$", "", text) if UNSPACED.search(text) else text


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
        snippet = _snippet(db, plan.values["match"], id_, marks)
    else:
        snippet = row["snippet"][: 2 * SNIPPET_LETTERS]
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
    """Asked for each hit alone: in the ranking query it would be made for every match before the best are taken."""
    sql = f"""SELECT snippet(articles_fts, 1, ?, ?, '…', {SNIPPET_TOKENS}) FROM articles_fts
WHERE articles_fts MATCH ? AND rowid = ?"""
    (text,) = db.conn.execute(sql, (*marks, match, article_id)).fetchone()
    return str(text)


def _letters_around(text: str, query: Query, marks: tuple[str, str]) -> str:
    """A piece of text around the first wanted term, all wanted terms in it between marks."""
    terms = "|".join(re.escape(_bare(term.text)) for term in query.wanted)
    pattern = re.compile(terms, re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, (first.start() if first else 0) - SNIPPET_LETTERS // 3)
    piece = text[start : start + SNIPPET_LETTERS]
    marked = pattern.sub(lambda found: f"{marks[0]}{found[0]}{marks[1]}", piece)
    return f"{'…' if start else ''}{marked}{'…' if start + SNIPPET_LETTERS < len(text) else ''}"
