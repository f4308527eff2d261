"""Search syntax: the text of a search box to a `Query`. Every text is a valid query; text without syntax is words.

::

    tide wall            both words, in any form (dredged finds dredging)
    "tide wall"          the words side by side
    -storm  -"tide wall" without this
    site:example.com     on this host and its subdomains, or a site of this name; -site: elsewhere
    author:quill         by this author; author:"Ada Quill"; -author: by others
    title:wall           in the headline
    since:2026-11        published then or later: a year, a month, a day or a time
    before:2026-11-05    published before then
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from archive.search.joined_words import spellings
from archive.store.columns import plain
from scraper.errors import InputError
from scraper.text.scripts import UNSPACED

MAX_TERMS: Final = 1000
"""Terms read from a query; the rest of a pasted page is ignored. A thousand take 3 ms, a hundred thousand 2 s (SQLite 3.40)."""

COLUMNS: Final = {"author": "authors", "title": "title"}
"""Columns of the index, by their name in a query."""

_DATES: Final = ("since", "before")
_TOKEN: Final = re.compile(r'(-?)(?:(site|author|title|since|before):)?(?:"([^"]*)"|([^\s"]+))', re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?$")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or words side by side. `column` is one of the index; empty for any column."""

    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. An article must have every `wanted` term and no `unwanted` term.

    If there are `sites`, the article must be of one of these; it must be of none of `other_sites`. `since` is inclusive, `before` exclusive.
    """

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    sites: tuple[str, ...] = ()
    other_sites: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    @property
    def unspaced(self) -> bool:
        """Whether a wanted word is in a script without spaces. The whole query is then searched letter by letter."""
        return any(UNSPACED.search(term.text) for term in self.wanted)

    @property
    def narrow(self) -> bool:
        """Whether the query has a condition besides words."""
        return bool(self.sites or self.other_sites or self.since or self.before)


def parse_query(text: str) -> Query:
    """The query in a text. Raises InputError for an empty text.

    >>> parse_query('wall -storm site:example.com since:2026')
    Query(wanted=(Term(text='wall', column=''),), unwanted=(Term(text='storm', column=''),), sites=('example.com',), \
other_sites=(), since=datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), before=None)
    """
    if not text.strip():
        raise InputError("the query is empty")
    query = Query()
    readable = plain(text).replace("\ufffd", " ")
    for part in islice(_TOKEN.finditer(readable), MAX_TERMS):
        minus, field, phrase, word = part.groups("")
        query = _with(query, bool(minus), field.lower(), phrase or word)
    return query


def parse_day(text: str) -> datetime | None:
    """The first moment of a year, month or day, or a time, in UTC if no zone is given. None for any other text.

    >>> parse_day("2026-11").isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    found = parse_span(text)
    return found[0] if found else None


def parse_span(text: str) -> tuple[datetime, datetime] | None:
    """Start and end (exclusive) of a year, month or day; a time is its own end. None for any other text.

    >>> [at.date().isoformat() for at in parse_span("2026-11")]
    ['2026-11-01', '2026-12-01']
    """
    try:
        if found := _DATE.match(text):
            year, month, day = (int(part) if part else None for part in found.groups())
            return datetime(year or 0, month or 1, day or 1, tzinfo=UTC), after(year or 0, month, day)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at, at


def after(year: int, month: int | None, day: int | None) -> datetime:
    """The end (exclusive) of a year, month or day; the last possible moment if it ends with the calendar."""
    try:
        if day is not None:
            return datetime(year, month or 1, day, tzinfo=UTC) + timedelta(days=1)
        return (
            datetime(year + 1, 1, 1, tzinfo=UTC)
            if month in {None, 12}
            else datetime(year, (month or 1) + 1, 1, tzinfo=UTC)
        )
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)


def match_of(query: Query) -> str:
    """The query's words in FTS5's syntax; empty if no word is wanted."""
    if not query.wanted or not query.unwanted:
        return " AND ".join(map(_quoted, query.wanted))
    return f"({' AND '.join(map(_quoted, query.wanted))}) NOT ({any_of(query.unwanted)})"


def any_of(terms: Sequence[Term]) -> str:
    """Any of the terms, in FTS5's syntax."""
    return " OR ".join(map(_quoted, terms))


def match_expression(text: str) -> str:
    """The text's words in FTS5's syntax; empty if it has no words. Raises InputError for an empty text.

    >>> match_expression("don't \\"hello, world\\" c++ %")
    '"don\\'t" AND "hello, world" AND "c++"'
    >>> match_expression("wall -storm")
    '("wall") NOT ("storm")'
    """
    return match_of(parse_query(text))


def _quoted(term: Term) -> str:
    """The term in FTS5's syntax, in every spelling of a word that may have joiners."""
    first, *others = [f'"{form}"' for form in spellings(term.text)]
    forms = f"({' OR '.join((first, *others))})" if others else first
    return f"{term.column} : {forms}" if term.column else forms


def _with(query: Query, minus: bool, field: str, value: str) -> Query:
    """The query with one more part. A date that cannot be read is a word."""
    day = parse_day(value) if field in _DATES and not minus else None
    if day is not None:
        return replace(query, since=day) if field == "since" else replace(query, before=day)
    if field == "site" and value.strip():
        site = (value.strip(),)
        return (
            replace(query, other_sites=query.other_sites + site) if minus else replace(query, sites=query.sites + site)
        )
    if not _WORD.search(value):
        return query
    term = (Term(f"{field}:{value}" if field in _DATES else value, COLUMNS.get(field, "")),)
    return replace(query, unwanted=query.unwanted + term) if minus else replace(query, wanted=query.wanted + term)
