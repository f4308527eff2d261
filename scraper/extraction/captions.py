"""Captions beside the body: which of the removed captions belong to pictures of the article, and not of a rail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from scraper.blocks.model import PageBlocks
from scraper.extraction.page_read import link_share
from scraper.rules.thresholds import share
from scraper.types import Removal

MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
PICTURE_KINDS: Final = frozenset({"caption", "credit"})
"""Kinds of the texts of a picture."""
MAX_PICTURE_BLOCKS: Final = 3
"""Blocks of a picture: its caption and its credits. A row of pictures has more."""


def find_captions(
    removals: Sequence[Removal], *, first: int, last: int, kept: Sequence[int], page: PageBlocks | None
) -> tuple[int, ...]:
    """The positions of the captions of the article's pictures: between its ends, or in line with its text."""
    captions = [removal.position for removal in removals if removal.kind == "caption" and has_letters(removal.text)]
    within = {position for position in captions if first <= position <= last}
    if page is None or len(within) == len(captions):
        return tuple(position for position in captions if position in within)
    own = {page.blocks[position].container for position in kept}
    columns = own.union(page.containers[place].parent for place in own)
    pictures = {removal.position for removal in removals if removal.kind in PICTURE_KINDS}
    counts = count_blocks(page, range(len(page.blocks)))
    others = count_blocks(page, (block.position for block in page.blocks if block.position not in pictures))
    return tuple(
        position
        for position in captions
        if position in within or stands_in(page, position, columns=columns, counts=counts, others=others)
    )


def has_letters(text: str) -> bool:
    """Whether a text says something: a counter of pictures does not.

    >>> has_letters("3 / 12"), has_letters("Pier 3")
    (False, True)
    """
    return any(letter.isalpha() for letter in text)


def count_blocks(page: PageBlocks, positions: Iterable[int]) -> Counter[int]:
    """The number of these blocks below each element."""
    counts: Counter[int] = Counter()
    for position in positions:
        place = page.blocks[position].container
        while place >= 0:
            counts[place] += 1
            place = page.containers[place].parent
    return counts


def stands_in(
    page: PageBlocks, position: int, *, columns: Collection[int], counts: Counter[int], others: Counter[int]
) -> bool:
    """Whether a caption's picture stands in an element that also holds text of the article directly.

    `others` counts the blocks that are no text of a picture: around the picture there is none, as in a rail.
    """
    block = page.blocks[position]
    if link_share(block) >= MAX_PARAGRAPH_LINK_SHARE:
        return False
    picture = place = page.containers[block.container].parent
    while place not in columns:
        if place < 0 or counts[place] > MAX_PICTURE_BLOCKS or others[place] > others[picture]:
            return False
        place = page.containers[place].parent
    return True
