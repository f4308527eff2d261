"""Columns of features: one number for each block of a page, in page order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[np.float32]

MISSING: Final = -1.0
"""Value of a neighbour's feature if the page has no block at that place."""

MAX_DISTANCE_BLOCKS: Final = 99
"""Largest distance in blocks; farther ones get the same value."""


def to_columns(names: Sequence[str], rows: Iterable[Sequence[float]]) -> dict[str, Column]:
    """Rows of values, one for each block, as columns.

    Pass a generator: a list of thousands of rows slows the garbage collector down.
    """
    table = np.fromiter(chain.from_iterable(rows), dtype=np.float32)
    return dict(zip(names, np.ascontiguousarray(table.reshape(-1, len(names)).T), strict=True))


def as_columns(values: Mapping[str, Any]) -> dict[str, Column]:
    """Sequences of numbers as columns of 32-bit floats."""
    return {name: np.asarray(column, dtype=np.float32) for name, column in values.items()}


def shift(column: Column, step: int) -> Column:
    """The column of neighbours `step` places away; `MISSING` where there is none."""
    out = np.full_like(column, MISSING)
    if abs(step) >= len(column):
        return out
    if step < 0:
        out[-step:] = column[:step]
    else:
        out[:-step] = column[step:]
    return out


def distances(marked: NDArray[np.bool_]) -> tuple[Column, Column]:
    """Distance of each block to the nearest marked one before it and after it, at most `MAX_DISTANCE_BLOCKS`."""
    count = len(marked)
    place = np.arange(count)
    before = np.maximum.accumulate(np.where(marked, place, -MAX_DISTANCE_BLOCKS))
    last = np.concatenate([[-MAX_DISTANCE_BLOCKS], before[:-1]])
    after = np.minimum.accumulate(np.where(marked, place, count + MAX_DISTANCE_BLOCKS)[::-1])[::-1]
    following = np.concatenate([after[1:], [count + MAX_DISTANCE_BLOCKS]])
    return (
        np.minimum(place - last, MAX_DISTANCE_BLOCKS).astype(np.float32),
        np.minimum(following - place, MAX_DISTANCE_BLOCKS).astype(np.float32),
    )
