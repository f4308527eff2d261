"""What a person types into a search box, as values. Any text is a query; what is no syntax is words.

::

    tide wall            both words, in any form of theirs (dredged finds dredging)
    "tide wall"          the words side by side
    -storm  -"tide wall" not with this
    site:example.com     on this site and its subdomains, or a site of that name; -site: not on it
    author:quill         by this author; author:"Ada Quill"; -author: not by
    title:wall           in the headline
    since:2026-11        published then or later; a year, a month, a day or a time
    before:2026-11-05    published before then
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from archive.store.columns import plain
from scraper.errors import InputError
from scraper.text.scripts import UNSPACED

MAX_TERMS: Final = 1000
"""A pasted page is cut to this many terms: they take 3 ms, a hundred thousand take 2 s (SQLite 3.40)."""

COLUMNS: Final = {"author": "authors", "title": "title"}
"""Of the index, by what a query calls them."""

_DATES: Final = ("since", "before")
_TOKEN: Final = re.compile(r'(-?)(?:(site|author|title|since|before):)?(?:"([^"]*)"|([^\s"]+))', re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?$")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or words that stand side by side; `column` of the index, empty for any."""

    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query understood. An article must have all of `wanted` and none of `unwanted`, and be of one of `sites`.

    `since` is inclusive, `before` exclusive.
    """

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    sites: tuple[str, ...] = ()
    other_sites: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    @property
    def unspaced(self) -> bool:
        """Whether a wanted word is in a script without spaces: the whole query is then looked for letter by letter."""
        return any(UNSPACED.search(term.text) for term in self.wanted)

    @property
    def narrow(self) -> bool:
        """Whether it asks for anything but words."""
        return bool(self.sites or self.other_sites or self.since or self.before)


def parse_query(text: str) -> Query:
    """The query that a text is. Raises InputError for an empty text.

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
    """The beginning of a year, month or day, or a time; without a zone it is UTC. None for any other text.

    >>> parse_day("2026-11").isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    found = parse_span(text)
    return found[0] if found else None


def parse_span(text: str) -> tuple[datetime, datetime] | None:
    """From when to when a year, month or day goes, the end left out; a time is its own end. None for any other text.

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
    """When a year, a month of it or a day of that is over; the last moment that there is for those after which none comes."""
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
    """The query's words in FTS5's syntax; empty when it has none that an article must have."""
    if not query.wanted or not query.unwanted:
        return " ".join(map(_quoted, query.wanted))
    return f"({' AND '.join(map(_quoted, query.wanted))}) NOT ({any_of(query.unwanted)})"


def any_of(terms: Sequence[Term]) -> str:
    """What has one of the terms, in FTS5's syntax."""
    return " OR ".join(map(_quoted, terms))


def match_expression(text: str) -> str:
    """The text's words in FTS5's syntax; empty when it has none. Raises InputError for an empty text.

    >>> match_expression("don't \\"hello, world\\" c++ %")
    '"don\\'t" "hello, world" "c++"'
    >>> match_expression("wall -storm")
    '("wall") NOT ("storm")'
    """
    return match_of(parse_query(text))


def _quoted(term: Term) -> str:
    return f'{term.column} : "{term.text}"' if term.column else f'"{term.text}"'


def _with(query: Query, minus: bool, field: str, value: str) -> Query:
    """The query with one more part. A date that is none is a word."""
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
