"""How likely each block is body text, by two passes of small decision trees over named features.

The trees stand in a data file, trained by `tests/bench/train.py` on public corpora (see NOTICE). They are symmetric
(every node of a level asks the same question), so that a whole page is judged by a few array operations.
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
from scraper.scoring.features import Column, Evidence, PageContext, compute_features, observe_scores

MODEL: Final = Path(__file__).with_name("scorer.npz")
UNLIKELY: Final = 0.01
"""First-pass probability up to which a block is not looked at again; most of a page's menus fall below."""


@dataclass(frozen=True, slots=True, eq=False)  # by identity: its questions are remembered
class Forest:
    """Symmetric trees: `features` and `borders` are trees × levels, `leaves` trees × 2^levels; `names` are the columns'."""

    names: tuple[str, ...]
    features: NDArray[np.int64]
    borders: NDArray[np.float32]
    leaves: NDArray[np.float32]
    bias: float

    def score(self, columns: Mapping[str, Column]) -> Column:
        """Probabilities, one a row of the columns."""
        trees, size = self.leaves.shape
        at = self.leaf(columns) + size * np.arange(trees)[:, None]
        odds = self.leaves.ravel().take(at).sum(axis=0) + self.bias
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)

    def leaf(self, columns: Mapping[str, Column]) -> NDArray[np.intp]:
        """For each tree and row of the columns the leaf it falls into; a bit is the answer at a level."""
        known = questions(self)
        rows = np.array([columns[name] for name in self.names])
        answers = (rows.take(known.features, axis=0) > known.borders[:, None]).view(np.uint8)
        leaf = np.zeros((len(self.leaves), rows.shape[1]), dtype=np.uint8)
        for which in reversed(known.levels):
            leaf += leaf
            leaf |= answers.take(which, axis=0)
        return leaf.astype(np.intp)


class Questions(NamedTuple):
    """What a forest asks, each question once; `levels` holds for each level which of them each tree asks there."""

    features: NDArray[np.int64]
    borders: NDArray[np.float32]
    levels: tuple[NDArray[np.intp], ...]


@cache
def questions(forest: Forest) -> Questions:
    """The questions of a forest: a third of them is asked by more than one tree."""
    asked = np.stack([forest.features.ravel(), forest.borders.ravel().astype(np.float64)])
    known, which = np.unique(asked, axis=1, return_inverse=True)
    return Questions(
        known[0].astype(np.int64), known[1].astype(np.float32), tuple(which.reshape(forest.features.shape).T)
    )


@dataclass(frozen=True, slots=True)
class Scorer:
    """Two forests and the word evidence that their features need."""

    first: Forest
    second: Forest
    evidence: Evidence

    def score(self, page: PageBlocks, context: PageContext) -> Column:
        """How likely each block is body text, 0 to 1, in page order."""
        if not page.blocks:
            return np.zeros(0, dtype=np.float32)
        columns = compute_features(page, context, self.evidence)
        scores = self.first.score(columns)
        likely = np.flatnonzero(scores > UNLIKELY)
        if len(likely):
            again = observe_scores(page, columns, scores)
            scores[likely] = self.second.score({name: column.take(likely) for name, column in again.items()})
        return scores


@cache
def load_scorer(path: Path = MODEL) -> Scorer:
    """The scorer of a data file."""
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
    return Scorer(forests[0], forests[1], Evidence(text["names"], text["words"]))


def save_scorer(scorer: Scorer, path: Path) -> None:
    """Writes a data file that `load_scorer` reads."""
    arrays: dict[str, Any] = {}
    text: dict[str, Any] = {"names": dict(scorer.evidence.names), "words": dict(scorer.evidence.words)}
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
