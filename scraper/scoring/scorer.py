"""The scorer: how likely each block is the article's own, and what a block is that is not.

Its network is a data file, trained by `tests/bench/train` on public corpora (see NOTICE).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from scraper.blocks.model import PageBlocks
from scraper.scoring.context import PageContext
from scraper.scoring.inputs import PageInputs, read_inputs
from scraper.scoring.network import LABELS, OWN_LABELS, OWN_OUTPUT, Rows, Weights, fold_gains, forward
from scraper.scoring.tokens import TokenReader
from scraper.scoring.vocabulary import WORD_MARKS, Integers, Vocabulary
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
VOCABULARY: Final = ("word_numbers", "pair_codes", "pair_numbers")
"""Arrays of the vocabulary."""

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
    """A trained network, with the columns and the vocabulary that it was trained with.

    `weights` are those of training, `network` are the same for the forward pass.
    """

    weights: Weights
    columns: tuple[str, ...]
    vocabulary: Vocabulary
    reader: TokenReader = field(init=False)
    network: Weights = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", TokenReader(self.vocabulary))
        object.__setattr__(self, "network", fold_gains(self.weights))

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
            logits = forward(self.network, inputs)
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
    vocabulary = unpack_vocabulary(texts["vocabulary"], [arrays[name] for name in VOCABULARY])
    weights = {
        name: array.astype(np.float32)
        for name, array in arrays.items()
        if not name.startswith((BIG_TABLE, *VOCABULARY))
    }
    weights[BIG_TABLE] = arrays[BIG_TABLE] * arrays[f"{BIG_TABLE}_scale"][:, None]
    return Scorer(weights, tuple(texts["columns"].split("\n")), vocabulary)


def save_scorer(scorer: Scorer, path: Path) -> None:
    """Write a data file that `load_scorer` reads: tables of tokens as bytes, other weights in 16 bits."""
    table = scorer.weights[BIG_TABLE]
    scale = np.maximum(np.abs(table).max(axis=1), 1e-6).astype(np.float16).astype(np.float32) / 127
    arrays: dict[str, Any] = {
        name: array.astype(np.float16) for name, array in scorer.weights.items() if name != BIG_TABLE
    }
    arrays |= {name: scorer.weights[name].astype(np.float32) for name in ("mean", "deviation")}
    arrays[BIG_TABLE] = np.clip(np.round(table / scale[:, None]), -127, 127).astype(np.int8)
    arrays[f"{BIG_TABLE}_scale"] = scale
    text, numbers = pack_vocabulary(scorer.vocabulary)
    arrays |= zip(VOCABULARY, numbers, strict=True)
    write_weights(path, Stored(arrays, {"vocabulary": text, "columns": "\n".join(scorer.columns)}))


def pack_vocabulary(vocabulary: Vocabulary) -> tuple[str, tuple[Integers, ...]]:
    """A vocabulary in a data file: a text and the arrays of `VOCABULARY`.

    The text has the words without mark, then those of each mark, an empty line between two.
    """
    groups = [vocabulary.words, *(vocabulary.marked[mark] for mark in WORD_MARKS)]
    text = "\n\n".join("\n".join(words) for words in groups)
    numbers = [number for words in groups for number in words.values()]
    return text, (np.array(numbers, np.int32), vocabulary.pair_codes, vocabulary.pair_numbers)


def unpack_vocabulary(text: str, arrays: Sequence[NDArray[Any]]) -> Vocabulary:
    """The vocabulary in a data file. No token is read by itself: that took 13 ms at each start."""
    numbers, codes, pair_numbers = (array.astype(np.int32) for array in arrays)
    number = iter(numbers.tolist())
    groups = [lines.split("\n") if lines else [] for lines in text.split("\n\n")]
    words, *marked = (dict(zip(lines, number, strict=False)) for lines in groups)
    return Vocabulary(words, dict(zip(WORD_MARKS, marked, strict=True)), codes, pair_numbers)
