"""Features of a block by itself: its text, its tag, its marks.

The characters of all texts of a page are looked at by numpy together: for 140 texts that takes a fifth of the time of
counting in each text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scraper.blocks.columns import BlockColumns
from scraper.scoring.columns import Rows, Sizes, flag_columns, small
from scraper.text import traits as having
from scraper.text.traits import SEPARATOR, Traits, read_traits

MAX_COUNTED_CHARS: Final = 400
"""Digits and capitals are counted in texts below this length."""
MIN_SENTENCE_CHARS: Final = 20
"""Texts up to this length have no sentence ends counted."""
TAG_NUMBER: Final = {
    tag: number for number, tag in enumerate(("p", "div", "li", "span", "tr", "td", "figcaption", "button"))
}
KIND_NUMBER: Final[dict[str, int]] = {
    kind: number for number, kind in enumerate(("heading", "paragraph", "list", "quote", "table", "code", "caption", "correction", "embed"))
}  # fmt: skip
"""Kinds that reading gives to blocks; the stripper tells the others."""
TEXT_COLUMNS: Final = (
    "chars", "words", "word_length", "full_stop", "closed", "sentences", "commas", "digit_share", "capital_share", "question", "exclamation",
    "lines", "stopped", "colon", "starts_lower", "starts_digit", "upper", "pipe", "at_sign", "copyright", "address",
)  # fmt: skip
MARK_COLUMNS: Final = (
    "link_share", "bold_share", "italic_share", "hidden", "level", "heading", "marked", "image", "code_share",
)  # fmt: skip
TAG_COLUMNS: Final = tuple(f"tag_{tag}" for tag in TAG_NUMBER)
KIND_COLUMNS: Final = tuple(f"kind_{kind}" for kind in KIND_NUMBER)
ADDRESS_PARTS: Final = ("http", "www.")


class JoinedTexts(NamedTuple):
    """The texts of a page's blocks, joined; the traits of each character; where each text starts, and where it ends."""

    text: str
    traits: Traits
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def count_of(self, trait: np.uint32) -> Traits:
        """How often each text has a trait."""
        return np.add.reduceat(self.traits & trait, self.starts, dtype=np.uint32) // trait

    def count_capitals(self) -> Traits:
        """How many words of each text begin with a capital or with a letter of a script without case."""
        begins = (self.traits[1:] & having.CAPITAL > 0) & (self.traits[:-1] & having.WORD == 0)
        return np.add.reduceat(begins, self.starts - 1, dtype=np.uint32)

    def count_sentences(self) -> NDArray[np.int64]:
        """How many ends of sentences each text has, as `SENTENCE_END` finds them."""
        stops = np.flatnonzero(self.traits & having.STOP > 0)
        after = stops + 1
        while (closers := self.traits.take(after) & having.CLOSER > 0).any():
            after += closers
        ends = stops[self.traits.take(after) & having.BREAK > 0]
        return np.bincount(self.starts.searchsorted(ends, side="right") - 1, minlength=len(self.starts))

    def last_without(self, trait: np.uint32) -> Traits:
        """The traits of the last character of each text that lacks a trait; those of the separator if all have it."""
        last = self.ends - 1
        while (passed := self.traits.take(last) & trait > 0).any():
            last -= passed
        return self.traits.take(last)


def join_texts(texts: Sequence[str], sizes: Sizes) -> JoinedTexts:
    """Texts as one, with separators. `sizes` are their characters."""
    joined = SEPARATOR.join(("", *texts, ""))
    ends = np.cumsum(sizes + 1)
    return JoinedTexts(joined, read_traits(joined), ends - sizes, ends)


def text_columns(texts: Sequence[str], sizes: Sizes, words: Sequence[Sequence[str]]) -> Rows:
    """`TEXT_COLUMNS` of texts that are not empty. `sizes` are their characters, `words` has the words of each."""
    joined = join_texts(texts, sizes)
    counts = np.maximum(np.fromiter(map(len, words), dtype=np.int64, count=len(words)), 1)
    short = sizes < MAX_COUNTED_CHARS
    some = np.bitwise_or.reduceat(joined.traits, joined.starts)
    first, end, bare_end = (
        joined.traits.take(joined.starts),
        joined.last_without(having.TRAILER),
        joined.last_without(having.SPACE),
    )
    return (
        sizes,
        counts,
        sizes / counts,
        end & having.STOP > 0,
        end & (having.STOP | having.PAUSE) > 0,
        joined.count_sentences() * (sizes > MIN_SENTENCE_CHARS),
        joined.count_of(having.COMMA),
        joined.count_of(having.DIGIT) * short / sizes,
        joined.count_capitals() * short / counts,
        some & having.QUESTION > 0,
        some & having.EXCLAMATION > 0,
        joined.count_of(having.NEWLINE),
        bare_end & having.FINAL_STOP > 0,
        bare_end & having.COLON > 0,
        first & having.LOWER > 0,
        first & having.NUMERAL > 0,
        small([*map(str.isupper, texts)]),
        some & having.PIPE > 0,
        some & having.AT_SIGN > 0,
        some & having.COPYRIGHT > 0,
        mark_addresses(joined),
    )


def mark_addresses(joined: JoinedTexts) -> NDArray[np.bool_]:
    """Whether each text has a part of an address."""
    found = np.zeros(len(joined.starts), dtype=np.bool_)
    for part in ADDRESS_PARTS:
        place = joined.text.find(part)
        while place >= 0:
            block = joined.starts.searchsorted(place, side="right") - 1
            found[block] = True
            place = joined.text.find(part, int(joined.ends[block]))
    return found


def mark_columns(fields: BlockColumns, sizes: Sizes) -> Rows:
    """`MARK_COLUMNS`, `TAG_COLUMNS` and `KIND_COLUMNS` of each block. `sizes` are their characters, at least one each."""
    kinds = flag_columns(KIND_NUMBER, fields.kind)
    return (
        fields.link_share,
        share_column(fields.bold_chars, sizes),
        share_column(fields.italic_chars, sizes),
        small(fields.hidden),
        fields.level,  # a list may be more than 255 levels deep
        kinds[KIND_NUMBER["heading"]],
        small([rule is not None for rule in fields.rule]),
        small([*map(bool, fields.image)]),
        share_column(code_chars(fields), sizes),
        *flag_columns(TAG_NUMBER, fields.tag),
        *kinds,
    )


def share_column(chars: Sequence[int], sizes: Sizes) -> ArrayLike:
    """The share that these characters have in each block; on most pages there are none of a style."""
    return np.minimum(np.array(chars) / sizes, 1) if any(chars) else 0


def code_chars(fields: BlockColumns) -> Sequence[int]:
    """Characters of each block that are code; empty if none are. A block of one piece is told by its kind."""
    if True not in [style.code for pieces in fields.pieces for _, style in pieces]:
        return ()
    return [
        sum([len(text) for text, style in pieces if style.code]) if len(pieces) > 1 else 0 for pieces in fields.pieces
    ]
