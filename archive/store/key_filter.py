"""A set of the keys of all texts, in two to four bytes a key, which says of most new keys that no text has them.

A look-up of a key reads one place of the index for each 65,536 revisions. Of the keys of new texts nearly none are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from sqlite_utils import Database

MIN_BITS: Final = 1 << 20
BITS_PER_KEY: Final = 16
"""Of keys that are not there, at most one in 16 is taken for one that may be."""
ROWS: Final = 100_000
"""Keys that are read together."""


class KeyFilter:
    """The keys of an archive's texts: `may_have` is true for each of them, and for few others."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._read()

    def add(self, keys: Sequence[int]) -> None:
        """Add keys that are written to the archive."""
        self._add(keys)
        if self._size * BITS_PER_KEY > 8 * len(self._bits):
            self._read()

    def may_have(self, keys: Sequence[int]) -> list[int]:
        """Those of the keys that a text may have, in their order."""
        places = self._places(keys)
        found = self._bits[places >> 3] & np.left_shift(1, places & 7)
        return [key for key, bit in zip(keys, found.tolist(), strict=True) if bit]

    def _read(self) -> None:
        """Read all keys, into a set that has room for more."""
        (count,) = self._db.conn.execute("SELECT count(*) FROM shingles").fetchone()
        bits = max(MIN_BITS, 1 << (BITS_PER_KEY * count).bit_length())
        self._bits = np.zeros(bits // 8, np.uint8)
        self._size = 0
        rows = self._db.conn.execute("SELECT key FROM shingles")
        while some := rows.fetchmany(ROWS):
            self._add([key for (key,) in some])

    def _add(self, keys: Sequence[int]) -> None:
        places = self._places(keys)
        np.bitwise_or.at(self._bits, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))
        self._size += len(keys)

    def _places(self, keys: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(keys, np.int64) & (8 * len(self._bits) - 1)
