"""Pull quotes: a sentence of the text, shown again in a separate box, perhaps with the name of the speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.extraction.repeats import is_long_enough
from scraper.rules.thresholds import number
from scraper.text.sentences import STATEMENT_END
from scraper.text.words import fold

MIN_BODY_PARAGRAPH_CHARS: Final = number("MIN_BODY_PARAGRAPH_CHARS")
MIN_BODY_BLOCKS: Final = number("MIN_BODY_BLOCKS")
MAX_PULL_QUOTE_CHARS: Final = number("MAX_PULL_QUOTE_CHARS")

MAX_SEARCHED_BOXES: Final = 300
"""Boxes of a page that are searched for in its text: each search takes time."""

MAX_CITATION_CHARS: Final = number("MAX_CITATION_CHARS")
CITATION_KINDS: Final = frozenset({"paragraph", "quote", "caption"})
DASHES: Final = frozenset("-–—―~")
"""Signs before the name of the person who is quoted."""

QUOTE_KINDS: Final = frozenset({"paragraph", "quote"})


def find_pull_quotes(candidates: Sequence[Candidate], kept: Sequence[int]) -> list[int]:
    """The places of pull quotes among the `kept` places, each with its citation, be it kept or not.

    A pull quote is alone in its box but for the citation, and word for word in a longer block. A standfirst above the first
    paragraph is none.
    """
    in_box = Counter(candidates[place].box for place in kept)
    start = first_of_body(candidates, kept, in_box)
    cited: set[int] = set()  # quotes with a citation right below
    alone: list[int] = []
    for place in kept:
        block = candidates[place]
        if place <= start or block.box < 0 or (size := in_box[block.box]) > 2 or not may_be_pull_quote(block):
            continue
        if place + 1 < len(candidates) and is_citation(candidates[place - 1], block, candidates[place + 1]):
            cited.add(place)
            size -= size == 2 and candidates[place + 1].box == block.box
        if size == 1:
            alone.append(place)
    keys = {place: fold(candidates[place].text) for place in alone[:MAX_SEARCHED_BOXES]}
    long_enough = {place: key for place, key in keys.items() if is_long_enough(key)}
    if not long_enough:
        return []
    words = [fold(candidates[place].text) for place in kept]
    text = "\n".join([f" {' '.join(own)} " for own in words])
    quotes = [
        place
        for place, key in long_enough.items()
        if (times := text.count(f" {' '.join(key)} ")) > 1 and times > words.count(key)
    ]
    return sorted({*quotes, *(place + 1 for place in quotes if place in cited)})


def first_of_body(candidates: Sequence[Candidate], kept: Sequence[int], in_box: Mapping[int, int]) -> int:
    """The place of the first long paragraph, or of the first block in a box of several; a standfirst is neither."""
    for place in kept:
        block = candidates[place]
        if len(block.text) >= MIN_BODY_PARAGRAPH_CHARS or (block.box >= 0 and in_box[block.box] >= MIN_BODY_BLOCKS):
            return place
    return len(candidates)


def is_citation(before: Candidate, quote: Candidate, block: Candidate) -> bool:
    """Whether a block, the next one after a quote, is a line in the quote's box that says who is quoted.

    The box begins between the block before the quote and the quote. Boxes are numbered in document order.
    """
    begin = max(before.box, before.holder)
    return (
        any(begin < box <= quote.box for box in (block.box, block.holder))
        and block.kind in CITATION_KINDS
        and len(block.text) <= MAX_CITATION_CHARS
        and (block.text[0] in DASHES or not STATEMENT_END.search(block.text))
    )


def may_be_pull_quote(block: Candidate) -> bool:
    """Whether a block has the form of a pull quote."""
    return block.kind in QUOTE_KINDS and len(block.text) <= MAX_PULL_QUOTE_CHARS and not block.text.endswith(":")
