"""Teaser cards: a headline that links to another page of the site and a sentence about it, one card after the other.

Their sentences read like an article's, so it takes the company they keep to know them: elements of the same sort in
one element, each with a headline that is no body text, after the article.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.positions import Places, places_of
from scraper.scoring.features import Column

Blocks: TypeAlias = NDArray[np.intp]
"""Blocks of a page by position, in order."""

MIN_CARDS: Final = 3
"""Cards that make a row of them."""
MAX_BLOCKS_IN_CARD: Final = 6
LARGEST: Final = 400
MAX_HEADLINES: Final = 2
"""Blocks, characters and headlines up to which an element is a card. A second one may name the section."""
HEADLINE: Final = 8
"""Characters from which a link can be a headline."""
STAMP: Final = re.compile(r"\d")
MAX_STAMP_CHARS: Final = 40
"""Characters up to which what stands beside a headline may say when it is from."""
BODY_BEFORE: Final = 200
"""Characters of body that must stand before cards: without any, they may be what the page is about."""
UNSTAMPED: Final = 2.0
"""How much more that must be than the text of cards that tell no time: a guide's entries are cards as well."""
BODY_AFTER: Final = 150
"""Characters of body from which what stands after cards shows them to be within the article."""
FLOOR: Final = 0.5
MOSTLY: Final = 0.5
"""Share of a block's characters that are link text from which it may be a headline, with or without a time."""


def find_teasers(page: PageBlocks, scores: Sequence[float], *, host: str) -> frozenset[int]:
    """Positions of the blocks that look like body text and stand in teaser cards after the article.

    `scores` has one a block, `host` is the site's own.
    """
    chars = np.array([len(block.text) for block in page.blocks], dtype=np.float32)
    links = np.array([block.link_chars for block in page.blocks], dtype=np.float32)
    likely = np.array(scores) >= FLOOR
    body = likely & (links < MOSTLY * chars)
    lines = ~likely & (links >= HEADLINE) & (links >= MOSTLY * chars) & (links >= chars - MAX_STAMP_CHARS)
    if not body.any() or np.count_nonzero(lines) < MIN_CARDS:
        return frozenset()
    rows = [row for row in card_rows(page, chars, lines, body) if tell_apart(page, row[lines[row]], host)]
    return after_article(page, rows, body) if rows else frozenset()


def card_rows(page: PageBlocks, chars: Column, lines: NDArray[np.bool_], body: NDArray[np.bool_]) -> list[Blocks]:
    """The rows of cards in which something looks like body text.

    They are elements of one tag in the same element that each hold a line that is nearly all link.
    """
    places = places_of(page)
    headed = places.sums(lines.astype(np.float32))
    card = (headed > 0) & (headed <= MAX_HEADLINES)
    card &= (places.sums(np.ones_like(chars)) <= MAX_BLOCKS_IN_CARD) & (places.sums(chars) <= LARGEST)
    filled = places.sums(body.astype(np.float32)) > 0
    around = places.up[np.flatnonzero(card & filled)]
    rows: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place in np.flatnonzero(card & ~card[places.up] & np.isin(places.up, around)).tolist():
        rows[int(places.up[place]), page.containers[place].tag].append(place)
    return [blocks_in(places, row) for row in rows.values() if len(row) >= MIN_CARDS and filled[row].any()]


def blocks_in(places: Places, elements: Sequence[int]) -> Blocks:
    """The blocks that stand in elements none of which is within another; a page may have thousands of them."""
    edges = np.zeros(len(places.up) + 1, dtype=np.int8)
    edges[elements] += 1
    edges[places.last[elements] + 1] -= 1
    return np.flatnonzero(np.cumsum(edges)[places.own])


def tell_apart(page: PageBlocks, lines: Blocks, host: str) -> bool:
    """Whether these are headlines of other pages, and not the same "View more" below one entry after the other."""
    blocks = (page.blocks[place] for place in lines)
    return len({block.text for block in blocks if leads_within(block, host)}) >= MIN_CARDS


def after_article(page: PageBlocks, rows: Sequence[Blocks], body: NDArray[np.bool_]) -> frozenset[int]:
    """What looks like body text in the rows that stand after enough of it."""
    size = np.array([len(block.text) for block in page.blocks])
    chars = np.where(body, size, 0)
    chars[np.concatenate(rows)] = 0
    article = np.cumsum(chars)
    found: set[int] = set()
    for row in rows:
        before, after = article[row[0]], article[-1] - article[row[-1]]
        stamped = sum(is_stamped(page.blocks[place]) for place in row) >= MIN_CARDS
        own = row[body[row]]
        if before >= max(BODY_BEFORE, 0 if stamped else UNSTAMPED * size[own].sum()) and after < BODY_AFTER:
            found.update(own.tolist())
    return frozenset(found)


def leads_within(block: PageBlock, host: str) -> bool:
    """Whether a block's first link leads to another page of the site."""
    address = next((style.href for _, style in block.pieces if style.href), "")
    return bool(address) and not address.startswith("#") and ("//" not in address or urlsplit(address).netloc == host)


def is_stamped(block: PageBlock) -> bool:
    """Whether a block says in a few words, beside a link or alone, when something is from."""
    beside = "".join(text for text, style in block.pieces if not style.href) if block.link_chars else block.text
    return len(beside) <= MAX_STAMP_CHARS and bool(STAMP.search(beside))
