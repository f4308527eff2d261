"""Tables that only arrange a page, as pages of old do: what stands in their cells is text, not data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scraper.blocks.model import Container, PageBlock
from scraper.text.scripts import UNSPACED

CELLS: Final = frozenset({"td", "th"})
PROSE: Final = 120
"""Characters from which a run among others in a cell shows that the cell holds a text."""

LONE_PROSE: Final = 300
"""The same for a run that has its cell to itself."""

SIGNS_WORTH: Final = 3
"""Characters that a sign says as much as, in scripts that set no word apart."""


def free_prose(blocks: Sequence[PageBlock], containers: Sequence[Container]) -> tuple[PageBlock, ...]:
    """The same blocks; those in cells that hold a text are paragraphs, while rows of figures stay a table."""
    loose = [block for block in blocks if block.kind == "table" and block.tag != "tr"]
    if not loose:
        return tuple(blocks)
    cell_of: list[int] = []
    for place, container in enumerate(containers):  # parents come before their children
        outer = cell_of[container.parent] if container.parent >= 0 else -1
        cell_of.append(place if container.tag in CELLS else outer)
    count: dict[int, int] = {}
    longest: dict[int, int] = {}
    for block in loose:
        cell = cell_of[block.container]
        count[cell] = count.get(cell, 0) + 1
        longest[cell] = max(longest.get(cell, 0), len(block.text) * (SIGNS_WORTH if UNSPACED.search(block.text) else 1))
    prose = {cell for cell, runs in count.items() if longest[cell] >= (PROSE if runs > 1 else LONE_PROSE)}
    return tuple(
        block._replace(kind="paragraph")
        if block.kind == "table" and block.tag != "tr" and cell_of[block.container] in prose
        else block
        for block in blocks
    )
