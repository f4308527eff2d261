"""A query that asks for less: articles with some of its words, for a query that hardly any article meets.

A question in ten words is met by no article word for word, but the one that it means has most of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from archive.search.query_syntax import Query, Term
from archive.search.ranking import MAX_RANKED_MATCHES

ENOUGH_HITS: Final = 10
"""Full hits that need no partial ones after them."""
MAX_TERMS: Final = 48
"""Words of a query that are counted."""


def relax(query: Query, count: Callable[[Term], int]) -> Query | None:
    """The query for any of its words instead of all; None if it has but one, or none that some article has.

    `count` tells how many articles have a word. The rarest words are taken, and no more than can be ranked together:
    the most frequent ones tell little, and would push the articles with the others out of the ranking. What the query
    says of a column (`author:quill`) must still be met.
    """
    kept = tuple(group for group in query.wanted if any(term.column for term in group))
    terms = dict.fromkeys(term for group in query.wanted if group not in kept for term in group)
    if len(query.wanted) - len(kept) < 2:
        return None
    counted = sorted((count(term), place, term) for place, term in enumerate(list(terms)[:MAX_TERMS]))
    chosen: list[Term] = []
    total = 0
    for number, _, term in counted:
        total += number
        if number and (not chosen or total <= MAX_RANKED_MATCHES):
            chosen.append(term)
    return replace(query, wanted=(*kept, tuple(chosen))) if chosen else None
