"""Footnotes: a paragraph or item to which a mark in a kept text leads is part of the article, wherever it stands.

A mark is a link within the page that is a number, a letter or a sign: not an entry of a table of contents, which is a
heading's words. The scorer knows footnotes by their form alone, and drops short ones at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Final

from scraper.blocks.columns import columns_of
from scraper.blocks.model import Container, PageBlocks
from scraper.extraction.candidates import Candidate
from scraper.extraction.units import KEPT_SCORE, is_likely
from scraper.rules.thresholds import number
from scraper.text.patterns import lazy_pattern

MAX_NOTE_BLOCKS: Final = number("MAX_NOTE_BLOCKS")
MARK: Final = lazy_pattern(
    r"[\[(]?(?:(?:note |fn\.? ?)?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}|[a-zA-Z]|[*†‡‖]{1,4}|[ivxlcIVXLC]{1,6})[\])]?\.?"
)
"""The text of a mark."""
NOTE_TAGS: Final = frozenset({"li", "p", "div", "dd", "dt", "aside", "section"})
"""Elements that hold a footnote."""


def keep_notes(candidates: list[Candidate], page: PageBlocks, *, floor: float) -> list[Candidate]:
    """The candidates of a page, with a sufficient score for the footnotes to which marks in its kept blocks lead."""
    linked = (place for place, chars in enumerate(columns_of(page).link_chars) if chars)
    likely = (page.blocks[place] for place in linked if is_likely(candidates[place], floor=floor))
    cited = {
        style.href[1:]
        for block in likely
        for text, style in block.pieces
        if style.href and style.href[0] == "#" and MARK.fullmatch(text.strip())
    }
    if not cited:
        return candidates
    notes = find_notes(page, cited)
    return [
        replace(block, score=max(floor, KEPT_SCORE))
        if block.score < floor and place in notes and is_likely(replace(block, score=floor), floor=floor)
        else block
        for place, block in enumerate(candidates)
    ]


def find_notes(page: PageBlocks, cited: Set[str]) -> frozenset[int]:
    """Places of the blocks in elements with one of these ids, unless the element holds more than a note does."""
    targets = {
        place
        for place, container in enumerate(page.containers)
        if container.names and container.tag in NOTE_TAGS and not cited.isdisjoint(container.names.split())
    }
    held = [target_around(page.containers, block.container, targets) for block in page.blocks] if targets else []
    sizes = Counter(held)
    return frozenset(place for place, target in enumerate(held) if target >= 0 and sizes[target] <= MAX_NOTE_BLOCKS)


def target_around(containers: Sequence[Container], place: int, targets: Set[int]) -> int:
    """The innermost of some elements around a container; -1 outside of all."""
    while place >= 0 and place not in targets:
        place = containers[place].parent
    return place
