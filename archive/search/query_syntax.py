"""Search syntax: the text of a search box to a `Query`. Every text is a valid query; text without syntax is words.

::

    tide wall            both words, in any form (dredged finds dredging)
    tide OR wall         one of the words; OR binds tighter than the space between words
    "tide wall"          the words side by side
    dredg*               words that begin so
    tide NEAR wall       the words at most ten words apart; NEAR/3: at most three; also NEAR(tide wall, 3)
    -storm  -"tide wall" without this; NOT storm too
    site:example.com     on this host and its subdomains, or a site of this name; -site: elsewhere
    author:quill         by this author; author:"Ada Quill"; -author: by others
    title:wall           in the headline
    since:2026-11        published then or later (see `scraper.text.date_spans`; also since:7d, since:yesterday)
    until:2026-11        published then or earlier: the month is included
    before:2026-11       published earlier: before the month begins

Operators are written in capitals. One without words on both sides is a word itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from archive.search.conditions import NO_CONDITION, Condition
from archive.search.typed_text import typed_text
from archive.store.columns import plain
from scraper.errors import InputError
from scraper.text.date_spans import parse_span as parse_span
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import UNSPACED

MAX_TERMS: Final = 1000
"""Terms read from a query; the rest of a pasted page is ignored. A thousand take 3 ms, a hundred thousand 2 s (SQLite 3.40)."""

COLUMNS: Final = {"author": "authors", "title": "title"}
"""Columns of the index, by their name in a query."""

OPERATORS: Final = "site:, author:, title:, since:, until:, before:, OR, NEAR, NOT"
"""For messages."""

_DATES: Final = ("since", "until", "before")
_TOKEN: Final = lazy_pattern(
    r"(-?)NEAR\(([^()\"]{1,200}?)(?:,\s*(\d{1,3})\s*)?\)"
    r'|(-?)(?:((?i:site|author|title|since|until|before)):)?(?:"([^"]*)"(\*?)|([^\s"]+))'
)
_OPERATOR: Final = lazy_pattern(r"AND|OR|NOT|NEAR(?:/(\d{1,3}))?")
_PREFIX: Final = lazy_pattern(r"[^\W_]{2,}\*")
_UNKNOWN: Final = lazy_pattern(r"-?([a-z]{2,12}):(?!/)[^\s:]", re.IGNORECASE)
_WORD: Final = lazy_pattern(r"[^\W_]")


NEAR_WORDS: Final = 10
"""Words between those of `NEAR`, unless the query says how many."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or words side by side. `column` is one of the index; empty for any column.

    `exact`: it was quoted. `starts`: the last word may go on. With `near`, the words may stand so many words apart, in
    any order.
    """

    text: str
    column: str = ""
    exact: bool = False
    starts: bool = False
    near: int | None = None


AnyOf: TypeAlias = tuple[Term, ...]
"""Terms of which an article has at least one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. An article must have one term of each of `wanted`, and no `unwanted` term.

    If there are `sites`, the article must be of one of these; it must be of none of `other_sites`. `since` is inclusive,
    `before` exclusive. `unknown` are names before a colon that are no operators (`foo:bar`); they are searched as words. So are
    `undated`, bounds without a date (`since:soon`). `also` is a further condition of a caller, which no text has.
    """

    wanted: tuple[AnyOf, ...] = ()
    unwanted: tuple[Term, ...] = ()
    sites: tuple[str, ...] = ()
    other_sites: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    unknown: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()
    also: Condition = NO_CONDITION

    @property
    def terms(self) -> tuple[Term, ...]:
        """All wanted terms, in order."""
        return tuple(term for group in self.wanted for term in group)

    @property
    def unspaced(self) -> bool:
        """Whether a wanted word is in a script without spaces. The whole query is then searched letter by letter."""
        return any(UNSPACED.search(term.text) for term in self.terms)

    @property
    def narrow(self) -> bool:
        """Whether the query has a condition besides words."""
        return bool(self.sites or self.other_sites or self.since or self.before or self.also.sql)


def parse_query(text: str, now: datetime | None = None) -> Query:
    """The query in a text. `now` is the clock's unless given. Raises InputError for an empty text.

    >>> query = parse_query('wall OR dike -storm site:example.com since:2026')
    >>> [[term.text for term in group] for group in query.wanted], query.unwanted[0].text, query.sites
    ([['wall', 'dike']], 'storm', ('example.com',))
    >>> query.since.isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    if not text.strip():
        raise InputError("the query is empty")
    readable = typed_text(plain(text).replace("\ufffd", " "))
    query = Query()
    joined = ""  # the operator right before this part
    for part in operands(list(islice(_TOKEN.finditer(readable), MAX_TERMS))):
        if isinstance(part, str):
            joined = part
            continue
        query = _with(query, part, joined, now)
        joined = ""
    return query


class Part(NamedTuple):
    """An operand of a query as it is written. `near` is given for `NEAR(…)`."""

    minus: bool
    field: str
    value: str
    quoted: bool = False
    starred: bool = False
    near: int | None = None


def operands(found: Sequence[re.Match[str]]) -> Iterator[Part | str]:
    """The operands and the operators between two of them. An operator elsewhere is an operand: a word."""
    last = len(found) - 1
    before_is_operand = False
    for place, match in enumerate(found):
        is_operator = _OPERATOR.fullmatch(match[0]) is not None
        after_is_operand = place < last and not _OPERATOR.fullmatch(found[place + 1][0])
        if is_operator and after_is_operand and (before_is_operand or match[0] == "NOT"):
            before_is_operand = False
            yield match[0]
        else:
            before_is_operand = True
            yield part_of(match)


def part_of(match: re.Match[str]) -> Part:
    """The operand that a token is."""
    near_minus, inside, distance, minus, field, phrase, star, word = match.groups()
    if inside is not None:
        words = " ".join(filter(_WORD.search, inside.split()))
        return Part(bool(near_minus), "", words, near=int(distance or NEAR_WORDS))
    if phrase is not None:
        return Part(bool(minus), (field or "").lower(), phrase, quoted=True, starred=bool(star))
    starred = _PREFIX.fullmatch(word) is not None
    return Part(bool(minus), (field or "").lower(), word.rstrip("*") if starred else word, starred=starred)


def parse_day(text: str) -> datetime | None:
    """The first moment of a date, see `parse_span`. None for any other text.

    >>> parse_day("2026-11").isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    found = parse_span(text)
    return found[0] if found else None


def within(query: Query, field: str, span: tuple[datetime, datetime]) -> Query:
    """The query within a bound: since the date begins, before it begins, or until it ends. Of several the narrowest holds."""
    start, end = span
    if field == "since":
        return replace(query, since=max(query.since or start, start))
    bound = start if field == "before" else end
    return replace(query, before=min(query.before or bound, bound))


def _with(query: Query, part: Part, joined: str, now: datetime | None) -> Query:
    """The query with one more part, which an operator joins to the part before it. A date that cannot be read is a word."""
    minus = part.minus or joined == "NOT"
    if part.field in _DATES and not minus:
        if span := parse_span(part.value, now):
            return within(query, part.field, span)
        query = replace(query, undated=(*query.undated, f"{part.field}:{part.value}"))
    if part.field == "site" and part.value.strip():
        site = (part.value.strip(),)
        return (
            replace(query, other_sites=query.other_sites + site) if minus else replace(query, sites=query.sites + site)
        )
    if not _WORD.search(part.value):
        return query
    if not part.quoted and (name := _UNKNOWN.match(part.value)) and not part.field:
        query = replace(query, unknown=(*query.unknown, name[1].lower()))
    term = term_of(part)
    if minus:
        return replace(query, unwanted=(*query.unwanted, term))
    return replace(query, wanted=joined_to(query.wanted, term, joined))


def term_of(part: Part) -> Term:
    """The term that an operand is."""
    value = f"{part.field}:{part.value}" if part.field in _DATES else part.value
    several = len(value.split()) > 1
    return Term(
        value,
        COLUMNS.get(part.field, ""),
        exact=part.quoted,
        starts=part.starred,
        near=part.near if several else None,
    )


def joined_to(wanted: tuple[AnyOf, ...], term: Term, operator: str) -> tuple[AnyOf, ...]:
    """The wanted terms with one more: another choice after `OR`; one of two words near each other after `NEAR`; else a further one."""
    if not wanted or not operator or operator in ("AND", "NOT"):
        return (*wanted, (term,))
    *before, last = wanted
    if operator == "OR":
        return (*before, (*last, term))
    first = last[-1]
    if (
        len(last) == 1
        and first.near is None
        and term.near is None
        and first.column == term.column
        and not (first.starts or term.starts)
    ):
        distance = _OPERATOR.fullmatch(operator)
        near = Term(f"{first.text} {term.text}", term.column, near=int((distance and distance[1]) or NEAR_WORDS))
        return (*before, (near,))
    return (*wanted, (term,))
