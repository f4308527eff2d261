"""Layout tables: on old pages, cells that hold paragraphs of the article instead of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scraper.blocks.model import Container, PageBlock
from scraper.rules.thresholds import number
from scraper.text.scripts import UNSPACED

CELLS: Final = frozenset({"td", "th"})
MIN_PROSE_CHARS: Final = number("MIN_PROSE_CHARS")
MIN_LONE_PROSE_CHARS: Final = number("MIN_LONE_PROSE_CHARS")
UNSPACED_FACTOR: Final = number("UNSPACED_FACTOR")


def convert_prose_cells(blocks: Sequence[PageBlock], containers: Sequence[Container]) -> tuple[PageBlock, ...]:
    """The blocks with those in prose cells turned into paragraphs. Rows of data stay a table."""
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
        longest[cell] = max(
            longest.get(cell, 0), len(block.text) * (UNSPACED_FACTOR if UNSPACED.search(block.text) else 1)
        )
    prose = {
        cell for cell, runs in count.items() if longest[cell] >= (MIN_PROSE_CHARS if runs > 1 else MIN_LONE_PROSE_CHARS)
    }
    return tuple(
        block._replace(kind="paragraph")
        if block.kind == "table" and block.tag != "tr" and cell_of[block.container] in prose
        else block
        for block in blocks
    )
