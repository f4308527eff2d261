"""Listings of code: the numbers of their lines, which are no part of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.blocks.model import Container, Style
from scraper.html.visibility import nodes_below
from scraper.text.patterns import lazy_pattern

LINE_NUMBERS: Final = lazy_pattern(
    r"(?:^|[\s_-])(?:ln|lnt|lno|lineno\w*|linenos?|line-?_?num(?:ber)?s?(?:-rows)?|ln-num(?:ber)?s?|ln-n|gutter|blob-num|crayon-nums?)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Class words of the column or the element that numbers the lines of a listing."""
MAX_NAMED_LEVELS: Final = 3
"""Levels above a block whose names say that it numbers lines."""
MAX_NUMBER_NODES: Final = 10_000
"""Nodes of an element that numbers lines."""
NUMBERS: Final = lazy_pattern(r"\s*\d{1,6}(?:\s+\d{1,6})*[.:|]?\s*")


def is_line_number(text: str, names: str) -> bool:
    """Whether a text numbers the lines of a listing: its element is named so, and it holds numbers that count up.

    >>> is_line_number("1", "ln"), is_line_number("9 10 11", "gutter"), is_line_number("42", "hljs-number")
    (True, True, False)
    """
    if not NUMBERS.fullmatch(text) or not LINE_NUMBERS.search(names):
        return False
    found = [int(number) for number in re.findall(r"\d+", text)]
    return all(later == number + 1 for number, later in pairwise(found))


def numbers_lines(node: LexborNode, names: str) -> bool:
    """Whether an element of these class words numbers the lines of a listing."""
    if not LINE_NUMBERS.search(names):
        return False
    texts = list(islice(nodes_below(node), MAX_NUMBER_NODES + 1))
    return len(texts) <= MAX_NUMBER_NODES and is_line_number(" ".join(texts), names)


def is_listing(pieces: Iterable[tuple[str, Style]]) -> bool:
    """Whether all text of a block is code, as pages write a listing in `code` alone."""
    codes = [style.code for text, style in pieces if text.strip()]
    return bool(codes) and all(codes)


def is_gutter(text: str, place: int, containers: Sequence[Container]) -> bool:
    """Whether a block in a container numbers the lines of a listing: the names of the elements around it say so."""
    names = ""
    for _ in range(MAX_NAMED_LEVELS):
        names += f" {containers[place].names}"
        place = max(containers[place].parent, 0)
    return is_line_number(text, names)
