"""Features of a block compared with the page's other texts: its metadata, its JSON-LD and its repeated blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from itertools import chain, count
from typing import Final

import numpy as np

from scraper.scoring.columns import Columns, Rows
from scraper.scoring.context import PageContext
from scraper.text.words import fold

CONTEXT_COLUMNS: Final = ("is_title", "title_share", "described", "stated", "has_stated", "author_words")
REPEAT_COLUMNS: Final = ("copies", "begun", "seen_before")
MAX_SHORT_WORDS: Final = 40
"""Texts of this many words or more are not compared with the title and the authors' names."""
OPENING_WORDS: Final = 8
"""Words by which two blocks are found to begin alike."""

Words = Sequence[tuple[str, ...]]
"""The folded words of each block."""


def context_columns(words: Words, context: PageContext) -> Columns:
    """Agreement of each block with the page's title, description, JSON-LD article body and authors."""
    title, description = fold(context.title), fold(context.description)
    out = np.zeros((len(CONTEXT_COLUMNS), len(words)), dtype=np.float32)
    if title:
        out[0] = [own == title for own in words]
    authors = frozenset(chain.from_iterable(map(fold, context.authors)))
    facts = authors.union(title, description)
    short = {  # half of the blocks have none of the words
        place: own for place, own in enumerate(words) if 0 < len(own) < MAX_SHORT_WORDS and not facts.isdisjoint(own)
    }
    places = list(short)
    out[1, places] = shares_of(frozenset(title), short.values())
    out[5, places] = shares_of(authors, short.values())
    if context.article_body:
        stated = ngram_set(fold(context.article_body))
        out[2] = shares_described(description, words)
        out[3] = [share_of_ngrams(stated, own) for own in words]
        out[4] = 1
    else:
        out[2, places] = shares_described(description, short.values())
        out[3] = -1
    return out


def shares_of(known: Set[str], words: Iterable[Sequence[str]]) -> list[float]:
    """Share of each block's words that are known. A block has at least one word."""
    return [0.0 if known.isdisjoint(own) else sum(map(known.__contains__, own)) / len(own) for own in words]


def shares_described(description: tuple[str, ...], words: Iterable[tuple[str, ...]]) -> list[float]:
    """Share of each block's runs of three words that the description has; 0 for fewer words."""
    known, runs = frozenset(description), ngram_set(description)
    return [share_of_ngrams(runs, own) if len(own) > 2 and not known.isdisjoint(own) else 0.0 for own in words]


def ngram_set(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The runs of three words of a text; fewer words are one run."""
    return frozenset(zip(words, words[1:], words[2:], strict=False)) or frozenset((words,))


def share_of_ngrams(known: Set[tuple[str, ...]], words: tuple[str, ...]) -> float:
    """Share of the runs of three words (see `ngram_set`) that are known.

    The runs are not made into a list: a page has thousands.
    """
    if len(words) < 3:
        return float(words in known)
    if known.isdisjoint(zip(words, words[1:], words[2:], strict=False)):  # most: told in four fifths of the time
        return 0.0
    return sum(map(known.__contains__, zip(words, words[1:], words[2:], strict=False))) / (len(words) - 2)


def repeat_columns(words: Words) -> Rows:
    """`REPEAT_COLUMNS`: repetition of each block's text, or of its opening, on the page."""
    size = len(words)
    known: dict[tuple[str, ...], int] = {}
    firsts = np.fromiter(map(known.setdefault, words, count()), dtype=np.int64, count=size)
    openings = {place: own[:OPENING_WORDS] for place, own in enumerate(words) if len(own) >= OPENING_WORDS}
    alike = Counter(openings.values())
    begun = np.ones(size, dtype=np.int64)
    begun[list(openings)] = [alike[opening] for opening in openings.values()]
    return (np.bincount(firsts).take(firsts), begun, firsts < np.arange(size))
