"""Features of the elements around a block: their tags, how much text they hold, blocks of the same shape.

The densest element is the one whose direct blocks hold most running text: usually the article.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import columns_of, container_columns_of
from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import Positions
from scraper.scoring.columns import Column, Rows

MIN_SCORED_PARAGRAPH_CHARS: Final = 120
"""Blocks of this length count as running text."""
ANCESTORS: Final = (
    "article", "main", "aside", "header", "footer", "figure", "section", "blockquote", "table", "ul", "ol", "li", "a", "p",
)  # fmt: skip
ANCESTOR_BIT: Final = {tag: 1 << place for place, tag in enumerate(ANCESTORS)}
ANCESTOR_BITS: Final = np.array([[bit] for bit in ANCESTOR_BIT.values()])
CONTAINER_COLUMNS: Final = (*(f"in_{tag}" for tag in ANCESTORS), "depth")
GROUP_COLUMNS: Final = (
    *(f"{around}_{what}" for around in ("parent", "grand") for what in ("plain", "links", "blocks", "mean")),
    *("own_blocks", "with_densest", "under_densest", "above_densest", "densest_share"),
    *("make_count", "make_plain", "make_mean", "make_stops"),
)
"""Features of all blocks of the same shape are named `make_…` by the model."""


def container_columns(page: PageBlocks) -> Rows:
    """`CONTAINER_COLUMNS`: tags and depth of the elements around each block."""
    tags, _, parents = container_columns_of(page)
    places = columns_of(page).container
    bits = [0] * len(parents)
    for place, (own, parent) in enumerate(zip(map(ANCESTOR_BIT.get, tags), parents, strict=True)):  # outer ones first
        bits[place] = bits[parent] | own if own else bits[parent]
    within = np.array([bits[place] for place in places]) & ANCESTOR_BITS > 0
    return (*within, [page.containers[place].depth for place in places])


def group_columns(at: Positions, chars: Column, link_share: Column, full_stop: Column) -> Rows:
    """`GROUP_COLUMNS`: features of the elements around each block, and of blocks of the same shape.

    None tells a block's place or the size of the page: pages that the network learned from are shorter than some.
    """
    plain = chars * (1 - link_share)
    around = enclosing_columns(at, plain, chars)
    running = plain * (chars >= MIN_SCORED_PARAGRAPH_CHARS)
    return (*around, *densest_columns(at, running, full_stop), *shape_columns(at.shape, plain, full_stop))


def enclosing_columns(at: Positions, plain: Column, chars: Column) -> Rows:
    """Text and blocks in the elements around each block. `plain` is text outside links."""
    below = at.sum_below(plain, chars, np.ones_like(plain))
    total = float(plain.sum()) or 1.0
    rows: list[Column] = []
    for around in (at.parent, at.grandparent):
        all_plain, all_chars, blocks = below.take(around, axis=1)
        shares = all_plain / total, 1 - all_plain / np.maximum(all_chars, 1), blocks, all_plain / np.maximum(blocks, 1)
        rows += shares
    return (*rows, below[2].take(at.container))


def densest_columns(at: Positions, running: Column, full_stop: Column) -> Rows:
    """Where each block lies among the elements, seen from the densest one. `running` is text of long blocks."""
    densest = densest_parent(at.parent, running * (full_stop + 0.3))
    inside = at.parent == densest
    levels = at.levels_above(densest)
    share = float(running[inside].sum()) / max(float(running.sum()), 1.0)
    return (inside, (levels == 0) & (densest >= 0), levels, share)


def densest_parent(parents: NDArray[np.int64], weight: Column) -> int:
    """The element whose direct blocks weigh most; -1 if no block weighs anything."""
    if not weight.any():
        return -1
    return int(np.bincount(parents, weight).argmax())


def shape_columns(shape: NDArray[np.int64], plain: Column, full_stop: Column) -> Rows:
    """Features of all blocks of the same shape (see `Positions`)."""
    count = np.bincount(shape).take(shape)
    chars = np.bincount(shape, plain).take(shape)
    stops = np.bincount(shape, full_stop).take(shape)
    total = max(float(plain.sum()), 1.0)
    return (count, chars / total, chars / count, stops / count)
