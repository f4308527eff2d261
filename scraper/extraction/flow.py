"""Flow: what stands between or below kept blocks in their form belongs to them.

- A sentence that goes on in the same element, in the same form, belongs to the text before it, also below a kept heading.
- A heading goes only when what stands below it goes.

The scorer is not asked where it is unsure: one paragraph of a run, or the heading of a kept text, would be missing in the
middle. Where it is sure, its judgement holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scraper.blocks.model import Container, PageBlock, PageBlocks
from scraper.extraction.candidates import Candidate
from scraper.extraction.units import KEPT_SCORE, is_likely
from scraper.rules.thresholds import share
from scraper.text.sentences import TEXT_END
from scraper.text.words import name_words

MAX_EMPHASIS_SHARE: Final = share("MAX_EMPHASIS_SHARE")
MIN_GOING_ON_SCORE: Final = share("MIN_GOING_ON_SCORE")
MIN_HEADING_SCORE: Final = share("MIN_HEADING_SCORE")
MAX_HEADING_LINK_SHARE: Final = share("MAX_HEADING_LINK_SHARE")


def keep_flow(candidates: Sequence[Candidate], page: PageBlocks, *, floor: float) -> list[Candidate]:
    """The candidates of a page, with a sufficient score for paragraphs that go on where a kept paragraph ends."""
    found = list(candidates)
    before = above = 0  # the block before, and the last that is no kept heading
    for place in range(1, len(found)):
        block = found[place]
        if block.unseen:
            continue
        last, before = before, place
        if not (found[last].kind == "heading" and is_likely(found[last], floor=floor)):
            above = last
        if (
            MIN_GOING_ON_SCORE <= block.score < floor
            and goes_on(page, page.blocks[above], page.blocks[place])
            and is_likely(found[above], floor=floor)
            and is_likely(replace(block, score=floor), floor=floor)
        ):
            found[place] = replace(block, score=max(floor, KEPT_SCORE))
    return keep_headings(found, page, floor=floor)


def keep_headings(candidates: Sequence[Candidate], page: PageBlocks, *, floor: float) -> list[Candidate]:
    """The candidates of a page, with a sufficient score for headings of kept blocks; the article's title is none."""
    found = list(candidates)
    first = next((place for place, block in enumerate(found) if is_likely(block, floor=floor)), len(found))
    below = len(found) - 1
    for place in range(len(found) - 2, first, -1):  # from below: a heading may stand above a heading
        block = found[place]
        if block.unseen:
            continue
        last, below = below, place
        if (
            block.kind == "heading"
            and MIN_HEADING_SCORE <= block.score < floor
            and block.link_share < MAX_HEADING_LINK_SHARE
            and not page.blocks[place].hidden
            and is_likely(found[last], floor=floor)
            and is_likely(replace(block, score=floor), floor=floor)
        ):
            found[place] = replace(block, score=max(floor, KEPT_SCORE))
    return found


def goes_on(page: PageBlocks, before: PageBlock, block: PageBlock) -> bool:
    """Whether a block is a sentence without links, in the same element and form as the paragraph before it."""
    return (
        before.kind == block.kind == "paragraph"
        and before.tag == block.tag
        and is_same_form(page.containers, before.container, block.container)
        and not block.link_chars
        and not block.hidden
        and max(block.bold_chars, block.italic_chars) < MAX_EMPHASIS_SHARE * len(block.text)
        and TEXT_END.search(block.text) is not None
    )


def is_same_form(containers: Sequence[Container], one: int, other: int) -> bool:
    """Whether two elements are one, or of the same names in one element or in two of the same form next to each other."""
    if one == other:
        return True
    first, second = containers[one], containers[other]
    if first.names != second.names or min(first.parent, second.parent) < 0:
        return False
    outer, next_outer = containers[first.parent], containers[second.parent]
    return first.parent == second.parent or (
        outer.parent == next_outer.parent
        and outer.tag == next_outer.tag
        and name_words(outer.names) == name_words(next_outer.names)  # which leaves out the numbers of ids
    )
