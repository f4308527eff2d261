"""Why a block has its score: the share of each feature in its log-odds. Used for explanations only.

Each tree is followed from its root to the block's leaf. At each level, the change of the mean leaf value is the
contribution of the feature that is asked there (Saabas 2014). The mean is taken over the same page: half of it over
blocks that look like body text, half over the others. So a contribution says to which side a feature moves a block. All
contributions of a block add up to its log-odds, less that mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks
from scraper.scoring.columns import Column
from scraper.scoring.features import compute_features
from scraper.scoring.inputs import PageContext
from scraper.scoring.scorer import MAX_UNLIKELY_SCORE, Forest, Scorer
from scraper.scoring.second_pass import second_pass_features

FIRST_PASS_SCORE: Final = "odds"
"""The second pass's column with the first pass's log-odds. Its contribution is shared out among first-pass features."""

LEAF_PRIOR: Final = 0.01
"""Weight of all leaves together beside the page's blocks, so that a leaf that no block reaches has a mean too."""

MIN_SHARED_ODDS: Final = 0.5
"""Log-odds that the first pass must have found for its contribution to be shared out; below, shares are noise."""

Contributions = dict[str, NDArray[np.float64]]
"""Contribution of each feature by name, one value for each block."""


@dataclass(frozen=True, slots=True)
class FeatureContribution:
    """One feature of a block. `odds` is added to the block's log-odds: above 0 it speaks for body text."""

    name: str
    value: float
    odds: float


@dataclass(frozen=True, slots=True)
class BlockScore:
    """Score of a block, 0 to 1, and its contributions, largest first, without those that are 0."""

    score: float
    weights: tuple[FeatureContribution, ...]


def attribute(scorer: Scorer, page: PageBlocks, context: PageContext) -> tuple[BlockScore, ...]:
    """The score of each block with its contributions, in page order."""
    if not page.blocks:
        return ()
    columns = compute_features(page, context, scorer.word_odds)
    scores = scorer.first.score(columns)
    found: Contributions = dict(zip(scorer.first.names, contributions(scorer.first, columns, scores), strict=True))
    likely = np.flatnonzero(scores > MAX_UNLIKELY_SCORE)
    values: dict[str, Column] = dict(columns)
    if len(likely):
        again = second_pass_features(page, columns, scores)
        seen = {name: column[likely] for name, column in again.items()}
        scores[likely] = scorer.second.score(seen)
        second = merge_aliases(scorer.second.names, contributions(scorer.second, seen, scores[likely]))
        values |= {name: column for name, column in again.items() if not name.startswith("own_")}
        replace_contributions(found, second, likely)
    return tuple(block_score(place, float(score), values, found) for place, score in enumerate(scores))


def contributions(forest: Forest, columns: Mapping[str, Column], scores: Column) -> NDArray[np.float64]:
    """Contribution of each feature (a row, as in `forest.names`) to each block (a column), by the forest's `scores`."""
    leaf = forest.find_leaves(columns)
    trees, levels = forest.features.shape
    size = forest.leaves.shape[1]
    body = scores >= 0.5
    count = np.where(body, 0.5 / max(body.sum(), 1), 0.5 / max((~body).sum(), 1))
    share = np.stack([np.bincount(own, weights=count, minlength=size) for own in leaf]) + LEAF_PRIOR / size
    out = np.zeros((len(forest.names), leaf.shape[1]))
    known = np.broadcast_to((share * forest.leaves).sum(axis=1)[:, None] / share.sum(axis=1)[:, None], leaf.shape)
    for level in range(levels):
        answers = 2 << level
        parts = share.reshape(trees, -1, answers)
        mean = (parts * forest.leaves.reshape(trees, -1, answers)).sum(axis=1) / parts.sum(axis=1)
        then = np.take_along_axis(mean, leaf & (answers - 1), axis=1)
        np.add.at(out, forest.features[:, level], then - known)
        known = then
    return out


def merge_aliases(names: Sequence[str], rows: NDArray[np.float64]) -> Contributions:
    """Second-pass contributions by the name of the feature that they are about.

    `own_chars` is the first pass's `chars`; `parent_odds_chars` is a mean like `parent_odds`.
    """
    found: Contributions = {}
    for name, row in zip(names, rows, strict=True):
        plain = name.removeprefix("own_").replace("_odds_chars", "_odds")
        found[plain] = found[plain] + row if plain in found else row
    return found


def replace_contributions(first: Contributions, second: Contributions, rows: NDArray[np.intp]) -> None:
    """Replace first-pass contributions, in place, for the blocks (`rows`) that the second pass scored.

    The contribution of the first pass's score is shared out among the features that made it, if their sum has the same
    sign.
    """
    score = second[FIRST_PASS_SCORE]
    total = np.sum([row[rows] for row in first.values()], axis=0)
    clear = (np.abs(total) >= MIN_SHARED_ODDS) & (total * score > 0)
    scale = np.where(clear, score / np.where(clear, total, 1), 0)
    for row in first.values():
        row[rows] *= scale
    width = len(next(iter(first.values())))
    for name, row in second.items():
        first.setdefault(name, np.zeros(width))[rows] += np.where(clear, 0, row) if name == FIRST_PASS_SCORE else row


def block_score(place: int, score: float, values: Mapping[str, Column], found: Contributions) -> BlockScore:
    """The score and contributions of one block."""
    own = (
        FeatureContribution(name, round(float(values[name][place]), 3), round(float(row[place]), 2))
        for name, row in found.items()
    )
    return BlockScore(
        round(score, 3), tuple(sorted((weight for weight in own if weight.odds), key=lambda weight: -abs(weight.odds)))
    )
