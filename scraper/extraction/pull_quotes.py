"""Pull quotes: a sentence of the text, shown again in a separate box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.extraction.repeats import is_long_enough
from scraper.rules.thresholds import number
from scraper.text.words import fold

MIN_BODY_PARAGRAPH_CHARS: Final = number("MIN_BODY_PARAGRAPH_CHARS")
MAX_PULL_QUOTE_CHARS: Final = number("MAX_PULL_QUOTE_CHARS")

MAX_SEARCHED_BOXES: Final = 300
"""Boxes of a page that are searched for in its text: each search takes time."""

QUOTE_KINDS: Final = frozenset({"paragraph", "quote"})


def find_pull_quotes(candidates: Sequence[Candidate], kept: Sequence[int]) -> list[int]:
    """The places of pull quotes among the `kept` places: alone in their box, and word for word in a longer block.

    A standfirst above the first paragraph is none.
    """
    in_box = Counter(candidates[place].box for place in kept)
    start = next((place for place in kept if len(candidates[place].text) >= MIN_BODY_PARAGRAPH_CHARS), len(candidates))
    alone = (
        place for place in kept if place > start and candidates[place].box >= 0 and in_box[candidates[place].box] == 1
    )
    keys = {
        place: fold(candidates[place].text)
        for place in islice(alone, MAX_SEARCHED_BOXES)
        if may_be_pull_quote(candidates[place])
    }
    long_enough = {place: key for place, key in keys.items() if is_long_enough(key)}
    if not long_enough:
        return []
    text = "\n".join(f" {' '.join(fold(candidates[place].text))} " for place in kept)
    return [place for place, key in long_enough.items() if text.count(f" {' '.join(key)} ") > 1]


def may_be_pull_quote(block: Candidate) -> bool:
    """Whether a block has the form of a pull quote."""
    return block.kind in QUOTE_KINDS and len(block.text) <= MAX_PULL_QUOTE_CHARS and not block.text.endswith(":")
