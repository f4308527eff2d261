"""The network's inputs of a page: columns of numbers, the kind of a text rule, tokens, and the groups that blocks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import columns_of, container_columns_of
from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import positions_of
from scraper.rules.model import RULE_KINDS
from scraper.scoring.columns import Columns
from scraper.scoring.context import PageContext
from scraper.scoring.features import COLUMNS, compute_features
from scraper.scoring.link_features import links_of
from scraper.scoring.tokens import PageTokens, TokenReader, place_of
from scraper.types import BlockKind

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

    Near 0 this errs by up to 6e-8, which no score shows; `np.log1p` takes many times as long.
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
    limit = size + len(fields.kind)
    units = find_units(container_columns_of(page).tags, at.last).take(at.container)
    alone = np.where(units < 0, np.arange(size, limit), units)
    groups = number_groups(np.array((at.parent, at.grandparent, at.shape, alone)), limit)
    return groups.T.astype(np.int32), np.array(find_headings(fields.kind), dtype=np.int32)


def find_headings(kinds: Sequence[BlockKind]) -> list[int]:
    """For each block the position of the heading above it, or its own.

    >>> find_headings(["paragraph", "heading", "paragraph", "heading", "list"])
    [0, 1, 1, 1, 3]
    """
    places = [*[place for place, kind in enumerate(kinds) if kind == "heading"], len(kinds) - 1]
    headings = list(range(places[0] + 1))
    for heading, following in pairwise(places):
        headings += [heading] * (following - heading)
    return headings


def number_groups(groups: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Each row with its numbers, which are below `limit`, replaced by their ranks: from 0, without gaps.

    >>> number_groups(np.array([[7, 2, 7], [0, 9, 8]]), 10).tolist()
    [[1, 0, 1], [0, 2, 1]]
    """
    rows = np.arange(len(groups))[:, None]
    taken = np.zeros((len(groups), limit), dtype=np.int64)
    taken[rows, groups] = 1
    return (np.cumsum(taken, axis=1) - 1)[rows, groups]


def find_units(tags: Sequence[str], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each element the outermost list, table or the like around it, within the article's element; -1 without one.

    `last` has for each element the last one inside it.
    """
    units = np.full(len(tags), -1)
    for place, tag in enumerate(tags):  # outer ones first
        if tag in UNITS and units[place] < 0:
            units[place : last[place] + 1] = place
        elif tag in HOLDERS:
            units[place + 1 : last[place] + 1] = -1
    return units
