"""Features of each block of a page: numbers with names, an input of the network beside the tokens.

No feature knows a site or a page. Columns are computed for all blocks of a page at once. A block's own features come
first (`text_features`, `link_features`), then those of the elements around it (`container_features`), of the page's other
texts (`context_features`) and of the block's neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from scraper.blocks.model import PageBlocks
from scraper.scoring.columns import Column, as_columns, distances, shift
from scraper.scoring.container_features import MIN_SCORED_PARAGRAPH_CHARS, container_columns, group_columns
from scraper.scoring.context import PageContext
from scraper.scoring.context_features import context_columns, repeat_columns
from scraper.scoring.link_features import link_columns, naming_columns
from scraper.scoring.text_features import text_columns
from scraper.scoring.tokens import BlockLinks, Place

NEIGHBOUR_COLUMNS: Final = ("chars", "link_share", "stated", "above_densest", "heading", "full_stop")
"""Columns of which the neighbours' values are features too."""
NEAR_COLUMNS: Final = NEIGHBOUR_COLUMNS[4:]
"""Neighbour columns of which only the next block on each side counts; of the others, the next two."""
MAX_SCORED_LINK_SHARE: Final = 0.4
"""Link share from which a long block is no running text."""


def compute_features(
    page: PageBlocks, context: PageContext, links: Sequence[BlockLinks | None], place: Place
) -> dict[str, Column]:
    """All columns by name, in a fixed order. The page must have at least one block; `links` has those of each block."""
    own = text_columns(page.blocks)
    linked = link_columns(page.blocks, links, place)
    named = naming_columns(page.blocks, host=place.host, site=context.site)
    around = container_columns(page)
    agreement = context_columns(page.blocks, context)
    columns = as_columns({**own, **linked, **named, **around, **agreement, **repeat_columns(page.blocks)})
    columns |= group_columns(page, columns)
    return columns | neighbour_columns(columns)


def neighbour_columns(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Features of the blocks right before and after each block, and the distance to the next running text."""
    own = np.stack([columns[name] for name in NEIGHBOUR_COLUMNS])
    shifted = {step: shift(own, step) for step in (-2, -1, 1, 2)}
    out = {
        f"{name}{step:+d}": rows[place]
        for place, name in enumerate(NEIGHBOUR_COLUMNS)
        for step, rows in shifted.items()
        if abs(step) == 1 or name not in NEAR_COLUMNS
    }
    long = columns["chars"] >= MIN_SCORED_PARAGRAPH_CHARS
    running = long & (columns["link_share"] < MAX_SCORED_LINK_SHARE) & (columns["full_stop"] > 0)
    out["running_before"], out["running_after"] = distances(running)
    return out
