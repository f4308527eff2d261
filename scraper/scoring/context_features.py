"""Features of a block compared with the page's other texts: its metadata, its JSON-LD and its repeated blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence, Set
from typing import Any, Final

from scraper.blocks.model import PageBlock
from scraper.scoring.columns import Column, to_columns
from scraper.scoring.context import PageContext
from scraper.text.words import fold, ngrams

CONTEXT_COLUMNS: Final = ("is_title", "title_share", "described", "stated", "has_stated", "author_words")
MAX_SHORT_WORDS: Final = 40
"""Texts of this many words or more are not compared with the title and the authors' names."""
OPENING_WORDS: Final = 8
"""Words by which two blocks are found to begin alike."""


def context_columns(blocks: Sequence[PageBlock], context: PageContext) -> dict[str, Column]:
    """Agreement of each block with the page's title, description, JSON-LD article body and authors."""
    title = fold(context.title)
    title_words = frozenset(title)
    description_words = frozenset(fold(context.description))
    described = frozenset(ngrams(fold(context.description)))
    stated = frozenset(ngrams(fold(context.article_body))) if context.article_body else frozenset()
    author_words = frozenset(word for author in context.authors for word in fold(author))

    def rows() -> Iterator[tuple[float, ...]]:
        for block in blocks:
            words = fold(block.text)
            short = 0 < len(words) < MAX_SHORT_WORDS
            yield (
                bool(title) and words == title,
                share_of(title_words, words) if short else 0.0,
                share_of_ngrams(described, words)
                if len(words) > 2 and (short or stated) and not description_words.isdisjoint(words)
                else 0.0,
                share_of_ngrams(stated, words) if stated else -1.0,
                bool(stated),
                share_of(author_words, words) if short else 0.0,
            )

    return to_columns(CONTEXT_COLUMNS, rows())


def share_of(known: Set[Any], items: Collection[Any]) -> float:
    """Share of the items that are known; 0 for no items."""
    return 0.0 if known.isdisjoint(items) else sum(map(known.__contains__, items)) / len(items)


def share_of_ngrams(known: Set[tuple[str, ...]], words: tuple[str, ...]) -> float:
    """Share of the runs of three words (see `ngrams`) that are known.

    The runs are not made into a list: a page has thousands.
    """
    if len(words) < 3:
        return float(words in known)
    return sum(map(known.__contains__, zip(words, words[1:], words[2:], strict=False))) / (len(words) - 2)


def repeat_columns(blocks: Sequence[PageBlock]) -> dict[str, list[float]]:
    """Repetition of each block's text, or of its opening, on the page."""
    words = [fold(block.text) for block in blocks]
    known: dict[tuple[str, ...], int] = {}
    keys = [known.setdefault(own, place) for place, own in enumerate(words)]  # numbers: long tuples are slow keys
    openings = [own[:OPENING_WORDS] if len(own) >= OPENING_WORDS else () for own in words]
    copies, alike = Counter(keys), Counter(openings)
    return {
        "copies": [copies[key] for key in keys],
        "begun": [alike[opening] if opening else 1 for opening in openings],
        "seen_before": [float(key < place) for place, key in enumerate(keys)],
    }
