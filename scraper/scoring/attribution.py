"""Why the scorer thinks what it thinks of a block: what each feature added to the log-odds. Only explaining asks.

A tree's questions are followed from its root: what its average leaf becomes with each answer is what the answer weighs
(Saabas 2014). The average is over the same page, half of it over blocks that look like body and half over the others,
so a weight says to which side a feature draws a block; all of a block's add up to its log-odds, less that average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks
from scraper.scoring.features import Column, PageContext, compute_features, observe_scores
from scraper.scoring.scorer import UNLIKELY, Forest, Scorer

FIRST_LOOK: Final = "odds"
"""The second pass's column that holds what the first thought; its weight is that of the first pass's own columns."""

MIN_CONTRIBUTION: Final = 0.01
"""What all leaves together count beside the blocks of the page: an answer that no other block gave has an average too."""

MIN_SPREAD: Final = 0.5
"""Log-odds that the first pass must have found for its weight to be shared out; below, shares would be noise."""


@dataclass(frozen=True, slots=True)
class FeatureContribution:
    """What one feature of a block weighs. `odds` is added to the log-odds: above 0 it speaks for body text."""

    name: str
    value: float
    odds: float


@dataclass(frozen=True, slots=True)
class BlockScore:
    """What the scorer thinks of a block, 0 to 1, and its weights, heaviest first; those that are nothing are left out."""

    score: float
    weights: tuple[FeatureContribution, ...]


def attribute(scorer: Scorer, page: PageBlocks, context: PageContext) -> tuple[BlockScore, ...]:
    """Each block's score, with its weights, in page order."""
    if not page.blocks:
        return ()
    columns = compute_features(page, context, scorer.evidence)
    scores = scorer.first.score(columns)
    weights = dict(zip(scorer.first.names, weigh(scorer.first, columns, scores), strict=True))
    likely = np.flatnonzero(scores > UNLIKELY)
    values: dict[str, Column] = dict(columns)
    if len(likely):
        again = observe_scores(page, columns, scores)
        seen = {name: column[likely] for name, column in again.items()}
        scores[likely] = scorer.second.score(seen)
        second = gathered(scorer.second.names, weigh(scorer.second, seen, scores[likely]))
        values |= {name: column for name, column in again.items() if not name.startswith("own_")}
        replace_weights(weights, second, likely)
    return tuple(look_at(place, float(score), values, weights) for place, score in enumerate(scores))


def weigh(forest: Forest, columns: Mapping[str, Column], scores: Column) -> NDArray[np.float64]:
    """What each feature (a row, as in `forest.names`) weighs for each block (a column). `scores` are the forest's own."""
    leaf = forest.leaf(columns)
    trees, levels = forest.features.shape
    size = forest.leaves.shape[1]
    body = scores >= 0.5
    count = np.where(body, 0.5 / max(body.sum(), 1), 0.5 / max((~body).sum(), 1))
    share = np.stack([np.bincount(own, weights=count, minlength=size) for own in leaf]) + MIN_CONTRIBUTION / size
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


def gathered(names: Sequence[str], weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The second pass's weights by the name of what was observed: `own_chars` is `chars` again, `_odds_chars` an average
    like `_odds`.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for name, row in zip(names, weights, strict=True):
        plain = name.removeprefix("own_").replace("_odds_chars", "_odds")
        found[plain] = found[plain] + row if plain in found else row
    return found


def replace_weights(
    first: dict[str, NDArray[np.float64]], second: Mapping[str, NDArray[np.float64]], rows: NDArray[np.intp]
) -> None:
    """Puts the second pass's weights in the place of the first's, for the blocks that it looked at.

    What the first pass's opinion weighs there is shared out over the features that made it, if it still points their way.
    """
    opinion = second[FIRST_LOOK]
    total = np.sum([row[rows] for row in first.values()], axis=0)
    clear = (np.abs(total) >= MIN_SPREAD) & (total * opinion > 0)
    scale = np.where(clear, opinion / np.where(clear, total, 1), 0)
    for row in first.values():
        row[rows] *= scale
    width = len(next(iter(first.values())))
    for name, row in second.items():
        first.setdefault(name, np.zeros(width))[rows] += np.where(clear, 0, row) if name == FIRST_LOOK else row


def look_at(
    place: int, score: float, values: Mapping[str, Column], weights: Mapping[str, NDArray[np.float64]]
) -> BlockScore:
    """One block's score and weights."""
    own = (
        FeatureContribution(name, round(float(values[name][place]), 3), round(float(row[place]), 2))
        for name, row in weights.items()
    )
    return BlockScore(
        round(score, 3), tuple(sorted((weight for weight in own if weight.odds), key=lambda weight: -abs(weight.odds)))
    )
