"""Features of the elements around a block: their tags and names, how much text they hold, blocks of the same shape.

The densest element is the one whose direct blocks hold most running text: usually the article.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import Positions, positions_of
from scraper.scoring.columns import Column, as_columns
from scraper.scoring.inputs import WordOdds
from scraper.scoring.text_features import cached_readers

MIN_SCORED_PARAGRAPH_CHARS: Final = 120
"""Blocks of this length count as running text."""
MAX_PLAIN_CHARS: Final = 30_000
"""Largest value of the page's plain text: too few pages are longer to learn from them."""
NO_TITLE: Final = -1000.0
"""Distance to the title on a page that shows none."""
ANCESTORS: Final = (
    "article", "main", "aside", "header", "footer", "figure", "section", "blockquote", "table", "ul", "ol", "li", "a", "p",
)  # fmt: skip


def container_columns(page: PageBlocks, odds: WordOdds) -> dict[str, Any]:
    """Tags, names and depth of the elements around each block."""
    bits = {tag: 1 << place for place, tag in enumerate(ANCESTORS)}
    _, read_names = cached_readers(odds)
    flags: list[int] = []
    names: list[float] = []
    lowest: list[float] = []  # of the element and those around it
    highest: list[float] = []
    total: list[float] = []
    for container in page.containers:
        outer = container.parent
        own = read_names(container.names) if container.names else 0.0
        low, high, so_far, inside = (
            (lowest[outer], highest[outer], total[outer], flags[outer]) if outer >= 0 else (0.0, 0.0, 0.0, 0)
        )
        names.append(own)
        lowest.append(min(low, own))
        highest.append(max(high, own))
        total.append(so_far + own)
        flags.append(inside | bits.get(container.tag, 0))
    at = positions_of(page)
    mask = np.array(flags)[at.container]
    columns: dict[str, Any] = {f"in_{tag}": (mask & bit) > 0 for tag, bit in bits.items()}
    own_odds = np.array(names, dtype=np.float32)
    columns["name_own"] = own_odds[at.container]
    columns["name_parent"] = own_odds[at.parent]
    columns["name_grand"] = own_odds[at.grandparent]
    columns["depth"] = np.array([page.containers[block.container].depth for block in page.blocks], dtype=np.float32)
    around = {"name_min": lowest, "name_max": highest, "name_sum": total}
    return columns | {name: np.array(values, dtype=np.float32)[at.container] for name, values in around.items()}


def group_columns(page: PageBlocks, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Features of the page, of the elements around each block, and of blocks of the same shape."""
    count = len(page.blocks)
    plain = columns["chars"] * (1 - columns["link_share"])
    at = positions_of(page)
    total = float(plain.sum()) or 1.0
    place = np.arange(count, dtype=np.float32)
    title = np.flatnonzero(columns["is_title"] * columns["heading"])
    page_wide = {
        "page_blocks": np.full(count, count),
        "page_plain": np.full(count, min(total, MAX_PLAIN_CHARS)),
        "place": place / max(count, 1),
        "char_place": np.cumsum(plain) / total,
        "after_title": place - float(title[0]) if len(title) else np.full(count, NO_TITLE),
    }
    around = enclosing_columns(at, plain, columns["chars"], total)
    densest = densest_columns(at, columns, plain)
    return as_columns(page_wide | around | densest) | shape_columns(at.shape, columns, plain)


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
    """Position of each block relative to the densest element."""
    count = len(plain)
    running = plain * (columns["chars"] >= MIN_SCORED_PARAGRAPH_CHARS)
    densest = densest_parent(at.parent, running * (columns["full_stop"] + 0.3))
    inside = np.flatnonzero(at.parent == densest)
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, -1)
    place = np.arange(count, dtype=np.float32)
    levels = at.levels_above(densest)
    return {
        "with_densest": at.parent == densest,
        "under_densest": (levels == 0) & (densest >= 0),
        "before_densest": np.maximum(first - place, 0),
        "after_densest": np.maximum(place - last, 0),
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
