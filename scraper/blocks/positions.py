"""Positions of a page's blocks among its elements, as arrays: all blocks below an element are one run of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scraper.blocks.columns import ContainerColumns, columns_of, container_columns_of, kept_with_page
from scraper.blocks.model import PageBlocks


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of a page's blocks and containers.

    For each block: the number of its `container`, of the container's `parent` and `grandparent`, and its `shape`: the first
    block whose element, and the parent of this, have the same tags and names.
    For each container: the number of the one around it (`outer`), and of the `last` one inside it. Containers are
    numbered in document order.
    """

    container: NDArray[np.int64]
    parent: NDArray[np.int64]
    grandparent: NDArray[np.int64]
    shape: NDArray[np.int64]
    outer: NDArray[np.int64]
    last: NDArray[np.int64]

    def sum_below(self, *columns: ArrayLike) -> NDArray[np.float32]:
        """For each column a row that has for each container the sum over all blocks below it."""
        size = len(self.outer)
        so_far = np.zeros((len(columns), size + 1))
        for row, column in zip(so_far, columns, strict=True):
            np.cumsum(np.bincount(self.container, column, size), out=row[1:])
        return (so_far.take(self.last + 1, axis=1) - so_far[:, :-1]).astype(np.float32)

    def levels_above(self, root: int) -> NDArray[np.int64]:
        """For each block the levels to climb from container `root` to one that holds the block; all 0 for root -1."""
        if root < 0:
            return np.zeros_like(self.container)
        chain = [root]
        while chain[-1] > 0:
            chain.append(int(self.outer[chain[-1]]))
        size = len(self.outer) + 1
        holding = np.cumsum(np.bincount(chain, minlength=size) - np.bincount(self.last[chain] + 1, minlength=size))
        return len(chain) - holding.take(self.container)


@kept_with_page
def positions_of(page: PageBlocks) -> Positions:
    """The positions of the blocks of a page that has at least one."""
    places, containers = columns_of(page).container, container_columns_of(page)
    container = np.array(places, dtype=np.int64)
    outer = np.maximum(np.array(containers.parents, dtype=np.int64), 0)
    parent = outer[container]
    return Positions(
        container=container,
        parent=parent,
        grandparent=outer[parent],
        shape=np.array(shapes(containers, places), dtype=np.int64),
        outer=outer,
        last=np.array(last_inside(containers.parents), dtype=np.int64),
    )


def shapes(containers: ContainerColumns, places: Sequence[int]) -> list[int]:
    """The shape of each block (see `Positions`). `places` are the numbers of their containers."""
    tags, names, parents = containers
    first: dict[tuple[str, str, str, str], int] = {}
    known: dict[int, int] = {}
    for block, place in enumerate(places):
        if place not in known:
            outer = max(parents[place], 0)
            known[place] = first.setdefault((tags[place], names[place], tags[outer], names[outer]), block)
    return [known[place] for place in places]


def last_inside(parents: Sequence[int]) -> list[int]:
    """For each container the last one inside it, or its own number."""
    last = list(range(len(parents)))
    for place in range(len(parents) - 1, 0, -1):
        end, outer = last[place], parents[place]
        if end > last[outer]:
            last[outer] = end
    return last
