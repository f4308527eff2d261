"""A page's blocks and containers as columns: a step that asks all blocks the same question reads one tuple, and no attribute of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from scraper.blocks.model import Container, PageBlock, PageBlocks
from scraper.rules.model import Rule
from scraper.types import BlockKind


class BlockColumns(NamedTuple):
    """Values of a page's blocks, by position.

    `chars` is the length of each text, `link_shares` the share of it that is link text, 0 to 1. `containers` and `boxes`
    number the element of each block and the one around it; -1: none.
    """

    kinds: tuple[BlockKind, ...]
    texts: tuple[str, ...]
    chars: list[int]
    link_chars: tuple[int, ...]
    link_shares: list[float]
    containers: tuple[int, ...]
    boxes: list[int]
    rules: tuple[Rule | None, ...]
    unseen: tuple[bool, ...]


class ContainerColumns(NamedTuple):
    """Values of a page's containers, by their numbers."""

    tags: tuple[str, ...]
    names: tuple[str, ...]
    parents: tuple[int, ...]


@lru_cache(maxsize=1)  # each step of one page's judgement asks for it
def columns_of(page: PageBlocks) -> BlockColumns:
    """The columns of a page's blocks."""
    own = transposed(PageBlock._fields, page.blocks)
    chars = list(map(len, own["text"]))
    parents = container_columns_of(page).parents
    return BlockColumns(
        kinds=own["kind"],
        texts=own["text"],
        chars=chars,
        link_chars=own["link_chars"],
        link_shares=[
            linked / size if linked < size else 1.0 for linked, size in zip(own["link_chars"], chars, strict=True)
        ],
        containers=own["container"],
        boxes=[parents[place] for place in own["container"]],
        rules=own["rule"],
        unseen=own["unseen"],
    )


@lru_cache(maxsize=1)
def container_columns_of(page: PageBlocks) -> ContainerColumns:
    """The columns of a page's containers."""
    own = transposed(Container._fields, page.containers)
    return ContainerColumns(own["tag"], own["names"], own["parent"])


def transposed(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """The columns of rows, by name. One `zip` takes as long as reading two attributes of every row."""
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
