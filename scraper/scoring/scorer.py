"""The classifier: how likely each block is body text, by two passes of small decision trees over named features.

The trees are in a data file, trained by `tests/bench/train.py` on public corpora (see NOTICE). The trees are symmetric: every
node of a level asks the same question. So a few array operations score a whole page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks
from scraper.scoring.columns import Column
from scraper.scoring.features import compute_features
from scraper.scoring.inputs import PageContext, WordOdds
from scraper.scoring.second_pass import second_pass_features

MODEL: Final = Path(__file__).with_name("scorer.npz")
MAX_UNLIKELY_SCORE: Final = 0.01
"""Blocks up to this first-pass score skip the second pass; most menus of a page are among them."""


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: its questions are cached
class Forest:
    """Symmetric trees over the columns `names`.

    `features` and `borders` have the shape trees x levels, `leaves` has trees x 2^levels.
    """

    names: tuple[str, ...]
    features: NDArray[np.int64]
    borders: NDArray[np.float32]
    leaves: NDArray[np.float32]
    bias: float

    def score(self, columns: Mapping[str, Column]) -> Column:
        """Probabilities, one for each row of the columns."""
        trees, size = self.leaves.shape
        at = self.find_leaves(columns) + size * np.arange(trees)[:, None]
        log_odds = self.leaves.ravel().take(at).sum(axis=0) + self.bias
        return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float32)

    def find_leaves(self, columns: Mapping[str, Column]) -> NDArray[np.intp]:
        """Number of the leaf that each row of the columns reaches in each tree; one bit for each level's answer."""
        asked = questions(self)
        rows = np.array([columns[name] for name in self.names])
        answers = (rows.take(asked.features, axis=0) > asked.borders[:, None]).view(np.uint8)
        leaf = np.zeros((len(self.leaves), rows.shape[1]), dtype=np.uint8)
        for which in reversed(asked.levels):
            leaf += leaf
            leaf |= answers.take(which, axis=0)
        return leaf.astype(np.intp)


class Questions(NamedTuple):
    """Distinct questions of a forest. `levels` holds, for each level, the question that each tree asks there."""

    features: NDArray[np.int64]
    borders: NDArray[np.float32]
    levels: tuple[NDArray[np.intp], ...]


@cache
def questions(forest: Forest) -> Questions:
    """The distinct questions of a forest: a third of them is asked by more than one tree."""
    asked = np.stack([forest.features.ravel(), forest.borders.ravel().astype(np.float64)])
    distinct, which = np.unique(asked, axis=1, return_inverse=True)
    return Questions(
        distinct[0].astype(np.int64), distinct[1].astype(np.float32), tuple(which.reshape(forest.features.shape).T)
    )


@dataclass(frozen=True, slots=True)
class Scorer:
    """Two forests, one for each pass, and the word odds that their features need."""

    first: Forest
    second: Forest
    word_odds: WordOdds

    def score(self, page: PageBlocks, context: PageContext) -> Column:
        """Probability of each block to be body text, 0 to 1, in page order."""
        if not page.blocks:
            return np.zeros(0, dtype=np.float32)
        columns = compute_features(page, context, self.word_odds)
        scores = self.first.score(columns)
        likely = np.flatnonzero(scores > MAX_UNLIKELY_SCORE)
        if len(likely):
            again = second_pass_features(page, columns, scores)
            scores[likely] = self.second.score({name: column.take(likely) for name, column in again.items()})
        return scores


@cache
def load_scorer(path: Path = MODEL) -> Scorer:
    """The scorer in a data file."""
    with np.load(path, allow_pickle=False) as data:
        text: dict[str, Any] = json.loads(str(data["evidence"]))
        forests = [
            Forest(
                names=tuple(text[f"{name}_names"]),
                features=data[f"{name}_features"].astype(np.int64),
                borders=data[f"{name}_borders"],
                leaves=data[f"{name}_leaves"],
                bias=float(data[f"{name}_bias"]),
            )
            for name in ("first", "second")
        ]
    return Scorer(forests[0], forests[1], WordOdds(text["names"], text["words"]))


def save_scorer(scorer: Scorer, path: Path) -> None:
    """Write a data file that `load_scorer` reads."""
    arrays: dict[str, Any] = {}
    text: dict[str, Any] = {"names": dict(scorer.word_odds.names), "words": dict(scorer.word_odds.words)}
    for name, forest in (("first", scorer.first), ("second", scorer.second)):
        arrays |= {
            f"{name}_features": forest.features.astype(np.int16),
            f"{name}_borders": forest.borders.astype(np.float32),
            f"{name}_leaves": forest.leaves.astype(np.float32),
            f"{name}_bias": np.float64(forest.bias),
        }
        text[f"{name}_names"] = list(forest.names)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, evidence=np.array(json.dumps(text, ensure_ascii=False)), **arrays)
