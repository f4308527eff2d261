"""Columns of features: one number for each block of a page, in page order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from struct import pack
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
    values = list(chain.from_iterable(rows))
    table = np.frombuffer(pack(f"{len(values)}f", *values), dtype=np.float32)  # two thirds of the time of `np.fromiter`
    return dict(zip(names, np.ascontiguousarray(table.reshape(-1, len(names)).T), strict=True))


def flag_columns(names: Sequence[str], numbers: Sequence[int]) -> dict[str, Column]:
    """For each name 1 in the blocks that have its number, counted from 0 in the order of the names, else 0.

    >>> {name: column.tolist() for name, column in flag_columns(("a", "b"), [1, -1]).items()}
    {'a': [0.0, 0.0], 'b': [1.0, 0.0]}
    """
    flags = np.arange(len(names))[:, None] == np.array(numbers)
    return dict(zip(names, flags.astype(np.float32), strict=True))


def as_columns(values: Mapping[str, Any]) -> dict[str, Column]:
    """Sequences of numbers as columns of 32-bit floats."""
    return {name: np.asarray(column, dtype=np.float32) for name, column in values.items()}


def shift(columns: Column, step: int) -> Column:
    """The columns (one, or one a row) of neighbours `step` places away; `MISSING` where there is none."""
    out = np.full_like(columns, MISSING)
    if abs(step) >= columns.shape[-1]:
        return out
    if step < 0:
        out[..., -step:] = columns[..., :step]
    else:
        out[..., :-step] = columns[..., step:]
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
