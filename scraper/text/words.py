"""Texts and names as words: the one way in which they are compared everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"\w+")
ASCII_WORDS: Final = bytes(
    ord(chr(code).lower()) if code < 128 and WORD.match(chr(code)) else 32 for code in range(256)
)
"""For each byte the same one as it is within a word, in lower case, or a space: three times as fast as to search for words."""
NAME_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
REMEMBERED: Final = 8_000
"""Texts of which something is remembered: four in ten blocks of a page have stood on a page before, whatever its site."""


@lru_cache(maxsize=REMEMBERED)
def fold(text: str) -> tuple[str, ...]:
    """The words of a text, case folded. A page's own texts are remembered, for they are asked for again and again.

    >>> fold("The Größe, twice.")
    ('the', 'grösse', 'twice')
    """
    if text.isascii():
        return tuple(text.encode().translate(ASCII_WORDS).decode().split())
    return tuple(WORD.findall(text.casefold()))


def grams(words: Sequence[str], size: int = 3) -> list[tuple[str, ...]]:
    """Runs of `size` words; all words as one run where there are fewer."""
    return list(zip(*(words[at:] for at in range(size)), strict=False)) or [tuple(words)]


@lru_cache(maxsize=20_000)
def name_words(names: str) -> tuple[str, ...]:
    """The words of a class or id attribute.

    >>> name_words("relatedLinks c-promo__box")
    ('related', 'links', 'promo', 'box')
    """
    return tuple([word.lower() for word in NAME_WORD.findall(names) if len(word) > 2])
