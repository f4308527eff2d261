"""Columns of features: one number for each block of a page, in page order. Tables hold one column a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Column: TypeAlias = NDArray[np.float32]
Columns: TypeAlias = NDArray[np.float32]
"""A table of several columns: a row for each column, a place in it for each block."""
Rows: TypeAlias = Sequence[ArrayLike]
"""Columns before they are in a table: numbers or flags of each block, or a number that is the same for all of them."""

Sizes: TypeAlias = NDArray[np.int64]
"""The characters of each block."""

MISSING: Final = -1.0
"""Value of a neighbour's feature if the page has no block at that place."""

MAX_DISTANCE_BLOCKS: Final = 99
"""Largest distance in blocks; farther ones get the same value."""


def to_columns(rows: Rows, count: int) -> Columns:
    """A table of the columns of `count` blocks."""
    out = np.empty((len(rows), count), dtype=np.float32)  # filled row by row: `np.array` takes three times as long
    fill(out, rows)
    return out


def fill(out: Columns, rows: Rows) -> None:
    """Write columns into a table."""
    for number, row in enumerate(rows):
        out[number] = row


def small(numbers: Sequence[int]) -> NDArray[np.uint8]:
    """Numbers or flags below 256 as an array, in a quarter of the time that numpy takes for a list."""
    return np.frombuffer(bytes(numbers), dtype=np.uint8)


def flag_columns(numbers: Mapping[str, int], values: Sequence[str]) -> NDArray[np.bool_]:
    """For each key of `numbers`, which count from 0, a column that is 1 in the blocks that have it as value, else 0.

    >>> flag_columns({"p": 0, "li": 1}, ["li", "td"]).tolist()
    [[False, False], [True, False]]
    """
    found = np.frombuffer(bytes(map(numbers.get, values, repeat(255))), dtype=np.uint8)
    return np.asarray(np.arange(len(numbers), dtype=np.uint8)[:, None] == found)


def shift(columns: Columns, steps: Sequence[int]) -> Columns:
    """For each column and each step the values of the blocks `step` places away; `MISSING` where there is none.

    >>> shift(np.array([[1, 2, 3]], dtype=np.float32), (-2, 1)).tolist()
    [[-1.0, -1.0, 1.0], [2.0, 3.0, -1.0]]
    """
    count = columns.shape[1]
    out = np.full((len(columns), len(steps), count), MISSING, dtype=np.float32)
    for number, step in enumerate(steps):
        if step < 0:
            out[:, number, -step:] = columns[:, :step]
        else:
            out[:, number, :-step] = columns[:, step:]
    return out.reshape(-1, count)


def distances(marked: NDArray[np.bool_]) -> Columns:
    """Distance of each block to the nearest marked one before it and after it, at most `MAX_DISTANCE_BLOCKS`.

    >>> distances(np.array([False, True, False])).tolist()
    [[99.0, 99.0, 1.0], [1.0, 99.0, 99.0]]
    """
    count = len(marked)
    found = np.flatnonzero(marked)
    edged = np.concatenate([[-MAX_DISTANCE_BLOCKS], found, [count + MAX_DISTANCE_BLOCKS]])
    place = np.arange(count)
    before = place - edged[found.searchsorted(place, side="left")]
    after = edged[found.searchsorted(place, side="right") + 1] - place
    return np.minimum([before, after], MAX_DISTANCE_BLOCKS).astype(np.float32)
