"""Which language a text is in, by its function words; `languages.toml` holds them, and the letters of some.

Only languages of the table are known. A short or mixed text has no language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from scraper.text.patterns import lazy_pattern
from scraper.text.tables import read_table
from scraper.text.words import fold

TABLE: Final[dict[str, dict[str, str]]] = read_table(Path(__file__).with_name("languages.toml")).values


def languages_by_word(words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The languages that have each word, of the words of each language.

    >>> languages_by_word({"de": "die in", "en": "in the"})
    {'die': ('de',), 'in': ('de', 'en'), 'the': ('en',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for code, own in words.items():
        for word in dict.fromkeys(own.split()):
            found[word] = (*found.get(word, ()), code)
    return found


BY_WORD: Final = languages_by_word(TABLE["words"])
"""The languages that have each function word."""
BY_LETTERS: Final = {code: lazy_pattern(f"[{letters}]") for code, letters in TABLE["letters"].items()}
"""The letters of languages that are known by them, in the order in which they are tried: Chinese has no kana."""
LETTERS: Final = lazy_pattern(f"[{''.join(TABLE['letters'].values())}]")
"""Any of these letters: most pages have none."""

MAX_READ_CHARS: Final = 1_500
"""Characters that are read, to the end of a text; a language is clear after some hundred."""
MIN_LETTER_SHARE: Final = 0.1
"""Share of a text's characters that are letters of a language. Japanese has a third of kana, English from Tokyo none."""
MIN_WORD_SHARE: Final = 0.06
"""Share of a text's words that are function words of a language. Running text has a third, Finnish and Turkish a tenth."""
MIN_WORDS: Final = 12
"""Words of the shortest text that has a language."""


def language_of(texts: Iterable[str]) -> str:
    """The code of the language in which texts are written ("en"), or empty if that is not clear.

    >>> language_of(["The orchard was planted by monks in 1710, and it is still older than the road that leads to it."])
    'en'
    >>> language_of(["Reuters, 3.2.2026"])
    ''
    """
    words: list[str] = []
    read = 0
    for text in texts:
        if not text.isascii() and LETTERS.search(text) and (code := language_of_letters(text)):
            return code
        words += fold(text)
        read += len(text)
        if read >= MAX_READ_CHARS:
            break
    counts = Counter(chain.from_iterable(filter(None, map(BY_WORD.get, words)))).most_common(1)
    if len(words) < MIN_WORDS or not counts or counts[0][1] < MIN_WORD_SHARE * len(words):
        return ""
    return counts[0][0]


def language_of_letters(text: str) -> str:
    """The language that is known by the letters of a text, or empty."""
    least = MIN_LETTER_SHARE * len(text)
    return next((code for code, letters in BY_LETTERS.items() if len(letters.findall(text)) > least), "")
