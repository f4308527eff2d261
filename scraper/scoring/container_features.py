"""Features of the elements around a block: their tags, how much text they hold, blocks of the same shape.

The densest element is the one whose direct blocks hold most running text: usually the article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import Container, PageBlocks
from scraper.blocks.positions import Positions, positions_of
from scraper.scoring.columns import Column, as_columns

MIN_SCORED_PARAGRAPH_CHARS: Final = 120
"""Blocks of this length count as running text."""
ANCESTORS: Final = (
    "article", "main", "aside", "header", "footer", "figure", "section", "blockquote", "table", "ul", "ol", "li", "a", "p",
)  # fmt: skip
ANCESTOR_BIT: Final = {tag: 1 << place for place, tag in enumerate(ANCESTORS)}
ANCESTOR_BITS: Final = np.array([[bit] for bit in ANCESTOR_BIT.values()])
ANCESTOR_COLUMNS: Final = tuple(f"in_{tag}" for tag in ANCESTORS)


def container_columns(page: PageBlocks) -> dict[str, Column]:
    """Tags and depth of the elements around each block."""
    flags: dict[int, int] = {-1: 0}
    for block in page.blocks:
        if block.container not in flags:
            find_flags(page.containers, block.container, flags)
    mask = np.array([flags[block.container] for block in page.blocks])
    within = ((mask & ANCESTOR_BITS) > 0).astype(np.float32)
    depths = [page.containers[block.container].depth for block in page.blocks]
    return dict(zip(ANCESTOR_COLUMNS, within, strict=True)) | {"depth": np.array(depths, dtype=np.float32)}


def find_flags(containers: Sequence[Container], place: int, known: dict[int, int]) -> None:
    """Add to `known` the bits of the tags of an element and of all around it; and those of the elements passed."""
    passed = []
    while place not in known:
        passed.append(place)
        place = containers[place].parent
    for inner in reversed(passed):
        known[inner] = known[containers[inner].parent] | ANCESTOR_BIT.get(containers[inner].tag, 0)


def group_columns(page: PageBlocks, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Features of the elements around each block, and of blocks of the same shape.

    None tells a block's place or the size of the page: pages that the network learned from are shorter than some.
    """
    plain = columns["chars"] * (1 - columns["link_share"])
    at = positions_of(page)
    total = float(plain.sum()) or 1.0
    around = enclosing_columns(at, plain, columns["chars"], total)
    return as_columns(around | densest_columns(at, columns, plain)) | shape_columns(at.shape, columns, plain)


def enclosing_columns(at: Positions, plain: Column, chars: Column, total: float) -> dict[str, Any]:
    """Text and blocks in the elements around each block. `plain` is text outside links, `total` that of the page."""
    below_plain, below_chars, below_blocks = at.sum_below(plain), at.sum_below(chars), at.sum_below(np.ones_like(plain))
    out: dict[str, Any] = {}
    for name, where in (("parent", at.parent), ("grand", at.grandparent)):
        out[f"{name}_plain"] = below_plain[where] / total
        out[f"{name}_links"] = 1 - below_plain[where] / np.maximum(below_chars[where], 1)
        out[f"{name}_blocks"] = below_blocks[where]
        out[f"{name}_mean"] = below_plain[where] / np.maximum(below_blocks[where], 1)
    return out | {"own_blocks": below_blocks[at.container]}


def densest_columns(at: Positions, columns: Mapping[str, Column], plain: Column) -> dict[str, Any]:
    """Where each block lies among the elements, seen from the densest one."""
    count = len(plain)
    running = plain * (columns["chars"] >= MIN_SCORED_PARAGRAPH_CHARS)
    densest = densest_parent(at.parent, running * (columns["full_stop"] + 0.3))
    inside = np.flatnonzero(at.parent == densest)
    levels = at.levels_above(densest)
    return {
        "with_densest": at.parent == densest,
        "under_densest": (levels == 0) & (densest >= 0),
        "above_densest": levels,
        "densest_share": np.full(count, float(running[inside].sum()) / max(float(running.sum()), 1.0)),
    }


def densest_parent(parents: NDArray[np.int64], weight: Column) -> int:
    """The element whose direct blocks weigh most; -1 if no block weighs anything."""
    if not weight.any():
        return -1
    return int(np.bincount(parents, weights=weight).argmax())


def shape_columns(shape: NDArray[np.int64], columns: Mapping[str, Column], plain: Column) -> dict[str, Column]:
    """Features of all blocks of the same shape (see `Positions`). The model names them `make_…`."""
    count = np.bincount(shape)
    chars = np.bincount(shape, weights=plain)
    stops = np.bincount(shape, weights=columns["full_stop"])
    total = max(float(plain.sum()), 1.0)
    return as_columns(
        {
            "make_count": count[shape],
            "make_plain": chars[shape] / total,
            "make_mean": chars[shape] / count[shape],
            "make_stops": stops[shape] / count[shape],
        }
    )
