"""Lists of tokens in two arrays: shortened and joined as lists of Python are."""

from __future__ import annotations

from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scraper.scoring.token_lists import TokenLists

LISTS = st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=6)


def as_arrays(lists: list[list[int]]) -> TokenLists:
    return TokenLists(np.array([*chain.from_iterable(lists)], np.int32), np.array([len(own) for own in lists]))


def as_lists(found: TokenLists) -> list[list[int]]:
    ends = found.sizes.cumsum().tolist()
    return [found.numbers[end - size : end].tolist() for end, size in zip(ends, found.sizes.tolist(), strict=True)]


@given(LISTS)
def test_unknown_tokens_are_taken_out_of_each_list(lists: list[list[int]]) -> None:
    assert as_lists(as_arrays(lists).without_unknown()) == [[number for number in own if number] for own in lists]


@given(LISTS, st.lists(st.tuples(st.integers(-1, 9), st.integers(-1, 9)), min_size=1), st.integers(1, 9))
def test_lists_are_joined_in_the_order_of_a_row_and_cut(
    lists: list[list[int]], rows: list[tuple[int, int]], most: int
) -> None:
    places = np.array([[min(place, len(lists) - 1) for place in row] for row in rows])
    padded = [*lists, []]  # the place -1 has none
    assert as_lists(as_arrays(lists).joined(places, most)) == [
        [*chain.from_iterable(padded[place] for place in row)][:most] for row in places.tolist()
    ]
