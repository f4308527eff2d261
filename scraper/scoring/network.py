"""The network over a page's blocks, in numpy: what each block is, told from itself, its neighbours and its groups.

A block's columns, tokens and rule kind make a vector. Four layers look at the blocks before and after at growing steps;
after the first and the third, a block is told the means over its groups and the page, the heading above it, and the means
of all blocks before it and after it. The outputs are the logits of the labels, of gold, and of the article's own.

`tests/bench/train` has the same forward pass in JAX, and a test that both agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scraper.scoring.inputs import GROUPS, PageInputs
from scraper.scoring.tokens import PageTokens

OWN_LABELS: Final = ("body", "heading", "list", "table", "code")
BESIDE_LABELS: Final = ("title", "standfirst", "caption", "credit", "byline", "stamp", "embed", "correction", "note")
FOREIGN_LABELS: Final = (
    *("related", "newsletter", "promo", "ad", "social", "comment", "nav", "tags", "legal", "paywall", "consent"),
    *("form", "other"),
)
LABELS: Final = (*OWN_LABELS, *BESIDE_LABELS, *FOREIGN_LABELS)
"""All labels; the first outputs stand in this order."""
OUTPUTS: Final = len(LABELS) + 2
GOLD_OUTPUT, OWN_OUTPUT = len(LABELS), len(LABELS) + 1

WIDTH: Final = 64
TABLE_WIDTH: Final = 40
STEPS: Final = (1, 2, 4, 8)
"""Distances at which each layer looks before and after a block."""
GROUP_LAYERS: Final = (0, 2)
MESSAGES: Final = len(GROUPS) + 5
"""The block itself, its groups, the page, the heading above it, all before it, all after it."""
MAX_DEVIATIONS: Final = 5.0
EPSILON: Final = 1e-5

Rows = NDArray[np.float32]
Weights = Mapping[str, Rows]


def fold_gains(weights: Weights) -> Weights:
    """The weights for the forward pass: the gain of each normalisation is within the matrix that follows it."""
    folded = dict(weights)
    for name in [name for name in weights if name.endswith("_norm")]:
        layer = name.removesuffix("_norm")
        matrix = layer if layer == "out" else f"{layer}_in"
        gain = folded.pop(name)
        folded[matrix] = weights[matrix] * np.tile(gain, len(weights[matrix]) // len(gain))[:, None]
    return folded


def forward(weights: Weights, page: PageInputs) -> Rows:
    """Logits of every block: `OUTPUTS` in a row."""
    return read_out(weights, pass_layers(weights, embed(weights, page), page)[-1])


def read_out(weights: Weights, rows: Rows) -> Rows:
    return np.asarray(normalise(rows) @ weights["out"] + weights["out_bias"])


def embed(weights: Weights, page: PageInputs) -> Rows:
    """The vector of each block by itself."""
    rows = standardise(weights, page) @ weights["from_columns"]
    rows += pool(weights["tokens"], page.tokens) @ weights["from_tokens"]
    rows += (weights["rule_kinds"] + weights["bias"]).take(page.rule_kinds, axis=0)
    return np.asarray(np.maximum(rows, 0, out=rows))


def standardise(weights: Weights, page: PageInputs) -> Rows:
    """The columns in deviations from their mean over the training pages."""
    columns = page.columns - weights["mean"]
    columns /= weights["deviation"]
    return np.clip(columns, -MAX_DEVIATIONS, MAX_DEVIATIONS, out=columns)


def pool(table: Rows, tokens: PageTokens) -> Rows:
    """For each block and field the sum of its tokens' rows, over the root of their number; fields side by side."""
    sums = np.zeros((len(tokens.sizes), table.shape[1]), dtype=np.float32)
    filled = tokens.sizes.nonzero()[0]
    if filled.size:
        sizes = tokens.sizes[filled]
        own = add_runs(table.take(tokens.numbers, axis=0), np.cumsum(sizes) - sizes)
        own /= np.sqrt(sizes, dtype=np.float32)[:, None]
        sums[filled] = own
    return sums.take(tokens.lists, axis=0).reshape(len(tokens.lists), -1)


def add_runs(rows: Rows, starts: NDArray[np.intp]) -> Rows:
    """The sums of runs of rows; each run ends where the next one starts.

    >>> add_runs(np.array([[1, 5], [2, 5], [3, 5]], dtype=np.float32), np.array([0, 2])).tolist()
    [[3.0, 10.0], [3.0, 5.0]]
    """
    return np.add.reduceat(in_pairs(rows), starts, axis=0).view(np.float32)


def in_pairs(rows: Rows) -> NDArray[np.complex64]:
    """Rows of an even length as half as many complex numbers.

    numpy adds rows up column by column: it takes 14 µs for a page's sums so far in place of 25.
    """
    return rows.view(np.complex64)


def pass_layers(weights: Weights, rows: Rows, page: PageInputs, told: Sequence[Rows] = ()) -> list[Rows]:
    """What each layer is given, normalised, and at the end the last rows.

    With `told`, a block sees these rows of the others in place of their own: the result of an earlier call.
    """
    given: list[Rows] = []
    around = Around.of(page)
    for layer, step in enumerate(STEPS):
        own = normalise(rows)
        others = told[len(given)] if told else own
        given.append(own)
        rows = rows + mix(weights, f"near{layer}", neighbours(own, others, step) @ weights[f"near{layer}_in"])
        if layer in GROUP_LAYERS:
            own = normalise(rows)
            others = told[len(given)] if told else own
            given.append(own)
            rows = rows + mix(weights, f"group{layer}", tell(weights[f"group{layer}_in"], own, others, around))
    return [*given, rows]


def normalise(rows: Rows) -> Rows:
    """Rows of a mean square of 1; what follows has the gain (`fold_gains`)."""
    scale = np.einsum("ij,ij->i", rows, rows)
    scale /= rows.shape[1]
    scale += EPSILON
    return np.asarray(rows / np.sqrt(scale, out=scale)[:, None])


def mix(weights: Weights, layer: str, hidden: Rows) -> Rows:
    hidden += weights[f"{layer}_bias"]
    return np.asarray(np.maximum(hidden, 0, out=hidden) @ weights[f"{layer}_out"])


def neighbours(own: Rows, others: Rows, step: int) -> Rows:
    """The rows `step` before, the own, and those `step` after; zeros beyond the page's ends."""
    out = np.empty((len(own), 3 * WIDTH), dtype=np.float32)
    out[:step, :WIDTH] = 0
    out[step:, :WIDTH] = others[:-step]
    out[:, WIDTH : 2 * WIDTH] = own
    out[:-step, 2 * WIDTH :] = others[step:]
    out[-step:, 2 * WIDTH :] = 0
    return out


class Around(NamedTuple):
    """The blocks around each block of a page.

    `groups` has the numbers of each block's groups, of all kinds one after another; `firsts` the first block of each group.
    `large` are the groups of several blocks, `members` the blocks of these, group after group from `starts` on, and `sizes`
    how many they are. `headings` has the heading above each block, `before` and `after` how many blocks it has on each
    side, at least 1.
    """

    groups: NDArray[np.intp]
    firsts: NDArray[np.intp]
    large: NDArray[np.intp]
    members: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: Rows
    headings: NDArray[np.int32]
    before: Rows
    after: Rows

    @classmethod
    def of(cls, page: PageInputs) -> Around:
        """The groups of each kind must be numbered from 0 on, and none left out."""
        size = len(page)
        kinds = page.groups.max(axis=0) + 1
        groups = page.groups + (np.cumsum(kinds) - kinds)
        sizes = np.bincount(groups.ravel())
        large = (sizes > 1).nonzero()[0]
        blocks = np.argsort(groups.T, axis=None, kind="stable") % size
        place = np.arange(size, dtype=np.float32)[:, None]
        return cls(
            groups=groups,
            firsts=blocks[np.cumsum(sizes) - sizes],
            large=large,
            members=blocks[np.repeat(sizes > 1, sizes)],
            starts=np.cumsum(sizes[large]) - sizes[large],
            sizes=sizes[large, None].astype(np.float32),
            headings=page.headings,
            before=np.maximum(place, 1),
            after=np.maximum(size - 1 - place, 1),
        )


def tell(weights: Rows, own: Rows, others: Rows, around: Around) -> Rows:
    """What each block is told, `MESSAGES` rows, times the weights of each."""
    size = len(own)
    by_message = weights.reshape(MESSAGES, WIDTH, WIDTH)
    so_far = np.cumsum(in_pairs(others), axis=0).view(np.float32)
    beside = np.empty((size, 3, WIDTH), dtype=np.float32)
    beside[:, 0] = others.take(around.headings, axis=0)
    np.divide(so_far - others, around.before, out=beside[:, 1])
    np.divide(so_far[-1] - so_far, around.after, out=beside[:, 2])
    out = own @ by_message[0]
    out += means(others, around).take(around.groups, axis=0).reshape(size, -1) @ weights[WIDTH : -4 * WIDTH]
    out += so_far[-1] / size @ by_message[-4]
    out += beside.reshape(size, -1) @ weights[-3 * WIDTH :]
    return np.asarray(out)


def means(rows: Rows, around: Around) -> Rows:
    """The mean over the rows of each group. Four in five groups have one block, whose row it is."""
    out = rows.take(around.firsts, axis=0)
    if around.large.size:
        out[around.large] = add_runs(rows.take(around.members, axis=0), around.starts) / around.sizes
    return out
