"""Features of a block by itself: its text, its tag, its marks.

The features of a text are cached by the text alone: many blocks of a page occur on other pages of its site.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import Final

import numpy as np

from scraper.blocks.model import PageBlock
from scraper.scoring.columns import Column, to_columns
from scraper.scoring.inputs import WordOdds
from scraper.text.sentences import SENTENCE_END, STOPS
from scraper.text.words import CACHED_TEXTS, fold, name_words

STRIPPED_CLOSERS: Final = "\"'”’»“)]"
"""Signs that may follow a full stop at the end of a block; “ closes a quote in German and Czech."""
FULL_STOPS: Final = frozenset(STOPS)
PAUSES: Final = frozenset(":;,")
DIGIT: Final = re.compile(r"[0-9]")
CAPITAL: Final = re.compile(r"\b[^\W\d_a-z]")
ASCII_CLASSES: Final = bytes(
    ord("A" if 65 <= code < 91 else "0" if 48 <= code < 58 else "_" if code == 95 or 97 <= code < 123 else " ")
    for code in range(256)
)
"""The class of each byte: capital, digit, other part of a word, or space for anything else."""
MAX_COUNTED_CHARS: Final = 400
"""Digits and capitals are counted in texts below this length; longer ones take too long."""
MIN_SENTENCE_CHARS: Final = 20
"""Texts up to this length have no sentence ends counted."""
MAX_ODDS_WORDS: Final = 60
"""Texts of more words are not looked up in the word odds: they are body text for other reasons."""
TAG_NUMBER: Final = {
    tag: number for number, tag in enumerate(("p", "div", "li", "span", "tr", "td", "figcaption", "button"))
}
TEXT_COLUMNS: Final = (
    "chars", "words", "word_length", "full_stop", "closed", "sentences", "commas", "digit_share", "capital_share", "question", "exclamation",
    "lines", "word_first", "word_mean", "word_min",
)  # fmt: skip
MARK_COLUMNS: Final = ("link_share", "bold_share", "italic_share", "hidden", "level", "heading", "marked")


def text_columns(blocks: Sequence[PageBlock], odds: WordOdds) -> dict[str, Column]:
    """Features of each block's own text and tag."""
    read_text, _ = cached_readers(odds)
    columns = to_columns(TEXT_COLUMNS, (read_text(block.text) for block in blocks))
    columns |= to_columns(MARK_COLUMNS, (
        (block.link_chars, block.bold_chars, block.italic_chars, block.hidden, block.level, block.kind == "heading", block.rule is not None)
        for block in blocks
    ))  # fmt: skip
    columns |= {
        name: np.minimum(columns[name] / columns["chars"], 1) for name in ("link_share", "bold_share", "italic_share")
    }
    tags = np.array([TAG_NUMBER.get(block.tag, -1) for block in blocks])
    return columns | {f"tag_{tag}": (tags == number).astype(np.float32) for tag, number in TAG_NUMBER.items()}


@lru_cache(maxsize=2)
def cached_readers(odds: WordOdds) -> tuple[Callable[[str], tuple[float, ...]], Callable[[str], float]]:
    """`text_features` and `name_odds` with a cache each, by text alone (the fastest key)."""
    return lru_cache(maxsize=CACHED_TEXTS)(partial(text_features, odds)), lru_cache(maxsize=CACHED_TEXTS)(
        partial(name_odds, odds)
    )


def text_features(odds: WordOdds, text: str) -> tuple[float, ...]:
    """Values of `TEXT_COLUMNS` for a text that is not empty."""
    words = fold(text)
    size, count = len(text), max(len(words), 1)
    end = text.rstrip(STRIPPED_CLOSERS)[-1:]
    digits, capitals = count_digits_and_capitals(text) if size < MAX_COUNTED_CHARS else (0, 0)
    return (
        size,
        count,
        size / count,
        end in FULL_STOPS,
        end in FULL_STOPS or end in PAUSES,
        len(SENTENCE_END.findall(text)) if size > MIN_SENTENCE_CHARS else 0,
        text.count(",") + (0 if text.isascii() else text.count("、") + text.count("，")),
        digits / size,
        capitals / count,
        "?" in text,
        "!" in text,
        text.count("\n"),
        *word_odds(words, odds.words),
    )


def count_digits_and_capitals(text: str) -> tuple[int, int]:
    """Number of digits, and of words that begin with a capital or with a letter of a script without case.

    >>> count_digits_and_capitals("In 1914 the Marrow rose 2 m."), count_digits_and_capitals("Über 30 Jahre")
    ((5, 2), (2, 2))
    """
    if text.isascii():
        classes = b" " + text.encode().translate(ASCII_CLASSES)
        return classes.count(b"0"), classes.count(b" A")
    return len(DIGIT.findall(text)), len(CAPITAL.findall(text))


def word_odds(words: tuple[str, ...], odds: Mapping[str, float]) -> tuple[float, float, float]:
    """Log-odds of a short text's words: sum of the first four, mean of the first 24, and the lowest of the 24."""
    if not words or len(words) > MAX_ODDS_WORDS:
        return (0.0, 0.0, 0.0)
    known = list(map(odds.get, words[:24], repeat(0.0)))
    return (sum(known[:4]), sum(known) / len(known), min(known))


def name_odds(odds: WordOdds, names: str) -> float:
    """The log-odds farthest from 0 among the class and id words of an element."""
    return max([odds.names[word] for word in name_words(names) if word in odds.names], key=abs, default=0.0)
