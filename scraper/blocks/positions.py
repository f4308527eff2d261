"""Where the blocks of a page stand among its elements, as arrays: what stands below an element is a run of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks


@dataclass(frozen=True, slots=True)
class Places:
    """Where the blocks of a page stand: for each the number of its container, of the one around it and of the next out.

    `make` numbers its make: tags and names of its element and that one's parent. `up` is for each container the one
    around it, `last` the last of those in it: containers are numbered in document order.
    """

    own: NDArray[np.int64]
    parent: NDArray[np.int64]
    grand: NDArray[np.int64]
    make: NDArray[np.int64]
    up: NDArray[np.int64]
    last: NDArray[np.int64]

    def sums(self, column: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each container the sum over all blocks below it."""
        so_far = np.concatenate([[0.0], np.cumsum(np.bincount(self.own, weights=column, minlength=len(self.up)))])
        return np.asarray(so_far[self.last + 1] - so_far[:-1], dtype=np.float32)

    def above(self, root: int) -> NDArray[np.int64]:
        """For each block how many containers above `root` one must go until it is below; 0 everywhere for a root of -1."""
        chain = [root] if root >= 0 else []
        while chain and chain[-1] > 0:
            chain.append(int(self.up[chain[-1]]))
        return np.asarray(((self.own[:, None] < chain) | (self.own[:, None] > self.last[chain])).sum(axis=1))


@lru_cache(maxsize=1)  # asked for at each step
def places_of(page: PageBlocks) -> Places:
    """Where a page's blocks stand."""
    outer = [container.parent for container in page.containers]
    last = list(range(len(outer)))
    for place in range(len(outer) - 1, 0, -1):
        if last[place] > last[outer[place]]:
            last[outer[place]] = last[place]
    own = np.array([block.container for block in page.blocks], dtype=np.int64)
    up = np.maximum(np.array(outer, dtype=np.int64), 0)
    parent = up[own]
    known: dict[tuple[str, str, str, str], int] = {}
    make = []
    for block in page.blocks:
        inner = page.containers[block.container]
        around = page.containers[max(inner.parent, 0)]
        make.append(known.setdefault((inner.tag, inner.names, around.tag, around.names), len(known)))
    return Places(own, parent, up[parent], np.array(make, dtype=np.int64), up, np.array(last, dtype=np.int64))
