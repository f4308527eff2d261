"""The groups of a page's blocks, as the network is given them."""

from __future__ import annotations

import numpy as np
import pytest

from scraper.scoring.inputs import find_units


@pytest.mark.parametrize(
    ("tags", "last", "units"),
    [
        # a list, and what is inside it
        ("body div ul li p", [4, 4, 3, 3, 4], [-1, -1, 2, 2, -1]),
        # of nested units the outer one counts
        ("body table ul li", [3, 3, 3, 3], [-1, 1, 1, 1]),
        ("body ul li ul li ul", [5, 4, 4, 4, 4, 5], [-1, 1, 1, 1, 1, 5]),
        # a unit around the article does not reach into it, but one within the article does
        ("body table article p ul li", [5, 5, 5, 3, 5, 5], [-1, 1, 1, -1, 4, 4]),
        ("body table article p tr", [4, 4, 3, 3, 4], [-1, 1, 1, -1, 1]),
        ("body form main p", [3, 3, 3, 3], [-1, 1, 1, -1]),
        ("body section p", [2, 2, 2], [-1, -1, -1]),
        ("", [], []),
    ],
)
def test_the_outermost_unit_around_each_element(tags: str, last: list[int], units: list[int]) -> None:
    assert find_units(tags.split(), np.array(last, dtype=np.int64)).tolist() == units
