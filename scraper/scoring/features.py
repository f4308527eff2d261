"""Features of each block of a page: numbers with names, an input of the network beside the tokens.

No feature knows a site or a page. Columns are computed for all blocks of a page at once. A block's own features come
first (`text_features`, `link_features`), then those of the elements around it (`container_features`), of the page's other
texts (`context_features`) and of the block's neighbours.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scraper.blocks.columns import columns_of
from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import positions_of
from scraper.scoring.columns import Columns, Rows, distances, fill, shift
from scraper.scoring.container_features import (
    CONTAINER_COLUMNS,
    GROUP_COLUMNS,
    MIN_SCORED_PARAGRAPH_CHARS,
    container_columns,
    group_columns,
)
from scraper.scoring.context import PageContext
from scraper.scoring.context_features import CONTEXT_COLUMNS, REPEAT_COLUMNS, context_columns, repeat_columns
from scraper.scoring.link_features import LINK_COLUMNS, NAMING_COLUMNS, PageLinks, link_columns, naming_columns
from scraper.scoring.text_features import (
    KIND_COLUMNS,
    MARK_COLUMNS,
    TAG_COLUMNS,
    TEXT_COLUMNS,
    mark_columns,
    text_columns,
)
from scraper.scoring.tokens import Place
from scraper.text.words import fold

FAR_COLUMNS: Final = ("chars", "link_share", "stated", "above_densest")
"""Columns of which the values of the next two blocks on each side are features too."""
NEAR_COLUMNS: Final = ("heading", "full_stop")
"""Columns of which the value of the next block on each side is one."""
OWN_COLUMNS: Final = (
    *TEXT_COLUMNS, *MARK_COLUMNS, *TAG_COLUMNS, *KIND_COLUMNS, *LINK_COLUMNS, *NAMING_COLUMNS, *CONTAINER_COLUMNS,
    *CONTEXT_COLUMNS, *REPEAT_COLUMNS, *GROUP_COLUMNS,
)  # fmt: skip
NEIGHBOUR_COLUMNS: Final = (
    *(f"{name}{step:+d}" for name in FAR_COLUMNS for step in (-2, -1, 1, 2)),
    *(f"{name}{step:+d}" for name in NEAR_COLUMNS for step in (-1, 1)),
    *("running_before", "running_after"),
)
COLUMNS: Final = (*OWN_COLUMNS, *NEIGHBOUR_COLUMNS)
"""The names of all columns, in order."""
ROW: Final = {name: row for row, name in enumerate(COLUMNS)}
MAX_SCORED_LINK_SHARE: Final = 0.4
"""Link share from which a long block is no running text."""


def compute_features(page: PageBlocks, context: PageContext, links: PageLinks, place: Place) -> Columns:
    """`COLUMNS` of a page that has at least one block."""
    fields, at = columns_of(page), positions_of(page)
    words = list(map(fold, fields.text))
    sizes = np.array(fields.chars)
    out = np.empty((len(COLUMNS), len(words)), dtype=np.float32)
    first = (
        *text_columns(fields.text, sizes, words),
        *mark_columns(fields, sizes),
        *link_columns(links, sizes, place),
        *naming_columns(words, sizes, host=place.host, site=context.site),
        *container_columns(page),
        *context_columns(words, context),
        *repeat_columns(words),
    )
    fill(out, first)
    chars, link_share, full_stop = (out[ROW[name]] for name in ("chars", "link_share", "full_stop"))
    fill(out[len(first) :], group_columns(at, chars, link_share, full_stop))
    fill(out[len(OWN_COLUMNS) :], neighbour_columns(out))
    return out


def neighbour_columns(own: Columns) -> Rows:
    """`NEIGHBOUR_COLUMNS`: features of the blocks right before and after each block, and the distance to the next running
    text. `own` begins with `OWN_COLUMNS`.
    """
    far, near = own[[ROW[name] for name in FAR_COLUMNS]], own[[ROW[name] for name in NEAR_COLUMNS]]
    chars, link_share, full_stop = (own[ROW[name]] for name in ("chars", "link_share", "full_stop"))
    running = (chars >= MIN_SCORED_PARAGRAPH_CHARS) & (link_share < MAX_SCORED_LINK_SHARE) & (full_stop > 0)
    return (*shift(far, (-2, -1, 1, 2)), *shift(near, (-1, 1)), *distances(running))
