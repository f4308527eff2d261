"""A page's blocks and containers as columns: a step that asks all blocks the same question reads one tuple, and no attribute of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from scraper.blocks.model import Container, PageBlock, PageBlocks, Style
from scraper.rules.model import Rule
from scraper.types import BlockKind

T = TypeVar("T")


def kept_with_page(read: Callable[[PageBlocks], T]) -> Callable[[PageBlocks], T]:
    """The function with a cache, since each step of a page's scoring and judgement asks again.

    A result goes with its page: a cache that keeps the last page alive would leave its thousands of values to the garbage
    collector.
    """
    known: WeakKeyDictionary[PageBlocks, T] = WeakKeyDictionary()

    def kept(page: PageBlocks) -> T:
        found = known.get(page)
        if found is None:
            found = known[page] = read(page)
        return found

    return kept


class BlockColumns(NamedTuple):
    """The values of a page's blocks, by position: those of each field of `PageBlock`, and what follows from them.

    `chars` is the length of each text, `link_share` the share of it that is link text, 0 to 1. `box` is the number of the
    element around the block's own; -1: none.
    """

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
    chars: list[int]
    link_share: list[float]
    box: list[int]


class ContainerColumns(NamedTuple):
    """Values of a page's containers, by their numbers."""

    tags: tuple[str, ...]
    names: tuple[str, ...]
    parents: tuple[int, ...]


@kept_with_page
def columns_of(page: PageBlocks) -> BlockColumns:
    """The columns of a page's blocks."""
    own = transposed(PageBlock._fields, page.blocks)
    chars = list(map(len, own["text"]))
    shares = [linked / size if linked < size else 1.0 for linked, size in zip(own["link_chars"], chars, strict=True)]
    parents = container_columns_of(page).parents
    return BlockColumns(**own, chars=chars, link_share=shares, box=[parents[place] for place in own["container"]])


@kept_with_page
def container_columns_of(page: PageBlocks) -> ContainerColumns:
    """The columns of a page's containers."""
    own = transposed(Container._fields, page.containers)
    return ContainerColumns(own["tag"], own["names"], own["parent"])


def transposed(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """The columns of rows, by name. One `zip` takes as long as reading two attributes of every row."""
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
