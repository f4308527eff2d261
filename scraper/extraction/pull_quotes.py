"""Pull quotes: a sentence of the text, shown again in a separate box, perhaps with the name of the speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.extraction.repeats import is_long_enough
from scraper.rules.thresholds import number
from scraper.text.sentences import STATEMENT_END
from scraper.text.words import fold

MIN_BODY_PARAGRAPH_CHARS: Final = number("MIN_BODY_PARAGRAPH_CHARS")
MAX_PULL_QUOTE_CHARS: Final = number("MAX_PULL_QUOTE_CHARS")

MAX_SEARCHED_BOXES: Final = 300
"""Boxes of a page that are searched for in its text: each search takes time."""

MAX_CITATION_CHARS: Final = number("MAX_CITATION_CHARS")
CITATION_KINDS: Final = frozenset({"paragraph", "quote", "caption"})
DASHES: Final = frozenset("-–—―~")
"""Signs before the name of the person who is quoted."""

QUOTE_KINDS: Final = frozenset({"paragraph", "quote"})


def find_pull_quotes(candidates: Sequence[Candidate], kept: Sequence[int]) -> list[int]:
    """The places of pull quotes among the `kept` places, each with its citation.

    A pull quote is alone in its box but for the citation, and word for word in a longer block. A standfirst above the first
    paragraph is none.
    """
    cited = dict(pair for pair in pairwise(kept) if is_citation(*(candidates[place] for place in pair)))
    in_box = Counter(candidates[place].box for place in kept)
    start = next((place for place in kept if len(candidates[place].text) >= MIN_BODY_PARAGRAPH_CHARS), len(candidates))
    alone = (
        place
        for place in kept
        if place > start
        and candidates[place].box >= 0
        and in_box[candidates[place].box] == 1 + (place in cited and in_same_box(candidates, place, cited[place]))
    )
    keys = {
        place: fold(candidates[place].text)
        for place in islice(alone, MAX_SEARCHED_BOXES)
        if may_be_pull_quote(candidates[place])
    }
    long_enough = {place: key for place, key in keys.items() if is_long_enough(key)}
    if not long_enough:
        return []
    words = [fold(candidates[place].text) for place in kept]
    copies = Counter(words)
    text = "\n".join(f" {' '.join(own)} " for own in words)
    quotes = [place for place, key in long_enough.items() if text.count(f" {' '.join(key)} ") > copies[key]]
    return sorted({*quotes, *(cited[place] for place in quotes if place in cited)})


def in_same_box(candidates: Sequence[Candidate], first: int, second: int) -> bool:
    """Whether two blocks have one box."""
    return candidates[first].box == candidates[second].box


def is_citation(quote: Candidate, block: Candidate) -> bool:
    """Whether a block, the next one after a quote, is a line in the quote's box that says who is quoted."""
    return (
        quote.box >= 0
        and quote.box in {block.box, block.holder}
        and block.kind in CITATION_KINDS
        and len(block.text) <= MAX_CITATION_CHARS
        and (block.text[0] in DASHES or not STATEMENT_END.search(block.text))
    )


def may_be_pull_quote(block: Candidate) -> bool:
    """Whether a block has the form of a pull quote."""
    return block.kind in QUOTE_KINDS and len(block.text) <= MAX_PULL_QUOTE_CHARS and not block.text.endswith(":")
