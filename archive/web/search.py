"""The search page: hits with the found words marked, best or newest first, counted by site.

Without a query it lists the newest articles of one site or of all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, datetime, timedelta
from typing import Any, Final

from markupsafe import Markup, escape
from sqlite_utils import Database

from archive.output.article import printable
from archive.search.conditions import DATE, Condition, narrow
from archive.search.fulltext import MARKS, Hit, find_or_relax, narrowed, selection, show_hits
from archive.search.query_syntax import COLUMNS, Query, Term, parse_day, parse_query, parse_span
from archive.search.ranking import MAX_RANKED_MATCHES
from archive.search.spelling import suggestion
from archive.store.archive import Archive
from archive.store.columns import plain
from archive.store.distinct import distinct
from archive.store.reader import SavedSearch, read_searches
from archive.store.records import select
from archive.store.sites import resolve_sites
from archive.web.facets import FACT_COLUMNS, Facets, count_facets, matching, primary
from archive.web.limits import in_time
from archive.web.listing import SELECT_LISTED, Listed, listed, newest_of
from archive.web.words import TEXT_KINDS

HITS_PER_PAGE: Final = 20
MAX_PAGE: Final = 50
"""A reader who has seen a thousand hits needs a narrower query, not more pages."""
MAX_COUNTED_HITS: Final = 5000
"""Hits that are counted by site, language, author, month and kind."""
MAX_LISTED_SITES: Final = 500
"""Sites to choose from."""
MAX_SECONDS: Final = 1.5
"""Time for each part of the page. The page says so if a part took longer."""
ORDERS: Final = ("rank", "date")
FURTHER: Final = ("since", "until", "language", "author", "kind", "tag", "starred")
"""Parameters of conditions besides the query and the site."""

FACTS_SQL: Final = f"""
SELECT {FACT_COLUMNS} FROM ({{found}} ORDER BY 1 DESC LIMIT :most) AS found JOIN articles ON articles.id = found.id"""

BY_DATE_SQL: Final = """
SELECT articles.id FROM ({found} ORDER BY 1 DESC LIMIT :most) AS found JOIN articles ON articles.id = found.id
ORDER BY coalesce(articles.published, articles.first_seen) DESC, articles.id LIMIT :limit OFFSET :offset"""

MAX_BROWSED_ARTICLES: Final = 2000
"""Newest articles of a site that are listed without a query: more than fit on `MAX_PAGE` pages."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """The parameters of a search page. Invalid parameters of an address are replaced, so every value is valid."""

    query: str = ""
    site: str = ""
    since: str = ""
    until: str = ""
    language: str = ""
    author: str = ""
    kind: str = ""
    tag: str = ""
    starred: str = ""
    order: str = "rank"
    page: int = 1

    @property
    def narrowed(self) -> bool:
        return bool(self.site or any(self.further.values()))

    @property
    def has_words(self) -> bool:
        """Whether words are searched. Without, the newest articles are listed."""
        return bool(self.query or self.author)

    @property
    def further(self) -> Mapping[str, str]:
        """The conditions besides query and site, by parameter."""
        return {name: getattr(self, name) for name in FURTHER}

    @property
    def parameters(self) -> Mapping[str, str]:
        """All conditions, by parameter of an address."""
        return {"q": self.query, "site": self.site, **self.further}


@dataclass(frozen=True, slots=True)
class Found:
    """One hit. `snippet` is safe HTML with the words marked. `partial`: it has only some of the words."""

    article: Listed
    snippet: Markup
    partial: bool = False


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A search page. `facets` counts the hits, at most `MAX_COUNTED_HITS`; None if counting took too long.

    Hits with only some of the words stand last. `suggestion` is a corrected query, if no article has all words of this
    one; `unknown` are its names before a colon that are no operators, `undated` its bounds without a date. `sites` are those to choose from.
    """

    asked: SearchRequest
    hits: tuple[Found, ...] | None
    more: bool
    facets: Facets | None
    suggestion: str | None = None
    unknown: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    searches: tuple[SavedSearch, ...] = ()

    @property
    def total(self) -> int | None:
        return None if self.facets is None else self.facets.total

    @property
    def many(self) -> bool:
        """Whether there may be more hits than were counted."""
        return (self.total or 0) >= MAX_COUNTED_HITS

    @property
    def full(self) -> tuple[Found, ...]:
        """Hits with all of the words."""
        return tuple(hit for hit in self.hits or () if not hit.partial)

    @property
    def partial(self) -> tuple[Found, ...]:
        """Hits with only some of the words."""
        return tuple(hit for hit in self.hits or () if hit.partial)


def parse_request(values: Mapping[str, str]) -> SearchRequest:
    """The request in an address's parameters. Invalid values are ignored."""
    number = values.get("page", "")
    return SearchRequest(
        query=plain(values.get("q", "")).strip(),
        site=plain(values.get("site", "")).strip(),
        since=first_day(values.get("since", "")),
        until=last_day(values.get("until", "")),
        language=primary(plain(values.get("language", "")).strip()),
        author=" ".join(plain(values.get("author", "")).replace('"', " ").split()),
        kind=values["kind"] if values.get("kind") in TEXT_KINDS else "",
        tag=plain(values.get("tag", "")).strip(),
        starred="1" if values.get("starred") == "1" else "",
        order=values["order"] if values.get("order") in ORDERS else "rank",
        page=min(int(number), MAX_PAGE)
        if number.isascii() and number.isdigit() and 0 < len(number) < 9 and int(number)
        else 1,
    )


def first_day(text: str) -> str:
    """The first day of a date; empty if the text is no date."""
    found = parse_span(text)
    return found[0].date().isoformat() if found else ""


def last_day(text: str) -> str:
    """The last day of a date; empty if the text is no date."""
    found = parse_span(text)
    return max(found[0], found[1] - timedelta(microseconds=1)).date().isoformat() if found else ""


def read_search(archive: Archive, asked: SearchRequest) -> SearchPage:
    """The page for a request."""
    db = archive.db
    found = find_page(archive, asked) if asked.has_words else browse_page(archive, asked)
    sites = in_time(db.conn, MAX_SECONDS, lambda: distinct(db.conn, "site", most=MAX_LISTED_SITES))
    return replace(found, sites=tuple(sites or ()), searches=read_searches(db))


def browse_page(archive: Archive, asked: SearchRequest) -> SearchPage:
    """The page of the newest articles."""
    db = archive.db
    rows = in_time(db.conn, MAX_SECONDS, lambda: browse(archive, asked))
    return make_page(asked, rows, in_time(db.conn, MAX_SECONDS, lambda: count_facets(browse_facts(db, asked))))


def find_page(archive: Archive, asked: SearchRequest) -> SearchPage:
    """The page of the hits of a query."""
    db = archive.db
    query = query_of(db, asked)
    by_date = asked.order == "date"
    rows = in_time(db.conn, MAX_SECONDS, lambda: (find_by_date if by_date else find_by_rank)(db, asked, query))
    found = make_page(asked, rows, in_time(db.conn, MAX_SECONDS, lambda: count_facets(hit_facts(db, query))))
    found = replace(found, unknown=query.unknown, undated=query.undated)
    if rows is None or asked.page > 1 or not asked.query or any(not row.partial for row in rows):
        return found
    return replace(found, suggestion=in_time(db.conn, MAX_SECONDS, lambda: suggestion(db, asked.query)))


def query_of(db: Database, asked: SearchRequest) -> Query:
    """The query, narrowed by the fields of the form. The day `until` is included."""
    since, until = span(asked)
    query = parse_query(asked.query) if asked.query else Query()
    if asked.author:
        query = replace(query, wanted=(*query.wanted, (Term(asked.author, COLUMNS["author"], exact=True),)))
    query = replace(query, also=matching(db, asked.further, by_date=False))
    return narrowed(query, site=asked.site or None, since=since, until=until)


def span(asked: SearchRequest) -> tuple[datetime | None, datetime | None]:
    """Start of the first day, and end of the last day."""
    since, until = (parse_day(day) if day else None for day in (asked.since, asked.until))
    return since, until + timedelta(days=1) if until and until.year < MAXYEAR else until


def make_page(asked: SearchRequest, rows: list[Found] | None, facets: Facets | None) -> SearchPage:
    """The values put together. `rows` has one more than a page if there are more pages."""
    hits = None if rows is None else tuple(rows[:HITS_PER_PAGE])
    more = rows is not None and len(rows) > HITS_PER_PAGE and asked.page < MAX_PAGE
    return SearchPage(asked, hits, more, facets)


def browse(archive: Archive, asked: SearchRequest) -> list[Found]:
    """The newest articles with their descriptions."""
    condition = browsed(archive.db, asked)
    rows = select(archive.db, browse_sql(condition), {**condition.values, **place(asked)})
    return [Found(article, escape(printable(article.description))) for article in map(listed, rows)]


def browsed(db: Database, asked: SearchRequest) -> Condition:
    """The articles that are listed without a query: of all sites, or the newest of one."""
    since, until = span(asked)
    dated = narrow(db, prefix="", since=since, before=until) & matching(db, asked.further, by_date=True)
    if not asked.site:
        return dated
    return newest_of(resolve_sites(db.conn, (asked.site,)), most=MAX_BROWSED_ARTICLES, dated=dated)


def browse_sql(condition: Condition) -> str:
    """The query for one page of the articles that meet the condition, newest first."""
    return f"{SELECT_LISTED} {condition.where} ORDER BY {DATE} DESC LIMIT :limit OFFSET :offset"


def place(asked: SearchRequest) -> dict[str, int]:
    """Position of the page among the hits, with one more hit than it shows: the extra hit shows whether there is a next page."""
    return {"limit": HITS_PER_PAGE + 1, "offset": HITS_PER_PAGE * (asked.page - 1)}


def find_by_rank(db: Database, asked: SearchRequest, query: Query) -> list[Found]:
    """The hits of this page, best first."""
    return shown(
        db, find_or_relax(db, query, limit=HITS_PER_PAGE + 1, offset=HITS_PER_PAGE * (asked.page - 1), marks=MARKS)
    )


def find_by_date(db: Database, asked: SearchRequest, query: Query) -> list[Found]:
    """The hits of this page, newest first."""
    return shown(db, show_hits(db, query, hits_by_date(db, query, **place(asked)), marks=MARKS))


def hits_by_date(db: Database, query: Query, *, limit: int, offset: int = 0) -> list[int]:
    """Ids of hits with all of the words, newest first."""
    selected = selection(db, query)
    if selected is None:
        return []
    values = {**selected.values, "limit": limit, "offset": offset, "most": MAX_RANKED_MATCHES}
    return [number for (number,) in db.conn.execute(BY_DATE_SQL.format(found=selected.sql), values)]


def newest_ids(archive: Archive, asked: SearchRequest, *, limit: int) -> list[int]:
    """Ids of the newest articles that a request finds, newest first."""
    if asked.has_words:
        return hits_by_date(archive.db, query_of(archive.db, asked), limit=limit)
    condition = browsed(archive.db, asked)
    sql = f"SELECT articles.id FROM articles {condition.where} ORDER BY {DATE} DESC LIMIT :limit"
    return [number for (number,) in archive.db.conn.execute(sql, {**condition.values, "limit": limit})]


def shown(db: Database, hits: list[Hit]) -> list[Found]:
    """Hits with the columns of a list."""
    sql = f"{SELECT_LISTED} WHERE articles.id IN (SELECT value FROM json_each(?))"
    ids = json.dumps([hit.id for hit in hits])
    articles = {row["id"]: listed(row) for row in select(db, sql, (ids,))}
    return [Found(articles[hit.id], marked(hit.snippet), hit.partial) for hit in hits]


def hit_facts(db: Database, query: Query) -> Iterator[dict[str, Any]]:
    """What is counted of the hits."""
    selected = selection(db, query)
    if selected is None:
        return iter(())
    return select(db, FACTS_SQL.format(found=selected.sql), {**selected.values, "most": MAX_COUNTED_HITS})


def browse_facts(db: Database, asked: SearchRequest) -> Iterator[dict[str, Any]]:
    """What is counted of the newest articles that are listed without a query."""
    condition = browsed(db, asked)
    sql = f"SELECT {FACT_COLUMNS} FROM articles {condition.where} ORDER BY {DATE} DESC LIMIT :most"
    return select(db, sql, {**condition.values, "most": MAX_BROWSED_ARTICLES})


def marked(text: str) -> Markup:
    """The snippet as HTML with the found words marked. An article that contains the marks cannot make it unsafe."""
    opened, closed = MARKS
    html = str(escape(printable(text)))
    return Markup(html.replace(opened, "<mark>").replace(closed, "</mark>"))
