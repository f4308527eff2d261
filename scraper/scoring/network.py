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


def forward(weights: Weights, page: PageInputs) -> Rows:
    """Logits of every block: `OUTPUTS` in a row."""
    return read_out(weights, pass_layers(weights, embed(weights, page), page)[-1])


def read_out(weights: Weights, rows: Rows) -> Rows:
    return np.asarray(normalise(rows, weights["out_norm"]) @ weights["out"] + weights["out_bias"])


def embed(weights: Weights, page: PageInputs) -> Rows:
    """The vector of each block by itself."""
    return np.asarray(
        np.maximum(
            standardise(weights, page) @ weights["from_columns"]
            + pool(weights["tokens"], page) @ weights["from_tokens"]
            + weights["rule_kinds"][page.rule_kinds]
            + weights["bias"],
            0,
        )
    )


def standardise(weights: Weights, page: PageInputs) -> Rows:
    """The columns in deviations from their mean over the training pages."""
    columns = (page.columns - weights["mean"]) / weights["deviation"]
    return np.asarray(np.clip(columns, -MAX_DEVIATIONS, MAX_DEVIATIONS))


def pool(table: Rows, page: PageInputs) -> Rows:
    """For each block and field the sum of its tokens' rows, over the root of their number; fields side by side.

    The first rows of all fields are added at once, then the second ones, and so on: `np.add.reduceat` takes twice as long.
    """
    counts = page.token_counts.ravel()
    order = np.argsort(-counts, kind="stable")
    ordered = counts[order]
    longer = np.searchsorted(-ordered, -np.arange(ordered[0])).tolist()  # how many fields have more tokens than 0, 1, …
    out = np.zeros((len(counts), table.shape[1]), dtype=np.float32)
    if longer:
        firsts = (np.cumsum(counts) - counts)[order]
        places = np.concatenate([firsts[:many] + at for at, many in enumerate(longer)])
        rows = table.take(page.tokens.take(places), axis=0)
        filled = start = longer[0]
        sums = rows[:filled]
        for many in longer[1:]:
            sums[:many] += rows[start : start + many]
            start += many
        out[order[:filled]] = sums / np.sqrt(ordered[:filled], dtype=np.float32)[:, None]
    return out.reshape(len(page), -1)


def pass_layers(weights: Weights, rows: Rows, page: PageInputs, told: Sequence[Rows] = ()) -> list[Rows]:
    """What each layer is given, normalised, and at the end the last rows.

    With `told`, a block sees these rows of the others in place of their own: the result of an earlier call.
    """
    given: list[Rows] = []
    groups = [Group.of(page.groups[:, number]) for number in range(len(GROUPS))]
    for layer, step in enumerate(STEPS):
        own = normalise(rows, weights[f"near{layer}_norm"])
        others = told[len(given)] if told else own
        given.append(own)
        rows = rows + mix(weights, f"near{layer}", neighbours(own, others, step))
        if layer in GROUP_LAYERS:
            own = normalise(rows, weights[f"group{layer}_norm"])
            others = told[len(given)] if told else own
            given.append(own)
            rows = rows + mix(weights, f"group{layer}", messages(own, others, groups, page.headings))
    return [*given, rows]


def normalise(rows: Rows, gain: Rows) -> Rows:
    return np.asarray(rows / np.sqrt(np.einsum("ij,ij->i", rows, rows)[:, None] / rows.shape[1] + EPSILON) * gain)


def mix(weights: Weights, layer: str, rows: Rows) -> Rows:
    return np.asarray(np.maximum(rows @ weights[f"{layer}_in"] + weights[f"{layer}_bias"], 0) @ weights[f"{layer}_out"])


def neighbours(own: Rows, others: Rows, step: int) -> Rows:
    """The rows `step` before, the own, and those `step` after; zeros beyond the page's ends."""
    out = np.zeros((len(own), 3 * WIDTH), dtype=np.float32)
    out[step:, :WIDTH] = others[:-step]
    out[:, WIDTH : 2 * WIDTH] = own
    out[:-step, 2 * WIDTH :] = others[step:]
    return out


class Group(NamedTuple):
    """The numbers of a group of each block, the blocks in their order, and where each number begins and how often it is."""

    numbers: NDArray[np.int32]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: NDArray[np.float32]

    @classmethod
    def of(cls, numbers: NDArray[np.int32]) -> Group:
        """A group whose numbers begin with 0 and leave none out."""
        sizes = np.bincount(numbers)
        return cls(numbers, np.argsort(numbers, kind="stable"), np.cumsum(sizes) - sizes, sizes.astype(np.float32))


def messages(own: Rows, others: Rows, groups: Sequence[Group], headings: NDArray[np.int32]) -> Rows:
    """What each block is told: `MESSAGES` rows side by side."""
    size = len(own)
    so_far = np.cumsum(others, axis=0)
    place = np.arange(size, dtype=np.float32)[:, None]
    out = np.empty((size, MESSAGES, WIDTH), dtype=np.float32)
    out[:, 0] = own
    for number, group in enumerate(groups, start=1):
        out[:, number] = mean_by(others, group)
    out[:, -4] = so_far[-1] / size
    out[:, -3] = others.take(headings, axis=0)
    np.divide(so_far - others, np.maximum(place, 1), out=out[:, -2])
    np.divide(so_far[-1] - so_far, np.maximum(size - 1 - place, 1), out=out[:, -1])
    return out.reshape(size, -1)


def mean_by(rows: Rows, group: Group) -> Rows:
    """For each row the mean over the rows of its group.

    >>> mean_by(np.array([[1.0], [5.0], [3.0]], dtype=np.float32), Group.of(np.array([0, 1, 0]))).tolist()
    [[2.0], [5.0], [2.0]]
    """
    means = np.add.reduceat(rows.take(group.order, axis=0), group.starts, axis=0) / group.sizes[:, None]
    return np.asarray(means.take(group.numbers, axis=0))
