"""What the network learns of each page: whether blocks are the article's own, their labels, and how much each counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scraper.scoring.inputs import PageInputs
from scraper.scoring.network import BESIDE_LABELS, MAX_DEVIATIONS, OWN_LABELS
from tests.bench.train.reading import GATE, Sample
from tests.bench.train.vocabulary import Vocabulary

FIRST_FOREIGN: Final = len(OWN_LABELS) + len(BESIDE_LABELS)
BESIDE_WEIGHT: Final = 0.25
SHORT_WEIGHT: Final = 0.2
"""Weight of a foreign block of one or two words."""
GOLD_FOREIGN_WEIGHT: Final = 0.8
GOLD_PAGE_WEIGHT: Final = 0.4
"""Weight of a page that has gold and no labels, against one with labels, and against the gate's: their gold is exact."""
OPEN_GOLD: Final = (0.25, 0.6)
"""Shares in the gold text that say nothing for certain."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page for the network: inputs, and for each block what is to be learned, with the weight of each.

    `columns` are in standard units, `tokens` are rows of the table of tokens, 0 for an unknown one.
    """

    inputs: PageInputs
    columns: np.ndarray
    tokens: np.ndarray
    is_sure: bool
    own: np.ndarray
    own_weight: np.ndarray
    label: np.ndarray
    has_label: np.ndarray
    gold: np.ndarray
    gold_weight: np.ndarray

    def __len__(self) -> int:
        return len(self.own)


def prepare(samples: Sequence[Sample], vocabulary: Vocabulary) -> list[Prepared]:
    return [prepare_sample(sample, vocabulary) for sample in samples]


def prepare_sample(sample: Sample, vocabulary: Vocabulary) -> Prepared:
    own, weight = own_blocks(sample)
    columns = (sample.inputs.columns - vocabulary.mean) / vocabulary.deviation
    known = np.minimum(np.maximum(sample.sizes, 1), 20) ** 0.5 / 3
    return Prepared(
        inputs=sample.inputs,
        columns=np.clip(columns, -MAX_DEVIATIONS, MAX_DEVIATIONS).astype(np.float32),
        tokens=vocabulary.rows(sample.tokens),
        is_sure=sample.is_labelled or sample.source.corpus == GATE,
        own=own.astype(np.float32),
        own_weight=weight,
        label=np.maximum(sample.labels, 0).astype(np.int32),
        has_label=(sample.labels >= 0).astype(np.float32),
        gold=(sample.gold >= 0.5).astype(np.float32),
        gold_weight=np.where(sample.gold < 0, 0, known).astype(np.float32),
    )


def own_blocks(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Whether each block is the article's own, by its label or else by the gold text, and what an error on it costs.

    A lost block costs by its share of the article, a foreign one the same whatever its length. A page of many blocks
    weighs more, but by the root of their number.
    """
    sizes = sample.sizes
    if sample.is_labelled:
        own = (sample.labels >= 0) & (sample.labels < len(OWN_LABELS))
        beside = (sample.labels >= len(OWN_LABELS)) & (sample.labels < FIRST_FOREIGN)
        weight = np.where(beside, BESIDE_WEIGHT, np.where(sizes >= 3, 1.0, SHORT_WEIGHT))
        factor = sample.sure * (sample.labels >= 0)
    else:
        own = sample.gold >= 0.5
        weight = np.where(sizes >= 3, GOLD_FOREIGN_WEIGHT, SHORT_WEIGHT)
        unclear = (sample.gold > OPEN_GOLD[0]) & (sample.gold < OPEN_GOLD[1])
        factor = np.where(unclear, 0.0, 1.0 if sample.source.corpus == GATE else GOLD_PAGE_WEIGHT)
    share = sizes / max(float(sizes[own].sum()), 1.0)
    weight = np.where(own, 0.4 + np.minimum(12 * share, 3), weight) * factor
    return own, (weight / math.sqrt(max(float(weight.sum()), 5.0)) * 2).astype(np.float32)
