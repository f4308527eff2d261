"""Sets of the keys of all texts, in two bytes a key, which say of most new keys that no text has them.

A set holds the keys of 65,536 revisions, a stretch of the index: a look-up then reads the index only where a key may be. Of
the keys of new texts nearly none are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
from sqlite_utils import Database

from archive.store.near_duplicates import KEY_BITS, KEYS_PER_TEXT, STRETCH_BITS

BITS: Final = 16 * KEYS_PER_TEXT << STRETCH_BITS
"""Bits of a set: of keys that are not there, at most one in 16 is taken for one that may be."""

ROWS: Final = 100_000
"""Keys that are read together."""

_LAST_STRETCH: Final = "SELECT max(stretch) FROM shingles"


def stretches_of(db: Database) -> range:
    """The stretches of the index; none if it is empty."""
    (last,) = db.conn.execute(_LAST_STRETCH).fetchone()
    return range(0 if last is None else last + 1)


def places(stretches: Iterable[int], keys: Iterable[int]) -> list[int]:
    """Every place of the index for some keys: the stretch above the 31 bits of the key, in the order of the index."""
    ordered = sorted(keys)
    return [stretch << KEY_BITS | key for stretch in stretches for key in ordered]


class KeyFilter:
    """The keys of an archive's texts: `may_have` gives each place of the index that has one of some keys, and few others."""

    def __init__(self, db: Database) -> None:
        self._sets: dict[int, np.ndarray[tuple[int], np.dtype[np.uint8]]] = {}
        for stretch in stretches_of(db):
            rows = db.conn.execute("SELECT key FROM shingles WHERE stretch = ?", (stretch,))
            while some := rows.fetchmany(ROWS):
                self._add(stretch, [key for (key,) in some])

    def add(self, rows: Iterable[tuple[int, int, int]]) -> None:
        """Add rows of the index, ordered by stretch, that are written to the archive."""
        for stretch, added in groupby(rows, itemgetter(0)):
            self._add(stretch, [key for _, key, _ in added])

    def may_have(self, keys: Iterable[int]) -> list[int]:
        """Where the index may have some of the keys: stretch and key as one number, as `places` gives them, in its order."""
        wanted = np.array(sorted(keys), np.int64)
        bits = wanted & (BITS - 1)
        index, masks = bits >> 3, np.left_shift(1, bits & 7)
        found: list[int] = []
        for stretch in sorted(self._sets):
            found += (wanted[(self._sets[stretch][index] & masks) > 0] | stretch << KEY_BITS).tolist()
        return found

    def _add(self, stretch: int, keys: Sequence[int]) -> None:
        if stretch not in self._sets:
            self._sets[stretch] = np.zeros(BITS // 8, np.uint8)
        bits = np.array(keys, np.int64) & (BITS - 1)
        np.bitwise_or.at(self._sets[stretch], bits >> 3, np.left_shift(1, bits & 7).astype(np.uint8))
