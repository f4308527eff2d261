"""A query's words in FTS5's syntax (SQLite, full-text query syntax)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from archive.search.joined_words import spellings
from archive.search.query_syntax import Query, Term, parse_query

Forms: TypeAlias = Callable[[str], Iterable[str]]
"""Other forms of a word that a query for it finds too."""


def no_forms(word: str) -> Iterable[str]:
    """No other forms."""
    return ()


def match_of(query: Query, forms: Forms = no_forms) -> str:
    """The query's words in FTS5's syntax; empty if no word is wanted."""
    wanted = " AND ".join(any_of(group, forms) for group in query.wanted)
    if not query.wanted or not query.unwanted:
        return wanted
    return f"({wanted}) NOT ({any_of(query.unwanted)})"


def any_of(terms: Sequence[Term], forms: Forms = no_forms) -> str:
    """Any of the terms, in FTS5's syntax."""
    if len(terms) == 1:
        return expression_of(terms[0], forms)
    return f"({' OR '.join(expression_of(term, forms) for term in terms)})"


def match_expression(text: str) -> str:
    """The text's words in FTS5's syntax; empty if it has no words. Raises InputError for an empty text.

    >>> match_expression("don't \\"hello, world\\" c++ %")
    '"don\\'t" AND "hello, world" AND "c++"'
    >>> match_expression("wall -storm"), match_expression("tide OR wall sea NEAR/3 dike")
    ('("wall") NOT ("storm")', '("tide" OR "wall") AND NEAR("sea" "dike", 3)')
    """
    return match_of(parse_query(text))


def expression_of(term: Term, forms: Forms) -> str:
    """The term in FTS5's syntax, in every spelling of a word that may have joiners, and in its other forms."""
    if term.near is not None:
        words = " ".join(f'"{word}"' for word in term.text.split())
        found = [f"NEAR({words}, {term.near})"]
    else:
        found = [f'"{spelling}"' for spelling in spellings(term.text)]
        if term.starts:
            found = [f"{found[0]} *", *(f'"{word}"' for word in stemmed_starts(term.text))]
        elif not term.exact:
            found += [f'"{form}"' for form in forms(term.text)]
    either = f"({' OR '.join(found)})" if len(found) > 1 else found[0]
    return f"{term.column} : {either}" if term.column else either


ENGLISH_ENDINGS: Final = ("ing", "ed", "ation", "ations", "er", "es", "ement", "able", "ive", "al", "y")
"""Endings of English words that the index's stems lack."""
MIN_ENDED_CHARS: Final = 4
"""With an ending, a shorter start has the stems of other words."""


def stemmed_starts(start: str) -> list[str]:
    """English words that begin so. The index has stems alone: "organization" as "organ", which "organiz" does not begin."""
    if len(start) < MIN_ENDED_CHARS or not (start.isascii() and start.isalpha()):
        return []
    return [start + ending for ending in ENGLISH_ENDINGS]
