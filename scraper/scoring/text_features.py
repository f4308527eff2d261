"""Features of a block by itself: its text, its tag, its marks.

The features of a text are cached by the text alone: many blocks of a page occur on other pages of its site.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from scraper.blocks.model import PageBlock
from scraper.scoring.columns import Column, flag_columns, to_columns
from scraper.text.patterns import lazy_pattern
from scraper.text.sentences import SENTENCE_END, STOPS
from scraper.text.words import CACHED_TEXTS, fold

STRIPPED_CLOSERS: Final = "\"'”’»“)]"
"""Signs that may follow a full stop at the end of a block; “ closes a quote in German and Czech."""
FULL_STOPS: Final = frozenset(STOPS)
PAUSES: Final = frozenset(":;,")
DIGIT: Final = lazy_pattern(r"[0-9]")
CAPITAL: Final = lazy_pattern(r"\b[^\W\d_a-z]")
ASCII_CLASSES: Final = bytes(
    ord("A" if 65 <= code < 91 else "0" if 48 <= code < 58 else "_" if code == 95 or 97 <= code < 123 else " ")
    for code in range(256)
)
"""The class of each byte: capital, digit, other part of a word, or space for anything else."""
MAX_COUNTED_CHARS: Final = 400
"""Digits and capitals are counted in texts below this length; longer ones take too long."""
MIN_SENTENCE_CHARS: Final = 20
"""Texts up to this length have no sentence ends counted."""
TAG_NUMBER: Final = {
    tag: number for number, tag in enumerate(("p", "div", "li", "span", "tr", "td", "figcaption", "button"))
}
TEXT_COLUMNS: Final = (
    "chars", "words", "word_length", "full_stop", "closed", "sentences", "commas", "digit_share", "capital_share", "question", "exclamation",
    "lines", "stopped", "colon", "starts_lower", "starts_digit", "upper", "pipe", "at_sign", "copyright", "address",
)  # fmt: skip
MARK_COLUMNS: Final = (
    "link_share",
    "bold_share",
    "italic_share",
    "hidden",
    "level",
    "heading",
    "marked",
    "image",
    "code_share",
)
SHARES: Final = ("link_share", "bold_share", "italic_share", "code_share")
"""Columns that are read as characters."""
KIND_NUMBER: Final[dict[str, int]] = {
    kind: number for number, kind in enumerate(("heading", "paragraph", "list", "quote", "table", "code", "caption", "correction", "embed"))
}  # fmt: skip
"""Kinds that reading gives to blocks; the stripper tells the others."""
TAG_COLUMNS: Final = tuple(f"tag_{tag}" for tag in TAG_NUMBER)
KIND_COLUMNS: Final = tuple(f"kind_{kind}" for kind in KIND_NUMBER)
STOPPED: Final = (*".!?。！？",)
"""Endings of a text whose last sentence is closed by nothing else."""


def text_columns(blocks: Sequence[PageBlock]) -> dict[str, Column]:
    """Features of each block's own text, tag and kind."""
    columns = to_columns(TEXT_COLUMNS, (text_features(block.text) for block in blocks))
    columns |= to_columns(MARK_COLUMNS, (
        (block.link_chars, block.bold_chars, block.italic_chars, block.hidden, block.level, block.kind == "heading", block.rule is not None, bool(block.image), code_chars(block))
        for block in blocks
    ))  # fmt: skip
    columns |= {name: np.minimum(columns[name] / columns["chars"], 1) for name in SHARES}
    columns |= flag_columns(TAG_COLUMNS, [TAG_NUMBER.get(block.tag, -1) for block in blocks])
    return columns | flag_columns(KIND_COLUMNS, [KIND_NUMBER.get(block.kind, -1) for block in blocks])


def code_chars(block: PageBlock) -> int:
    """Characters of a block that are code; a block of one piece is told by its kind."""
    return sum([len(text) for text, style in block.pieces if style.code]) if len(block.pieces) > 1 else 0


@lru_cache(maxsize=CACHED_TEXTS)
def text_features(text: str) -> tuple[float, ...]:
    """Values of `TEXT_COLUMNS` for a text that is not empty."""
    words = fold(text)
    size, count = len(text), max(len(words), 1)
    bare = text.rstrip()
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
        bare.endswith(STOPPED),
        bare.endswith(":"),
        text[:1].islower(),
        text[:1].isdigit(),
        text.isupper(),
        "|" in text,
        "@" in text,
        "©" in text,
        "http" in text or "www." in text,
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
