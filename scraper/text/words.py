"""Texts and names as words: one way to split and fold them, so that all comparisons agree."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from scraper.text.invisible import without_joiners
from scraper.text.patterns import lazy_pattern

WORD: Final = lazy_pattern(r"\w+")
ASCII_WORDS: Final = bytes(
    ord(chr(code).lower()) if code < 128 and WORD.match(chr(code)) else 32 for code in range(256)
)
"""For each byte its lower-case form if it belongs to a word, else a space. Three times as fast as a pattern."""
PUNCTUATION: Final = "’‘“”–—…·•«»©\xa0"
"""Signs that are no part of a word. Four in five lines of English text that are not ASCII have nothing else beyond it."""
NAME_WORD: Final = lazy_pattern("[A-Za-z](?:[a-z]{2,}|(?<=[A-Z])[A-Z]{2,}(?![a-z]))")
"""A word of a class name. Shorter parts, such as `c` in `c-promo`, mean nothing."""
LOWER_NAME_WORD: Final = lazy_pattern("[a-z]{3,}")
"""The same in a name without capitals."""
MEAN_NAME_CHARS: Final = 12
"""Characters after which names have one more word, with some room."""
MAX_FOLDED: Final = 1_000
"""Texts whose words are remembered: those of the last few pages. With 8,000, the words of each page lay in fresh memory, and
the five times that a page's blocks are folded took half as long again.
"""


@lru_cache(maxsize=MAX_FOLDED)
def fold(text: str) -> tuple[str, ...]:
    """The words of a text, case folded, without joiners. Cached: several steps ask for the words of the same block.

    >>> fold("The Größe, twice.")
    ('the', 'grösse', 'twice')
    """
    if not text.isascii():
        for sign in PUNCTUATION:
            text = text.replace(sign, " ")
    if text.isascii():
        return tuple(text.encode().translate(ASCII_WORDS).decode().split())
    return tuple(WORD.findall(without_joiners(text).casefold()))


def split_names(names: str) -> tuple[str, ...]:
    """The words of class or id attributes, lower-cased, without short ones.

    >>> split_names("relatedLinks c-promo__box"), split_names("story c-promo__box")
    (('related', 'links', 'promo', 'box'), ('story', 'promo', 'box'))
    """
    if names == names.lower():  # four in five are
        return tuple(LOWER_NAME_WORD.findall(names))
    return tuple([word.lower() for word in NAME_WORD.findall(names)])


def first_names(names: str, most: int) -> tuple[str, ...]:
    """The first words of names, at most so many. Of long names, the end is read only if it has one of these.

    >>> first_names("relatedLinks c-promo__box", 3)
    ('related', 'links', 'promo')
    """
    within = most * MEAN_NAME_CHARS
    words = split_names(names[:within])
    return (words if len(words) > most or len(names) <= within else split_names(names))[:most]


name_words: Final = lru_cache(maxsize=20_000)(split_names)
"""`split_names`, cached. Worth it for the few elements that are asked for again: a new name takes twice as long."""
