"""Why a block has its score: what each kind of evidence adds to its log-odds, by occlusion. Used for explanations only.

One kind of evidence of a block is left out at a time (its columns are set to their mean, its tokens become unknown), while
the block's neighbours are seen as they are; what the log-odds lose is the contribution of that kind. `AROUND` is what they
lose if the block sees no other block. Kinds work together, so contributions do not add up to the log-odds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlocks
from scraper.scoring.context import PageContext
from scraper.scoring.evidence import AROUND, EVIDENCE, columns_by_evidence, fields_of
from scraper.scoring.inputs import PageInputs, unsquash
from scraper.scoring.network import OWN_OUTPUT, TABLE_WIDTH, Rows, Weights, pass_layers, pool, read_out, standardise
from scraper.scoring.scorer import Scorer, one_thread, probabilities
from scraper.scoring.tokens import FIELDS

RULE: Final = "rule"
"""The evidence that a text rule gives."""


@dataclass(frozen=True, slots=True)
class FeatureContribution:
    """One kind of evidence of a block. `odds` is added to the block's log-odds: above 0 it speaks for the article.

    `value` is that of the column that stands for the kind, or the number of tokens that the network knows.
    """

    name: str
    value: float
    odds: float


@dataclass(frozen=True, slots=True)
class BlockScore:
    """Score of a block, 0 to 1, and its contributions, largest first, without those that are 0."""

    score: float
    weights: tuple[FeatureContribution, ...]


class Piece(NamedTuple):
    """One kind of evidence of a page: its value for each block, and what it adds to each block's vector."""

    name: str
    values: NDArray[Any]
    term: Rows


def attribute(scorer: Scorer, page: PageBlocks, context: PageContext) -> tuple[BlockScore, ...]:
    """The score of each block with its contributions, in page order."""
    if not page.blocks:
        return ()
    inputs = scorer.read(page, context)
    with one_thread():
        odds, found = occlude(scorer, inputs)
    return tuple(
        block_score(float(score), [(name, float(values[place]), float(lost[place])) for name, values, lost in found])
        for place, score in enumerate(probabilities(odds))
    )


def occlude(scorer: Scorer, inputs: PageInputs) -> tuple[Rows, list[tuple[str, NDArray[Any], Rows]]]:
    """The log-odds of all blocks; and for each kind of evidence its name, its values, and what the log-odds lose without it."""
    weights = scorer.network
    evidence = list(evidence_of(scorer, inputs))
    rows = np.sum([piece.term for piece in evidence], axis=0, dtype=np.float32)
    rows += weights["bias"] + weights["rule_kinds"][0]
    *told, last = pass_layers(weights, np.maximum(rows, 0), inputs)
    odds = read_out(weights, last)[:, OWN_OUTPUT]
    alone = pass_layers(weights, np.maximum(rows, 0), inputs, [np.zeros_like(given) for given in told])[-1]
    found: list[tuple[str, NDArray[Any], Rows]] = [
        (AROUND, np.full(len(inputs), len(inputs) - 1), odds - read_out(weights, alone)[:, OWN_OUTPUT])
    ]
    for piece in evidence:
        without = pass_layers(weights, np.maximum(rows - piece.term, 0), inputs, told)[-1]
        found.append((piece.name, piece.values, odds - read_out(weights, without)[:, OWN_OUTPUT]))
    return odds, found


def evidence_of(scorer: Scorer, inputs: PageInputs) -> Iterator[Piece]:
    """All evidence of a page, by kind."""
    weights: Weights = scorer.network
    columns, tokens = standardise(weights, inputs), pool(weights["tokens"], inputs.tokens)
    by_kind = columns_by_evidence(scorer.columns)
    for kind in EVIDENCE:
        own, fields = by_kind[kind.name], fields_of(kind)
        term = columns[:, own] @ weights["from_columns"][own]
        for field in fields:
            part = slice(field * TABLE_WIDTH, (field + 1) * TABLE_WIDTH)
            term = term + tokens[:, part] @ weights["from_tokens"][part]
        if kind.name == RULE:
            term = term + weights["rule_kinds"][inputs.rule_kinds] - weights["rule_kinds"][0]
        yield Piece(kind.name, shown_values(scorer, inputs, kind.shown), term)


def shown_values(scorer: Scorer, inputs: PageInputs, shown: str) -> NDArray[Any]:
    """For each block the value of a column, or the number of tokens in a field."""
    if shown in scorer.columns:
        return unsquash(inputs.columns[:, scorer.columns.index(shown)])
    names = [field.name for field in FIELDS]
    return inputs.tokens.counts[:, names.index(shown)] if shown in names else inputs.rule_kinds


def block_score(score: float, found: list[tuple[str, float, float]]) -> BlockScore:
    """The score and contributions of one block."""
    own = (FeatureContribution(name, round(value, 3), round(odds, 2)) for name, value, odds in found)
    return BlockScore(
        round(score, 3), tuple(sorted((weight for weight in own if weight.odds), key=lambda weight: -abs(weight.odds)))
    )
