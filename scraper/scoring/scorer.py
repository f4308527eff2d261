"""The scorer: how likely each block is the article's own, and what a block is that is not.

Its network is a data file, trained by `tests/bench/train` on public corpora (see NOTICE).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from scraper.blocks.model import PageBlocks
from scraper.scoring.context import PageContext
from scraper.scoring.inputs import PageInputs, read_inputs
from scraper.scoring.network import LABELS, OWN_LABELS, OWN_OUTPUT, Rows, Weights, forward
from scraper.scoring.tokens import Token, TokenReader
from scraper.scoring.weights_file import Stored, read_weights, write_weights
from scraper.types import REMOVAL_KINDS, RemovalKind

MODEL: Final = Path(__file__).with_name("scorer.safetensors")
MAX_LOGIT: Final = 14.0
"""Beyond it a score is 0 or 1 for every purpose."""

KIND_OF_LABEL: Final[dict[str, RemovalKind]] = {kind: kind for kind in REMOVAL_KINDS} | {"nav": "navigation"}
"""The removal kind of a block by its label; that of any other label is `other`."""
REMOVED_KINDS: Final = tuple(KIND_OF_LABEL.get(label, "other") for label in LABELS[len(OWN_LABELS) :])

BIG_TABLE: Final = "tokens"
"""The weights that are stored as bytes, with a scale for each row."""
VOCABULARY: Final = ("words", "pair_firsts", "pair_seconds")
"""The names under which the vocabulary is stored: words, then pairs as two columns, which `zip` puts together in C."""


Scores: TypeAlias = NDArray[np.float64]


class BlockScores(NamedTuple):
    """Probability of each block to be the article's own, 0 to 1, and the kind of each if it is removed."""

    own: Scores
    kinds: tuple[RemovalKind, ...]

    def raised(self, chosen: Sequence[bool], least: float) -> BlockScores:
        """The scores, those of chosen blocks at least `least`."""
        return self._replace(own=np.maximum(self.own, least * np.array(chosen, dtype=np.float64)))

    def replaced_by(self, count: int, score: float) -> BlockScores:
        """Scores of 0 for these blocks, and `score` for so many more."""
        scores = np.concatenate([np.zeros_like(self.own), np.full(count, score)])
        more: list[RemovalKind] = ["other"] * count
        return BlockScores(scores, (*self.kinds, *more))


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """A trained network, with the columns and the vocabulary that it was trained with."""

    weights: Weights
    columns: tuple[str, ...]
    vocabulary: tuple[Token, ...]
    reader: TokenReader = field(init=False)

    def __post_init__(self) -> None:
        numbers = dict(zip(self.vocabulary, count(1), strict=False))
        object.__setattr__(self, "reader", TokenReader(numbers.get))

    def read(self, page: PageBlocks, context: PageContext) -> PageInputs:
        """The inputs of a page that has at least one block. Raises ValueError if the features are not those of the network."""
        names, inputs = read_inputs(page, context, self.reader)
        if names != self.columns:
            raise ValueError(f"{MODEL.name}: trained with other features; train it again (python -m tests.bench.train)")
        return inputs

    def score(self, page: PageBlocks, context: PageContext) -> BlockScores:
        """The scores of all blocks, in page order."""
        if not page.blocks:
            return BlockScores(np.zeros(0), ())
        inputs = self.read(page, context)
        with one_thread():
            logits = forward(self.weights, inputs)
        return BlockScores(probabilities(logits[:, OWN_OUTPUT]), kinds_of(logits))


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Matrices are multiplied by one thread: a page's are too small to share, and threads that wait for one another spin."""
    limit: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limit


def probabilities(logits: Rows) -> Scores:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -MAX_LOGIT, MAX_LOGIT))))


def kinds_of(logits: Rows) -> tuple[RemovalKind, ...]:
    """The removal kind of each block: that of its likeliest label beside the article's own."""
    return tuple([REMOVED_KINDS[label] for label in logits[:, len(OWN_LABELS) : len(LABELS)].argmax(axis=1).tolist()])


@cache
def load_scorer(path: Path = MODEL) -> Scorer:
    """The scorer in a data file."""
    arrays, texts = read_weights(path)
    weights = {name: array.astype(np.float32) for name, array in arrays.items() if not name.startswith(BIG_TABLE)}
    weights[BIG_TABLE] = arrays[BIG_TABLE] * arrays[f"{BIG_TABLE}_scale"][:, None]
    words, firsts, seconds = (split_lines(texts[name]) for name in VOCABULARY)
    return Scorer(weights, tuple(split_lines(texts["columns"])), (*words, *zip(firsts, seconds, strict=True)))


def save_scorer(scorer: Scorer, path: Path) -> None:
    """Write a data file that `load_scorer` reads: tables of tokens as bytes, other weights in 16 bits, all words before all
    pairs.
    """
    pairs = [isinstance(token, tuple) for token in scorer.vocabulary]
    order = np.argsort(pairs, kind="stable")
    table = scorer.weights[BIG_TABLE][[0, *(order + 1)]]  # the first row is that of no token
    scale = np.maximum(np.abs(table).max(axis=1), 1e-6).astype(np.float16).astype(np.float32) / 127
    arrays: dict[str, Any] = {
        name: array.astype(np.float16) for name, array in scorer.weights.items() if name != BIG_TABLE
    }
    arrays |= {name: scorer.weights[name].astype(np.float32) for name in ("mean", "deviation")}
    arrays[BIG_TABLE] = np.clip(np.round(table / scale[:, None]), -127, 127).astype(np.int8)
    arrays[f"{BIG_TABLE}_scale"] = scale
    columns = [
        [token for token in scorer.vocabulary if isinstance(token, str)],
        *([token[part] for token in scorer.vocabulary if isinstance(token, tuple)] for part in (0, 1)),
    ]
    texts = {name: "\n".join(column) for name, column in zip(VOCABULARY, columns, strict=True)}
    write_weights(path, Stored(arrays, texts | {"columns": "\n".join(scorer.columns)}))


def split_lines(text: str) -> list[str]:
    return text.split("\n") if text else []
