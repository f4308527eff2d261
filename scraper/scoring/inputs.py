"""The network's inputs of a page: columns of numbers, the kind of a text rule, tokens, and the groups that blocks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import Container, PageBlocks
from scraper.blocks.positions import positions_of
from scraper.rules.model import RULE_KINDS
from scraper.scoring.columns import Column
from scraper.scoring.context import PageContext
from scraper.scoring.features import compute_features
from scraper.scoring.tokens import PageTokens, TokenReader, links_of, place_of

RULE_KIND_NUMBER: Final = {"": 0} | {kind: number for number, kind in enumerate(RULE_KINDS, start=1)}
GROUPS: Final = ("parent", "grandparent", "shape", "unit")
UNITS: Final = frozenset("ul ol dl table pre figure blockquote form nav".split())
HOLDERS: Final = frozenset(("article", "main", "body"))
"""Tags of elements that a unit does not reach beyond."""

Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PageInputs:
    """Inputs with a row for each block.

    `groups` numbers the element or the like that a block shares with others, for each of `GROUPS`; `headings` has the
    position of the heading above it, or its own.
    """

    columns: NDArray[np.float32]
    rule_kinds: Integers
    tokens: PageTokens
    groups: Integers
    headings: Integers

    def __len__(self) -> int:
        return len(self.columns)


def read_inputs(page: PageBlocks, context: PageContext, reader: TokenReader) -> tuple[tuple[str, ...], PageInputs]:
    """The names of the columns, and the inputs of a page that has at least one block."""
    place = place_of(context.url, context.host)
    links = [links_of(block) for block in page.blocks]
    columns = compute_features(page, context, links, place)
    kinds = context.rule_kinds or ("",) * len(page.blocks)
    groups, headings = read_groups(page)
    return tuple(columns), PageInputs(
        columns=np.ascontiguousarray(squash(np.concatenate(list(columns.values()))).reshape(len(columns), -1).T),
        rule_kinds=np.array([RULE_KIND_NUMBER[kind] for kind in kinds], dtype=np.int32),
        tokens=reader.read(page, links, place),
        groups=groups,
        headings=headings,
    )


def squash(columns: Column) -> Column:
    """Columns on a logarithmic scale, with their sign: lengths and counts differ by orders of magnitude."""
    return np.asarray(np.copysign(np.log1p(np.abs(columns)), columns), dtype=np.float32)


def unsquash(column: Column) -> Column:
    """The values before `squash`.

    >>> unsquash(squash(np.array([-1.0, 250.0], dtype=np.float32))).round(3).tolist()
    [-1.0, 250.0]
    """
    return np.asarray(np.copysign(np.expm1(np.abs(column)), column), dtype=np.float32)


def read_groups(page: PageBlocks) -> tuple[Integers, Integers]:
    """For each block its numbers in `GROUPS`, each group numbered from 0, and the position of the heading above it."""
    at = positions_of(page)
    known: dict[int, int] = {}
    units: list[int] = []
    headings: list[int] = []
    heading = -1
    for position, block in enumerate(page.blocks):
        unit = find_unit(page.containers, block.container, known)
        units.append(unit if unit >= 0 else -position - 2)
        headings.append(heading if heading >= 0 else position)
        heading = position if block.kind == "heading" else heading
    numbered = [np.unique(group, return_inverse=True)[1] for group in (at.parent, at.grandparent, at.shape, units)]
    return np.stack(numbered, axis=1).astype(np.int32), np.array(headings, dtype=np.int32)


def find_unit(containers: Sequence[Container], place: int, known: dict[int, int]) -> int:
    """The outermost list, table or the like around an element, within the article's element; -1 without one.

    `known` holds what was found before, and gains what is found on the way.
    """
    passed: list[int] = []
    around = -1
    while True:
        if place in known:
            around = known[place]
            break
        passed.append(place)
        outer = containers[place].parent
        if outer < 0 or containers[outer].tag in HOLDERS:
            break
        place = outer
    for inner in reversed(passed):
        if around < 0 and containers[inner].tag in UNITS:
            around = inner
        known[inner] = around
    return around
