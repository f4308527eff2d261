"""Words that are written with or without joiners: Persian "می‌رود", "میرود". A query finds either by the other.

The index takes a joiner (U+200C, U+200D) for the end of a word. A word with one is found as two words side by side; a
word without is also tried at every place where a joiner may stand. No index has to be made again for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from scraper.text.invisible import without_joiners
from scraper.text.patterns import lazy_pattern

JOINED: Final = (
    "\u0620-\u064a\u0660-\u0669\u066e-\u06d3\u06d5\u06ee-\u06fc\u06ff\u0710-\u072f\u074d-\u077f\u07c0-\u07ea"
    "\u0840-\u0858\u0860-\u086a\u0870-\u0887\u0889-\u088e\u08a0-\u08c9\u1820-\u1878\u1887-\u18a8\u18aa\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufdf0-\ufdfb\ufe70-\ufefc"
)
"""Letters and digits of scripts whose letters join (Unicode 15, ArabicShaping: Arabic, Syriac, N'Ko, Mandaic, Mongolian), as the
inside of a character class. In other scripts that need joiners the index splits words at every vowel sign, so that joiners
make no difference."""

SPLIT: Final = lazy_pattern(f"[{JOINED}\u200c\u200d]{{2,30}}")
"""A word of letters that join, and joiners."""
MAX_THRICE_SPLIT_LETTERS: Final = 16
"""Letters of a word that is tried with two joiners too, in 105 ways; a longer word is tried with one."""


def spellings(word: str) -> Iterator[str]:
    """The ways to write a word: as it is, then with joiners in other places, each as words side by side.

    >>> list(spellings("tide")), list(spellings("نان"))
    (['tide'], ['نان', 'ن ان', 'نا ن', 'ن ا ن'])
    """
    yield word
    letters = without_joiners(word)
    if letters != word:
        yield letters
    if not SPLIT.fullmatch(word):
        return
    for joiners in (1, 2) if len(letters) <= MAX_THRICE_SPLIT_LETTERS else (1,):
        for cuts in combinations(range(1, len(letters)), joiners):
            ends = (*cuts, len(letters))
            yield " ".join(letters[start:end] for start, end in zip((0, *cuts), ends, strict=True))
