"""Footnotes: a paragraph or item to which a mark in a kept text leads is part of the article, wherever it stands.

A mark is a link within the page that is a number, a letter or a sign: not an entry of a table of contents, which is a
heading's words. The number of readers' comments is such a link too, so that names must say that it leads to a note. The
scorer knows footnotes by their form alone, and drops short ones at the end.
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
NOTE_ID: Final = lazy_pattern(
    r"(?<![a-z])(?:fn|ftn|edn|note|(?:foot|end)-?notes?|ref|references?|cite?|citations?|bibr?|bibitem)(?![a-z])"
)
"""Words of a note's id, in lower case. Not "notes": some sites call the likes and shares of readers so."""
NOTE_LIST: Final = lazy_pattern(
    r"(?<![a-z])(?:notes|(?:foot|end)-?notes?|refs?|references?|citations?|bib|bibliography)(?![a-z])"
)
"""Words of the element around all notes, in lower case: within it any id with a digit is that of a note."""
READERS: Final = lazy_pattern("comment|coment|komment|discuss|disqus|repl(?:y|ies)|respon[ds]|reacti|reakti")
"""Parts of words for what readers write, in lower case."""


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
        if container.names
        and container.tag in NOTE_TAGS
        and (name := container.names.rpartition(" ")[2]) in cited  # the id stands behind the class words
        and is_note_id(name.lower(), page.containers[max(container.parent, 0)].names.lower())
    }
    held = [target_around(page.containers, block.container, targets) for block in page.blocks] if targets else []
    sizes = Counter(held)
    return frozenset(place for place, target in enumerate(held) if target >= 0 and sizes[target] <= MAX_NOTE_BLOCKS)


def is_note_id(name: str, around: str) -> bool:
    """Whether an id is that of a note, by its words and by the names of the element around it, all in lower case.

    >>> is_note_id("fn:1", ""), is_note_id("cite_note-roe", ""), is_note_id("5e8a2aff", "wp-block-footnotes")
    (True, True, True)
    >>> is_note_id("discussion", "footnotes"), is_note_id("ref-comments", ""), is_note_id("s5", "text"), is_note_id("notes", "")
    (False, False, False, False)
    """
    if READERS.search(name) or READERS.search(around):
        return False
    return bool(NOTE_ID.search(name) or (NOTE_LIST.search(around) and any(map(str.isdecimal, name))))


def target_around(containers: Sequence[Container], place: int, targets: Set[int]) -> int:
    """The innermost of some elements around a container; -1 outside of all."""
    while place >= 0 and place not in targets:
        place = containers[place].parent
    return place
