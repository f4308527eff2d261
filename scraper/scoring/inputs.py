"""The network's inputs of a page: columns of numbers, the kind of a text rule, tokens, and the groups that blocks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import columns_of
from scraper.blocks.model import Container, PageBlocks
from scraper.blocks.positions import positions_of
from scraper.rules.model import RULE_KINDS
from scraper.scoring.columns import Columns
from scraper.scoring.context import PageContext
from scraper.scoring.features import COLUMNS, compute_features
from scraper.scoring.link_features import links_of
from scraper.scoring.tokens import PageTokens, TokenReader, place_of

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
    links = links_of(columns_of(page))
    columns = compute_features(page, context, links, place)
    kinds = context.rule_kinds or ("",) * len(page.blocks)
    groups, headings = read_groups(page)
    return COLUMNS, PageInputs(
        columns=np.ascontiguousarray(squash(columns).T),
        rule_kinds=np.array([RULE_KIND_NUMBER[kind] for kind in kinds], dtype=np.int32),
        tokens=reader.read(page, links.by_block, place),
        groups=groups,
        headings=headings,
    )


def squash(columns: Columns) -> Columns:
    """Columns on a logarithmic scale, with their sign: lengths and counts differ by orders of magnitude.

    No value is so near to 0 that `np.log1p` were more exact in 32 bits; it takes many times as long.
    """
    out = np.abs(columns)
    out += 1
    np.log(out, out=out)
    return np.negative(out, out=out, where=columns < 0)  # a fifth of the time of `np.copysign`


def unsquash(columns: Columns) -> Columns:
    """The values before `squash`.

    >>> unsquash(squash(np.array([-1.0, 250.0], dtype=np.float32))).round(3).tolist()
    [-1.0, 250.0]
    """
    return np.asarray(np.copysign(np.expm1(np.abs(columns)), columns), dtype=np.float32)


def read_groups(page: PageBlocks) -> tuple[Integers, Integers]:
    """For each block its numbers in `GROUPS`, each group numbered from 0, and the position of the heading above it."""
    at, fields = positions_of(page), columns_of(page)
    size = len(page.containers)
    units = find_units(page.containers)
    alone = [units[place] if units[place] >= 0 else size + block for block, place in enumerate(fields.container)]
    groups = number_groups(np.stack((at.parent, at.grandparent, at.shape, alone)), size + len(alone))
    headings, heading = [], -1
    for block, kind in enumerate(fields.kind):
        headings.append(heading if heading >= 0 else block)
        heading = block if kind == "heading" else heading
    return groups.T.astype(np.int32), np.array(headings, dtype=np.int32)


def number_groups(groups: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Each row with its numbers, which are below `limit`, replaced by their ranks: from 0, without gaps.

    >>> number_groups(np.array([[7, 2, 7], [0, 9, 8]]), 10).tolist()
    [[1, 0, 1], [0, 2, 1]]
    """
    rows = np.arange(len(groups))[:, None]
    taken = np.zeros((len(groups), limit), dtype=np.int64)
    taken[rows, groups] = 1
    return (np.cumsum(taken, axis=1) - 1)[rows, groups]


def find_units(containers: Sequence[Container]) -> list[int]:
    """For each element the outermost list, table or the like around it, within the article's element; -1 without one."""
    units: list[int] = []
    within: list[int] = []  # the same for what is in it
    for place, container in enumerate(containers):  # outer ones first
        tag = container.tag
        unit = within[container.parent] if place else -1
        if unit < 0 and tag in UNITS:
            unit = place
        units.append(unit)
        within.append(-1 if tag in HOLDERS else unit)
    return units
