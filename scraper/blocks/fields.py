"""The blocks of a page field by field: steps that look at one field of all blocks loop over it in C."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from scraper.blocks.model import PageBlocks, Style
from scraper.rules.model import Rule
from scraper.types import BlockKind


class BlockFields(NamedTuple):
    """The values that all blocks of a page have in each field of `PageBlock`, in page order."""

    position: tuple[int, ...]
    kind: tuple[BlockKind, ...]
    text: tuple[str, ...]
    tag: tuple[str, ...]
    container: tuple[int, ...]
    pieces: tuple[tuple[tuple[str, Style], ...], ...]
    level: tuple[int, ...]
    rule: tuple[Rule | None, ...]
    hidden: tuple[bool, ...]
    image: tuple[str, ...]
    link_chars: tuple[int, ...]
    bold_chars: tuple[int, ...]
    italic_chars: tuple[int, ...]
    unseen: tuple[bool, ...]
    marker: tuple[str, ...]


@lru_cache(maxsize=1)  # each step of one page's scoring asks for it
def fields_of(page: PageBlocks) -> BlockFields:
    """The fields of a page that has at least one block."""
    return BlockFields(*zip(*page.blocks, strict=True))
