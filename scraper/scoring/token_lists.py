"""Lists of numbers of tokens, all of a page in two arrays: they are shortened and joined together, none by itself."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scraper.scoring.vocabulary import Integers

Sizes: TypeAlias = NDArray[np.intp]


class TokenLists(NamedTuple):
    """`numbers` has the numbers of the tokens of all lists, one list after another; `sizes` how many each list has."""

    numbers: Integers
    sizes: Sizes

    def without_unknown(self) -> TokenLists:
        """The lists without zeros, which stand for tokens that the vocabulary lacks.

        >>> TokenLists(np.array([7, 0, 8], np.int32), np.array([2, 0, 1])).without_unknown().sizes.tolist()
        [1, 0, 1]
        """
        known = self.numbers != 0
        so_far = np.zeros(len(known) + 1, dtype=np.intp)
        np.cumsum(known, out=so_far[1:])
        ends = so_far.take(np.cumsum(self.sizes))
        return TokenLists(self.numbers[known], np.diff(ends, prepend=0))

    def joined(self, rows: NDArray[np.intp], most: int) -> TokenLists:
        """A list for each row: the lists of these places one after another, and of the tokens the first ones.

        The place -1 stands for an empty list.

        >>> lists = TokenLists(np.array([7, 8, 9], np.int32), np.array([2, 1]))
        >>> lists.joined(np.array([[1, 0], [-1, 0], [-1, -1]]), most=2)
        TokenLists(numbers=array([9, 7, 7, 8], dtype=int32), sizes=array([2, 2, 0]))
        """
        sizes = np.append(self.sizes, 0)
        ends = np.minimum(np.cumsum(sizes.take(rows), axis=1), most)
        parts = np.diff(ends, axis=1, prepend=0).ravel()
        starts = (np.cumsum(sizes) - sizes).take(rows.ravel())
        places = np.repeat(starts - (np.cumsum(parts) - parts), parts)
        places += np.arange(len(places))
        return TokenLists(self.numbers.take(places), ends[:, -1])
