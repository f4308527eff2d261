"""Positions of a page's blocks among its elements, as arrays: all blocks below an element are one run of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of a page's blocks and containers.

    For each block: the number of its `container`, of the container's `parent` and `grandparent`, and of its `shape`.
    Blocks have the same shape if their elements, and the parents of these, have the same tags and names.
    For each container: the number of the one around it (`outer`), and of the `last` one inside it. Containers are
    numbered in document order.
    """

    container: NDArray[np.int64]
    parent: NDArray[np.int64]
    grandparent: NDArray[np.int64]
    shape: NDArray[np.int64]
    outer: NDArray[np.int64]
    last: NDArray[np.int64]

    def sum_below(self, column: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each container the sum of a column over all blocks below it."""
        so_far = np.concatenate(
            [[0.0], np.cumsum(np.bincount(self.container, weights=column, minlength=len(self.outer)))]
        )
        return np.asarray(so_far[self.last + 1] - so_far[:-1], dtype=np.float32)

    def levels_above(self, root: int) -> NDArray[np.int64]:
        """For each block the levels to climb from container `root` to one that holds the block; all 0 for root -1."""
        chain = [root] if root >= 0 else []
        while chain and chain[-1] > 0:
            chain.append(int(self.outer[chain[-1]]))
        outside = (self.container[:, None] < chain) | (self.container[:, None] > self.last[chain])
        return np.asarray(outside.sum(axis=1))


_FOUND: Final[WeakKeyDictionary[PageBlocks, Positions]] = WeakKeyDictionary()
"""Positions by page, since each step of a page's scoring asks for them. A cache that keeps the last page alive would leave
its thousands of values to the garbage collector."""


def positions_of(page: PageBlocks) -> Positions:
    """The positions of a page's blocks."""
    found = _FOUND.get(page)
    if found is None:
        found = _FOUND[page] = read_positions(page)
    return found


def read_positions(page: PageBlocks) -> Positions:
    """`positions_of`, without the cache."""
    parents = [container.parent for container in page.containers]
    last = list(range(len(parents)))
    for place in range(len(parents) - 1, 0, -1):
        if last[place] > last[parents[place]]:
            last[parents[place]] = last[place]
    container = np.array([block.container for block in page.blocks], dtype=np.int64)
    outer = np.maximum(np.array(parents, dtype=np.int64), 0)
    parent = outer[container]
    shapes: dict[tuple[str, str, str, str], int] = {}
    shape = []
    for block in page.blocks:
        inner = page.containers[block.container]
        around = page.containers[max(inner.parent, 0)]
        shape.append(shapes.setdefault((inner.tag, inner.names, around.tag, around.names), len(shapes)))
    return Positions(
        container, parent, outer[parent], np.array(shape, dtype=np.int64), outer, np.array(last, dtype=np.int64)
    )
