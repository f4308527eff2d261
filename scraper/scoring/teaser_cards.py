"""Teaser cards: headlines that link to other pages of the site, each with a sentence about its article.

The sentences read like an article's, so the scorer keeps them. Cards are recognised by their group: elements of the same
tag in one element, each with a linked headline that does not look like body text, after the article.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import columns_of
from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.positions import Positions, positions_of
from scraper.rules.thresholds import number, share
from scraper.scoring.columns import Column
from scraper.text.patterns import lazy_pattern
from scraper.urls.links import leads_within

Blocks: TypeAlias = NDArray[np.intp]
"""Blocks of a page by position, in order."""

MIN_CARDS: Final = number("MIN_CARDS")
MAX_CARD_BLOCKS: Final = number("MAX_CARD_BLOCKS")
MAX_CARD_CHARS: Final = number("MAX_CARD_CHARS")
MAX_CARD_HEADLINES: Final = number("MAX_CARD_HEADLINES")
MIN_CARD_HEADLINE_CHARS: Final = number("MIN_CARD_HEADLINE_CHARS")
MAX_CARD_DATE_CHARS: Final = number("MAX_CARD_DATE_CHARS")
MIN_CHARS_BEFORE_CARDS: Final = number("MIN_CHARS_BEFORE_CARDS")
UNDATED_CARDS_FACTOR: Final = share("UNDATED_CARDS_FACTOR")
MIN_CHARS_AFTER_CARDS: Final = number("MIN_CHARS_AFTER_CARDS")
MIN_BODY_SCORE: Final = share("MIN_BODY_SCORE")
MIN_CARD_LINK_SHARE: Final = share("MIN_CARD_LINK_SHARE")
DIGIT: Final = lazy_pattern(r"\d")


def find_teasers(page: PageBlocks, scores: NDArray[np.float64], *, host: str) -> frozenset[int]:
    """Positions of blocks that look like body text but are in teaser cards after the article.

    `scores` has one score for each block; `host` is the page's own.
    """
    chars = np.array(columns_of(page).chars, dtype=np.float32)
    links = np.array(columns_of(page).link_chars, dtype=np.float32)
    likely = scores >= MIN_BODY_SCORE
    body = likely & (links < MIN_CARD_LINK_SHARE * chars)
    linked = (
        (links >= MIN_CARD_HEADLINE_CHARS)
        & (links >= MIN_CARD_LINK_SHARE * chars)
        & (links >= chars - MAX_CARD_DATE_CHARS)
    )
    headlines = ~likely & linked
    if not body.any() or np.count_nonzero(headlines) < MIN_CARDS:
        return frozenset()
    rows = card_rows(page, chars, headlines, body)
    rows = [row for row in rows if lead_to_pages(page, row[headlines[row]], host)]
    return after_article(page, rows, body) if rows else frozenset()


def card_rows(page: PageBlocks, chars: Column, headlines: NDArray[np.bool_], body: NDArray[np.bool_]) -> list[Blocks]:
    """Rows of cards in which at least one block looks like body text.

    The cards of a row have the same tag and the same parent, and each holds a headline.
    """
    at = positions_of(page)
    headed, blocks, size, filling = at.sum_below(headlines, np.ones_like(chars), chars, body)
    card = (headed > 0) & (headed <= MAX_CARD_HEADLINES) & (blocks <= MAX_CARD_BLOCKS) & (size <= MAX_CARD_CHARS)
    filled = filling > 0
    around = at.outer[card & filled]
    if not len(around):
        return []
    rows: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place in np.flatnonzero(card & ~card[at.outer] & np.isin(at.outer, around)).tolist():
        rows[int(at.outer[place]), page.containers[place].tag].append(place)
    return [blocks_in(at, row) for row in rows.values() if len(row) >= MIN_CARDS and filled[row].any()]


def blocks_in(at: Positions, elements: Sequence[int]) -> Blocks:
    """Blocks inside elements of which none is inside another. Fast for thousands of elements."""
    edges = np.zeros(len(at.outer) + 1, dtype=np.int8)
    edges[elements] += 1
    edges[at.last[elements] + 1] -= 1
    return np.flatnonzero(np.cumsum(edges)[at.container])


def lead_to_pages(page: PageBlocks, headlines: Blocks, host: str) -> bool:
    """Whether headlines lead to different pages of the site. A repeated "View more" below each entry does not."""
    blocks = (page.blocks[place] for place in headlines)
    return len({block.text for block in blocks if leads_within(first_link(block), host)}) >= MIN_CARDS


def after_article(page: PageBlocks, rows: Sequence[Blocks], body: NDArray[np.bool_]) -> frozenset[int]:
    """Blocks that look like body text in the rows of cards after the article."""
    size = np.array(columns_of(page).chars)
    chars = np.where(body, size, 0)
    chars[np.concatenate(rows)] = 0
    article = np.cumsum(chars)
    found: set[int] = set()
    for row in rows:
        before, after = article[row[0]], article[-1] - article[row[-1]]
        dated = sum(is_dated(page.blocks[place]) for place in row) >= MIN_CARDS
        own = row[body[row]]
        needed = max(MIN_CHARS_BEFORE_CARDS, 0 if dated else UNDATED_CARDS_FACTOR * size[own].sum())
        if before >= needed and after < MIN_CHARS_AFTER_CARDS:
            found.update(own.tolist())
    return frozenset(found)


def first_link(block: PageBlock) -> str:
    """The address of a block's first link; empty if there is none."""
    return next((style.href for _, style in block.pieces if style.href), "")


def is_dated(block: PageBlock) -> bool:
    """Whether a block has a short text with a digit, next to a link or alone: probably a date."""
    beside = "".join(text for text, style in block.pieces if not style.href) if block.link_chars else block.text
    return len(beside) <= MAX_CARD_DATE_CHARS and bool(DIGIT.search(beside))
