"""Captions beside the body: which of the removed captions belong to pictures of the article, and not of a rail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import positions_of
from scraper.extraction.page_read import link_share
from scraper.rules.thresholds import share
from scraper.types import Removal

MAX_PARAGRAPH_LINK_SHARE: Final = share("MAX_PARAGRAPH_LINK_SHARE")
PICTURE_KINDS: Final = frozenset({"caption", "credit"})
"""Kinds of the texts of a picture."""
MAX_PICTURE_BLOCKS: Final = 3
"""Blocks of a picture: its caption and its credits. A row of pictures has more."""
Counts: TypeAlias = NDArray[np.float32]
"""A number for each element."""


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
    is_other = [position not in pictures for position in range(len(page.blocks))]
    counts, others = positions_of(page).sum_below(np.ones(len(page.blocks)), is_other)
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


def stands_in(page: PageBlocks, position: int, *, columns: Collection[int], counts: Counts, others: Counts) -> bool:
    """Whether a caption's picture stands in an element that also holds text of the article directly.

    `counts` are the blocks below each element, `others` those of them that are no text of a picture: around the picture there
    is none, as in a rail.
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
